"""Who is most at risk? The membership attack by group of patients, beside its value over all of them."""

from collections.abc import Iterator, Sequence

from synthaudit.audit.suite.result import Estimated, Row
from synthaudit.reports.blocks.content import Block, Figure, Items, Table, TableCell, Text
from synthaudit.reports.blocks.document import Section
from synthaudit.reports.figures.forest import Bar, plot_forest
from synthaudit.reports.figures.style import QUIET, Style
from synthaudit.reports.text import numbers
from synthaudit.reports.text.i18n import format_integer, join_list, pluralize, t
from synthaudit.reports.view.curve import value_and_interval
from synthaudit.reports.view.groups import GroupBreakdown, group_breakdowns
from synthaudit.reports.view.result_view import ResultView

KEY = "sections.groups"
SHOWN = 30  # bars drawn, those of systems in which a group stands out first; the table has them all


def section(view: ResultView) -> Section | None:
    """Return the section, or None where the audit did not break its attacks down."""
    breakdowns = group_breakdowns(view)
    if not breakdowns:
        return None
    blocks: list[Block] = [Text(t(f"{KEY}.lead"), "lead")]
    if figure := _figure(view, breakdowns):
        blocks += [Text(" ".join(_sentences(view, breakdowns))), figure]
    names: dict[str, dict[str, None]] = {}
    for one in breakdowns:
        for name, reason in one.unmeasured:
            names.setdefault(reason, {})[name] = None
    if names:
        blocks.append(Text(t(f"{KEY}.hidden")))
        blocks.append(Items(tuple(f"{join_list(list(own))}: {reason}." for reason, own in names.items())))
    return Section("groups", t(f"{KEY}.title"), tuple(blocks))


def group_sentences(view: ResultView, one: GroupBreakdown) -> Iterator[str]:
    """Yield what a breakdown says in a sentence: which groups stand out, or that none does."""
    groups = pluralize(len(one.groups), "group")
    if not one.groups or one.overall is None or not isinstance(one.overall.number, Estimated):
        return
    overall, attack = numbers.with_interval(one.overall.number, "ratio"), view.method_title(one.method)
    if not one.above_average:
        least = least_text([one])
        yield t(f"{KEY}.nobody", system=one.card.title, groups=groups, attack=attack, overall=overall, least=least)
        return
    (name, row), *others = one.above_average
    more = t(f"{KEY}.others", names=join_list([other for other, _ in others])) if others else ""
    yield t(
        f"{KEY}.top", system=one.card.title, group=name, number=numbers.with_interval(row.number, "ratio"),
        attack=attack, overall=overall, groups=groups, more=more,
    )  # fmt: skip


def _sentences(view: ResultView, breakdowns: Sequence[GroupBreakdown]) -> list[str]:
    """Return what all breakdowns say, systems in which no group stands out in one sentence."""
    sentences = [line for one in breakdowns if one.above_average for line in group_sentences(view, one)]
    quiet = [one for one in breakdowns if one.groups and not one.above_average]
    if len(quiet) == 1:
        return [*sentences, *group_sentences(view, quiet[0])]
    titles = view.join_titles(one.card.title for one in quiet)
    return [*sentences, *([t(f"{KEY}.nobody_of", systems=titles, least=least_text(quiet))] if quiet else [])]


def least_text(breakdowns: Sequence[GroupBreakdown]) -> str:
    """Return by how much a group's AUC had to exceed that of all targets to stand out."""
    ends = [one.least_visible for one in breakdowns if one.least_visible is not None]
    if not ends:
        return "–"
    low, high = (numbers.value(end, "ratio") for end in (min(low for low, _ in ends), max(high for _, high in ends)))
    return low if low == high else t(f"{KEY}.least", low=low, high=high)


def _group_label(name: str, row: Row, *, stands_out: bool) -> str:
    """Return a group's name with how many members and holdout patients it has."""
    sizes = f" ({format_integer(row.members)} + {format_integer(row.holdout)})" if row.members and row.holdout else ""
    return f"{'▲ ' if stands_out else ''}{name}{sizes}"


def _bars(view: ResultView, breakdowns: Sequence[GroupBreakdown]) -> list[Bar]:
    """Return one bar per group, all targets first; systems in which a group stands out come first."""
    bars: list[Bar] = []
    for one in sorted(breakdowns, key=lambda one: not one.above_average):
        block = f"{one.card.title} · {view.method_title(one.method)}"
        overall = [(t(f"{KEY}.everybody"), one.overall)] if one.overall is not None else []
        above = dict(one.above_average)
        for name, row in [*overall, *one.groups]:
            if not isinstance(row.number, Estimated):
                continue
            text = numbers.with_interval(row.number, "ratio")
            style = Style(QUIET, "D") if row is one.overall else view.styles[one.card.key]
            label = _group_label(name, row, stands_out=name in above)
            value, low, high = value_and_interval(row.number, 1.0)
            bars.append(Bar(label, style, value, low, high, f"{block}, {name}: {text}", text, block))
    return bars


def _rows(view: ResultView, breakdowns: Sequence[GroupBreakdown]) -> list[tuple[TableCell, ...]]:
    """Return the numbers behind the bars."""
    rows = []
    for one in sorted(breakdowns, key=lambda one: not one.above_average):
        above = dict(one.above_average)
        overall = [(t(f"{KEY}.everybody"), one.overall)] if one.overall is not None else []
        for name, row in [*overall, *one.groups]:
            if isinstance(row.number, Estimated):
                text, trials = numbers.with_interval(row.number, "ratio"), format_integer(row.number.trials)
                label = _group_label(name, row, stands_out=name in above)
                texts = (one.card.title, view.method_title(one.method), label, text, trials)
                rows.append(tuple(TableCell(text) for text in texts))
    return rows


def _whole_blocks(bars: list[Bar]) -> list[str]:
    """Return the systems whose bars fit into the figure, whole, the first at least."""
    blocks: list[str] = []
    for name in dict.fromkeys(bar.group for bar in bars):
        if blocks and sum(bar.group in (*blocks, name) for bar in bars) > SHOWN:
            break
        blocks.append(name)
    return blocks


def _figure(view: ResultView, breakdowns: Sequence[GroupBreakdown]) -> Figure | None:
    """Return the groups of each system as dots with intervals, all targets first."""
    if not any(one.groups for one in breakdowns):
        return None
    bars = _bars(view, breakdowns)
    fit = [bar for bar in bars if bar.group in _whole_blocks(bars)]
    svg = plot_forest(
        "groups", fit, x=t("sections.membership.y"), chance=0.5,
        chance_label=t("sections.membership.chance"),
    )  # fmt: skip
    count = sum(len(one.groups) for one in breakdowns)
    level = "generator" if breakdowns[0].groups and breakdowns[0].groups[0][1].release is None else "release"
    level_note = t("level_notes.bars", bars=t(f"level_notes.{level}_bar"))
    family = next((one.family for one in breakdowns if one.family), None)
    together = t(f"{KEY}.family_unknown")
    if family is not None:
        together = t(f"{KEY}.family", confidence=numbers.percent(view.confidence), count=format_integer(family))
    caption = t(f"{KEY}.caption", groups=pluralize(count, "group"), family=together, level=level_note)
    if len(fit) < len(bars):
        left = len({bar.group for bar in bars} - {bar.group for bar in fit})
        caption += t(f"{KEY}.cut", systems=pluralize(left, "system"))
    head = (
        t("sections.dataset.head_system"), t("sections.membership.head_attack"), t(f"{KEY}.head"),
        t("sections.membership.y"), "n",
    )  # fmt: skip
    rows = tuple(_rows(view, breakdowns))
    data = Table("groups-table", caption, head, rows, (False, False, False, True, True))
    return Figure("groups", svg, " ".join(_sentences(view, breakdowns)) or caption, caption, data)
