"""The bars of one column that may be shown: each rests on enough patients of every real table, or is pooled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthaudit.audit.fidelity.bar_edges import bar_edges, edge_labels
from synthaudit.audit.fidelity.patient_intervals import Z, patient_index
from synthaudit.audit.records import Column, Records

MISSING, OTHERS = "∅", "…"
"""Labels of the bar of missing values and of the bar of pooled levels, in every language."""
MOST_BARS = 16
"""Bars of a column with levels, at most."""


@dataclass(frozen=True, eq=False)
class ShownBars:
    """The bars of one column in several tables.

    Attributes:
        labels: What each bar holds.
        counts: Rows of each table in each bar, shape ``(tables, bars)``.
    """

    labels: tuple[str, ...]
    counts: np.ndarray


def shown_bars(
    column: Column, real: Sequence[Records], others: Sequence[Records], scale: Records, small_count: int
) -> ShownBars | None:
    """Return the bars of a column; None where fewer than two could be shown.

    Neighbouring bars of numbers, dates and ordered levels are joined, and rare levels are pooled, until each bar holds
    ``small_count`` patients of every real table. So are missing values; where they are fewer, they count with the
    commonest bar.

    Args:
        column: Which column.
        real: Tables of patients; their rows count first.
        others: Further tables, whose counts pool nothing.
        scale: Real records whose rounded quantiles cut numbers.
        small_count: Patients below whom nothing is shown.
    """
    tables = (*real, *others)
    values = [table.column(column.name).astype(np.float64) for table in tables]
    if column.levels:
        labels, ordered = list(column.levels), column.kind == "ordinal"
        place = [np.nan_to_num(one, nan=len(labels)).astype(int) for one in values]
    elif column.kind == "binary":
        labels, ordered = ["0", "1"], False
        place = [np.where(np.isnan(one), 2, one > 0).astype(int) for one in values]
    else:
        known = scale.column(column.name).astype(np.float64)
        edges = bar_edges(column, known[~np.isnan(known)])
        labels, ordered = edge_labels(column, list(edges)), True
        place = [np.where(np.isnan(one), len(labels), np.searchsorted(edges, one, side="right")) for one in values]
        if not labels:
            return None
    counts = np.stack([np.bincount(one, minlength=len(labels) + 1) for one in place])
    having = np.stack([_patients(one, table, len(labels) + 1) for one, table in zip(place, real, strict=False)])
    alone = all(len(np.unique(table.patients)) == len(table) for table in real)
    used = np.flatnonzero(counts[:, : len(labels)].sum(axis=0)) if not ordered else np.arange(len(labels))
    groups = _groups(having, list(used), alone=alone, ordered=ordered, small_count=small_count)
    if len(groups) < 2:
        return None
    if ordered and not column.levels:
        named = _joined_edges(column, groups, list(edges), len(labels))
    else:
        common = np.flatnonzero(having.min(axis=0) >= small_count)
        named = _unlike([_label(group, labels, set(common.tolist()), ordered=ordered) for group in groups])
    return ShownBars(tuple(named), np.stack([counts[:, group].sum(axis=1) for group in groups], axis=1))


def wilson(shares: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return Wilson's 95 % interval of shares of ``size`` independent patients."""
    centre = (shares + Z**2 / (2 * size)) / (1 + Z**2 / size)
    reach = Z / (1 + Z**2 / size) * np.sqrt(shares * (1 - shares) / size + Z**2 / (4 * size**2))
    return np.clip(centre - reach, 0.0, shares), np.clip(centre + reach, shares, 1.0)


def _patients(place: np.ndarray, table: Records, bins: int) -> np.ndarray:
    """Return how many patients have a row in each bin."""
    owner, _ = patient_index(table)
    pairs = np.unique(owner.astype(np.int64) * bins + place)
    return np.bincount(pairs % bins, minlength=bins)


def _groups(having: np.ndarray, bins: list[int], *, alone: bool, ordered: bool, small_count: int) -> list[list[int]]:
    """Return which of the bins share a bar; the last bin of all is that of missing values.

    Where patients have several rows, the largest bin stands for a pool: a patient in two of its bins counts once.
    """
    combine = np.sum if alone else np.max
    last = having.shape[1] - 1

    def enough(group: list[int]) -> bool:
        return bool(group) and int(combine(having[:, group], axis=1).min()) >= small_count

    if ordered:
        groups: list[list[int]] = [[]]
        for at in bins:
            groups[-1].append(at)
            if enough(groups[-1]):
                groups.append([])
        if groups[-1] and len(groups) > 1:
            groups[-2].extend(groups.pop())
        groups = [group for group in groups if enough(group)]
    else:
        by_size = sorted(bins, key=lambda at: (-int(having[:, at].min()), at))
        kept = [at for at in by_size[: MOST_BARS - 1] if enough([at])]
        pool = [at for at in by_size if at not in kept]
        while pool and kept and not enough(pool):
            pool.append(kept.pop())
        groups = [[at] for at in sorted(kept)]
        if enough(pool):
            groups.append(sorted(pool))
    if not groups:
        return []
    left = [last] if enough([last]) else None
    if left is None:
        commonest = max(groups, key=lambda group: int(having[0, group].sum()))
        commonest.append(last)
        return groups
    return [*groups, left]


def _label(group: list[int], labels: list[str], common: set[int], *, ordered: bool) -> str:
    """Return the name of a bar: its first and last level, of those that enough patients have to be named."""
    inside = [at for at in group if at < len(labels)]
    if not inside:
        return MISSING
    if len(inside) > 1 and not ordered:
        return OTHERS
    named = [labels[at] for at in inside if at in common]
    ends = dict.fromkeys((*named[:1], *named[-1:]))
    return " – ".join(ends) + (f" {OTHERS}" if len(named) < len(inside) else "") if ends else OTHERS


def _unlike(labels: list[str]) -> list[str]:
    """Return labels of which no two are alike."""
    return [
        f"{label} ({labels[:at].count(label) + 1})" if label in labels[:at] else label
        for at, label in enumerate(labels)
    ]


def _joined_edges(column: Column, groups: list[list[int]], edges: list[float], bins: int) -> list[str]:
    """Return the labels of joined bars of numbers: those of the edges that are left between them."""
    numbers = [[at for at in group if at < bins] for group in groups]
    between = [edges[group[-1]] for group in numbers if group and group[-1] < len(edges)]
    labels = edge_labels(column, between) or [OTHERS]
    return [labels.pop(0) if group else MISSING for group in numbers]
