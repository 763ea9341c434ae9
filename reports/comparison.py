"""Two audits side by side: what differs between them, where risk rose or fell, and the curves of both.

Whether a number rose is a test's business, done elsewhere: its outcome comes in as plain data, such as
``synthaudit compare --json`` prints. Without it, the two results are shown and nothing is claimed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from synthaudit.audit.suite.result import Estimated, Result, ThreatModel
from synthaudit.reports import numbers
from synthaudit.reports.document import (
    Answer,
    Document,
    Figure,
    Items,
    Section,
    SystemVerdict,
    Table,
    Task,
    Text,
    Verdict,
)
from synthaudit.reports.figures.canvas import HUES, QUIET, Style
from synthaudit.reports.figures.forest import Bar, forest
from synthaudit.reports.i18n import count, grouped, look_up, say
from synthaudit.reports.result_view import Evidence, largest, reference_rows, synthetic_rows
from synthaudit.reports.sections.differences import differences
from synthaudit.reports.sections.membership import attacks, whole
from synthaudit.reports.sections.sweep import Axes, Trace, Wording, sweep
from synthaudit.reports.sections.verdict import capital

AT: Final = "comparison"
VERDICTS: Final[dict[str, Verdict]] = {"rose": "fail", "fell": "pass", "not told apart": "inconclusive"}
SIDES: Final = {"before": Style(QUIET, "s", (0, (4, 2))), "after": Style(HUES[1], "o")}
DRAWN: Final = 24


@dataclass(frozen=True)
class Change:
    """One number before and after, and what a test made of it.

    Attributes:
        low: Lower end of the interval of the rise.
        high: Upper end.
        verdict: ``rose``, ``fell`` or ``not told apart``.
    """

    system: str
    method: str
    statistic: str
    slice: str
    knowledge: ThreatModel | None
    before: float
    after: float
    rise: float
    low: float
    high: float
    verdict: str

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Change":
        """Read one entry of the comparison's ``changes``.

        Raises:
            ValueError: If a field is missing or the verdict is unknown.
        """
        missing = [name for name in cls.__dataclass_fields__ if name not in told]
        if missing or told["verdict"] not in VERDICTS:
            raise ValueError(f"expected a change with a verdict among {', '.join(VERDICTS)}, got {sorted(told)}")
        knows = told["knowledge"]
        fields = {name: told[name] for name in cls.__dataclass_fields__}
        return cls(
            **{**fields, "knowledge": ThreatModel.model_validate(knows) if isinstance(knows, Mapping) else knows}
        )


def build(
    before: Result, after: Result, changes: Sequence[Mapping[str, Any]] = (), left_out: Sequence[str] = ()
) -> Document:
    """Return the report on two results."""
    told, left_out = [Change.of(one) for one in changes], tuple(capital(one) for one in left_out)
    new = Evidence(after, ())
    headline, verdict = heading(told)
    first, second = (one.run.started[:10] for one in (before, after))
    sections = (
        changed(new, told),
        differences(before, after),
        curves(before, after),
        Section(
            "left-out",
            say(f"{AT}.left_title"),
            (Text(say(f"{AT}.left"), "lead"), Items(tuple(capital(one) for one in left_out))),
        )
        if left_out
        else None,
    )
    kept = tuple(section for section in sections if section is not None)
    everything = table(new, ordered(told), "appendix-table", say(f"{AT}.table"))
    return Document(
        lang=say("lang"), title=after.title,
        subtitle=say(f"{AT}.subtitle", before=before.title, first=first, second=second),
        started=after.run.started, date=second, headline=headline, verdict=verdict,
        systems=tuple(system(new, card.key, card.title, told) for card in new.systems if told),
        answers=answers(told, left_out), sections=kept, appendix=everything,
        decisive=table(new, ordered(told)[:60], "decisive-table", say(f"{AT}.table_paper")),
        words=words(say(f"{AT}.running", title=after.title)),
        symbols=dict(look_up("symbols")),
    )  # fmt: skip


def words(running: str) -> dict[str, str]:
    """Return the words of the templates."""
    own = ("kicker", "description")
    table = say(f"{AT}.table_paper")
    more = {"running": running, "release": say(f"{AT}.asked"), "few": table, "appendix_pdf": say(f"{AT}.appendix")}
    return {**look_up("template"), **look_up("format"), **{name: say(f"{AT}.{name}") for name in own}, **more}


def heading(told: Sequence[Change]) -> tuple[str, Verdict]:
    """Return the comparison in a sentence, and its badge."""
    if not told:
        return say(f"{AT}.untested"), "not judged"
    rose = sum(one.verdict == "rose" for one in told)
    total = count(len(told), "number")
    if rose:
        return say(f"{AT}.rose", rose=grouped(rose), total=total), "fail"
    return say(f"{AT}.no_rise", total=total), "pass"


def system(evidence: Evidence, key: str, title: str, told: Sequence[Change]) -> SystemVerdict:
    """Return what page one says of one system."""
    own = [one for one in told if one.system == key]
    rose, fell = ([one for one in own if one.verdict == name] for name in ("rose", "fell"))
    verdict: Verdict = "fail" if rose else "pass" if own else "not judged"
    sentence = say(f"{AT}.system", rose=len(rose), fell=len(fell), total=count(len(own), "number"))
    shown = sorted(rose or fell, key=lambda one: -abs(one.rise))[:3]
    more = len(rose or fell) - len(shown)
    return SystemVerdict(
        title, verdict, say(f"{AT}.label_{'rose' if rose else 'quiet' if own else 'none'}"), sentence,
        tuple(line(evidence, one) for one in shown), say(f"{AT}.more", count=count(more, "number")) if more else "",
    )  # fmt: skip


def name_of(evidence: Evidence, one: Change) -> str:
    """Return what a change is about."""
    what = numbers.statistic(one.statistic, section_of(evidence, one))
    part = "" if one.slice == "all" else f", {numbers.part(one.slice)}"
    return f"{evidence.method(one.method)}: {what}{part}"


def section_of(evidence: Evidence, one: Change) -> str:
    """Return the question that a change belongs to."""
    return next((card.section for card in evidence.result.methods if card.key == one.method), "")


def written(evidence: Evidence, one: Change) -> tuple[str, str, str]:
    """Return the number before, after, and the rise with its interval."""
    form = numbers.form_of(one.statistic, section_of(evidence, one))
    rise = (
        f"{numbers.value(one.rise, form)} ({numbers.value(one.low, form)} {say('to')} {numbers.value(one.high, form)})"
    )
    return numbers.value(one.before, form), numbers.value(one.after, form), rise


def line(evidence: Evidence, one: Change) -> str:
    """Return a change in one sentence."""
    before, after, rise = written(evidence, one)
    held = numbers.knowledge(one.knowledge)
    return say(f"{AT}.line", what=name_of(evidence, one), held=held, before=before, after=after, rise=rise)


def answers(told: Sequence[Change], left_out: Sequence[str]) -> tuple[Answer, ...]:
    """Return what a reviewer asks of two audits."""
    lines = {
        "meaning": (say(f"{AT}.meaning" if told else f"{AT}.meaning_untested"),),
        "sure": (say(f"{AT}.sure" if told else f"{AT}.sure_untested"),),
        "not_compared": tuple(left_out[:4]) or (say(f"{AT}.nothing_left"),),
    }
    return tuple(Answer(say(f"{AT}.ask_{key}"), text) for key, text in lines.items())


def changed(evidence: Evidence, told: Sequence[Change]) -> Section | None:
    """Return the numbers that moved most, as rises with intervals."""
    if not told:
        return None
    order = ordered(told)[:DRAWN]
    bars = []
    for one in order:
        colour = {"rose": HUES[1], "fell": HUES[0]}.get(one.verdict, QUIET)
        marker = {"rose": "^", "fell": "v"}.get(one.verdict, "o")
        text, title = written(evidence, one)[2], name_of(evidence, one)
        label = f"{title} · {grouped(one.knowledge.synthetic_rows)}" if one.knowledge else title
        tip = f"{evidence.title(one.system)}, {line(evidence, one)}"
        bars.append(
            Bar(label, Style(colour, marker), one.rise, one.low, one.high, tip, text, evidence.title(one.system))
        )
    systems = [card.key for card in evidence.systems_and_controls]
    bars.sort(key=lambda bar: [evidence.title(key) for key in systems].index(bar.group))
    svg = forest("rises", bars, x=say(f"{AT}.rise"), chance=0.0, chance_label=say(f"{AT}.no_change"), share=False)
    headline = heading(told)[0]
    caption = say(f"{AT}.caption", shown=count(len(order), "number"), total=grouped(len(told)))
    figure = Figure("rises", svg, f"{headline} {caption}", caption, table(evidence, order, "rises-table", caption))
    return Section("changed", say(f"{AT}.changed"), (Text(say(f"{AT}.lead"), "lead"), figure))


def ordered(told: Sequence[Change]) -> list[Change]:
    """Return changes, those that rose first, then those that fell, the largest first."""
    return sorted(told, key=lambda one: (list(VERDICTS).index(one.verdict), -abs(one.rise)))


def table(evidence: Evidence, told: Sequence[Change], id: str, caption: str) -> Table:
    """Return changes as a table."""
    rows = []
    for one in told:
        texts = (
            evidence.title(one.system), name_of(evidence, one), numbers.knowledge(one.knowledge),
            *written(evidence, one), say(f"{AT}.verdict_{one.verdict.replace(' ', '_')}"),
        )  # fmt: skip
        rows.append(tuple(Task(text) for text in texts))
    numeric = (False, False, False, True, True, True, False)
    return Table(id, caption, tuple(look_up(f"{AT}.head")), tuple(rows), numeric, (1.4, 2.2, 2.2, 0.9, 0.9, 2.0, 1.2))


def curves(before: Result, after: Result) -> Section | None:
    """Return the strongest attacks' curves over size, both results in each panel, one figure a system."""
    sides = {"before": Evidence(before, ()), "after": Evidence(after, ())}
    figures = []
    shared = {card.key for card in sides["before"].systems}
    for card in sides["after"].systems:
        if card.key not in shared:
            continue
        axes = []
        for method in attacks(sides["after"])[:6]:
            traces = []
            for side, evidence in sides.items():
                rows = whole(evidence.rows("membership", "auc", method=method, system=card.key))
                rows = [row for row in largest(rows, reference_rows) if isinstance(row.number, Estimated)]
                if rows:
                    traces.append(Trace(say(f"{AT}.{side}"), SIDES[side], rows))
            if len(traces) == len(sides):
                axes.append(Axes(sides["after"].method(method), traces))
        words = Wording(
            caption=lambda level, title=card.title: say(f"{AT}.curves_caption", system=title, level=level),  # type: ignore[misc]
            line="sections.membership.size_line",
            x=say("sections.membership.size_x"),
            y=say("sections.membership.y"),
            chance=say("sections.membership.chance"),
            axis=say("sections.membership.head_attack"),
        )
        id = f"curves-{re.sub(r'[^a-z0-9]+', '-', card.key.lower())}"
        figure = sweep(id, axes, synthetic_rows, words, chance=0.5, releases=card.releases) if axes else None
        if figure is not None:
            figures.append(figure)
    if not figures:
        return None
    return Section("curves", say(f"{AT}.curves"), (Text(say(f"{AT}.curves_lead"), "lead"), *figures))
