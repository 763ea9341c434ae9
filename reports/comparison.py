"""Two audits side by side: what differs between them, where risk rose or fell, and the curves of both.

Whether a number rose is decided by a test, elsewhere: its outcome comes in as plain data, such as
``synthaudit compare --json`` prints. Without it, the two results are shown and nothing is claimed.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from synthaudit.audit.suite.result import Result
from synthaudit.reports.blocks.content import Items, Text, Verdict
from synthaudit.reports.blocks.document import Answer, Document, Section, SystemVerdict
from synthaudit.reports.sections.compared_curves import compared_curves_section
from synthaudit.reports.sections.compared_numbers import (
    compared_number_sentence,
    compared_numbers_section,
    compared_numbers_table,
    comparison_headline,
)
from synthaudit.reports.sections.differences import differences_section
from synthaudit.reports.text.i18n import capitalize, look_up, pluralize, t
from synthaudit.reports.view.comparison import ComparedNumber, by_rise
from synthaudit.reports.view.result_view import ResultView

KEY: Final = "comparison"
DECISIVE: Final = 60  # rows of the PDF's table
SHOWN: Final = 3  # changes told of each system on page one


def build_comparison(
    before: Result, after: Result, changes: Sequence[Mapping[str, Any]] = (), left_out: Sequence[str] = ()
) -> Document:
    """Return the report on two results."""
    compared = by_rise([ComparedNumber.of(one) for one in changes])
    not_compared = tuple(capitalize(one) for one in left_out)
    view = ResultView(after, ())
    dates = [one.run.started[:10] for one in (before, after)]
    sections = (
        compared_numbers_section(view, compared),
        differences_section(before, after),
        compared_curves_section(before, after),
        _not_compared_section(not_compared),
    )
    return Document(
        lang=t("lang"),
        title=after.title,
        subtitle=t(f"{KEY}.subtitle", before=before.title, first=dates[0], second=dates[1]),
        started=after.run.started,
        date=dates[1],
        headline=comparison_headline(compared),
        verdict=_badge(compared),
        systems=_system_verdicts(view, compared),
        answers=_answers(compared, not_compared),
        sections=tuple(section for section in sections if section is not None),
        appendix=compared_numbers_table(view, compared, "appendix-table", t(f"{KEY}.table")),
        decisive=compared_numbers_table(view, compared[:DECISIVE], "decisive-table", t(f"{KEY}.table_paper")),
        words=_template_words(t(f"{KEY}.running", title=after.title)),
        symbols=dict(look_up("symbols")),
    )


def _badge(compared: Sequence[ComparedNumber]) -> Verdict:
    if not compared:
        return "not judged"
    return "fail" if any(one.verdict == "rose" for one in compared) else "pass"


def _system_verdicts(view: ResultView, compared: Sequence[ComparedNumber]) -> tuple[SystemVerdict, ...]:
    """Return what page one says of each system; nothing without a test."""
    if not compared:
        return ()
    return tuple(
        _system_verdict(view, card.title, [one for one in compared if one.system == card.key]) for card in view.systems
    )


def _system_verdict(view: ResultView, title: str, own: Sequence[ComparedNumber]) -> SystemVerdict:
    """Return what page one says of one system."""
    rose, fell = ([one for one in own if one.verdict == name] for name in ("rose", "fell"))
    label = "rose" if rose else "quiet" if own else "none"
    total = pluralize(len(own), "number")
    told = sorted(rose or fell, key=lambda one: -abs(one.rise))
    more = len(told) - len(told[:SHOWN])
    return SystemVerdict(
        title=title,
        verdict=_badge(own),
        label=t(f"{KEY}.label_{label}"),
        sentence=t(f"{KEY}.system", rose=len(rose), fell=len(fell), total=total),
        reasons=tuple(compared_number_sentence(view, one) for one in told[:SHOWN]),
        more=t(f"{KEY}.more", count=pluralize(more, "number")) if more else "",
    )


def _answers(compared: Sequence[ComparedNumber], not_compared: Sequence[str]) -> tuple[Answer, ...]:
    """Return what a reviewer asks of two audits."""
    lines = {
        "meaning": (t(f"{KEY}.meaning" if compared else f"{KEY}.meaning_untested"),),
        "sure": (t(f"{KEY}.sure" if compared else f"{KEY}.sure_untested"),),
        "not_compared": tuple(not_compared[:4]) or (t(f"{KEY}.nothing_left"),),
    }
    return tuple(Answer(t(f"{KEY}.ask_{key}"), text) for key, text in lines.items())


def _not_compared_section(lines: tuple[str, ...]) -> Section | None:
    if not lines:
        return None
    return Section("not-compared", t(f"{KEY}.left_title"), (Text(t(f"{KEY}.left"), "lead"), Items(lines)))


def _template_words(running: str) -> dict[str, str]:
    """Return the words of the templates."""
    return {
        **look_up("template"),
        **look_up("format"),
        "kicker": t(f"{KEY}.kicker"),
        "description": t(f"{KEY}.description"),
        "running": running,
        "release": t(f"{KEY}.question"),
        "decisive": t(f"{KEY}.table_paper"),
        "appendix_pdf": t(f"{KEY}.appendix"),
    }
