"""Who is most at risk? The membership attack by group of patients, beside its value over all of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from synthaudit.audit.suite.result import Estimated, Row, SystemCard, Unmeasured
from synthaudit.reports import numbers
from synthaudit.reports.document import Block, Figure, Items, Section, Table, Task, Text
from synthaudit.reports.figures.canvas import QUIET, Style
from synthaudit.reports.figures.forest import Bar, forest
from synthaudit.reports.i18n import count, grouped, listed, say
from synthaudit.reports.result_view import Evidence, ends, is_general, largest, reference_rows, speaking, synthetic_rows

AT = "sections.groups"
PREFIX = "group: "
SHOWN = 30  # bars drawn, those of systems in which a group stands out first; the table has them all


@dataclass(frozen=True)
class Breakdown:
    """One attack on one system, over all targets and by group.

    Attributes:
        overall: The number over all targets; None where there is none.
        groups: Name and row of each group that was measured.
        hidden: Name of each group that was not, and why.
    """

    card: SystemCard
    method: str
    overall: Row | None
    groups: tuple[tuple[str, Row], ...]
    hidden: tuple[tuple[str, str], ...]

    @property
    def outstanding(self) -> tuple[tuple[str, Row], ...]:
        """Groups whose whole interval lies above that of all targets, the highest first."""
        if self.overall is None or not isinstance(self.overall.number, Estimated):
            return ()
        _, _, top = ends(self.overall.number, 1.0)
        above = [(name, row) for name, row in self.groups if ends(row.number, 1.0)[1] > top]  # type: ignore[arg-type]
        return tuple(sorted(above, key=lambda pair: -ends(pair[1].number, 1.0)[0]))  # type: ignore[arg-type]


def group_of(row: Row) -> str | None:
    """Return the group that a row is about, or None for a row about all targets."""
    return None if row.slice == "all" else row.slice.removeprefix(PREFIX)


def breakdowns(evidence: Evidence) -> tuple[Breakdown, ...]:
    """Return, for each system, the attack that is strongest over all targets among those broken down by group."""
    found = []
    for card in evidence.systems:
        every = evidence.rows("membership", "auc", system=card.key)
        methods = dict.fromkeys(row.method for row in every if group_of(row))
        told = [breakdown(card, method, [row for row in every if row.method == method]) for method in methods]
        if told:
            found.append(max(told, key=lambda one: (bool(one.groups), strength(one))))
    return tuple(found)


def strength(one: Breakdown) -> float:
    """Return the attack's value over all targets."""
    return one.overall.number.value if one.overall and isinstance(one.overall.number, Estimated) else 0.0


def breakdown(card: SystemCard, method: str, rows: list[Row]) -> Breakdown:
    """Return one attack's rows by group, at the largest table with the most reference records."""
    groups, hidden = [], []
    sliced = [row for row in rows if group_of(row)]
    at = largest(largest(sliced, synthetic_rows), reference_rows)
    place = (synthetic_rows(at[0]), reference_rows(at[0]))
    whole = [row for row in rows if group_of(row) is None and (synthetic_rows(row), reference_rows(row)) == place]
    general = is_general(at)
    for name in dict.fromkeys(group_of(row) or "" for row in at):
        row = speaking([one for one in at if group_of(one) == name], general=general)
        if row is None:
            continue
        if isinstance(row.number, Unmeasured):
            hidden.append((name, row.number.reason.rstrip(".")))
        else:
            groups.append((name, row))
    return Breakdown(card, method, speaking(whole, general=general), tuple(groups), tuple(hidden))


def section(evidence: Evidence) -> Section | None:
    """Return the section, or None where the audit did not break its attacks down."""
    found = breakdowns(evidence)
    if not found:
        return None
    blocks: list[Block] = [Text(say(f"{AT}.lead"), "lead")]
    if figure := drawn(evidence, found):
        blocks += [Text(" ".join(in_short(evidence, found))), figure]
    hidden: dict[str, dict[str, None]] = {}
    for one in found:
        for name, reason in one.hidden:
            hidden.setdefault(reason, {})[name] = None
    if hidden:
        blocks.append(Text(say(f"{AT}.hidden")))
        blocks.append(Items(tuple(f"{listed(list(names))}: {reason}." for reason, names in hidden.items())))
    return Section("groups", say(f"{AT}.title"), tuple(blocks))


def verdict(evidence: Evidence, one: Breakdown) -> Iterator[str]:
    """Yield what a breakdown says in a sentence: who stands out, or that nobody does."""
    groups = count(len(one.groups), "group")
    if not one.groups or one.overall is None or not isinstance(one.overall.number, Estimated):
        return
    overall, attack = numbers.text(one.overall.number, "ratio"), evidence.method(one.method)
    if not one.outstanding:
        yield say(f"{AT}.nobody", system=one.card.title, groups=groups, attack=attack, overall=overall)
        return
    name, row = one.outstanding[0]
    more = say(f"{AT}.others", names=listed([other for other, _ in one.outstanding[1:]])) if one.outstanding[1:] else ""
    yield say(
        f"{AT}.top", system=one.card.title, group=name, number=numbers.text(row.number, "ratio"), attack=attack,
        overall=overall, groups=groups, more=more,
    )  # fmt: skip


def whole_blocks(bars: list[Bar]) -> list[str]:
    """Return the systems whose bars fit into the figure, whole, the first at least."""
    kept: list[str] = []
    for name in dict.fromkeys(bar.group for bar in bars):
        if kept and sum(bar.group in (*kept, name) for bar in bars) > SHOWN:
            break
        kept.append(name)
    return kept


def in_short(evidence: Evidence, found: tuple[Breakdown, ...]) -> list[str]:
    """Return what all breakdowns say, systems in which nobody stands out in one sentence."""
    told = [line for one in found if one.outstanding for line in verdict(evidence, one)]
    quiet = [one for one in found if one.groups and not one.outstanding]
    if len(quiet) == 1:
        return [*told, *verdict(evidence, quiet[0])]
    names = evidence.names(one.card.title for one in quiet)
    return [*told, *([say(f"{AT}.nobody_of", systems=names)] if quiet else [])]


def drawn(evidence: Evidence, found: tuple[Breakdown, ...]) -> Figure | None:
    """Return the groups of each system as dots with intervals, all targets first."""
    bars: list[Bar] = []
    table: list[tuple[Task, ...]] = []
    for one in sorted(found, key=lambda one: not one.outstanding):
        look, attack = evidence.looks[one.card.key], evidence.method(one.method)
        block = f"{one.card.title} · {attack}"
        overall = [(say(f"{AT}.everybody"), one.overall)] if one.overall is not None else []
        standing = dict(one.outstanding)
        for name, row in [*overall, *one.groups]:
            if not isinstance(row.number, Estimated):
                continue
            text = numbers.text(row.number, "ratio")
            style = Style(QUIET, "D") if row is one.overall else look
            label = f"▲ {name}" if name in standing else name
            bars.append(Bar(label, style, *ends(row.number, 1.0), f"{block}, {name}: {text}", text, block))
            table.append(
                tuple(Task(cell) for cell in (one.card.title, attack, label, text, grouped(row.number.trials)))
            )
    if not any(one.groups for one in found):
        return None
    fit = [bar for bar in bars if bar.group in whole_blocks(bars)]
    svg = forest(
        "groups", fit, x=say("sections.membership.y"), chance=0.5,
        chance_label=say("sections.membership.chance"),
    )  # fmt: skip
    looked = sum(len(one.groups) for one in found)
    level = "generator" if found[0].groups and found[0].groups[0][1].release is None else "release"
    left = say(f"{AT}.cut", systems=count(len({bar.group for bar in bars} - {bar.group for bar in fit}), "system"))
    bars_note = say("level_notes.bars", bars=say(f"level_notes.{level}_bar"))
    caption = say(f"{AT}.caption", groups=count(looked, "group"), level=bars_note) + (
        left if len(fit) < len(bars) else ""
    )
    head = (
        say("sections.audited.head_system"), say("sections.membership.head_attack"), say(f"{AT}.head"),
        say("sections.membership.y"), "n",
    )  # fmt: skip
    behind = Table("groups-table", caption, head, tuple(table), (False, False, False, True, True))
    return Figure("groups", svg, " ".join(in_short(evidence, found)) or caption, caption, behind)
