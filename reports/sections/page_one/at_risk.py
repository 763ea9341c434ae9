"""Who is most at risk: groups of patients that stand out, or how many members are identified at a low error rate."""

from synthaudit.audit.suite.result import Estimated, Row, SystemCard
from synthaudit.reports.sections.copies import copy_sentences
from synthaudit.reports.sections.groups import group_sentences, least_text
from synthaudit.reports.text import numbers
from synthaudit.reports.text.i18n import pluralize, t
from synthaudit.reports.view.curve import at_largest, reference_rows, representative, strongest, synthetic_rows
from synthaudit.reports.view.groups import group_breakdowns
from synthaudit.reports.view.result_view import ResultView

SHOWN = 3  # lines


def at_risk(view: ResultView) -> list[str]:
    """Return the groups that stand out; without groups, each system's true positive rate at few false positives."""
    copies = copy_sentences(view)[:SHOWN]
    if lines := group_lines(view):
        return [*copies, *lines]
    rates = (low_fpr_line(view, card) for card in view.systems[:SHOWN])
    return [*copies, t("answers.whom.none"), *(line for line in rates if line)]


def low_fpr_line(view: ResultView, card: SystemCard) -> str:
    """Return a system's highest true positive rate at 1 % false positives, or at the highest rate measured."""
    rows = view.rows("membership", "tpr_at_fpr", system=card.key)
    rows = [row for row in rows if row.slice.startswith("fpr ")]
    rates = {row.chance for row in rows if row.chance and isinstance(row.number, Estimated)}
    if not rates:
        return ""
    rate = 0.01 if 0.01 in rates else max(rates)
    by_method: dict[str, list[Row]] = {}
    for row in rows:
        if row.chance == rate:
            by_method.setdefault(row.method, []).append(row)
    candidates = (representative(at_largest(own, synthetic_rows, reference_rows)) for own in by_method.values())
    best = strongest(row for row in candidates if row is not None)
    if best is None:
        return ""
    number, percent = numbers.with_interval(best.number, "share"), numbers.percent(rate)
    return t("answers.whom.low_fpr", system=card.title, number=number, rate=percent, chance=percent)


def group_lines(view: ResultView) -> list[str]:
    """Return the groups that stand out by system, then the systems where none does, then what is not shown."""
    breakdowns = group_breakdowns(view)
    measured = [one for one in breakdowns if one.groups]
    lines = [line for one in measured if one.above_average for line in group_sentences(view, one)][:SHOWN]
    quiet = [one for one in measured if not one.above_average]
    if quiet:
        count = pluralize(max(len(one.groups) for one in quiet), "group")
        titles = view.join_titles(one.card.title for one in quiet)
        lines.append(t("answers.whom.nobody", systems=titles, groups=count, least=least_text(quiet)))
    hidden = {name for one in breakdowns for name, _ in one.unmeasured}
    if hidden:
        count = pluralize(len(hidden), "group")
        lines.append(t("answers.whom.hidden", groups=count, title=t("sections.groups.title")))
    return lines
