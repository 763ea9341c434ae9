"""Fidelity to be looked at, on the screen alone: distances, a plane, correlations and every column of each system."""

from itertools import combinations
from typing import Final

from synthaudit.audit.suite.result import Estimated, Row, SystemCard
from synthaudit.reports.blocks.content import Figure, Fold, Table, TableCell, Text
from synthaudit.reports.figures.bars import BarSeries, plot_bars
from synthaudit.reports.figures.heat_maps import HeatMap, plot_heat_maps
from synthaudit.reports.figures.style import CONTROL_HUES, HUES
from synthaudit.reports.sections.fidelity_columns import column_blocks
from synthaudit.reports.text import numbers
from synthaudit.reports.text.i18n import format_integer, t
from synthaudit.reports.view.curve import at_largest, representative, synthetic_rows
from synthaudit.reports.view.fidelity_series import Values, fidelity_series, square
from synthaudit.reports.view.result_view import ResultView

KEY: Final = "sections.fidelity_pictures"
PAIRS: Final = 12  # of the correlations that differ most


def fidelity_pictures(view: ResultView) -> tuple[Fold, ...]:
    """Return what is to be seen of each system; opened where there is one."""
    folds = []
    for at, card in enumerate(view.systems):
        inner: list[Text | Figure | Fold] = []
        for blocks in (distance_blocks, plane_blocks, correlation_blocks, column_blocks):
            inner += blocks(view, card, at)
        if inner:
            title = t(f"{KEY}.open", system=view.system_title(card.key))
            folds.append(Fold(f"look-{at}", title, tuple(inner), open=len(view.systems) == 1))
    return tuple(folds)


def statistic_row(view: ResultView, method: str, statistic: str, system: str | None) -> Row | None:
    """Return a statistic of one system, or of the yardstick where there is none."""
    part = "synthetic" if system else "yardstick"
    rows = view.rows("fidelity", statistic, method=method, slice=part)
    return representative(at_largest([row for row in rows if system in (None, row.system)], synthetic_rows))


def with_yardstick(view: ResultView, method: str, statistic: str, system: str, form: numbers.Form) -> dict[str, str]:
    """Return a statistic and its yardstick as the blanks of a sentence."""
    own, other = (statistic_row(view, method, statistic, of) for of in (system, None))
    value = numbers.with_interval(own.number, form) if own else "–"
    yardstick = numbers.with_interval(other.number, form) if other else "–"
    trials = own.number.trials if own and isinstance(own.number, Estimated) else 0
    return {"value": value, "yardstick": yardstick, "trials": format_integer(trials)}


def distance_blocks(view: ResultView, card: SystemCard, at: int) -> list[Text | Figure]:
    """Return the share of rows closer to members, what it means, and the distances."""
    if statistic_row(view, "closest_record", "closer_to_members", card.key) is None:
        return []
    blanks = with_yardstick(view, "closest_record", "closer_to_members", card.key, "share")
    blocks: list[Text | Figure] = [Text(t(f"{KEY}.closer", **blanks)), Text(t(f"{KEY}.closer_meaning"), "note")]
    series = fidelity_series(view, "closest_record", "distances", card.key)
    if series is None:
        return blocks
    values, labels = series.values, []
    for place, (begin, end) in enumerate(zip(values["from"], values["to"], strict=True)):
        last = place == len(values["from"]) - 1
        labels.append(f"≥ {numbers.compact(begin)}" if last else f"{numbers.compact(begin)} – {numbers.compact(end)}")
    kinds = (("real", CONTROL_HUES[0]), ("holdout", CONTROL_HUES[1]), ("members", HUES[0]))
    bars = [
        BarSeries(t(f"{KEY}.distance_{kind}"), colour, values[kind], values[f"{kind} low"], values[f"{kind} high"])
        for kind, colour in kinds
    ]
    id = f"distances-{at}"
    rows = tuple(
        (TableCell(label), *(TableCell(numbers.value(one.shares[place], "share")) for one in bars))
        for place, label in enumerate(labels)
    )
    head = (t(f"{KEY}.head_distance"), *(one.title for one in bars))
    table = Table(f"{id}-table", t(f"{KEY}.distances"), head, rows, (False, True, True, True))
    blocks.append(Figure(id, plot_bars(labels, bars), t(f"{KEY}.distances_alt"), t(f"{KEY}.distances"), table))
    return blocks


def plane_blocks(view: ResultView, card: SystemCard, at: int) -> list[Figure]:
    """Return where members, holdout and synthetic rows lie on a plane."""
    series = fidelity_series(view, "projection", "projection", card.key)
    if series is None:
        return []
    top = max(max(values) for values in series.values.values()) or 1.0
    maps = []
    for name in ("members", "holdout", "synthetic"):
        rows = square(series.values[name])
        tooltips = tuple(tuple(numbers.value(value, "share") for value in row) for row in rows)
        maps.append(HeatMap(t(f"{KEY}.plane_{name}"), rows, tooltips))
    blanks = with_yardstick(view, "projection", "projected_overlap", card.key, "share")
    small = format_integer(view.result.split.small_count)
    caption = t(f"{KEY}.plane", small=small, **blanks)
    svg = plot_heat_maps(maps, top=top)
    return [Figure(f"plane-{at}", svg, t(f"{KEY}.plane_alt", **blanks), caption)]


def correlation_blocks(view: ResultView, card: SystemCard, at: int) -> list[Figure]:
    """Return the correlations of real and synthetic rows and their difference, and the pairs that differ most."""
    real, synthetic = (
        fidelity_series(view, "correlation_map", f"correlations {side}", card.key) for side in ("real", "synthetic")
    )
    if real is None or synthetic is None:
        return []
    names = list(real.values)
    sides = {"real": real.values, "synthetic": synthetic.values}
    sides["difference"] = {
        name: tuple(b - a for a, b in zip(real.values[name], synthetic.values[name], strict=True)) for name in names
    }
    maps = [_half_map(t(f"{KEY}.map_{side}"), values, names) for side, values in sides.items()]
    pairs = sorted(
        combinations(range(len(names)), 2), key=lambda pair: -abs(sides["difference"][names[pair[0]]][pair[1]])
    )
    rows = tuple(
        (
            TableCell(f"{names[first]} × {names[second]}"),
            *(TableCell(numbers.value(sides[side][names[first]][second], "ratio")) for side in sides),
        )
        for first, second in pairs[:PAIRS]
    )
    id = f"correlations-{at}"
    blanks = with_yardstick(view, "correlation_map", "map_error_mean", card.key, "ratio")
    head = (t(f"{KEY}.head_pair"), *(t(f"{KEY}.map_{side}") for side in sides))
    table = Table(f"{id}-table", t(f"{KEY}.pairs"), head, rows, (False, True, True, True))
    svg = plot_heat_maps(maps, top=1.0, rows=names)
    return [Figure(id, svg, t(f"{KEY}.map_alt", **blanks), t(f"{KEY}.map", **blanks), table)]


def _half_map(title: str, values: Values, names: list[str]) -> HeatMap:
    """Return the correlations under the diagonal; what lies above says the same again."""
    rows = tuple(
        tuple(values[name][column] if column < row else None for column in range(len(names)))
        for row, name in enumerate(names)
    )
    tooltips = tuple(
        tuple(
            f"{name} × {names[column]}: {numbers.value(values[name][column], 'ratio')}" for column in range(len(names))
        )
        for name in names
    )
    return HeatMap(title, rows, tooltips)
