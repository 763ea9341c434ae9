"""Every column of a system: those that differ most as bars, to be opened one by one, and all of them in a table."""

from typing import Final

from synthaudit.audit.suite.result import SystemCard
from synthaudit.reports.blocks.content import Figure, Fold, Table, TableCell, Text
from synthaudit.reports.figures.bars import BarSeries, plot_bars
from synthaudit.reports.figures.style import CONTROL_HUES, HUES
from synthaudit.reports.text import numbers
from synthaudit.reports.text.i18n import format_integer, pluralize, t
from synthaudit.reports.view.fidelity_series import SIDES, ColumnView, column_views
from synthaudit.reports.view.result_view import ResultView

KEY: Final = "sections.fidelity_pictures"
COLOURS: Final = (CONTROL_HUES[0], CONTROL_HUES[1], HUES[0])
OPENED: Final = 40  # columns with bars of their own, per system
CODES: Final = 20  # codes in one figure
LISTED: Final = 4000  # rows of all tables of columns together
LABELS: Final = {"∅": "missing", "…": "pooled"}


def column_blocks(view: ResultView, card: SystemCard, at: int) -> list[Text | Figure | Fold]:
    """Return the columns of a system."""
    columns = column_views(view, card.key)
    if not columns:
        return []
    small = format_integer(view.result.split.small_count)
    blocks: list[Text | Figure | Fold] = [
        Text(t(f"{KEY}.columns", columns=pluralize(len(columns), "column"), small=small))
    ]
    codes, others = ([one for one in columns if one.is_binary is binary] for binary in (True, False))
    if codes:
        blocks.append(_codes_figure(codes[:CODES], at))
    blocks += [_column_fold(one, f"column-{at}-{place}") for place, one in enumerate(others[:OPENED])]
    shown = LISTED // max(len(view.systems), 1)
    more = t(f"{KEY}.table_more", count=format_integer(len(columns) - shown)) if len(columns) > shown else ""
    table = _columns_table(columns[:shown], f"columns-{at}-table")
    blocks.append(Fold(f"columns-{at}", t(f"{KEY}.all") + more, (table,)))
    return blocks


def _three(numbers_of: tuple[float, ...]) -> str:
    """Return a share with its interval."""
    value, low, high = (numbers.value(number, "share") for number in numbers_of)
    return f"{value} ({low} {t('to')} {high})"


def _series(bars: tuple[tuple[float, ...], ...]) -> list[BarSeries]:
    """Return the bars of members, holdout and synthetic rows."""
    return [
        BarSeries(
            t(f"{KEY}.{side}"),
            COLOURS[at],
            *(tuple(bar[3 * at + part] for bar in bars) for part in range(3)),
        )
        for at, side in enumerate(SIDES)
    ]


def _codes_figure(codes: list[ColumnView], at: int) -> Figure:
    """Return the rates of the codes that differ most."""
    labels = [one.name for one in codes]
    svg = plot_bars(labels, _series(tuple(one.bars[one.name] for one in codes)))
    caption = t(f"{KEY}.codes", codes=format_integer(len(codes)))
    return Figure(f"codes-{at}", svg, t(f"{KEY}.codes_alt", names=", ".join(labels[:5])), caption)


def _column_fold(column: ColumnView, id: str) -> Fold:
    """Return one column, to be opened."""
    labels = [t(f"{KEY}.{LABELS[label]}") if label in LABELS else label for label in column.bars]
    bars = tuple(column.bars.values())
    rows = tuple(
        (TableCell(label), *(TableCell(_three(bar[3 * side : 3 * side + 3])) for side in range(3)))
        for label, bar in zip(labels, bars, strict=True)
    )
    head = (t(f"{KEY}.head_bar"), *(t(f"{KEY}.{side}") for side in SIDES))
    distance, yardstick = _three(column.distance), _three(column.yardstick)
    caption = t(f"{KEY}.column", name=column.name, distance=distance, yardstick=yardstick)
    table = Table(f"{id}-table", column.name, head, rows, (False, True, True, True))
    figure = Figure(id, plot_bars(labels, _series(bars)), caption, caption, table)
    return Fold(f"{id}-fold", t(f"{KEY}.column_title", name=column.name, distance=distance), (figure,))


def _columns_table(columns: tuple[ColumnView, ...], id: str) -> Table:
    """Return all columns, those that differ most first."""
    rows = []
    for one in columns:
        rates = one.bars[one.name] if one.is_binary else ()
        texts = [numbers.value(rates[3 * side], "share") if rates else "–" for side in range(3)]
        cells = (_three(one.distance), _three(one.yardstick), *texts)
        rows.append((TableCell(one.name), *(TableCell(text) for text in cells)))
    head = (
        t(f"{KEY}.head_column"), t(f"{KEY}.head_far"), t(f"{KEY}.head_yardstick"),
        *(t(f"{KEY}.head_rate", side=t(f"{KEY}.{side}")) for side in SIDES),
    )  # fmt: skip
    numeric = (False, True, True, True, True, True)
    return Table(id, t(f"{KEY}.all_caption"), head, tuple(rows), numeric)
