"""Could the audit have found a leak, and would it have cried wolf?"""

from synthaudit.audit.suite.result import Estimated, Row
from synthaudit.reports import numbers
from synthaudit.reports.document import Block, Figure, Section, Table, Task, Text
from synthaudit.reports.figures.canvas import CONTROL_HUES, HUES, MARKERS, Style
from synthaudit.reports.figures.forest import Bar, forest
from synthaudit.reports.i18n import heard, look_up, say
from synthaudit.reports.result_view import Evidence, ends, largest, synthetic_rows
from synthaudit.reports.sections.sweep import Axes, Trace, Wording, sweep

AT = "sections.controls"
SHOWN = 12  # negative controls drawn, those furthest from guessing; the table has them all


def section(evidence: Evidence) -> Section:
    """Return the section; an audit without controls says so."""
    blocks: list[Block] = []
    if figure := negative(evidence):
        blocks += [Text(say(f"{AT}.negative")), figure]
    figure, table = detection(evidence), smallest(evidence)
    if figure or table:
        blocks.append(Text(say(f"{AT}.positive")))
        blocks += [one for one in (figure, table) if one]
    return Section("controls", say(f"{AT}.title"), tuple(blocks) or (Text(say(f"{AT}.none"), "warning"),))


def negative(evidence: Evidence) -> Figure | None:
    """Return the AUC of every comparison in which nothing can leak."""
    rows = [row for row in evidence.rows("control", "auc") if isinstance(row.number, Estimated)]
    if not rows:
        return None
    bars, table, off = [], [], 0
    look = Style(CONTROL_HUES[0], "o")
    for row in sorted(rows, key=lambda one: list(dict.fromkeys(r.method for r in rows)).index(one.method)):
        if not isinstance(row.number, Estimated):
            continue
        value, low, high = ends(row.number, 1.0)
        chance = 0.5 if row.chance is None else row.chance
        misses = not low <= chance <= high
        off += misses
        label = " · ".join(
            part for part in (evidence.method(row.slice) if row.slice != "all" else "", system(evidence, row)) if part
        )
        label, text = label or evidence.method(row.method), numbers.text(row.number, "ratio")
        style = Style(HUES[1], "^") if misses else look
        bars.append(
            Bar(
                label,
                style,
                value,
                low,
                high,
                f"{row.method}, {label}: {text}",
                text,
                group=sentence(heard(row.method)),
            )
        )
        table.append(tuple(Task(one) for one in (row.method, label, text)))
    order = {bar: place for place, bar in enumerate(bars)}
    shown = sorted(sorted(bars, key=lambda bar: -abs(bar.value - 0.5))[:SHOWN], key=order.__getitem__)
    svg = forest("negative", shown, x="AUC", chance=0.5, chance_label=say("sections.membership.chance"))
    alt = say(f"{AT}.negative_alt_bad" if off else f"{AT}.negative_alt_ok", total=len(bars), off=off)
    head = (say("appendix.control"), say("appendix.about"), "AUC")
    behind = Table("negative-table", say(f"{AT}.title"), head, tuple(table), (False, False, True))
    cut = say(f"{AT}.negative_cut", shown=len(shown), total=len(bars)) if len(shown) < len(bars) else ""
    return Figure("negative", svg, alt, f"{say(f'{AT}.negative_caption')}{cut} {alt}", behind)


def sentence(text: str) -> str:
    """Return a text with a capital at its start."""
    return text[:1].upper() + text[1:]


def system(evidence: Evidence, row: Row) -> str:
    """Return a system's title, or nothing for a statement about the split."""
    return "" if row.system == "data" else evidence.title(row.system)


def rung(row: Row) -> tuple[str, str, float] | None:
    """Return attack, kind and fraction of a slice such as ``nearest: verbatim 0.01``."""
    attack, _, leak = row.slice.rpartition(": ")
    kind, _, fraction = leak.rpartition(" ")
    try:
        return attack, kind, float(fraction)
    except ValueError:
        return None


def kind_of(kind: str) -> str:
    """Return a kind of planted leak in words."""
    return sentence(str(look_up(f"planted.{kind}") or kind))


def planted_in(evidence: Evidence, system: str) -> str:
    """Return whose synthetic table a leak was planted in."""
    return say(f"{AT}.planted_in", system=evidence.title(system))


def fraction_of(row: Row) -> float | None:
    """Return the share of rows planted."""
    found = rung(row)
    return found[2] if found else None


def detection(evidence: Evidence) -> Figure | None:
    """Return how often planted leaks were caught, by the share of rows planted."""
    grouped: dict[tuple[str, str], list[Row]] = {}
    rows = largest(evidence.rows("control", "detection_rate"), synthetic_rows)
    for row in rows:
        if (found := rung(row)) and found[2] > 0 and (row.release or 0) == 0:
            grouped.setdefault((found[0], f"{kind_of(found[1])}, {planted_in(evidence, row.system)}"), []).append(row)
    attacks = list(dict.fromkeys(attack for attack, _ in grouped))
    kinds = sorted(
        dict.fromkeys(kind for _, kind in grouped), key=lambda kind: kind.partition(", ")[0] != kind_of("verbatim")
    )
    panels = [
        Axes(
            kind,
            [
                Trace(
                    evidence.method(attack),
                    Style(HUES[at % len(HUES)], MARKERS[at % len(MARKERS)]),
                    grouped[attack, kind],
                )
                for at, attack in enumerate(attacks[:6])
                if (attack, kind) in grouped
            ],
        )
        for kind in kinds[:6]
    ]
    if not panels:
        return None
    words = Wording(
        caption=lambda _: say(f"{AT}.positive_caption"),
        line=f"{AT}.positive_line",
        x=say(f"{AT}.positive_x"),
        y=say(f"{AT}.positive_y"),
        chance=say(f"{AT}.positive_chance"),
        axis=say(f"{AT}.head_leak"),
    )
    return sweep("detection", panels, fraction_of, words, chance=0.8, releases=0, limits=(-0.03, 1.05), x_share=True)


def smallest(evidence: Evidence) -> Table | None:
    """Return the smallest planted leak that each attack would have caught, one column a system it was planted in."""
    every = evidence.rows("control", "smallest_leak")
    if not every:
        return None
    systems = list(dict.fromkeys(row.system for row in every))
    cells: dict[str, dict[str, str]] = {}
    for row in every:
        number = row.number
        caught = numbers.value(number.value, "share") if isinstance(number, Estimated) else numbers.text(number)
        cells.setdefault(row.slice, {}).setdefault(row.system, caught)
    rows, groups = [], []
    for slice, found in cells.items():
        attack, _, kind = slice.partition(": ")
        rows.append((Task(kind_of(kind or attack)), *(Task(found.get(system, "–")) for system in systems)))
        groups.append(evidence.method(attack) if kind else "")
    head = (say(f"{AT}.head_leak"), *(sentence(planted_in(evidence, key)) for key in systems))
    numeric, widths = (False,) * len(head), (1.4, *(2.4 for _ in systems))
    return Table(
        "smallest", say(f"{AT}.table"), head, tuple(rows), numeric, widths, tuple(groups) if any(groups) else ()
    )
