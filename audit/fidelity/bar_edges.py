"""Where the bars of a histogram of numbers or dates end: at round values, so that no edge is a patient's value."""

from collections.abc import Sequence

import numpy as np

from synthaudit.audit.records import Column

BARS = 12
"""Bars of a histogram, about."""
CROWDED = 0.6
"""Share of the values in one bar from which bars of unequal width, with about as many values each, take their place."""
YEAR, MONTH = 365.25, 30.4


def bar_edges(column: Column, known: np.ndarray) -> np.ndarray:
    """Return the inner edges of a column's bars, ascending; bars hold values from one edge up to below the next.

    Args:
        column: A count or continuous column.
        known: Values of real records, without missing ones. Only their quantiles are used, and they are rounded.
    """
    if not len(known):
        return np.empty(0)
    low, high = np.quantile(known, (0.02, 0.98))
    if low == high:
        low, high = np.quantile(known, (0.005, 0.995))
    if low == high:
        return np.empty(0)
    if column.format is not None:
        return _date_edges(low, high)
    whole = column.kind == "count" or column.integer
    step = round_step((high - low) / BARS, whole=whole)
    edges = _multiples(low, high, step)
    if np.bincount(np.searchsorted(edges, known, side="right")).max() > CROWDED * len(known):
        quantiles = [float(f"{edge:.2g}") for edge in np.quantile(known, np.arange(1, BARS) / BARS)]
        edges = np.unique(np.round(quantiles) if whole else quantiles)
    return np.round(edges, 12)


def round_step(least: float, *, whole: bool = False) -> float:
    """Return the smallest of 1, 2 and 5 times a power of ten that is no smaller.

    >>> round_step(0.3), round_step(11), round_step(0.3, whole=True)
    (0.5, 20.0, 1.0)
    """
    power = 10.0 ** np.floor(np.log10(least))
    step = next(float(factor * power) for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
    return max(step, 1.0) if whole else step


def edge_labels(column: Column, edges: Sequence[float]) -> list[str]:
    """Return what each bar between and beyond these edges holds, such as ``< 40``, ``40 – 50``, ``≥ 80``.

    A bar of whole numbers names its last one, so ``40 – 49``; one of other numbers or dates ends below the next edge.
    """
    if not len(edges):
        return []
    whole = column.kind == "count" or column.integer
    texts = [_text(column, edge) for edge in edges]
    labels = [f"< {texts[0]}"]
    if column.kind == "count" and edges[0] == 1:
        labels = ["0"]
    for at in range(len(edges) - 1):
        last = _text(column, edges[at + 1] - 1) if whole and column.format is None else texts[at + 1]
        labels.append(texts[at] if last == texts[at] else f"{texts[at]} – {last}")
    return [*labels, f"≥ {texts[-1]}"]


def _multiples(low: float, high: float, step: float) -> np.ndarray:
    return step * np.arange(np.ceil(low / step), np.floor(high / step) + 1)


def _date_edges(low: float, high: float) -> np.ndarray:
    """Return starts of years, months or weeks, as days since 1970."""
    first, last = (np.datetime64(int(day), "D") for day in (low, high))
    if high - low >= 5 * YEAR:
        step = int(round_step((high - low) / YEAR / BARS, whole=True))
        begin = int(first.astype("datetime64[Y]").astype(int)) + 1970
        years = np.arange(-(-begin // step) * step, int(last.astype("datetime64[Y]").astype(int)) + 1971, step)
        return (years - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(float)
    if high - low >= 5 * MONTH:
        step = max(1, int(np.ceil((high - low) / MONTH / BARS)))
        months = np.arange(first.astype("datetime64[M]").astype(int) + 1, last.astype("datetime64[M]").astype(int) + 1)
        return months[::step].astype("datetime64[M]").astype("datetime64[D]").astype(float)
    return _multiples(low, high, 7.0)


def _text(column: Column, value: float) -> str:
    if column.format is None:
        return f"{value:.10g}"
    day = str(np.datetime64(int(value), "D"))
    return day[:4] if day.endswith("-01-01") else day[:7] if day.endswith("-01") else day
