"""Controls: could the audit have found a leak (positive), and does it find none where there is none (negative)?"""

from dataclasses import dataclass, replace

from synthaudit.audit.suite.result import Estimated, Row
from synthaudit.reports.blocks.content import Block, Figure, Table, TableCell, Text
from synthaudit.reports.blocks.document import Section
from synthaudit.reports.figures.forest import Bar, plot_forest
from synthaudit.reports.figures.style import CONTROL_HUES, HUES, MARKERS, Style
from synthaudit.reports.sections.planted_leaks import planted_leaks
from synthaudit.reports.sections.sweep_figure import CurveRows, PanelRows, SweepText, sweep_figure
from synthaudit.reports.text import numbers
from synthaudit.reports.text.i18n import capitalize, look_up, t, translate
from synthaudit.reports.view.curve import at_largest, synthetic_rows, value_and_interval
from synthaudit.reports.view.result_view import ResultView

KEY = "sections.controls"
SHOWN = 12  # negative controls drawn, those furthest from guessing; the table has them all
PANELS = 6
PUBLISHED = "published holdout"


@dataclass(frozen=True)
class PlantedLeak:
    """A leak planted on purpose, read from a slice such as ``nearest: verbatim 0.01``."""

    attack: str
    kind: str
    fraction: float

    @classmethod
    def of(cls, row: Row) -> "PlantedLeak | None":
        """Return the leak that a row is about, or None."""
        attack, _, leak = row.slice.rpartition(": ")
        kind, _, fraction = leak.rpartition(" ")
        try:
            return cls(attack, kind, float(fraction))
        except ValueError:
            return None


def section(view: ResultView) -> Section:
    """Return the section; an audit without controls says so."""
    blocks: list[Block] = []
    if figure := _negative_figure(view):
        blocks += [Text(t(f"{KEY}.negative")), figure]
    blocks += [*_number_formats(view), *_published_holdout(view)]
    judged = planted_leaks(view)
    detection, smallest = _detection_figure(view), _smallest_leak_table(view)
    positive: list[Block] = [replace(detection, screen_only=smallest is not None)] if detection else []
    positive += [smallest] if smallest else []
    if judged:
        blocks += judged
    elif positive:
        blocks += [Text(t(f"{KEY}.positive")), *positive]
    return Section("controls", t(f"{KEY}.title"), tuple(blocks) or (Text(t(f"{KEY}.none"), "warning"),))


def _negative_figure(view: ResultView) -> Figure | None:
    """Return the AUC of every comparison in which nothing can leak."""
    rows = [
        (row, row.number)
        for row in view.rows("control", "auc")
        if isinstance(row.number, Estimated) and row.method != PUBLISHED
    ]
    if not rows:
        return None
    bars, table, off = [], [], 0
    methods = list(dict.fromkeys(row.method for row, _ in rows))
    for row, number in sorted(rows, key=lambda one: methods.index(one[0].method)):
        value, low, high = value_and_interval(number, 1.0)
        misses = not low <= (0.5 if row.chance is None else row.chance) <= high
        off += misses
        attack = view.method_title(row.slice) if row.slice != "all" else ""
        system = "" if row.system == "data" else view.system_title(row.system)  # "data" is a statement about the split
        label = " · ".join(part for part in (attack, system) if part) or view.method_title(row.method)
        text = numbers.with_interval(number, "ratio")
        style = Style(HUES[1], "^") if misses else Style(CONTROL_HUES[0], "o")
        group = capitalize(translate(row.method))
        bars.append(Bar(label, style, value, low, high, f"{row.method}, {label}: {text}", text, group))
        table.append(tuple(TableCell(one) for one in (row.method, label, text)))
    order = {bar: place for place, bar in enumerate(bars)}
    shown = sorted(sorted(bars, key=lambda bar: -abs(bar.value - 0.5))[:SHOWN], key=order.__getitem__)
    svg = plot_forest("negative", shown, x="AUC", chance=0.5, chance_label=t("sections.membership.chance"))
    expected = numbers.compact(round(len(bars) * (1 - view.confidence), 1))
    alt = t(f"{KEY}.negative_alt_bad" if off else f"{KEY}.negative_alt_ok", total=len(bars), off=off, expected=expected)
    head = (t("appendix.control"), t("appendix.about"), "AUC")
    data = Table("negative-table", t(f"{KEY}.title"), head, tuple(table), (False, False, True))
    cut = t(f"{KEY}.negative_cut", shown=len(shown), total=len(bars)) if len(shown) < len(bars) else ""
    return Figure("negative", svg, alt, f"{t(f'{KEY}.negative_caption')}{cut} {alt}", data)


def _number_formats(view: ResultView) -> list[Block]:
    """Return whether the sides are stored alike, one text per pair of sides that could be compared."""
    blocks: list[Block] = []
    for row in view.rows("control", "adjusted_p"):
        if isinstance(row.number, Estimated):
            bad = row.slice != "all"
            p = numbers.value(row.number.value, "p")
            which = "reference" if row.method == "reference format" else "format"
            key = f"{KEY}.{which}_bad" if bad else f"{KEY}.{which}_ok"
            text = t(key, p=p, method=row.number.method, columns=row.slice)
            blocks.append(Text(text, "warning") if bad else Text(text))
    return blocks


def _published_holdout(view: ResultView) -> list[Block]:
    """Return how many holdout and reference patients stand in each given table, and whether it is nearer to either."""
    found: list[Block] = [
        Text(
            t(
                f"{KEY}.published",
                side=translate(row.slice),
                share=numbers.value(row.number.value, "share"),
                system=view.system_title(row.system),
                chance=numbers.value(row.chance or 0.0, "share"),
                p=numbers.value(row.number.p_value or 0.0, "p"),
            )
        )
        for row in view.rows("control", "published_rate")
        if isinstance(row.number, Estimated)
    ]
    for row in view.rows("control", "auc", method=PUBLISHED):
        if isinstance(row.number, Estimated):
            auc, attack = numbers.with_interval(row.number, "ratio"), view.method_title(row.slice)
            found.append(Text(t(f"{KEY}.nearness", attack=attack, system=view.system_title(row.system), auc=auc)))
    return found


def _kind_title(kind: str) -> str:
    """Return a kind of planted leak in words."""
    return capitalize(str(look_up(f"planted.{kind}") or kind))


def _planted_in(view: ResultView, system: str) -> str:
    """Return in whose synthetic table a leak was planted."""
    return t(f"{KEY}.planted_in", system=view.system_title(system))


def _fraction_of(row: Row) -> float | None:
    """Return the share of rows planted."""
    leak = PlantedLeak.of(row)
    return leak.fraction if leak else None


def _detection_figure(view: ResultView) -> Figure | None:
    """Return how often planted leaks were detected, by the share of rows planted."""
    by_kind: dict[tuple[bool, str], dict[str, list[Row]]] = {}
    for row in at_largest(view.rows("control", "detection_rate"), synthetic_rows):
        leak = PlantedLeak.of(row)
        if leak and leak.fraction > 0 and (row.release or 0) == 0:
            title = f"{_kind_title(leak.kind)}, {_planted_in(view, row.system)}"
            by_kind.setdefault((leak.kind != "verbatim", title), {}).setdefault(leak.attack, []).append(row)
    attacks = list(dict.fromkeys(attack for rows in by_kind.values() for attack in rows))[:PANELS]
    styles = {attack: Style(HUES[at % len(HUES)], MARKERS[at % len(MARKERS)]) for at, attack in enumerate(attacks)}
    panels = [
        PanelRows(
            title,
            [
                CurveRows(view.method_title(attack), styles[attack], rows[attack])
                for attack in attacks
                if attack in rows
            ],
        )
        for (_, title), rows in sorted(by_kind.items(), key=lambda item: item[0][0])[:PANELS]
    ]
    if not panels:
        return None
    text = SweepText(
        caption=lambda _: t(f"{KEY}.positive_caption"),
        line=f"{KEY}.positive_line",
        x=t(f"{KEY}.positive_x"),
        y=t(f"{KEY}.positive_y"),
        chance=t(f"{KEY}.positive_chance"),
        panel=t(f"{KEY}.head_leak"),
    )
    return sweep_figure(
        "detection", panels, _fraction_of, text, chance=0.8, releases=0, limits=(-0.03, 1.05), x_share=True
    )


def _smallest_leak_table(view: ResultView) -> Table | None:
    """Return the smallest planted leak that each attack detects, one column per system it was planted in."""
    measured = view.rows("control", "smallest_leak")
    if not measured:
        return None
    systems = list(dict.fromkeys(row.system for row in measured))
    texts: dict[str, dict[str, str]] = {}
    for row in measured:
        number = row.number
        measured_share = numbers.value(number.value, "share") if isinstance(number, Estimated) else ""
        text = measured_share or numbers.with_interval(number)
        texts.setdefault(row.slice, {}).setdefault(row.system, text)
    rows, groups = [], []
    for slice, own in texts.items():
        attack, _, kind = slice.partition(": ")
        rows.append((TableCell(_kind_title(kind or attack)), *(TableCell(own.get(key, "–")) for key in systems)))
        groups.append(view.method_title(attack) if kind else "")
    head = (t(f"{KEY}.head_leak"), *(capitalize(_planted_in(view, key)) for key in systems))
    numeric, widths = (False,) * len(head), (1.4, *(2.4 for _ in systems))
    return Table(
        "smallest", t(f"{KEY}.table"), head, tuple(rows), numeric, widths, tuple(groups) if any(groups) else ()
    )
