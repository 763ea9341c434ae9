"""Gower's distance over mixed tables: how the base and a batch of targets are encoded for the kernel.

Binary columns go through the inverted index. The part of every other column is min(|x - y| / range, 1): unordered
levels are whole numbers with range 1, so that any difference is clipped at 1, and a missing value is a number far
outside.

Gower (1971), A general coefficient of similarity and some of its properties, Biometrics 27(4), 857-871.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synthaudit.audit.neighbours.gower_kernel import BaseValues, GowerBase, GowerTargets
from synthaudit.audit.neighbours.inverted_index import index_codes, readonly
from synthaudit.audit.neighbours.target_updates import hamming_updates, visit_rates
from synthaudit.audit.records import Column, Records

FAR = 1e30
"""Largest scaled value, so that differences of scaled values stay finite in float32."""


@dataclass(frozen=True, eq=False)
class Scale:
    """The units of the columns that are not binary.

    Attributes:
        ranges: Range of each column, shape ``(c,)``; 0 where any difference counts 1.
        low: Low end of each column.
        levels: Sorted values of the columns whose range is 0, by column.
    """

    ranges: np.ndarray
    low: np.ndarray
    levels: dict[int, np.ndarray]

    def apply(self, exact: np.ndarray) -> np.ndarray:
        """Return values in units of their column's range, from its low end; missing stays NaN."""
        scaled = np.empty_like(exact)
        for c in range(exact.shape[1]):
            if c in self.levels:
                # Any difference counts 1: positions among the base's values, and far off for a value it lacks.
                at = np.searchsorted(self.levels[c], exact[:, c])
                there = np.append(self.levels[c], np.nan)[at] == exact[:, c]
                scaled[:, c] = np.where(there, at.astype(np.float64), FAR)
                scaled[np.isnan(exact[:, c]), c] = np.nan
            else:
                with np.errstate(over="ignore"):
                    scaled[:, c] = np.clip((exact[:, c] - self.low[c]) / self.ranges[c], -FAR, FAR)
        return scaled


@dataclass(frozen=True, eq=False)
class GowerEncoding:
    """The base, encoded, and what targets are encoded by.

    Attributes:
        base: The base for the kernel.
        scale: The units of its columns.
        top: Largest scaled value of each column, shape ``(c,)``.
        typical: Median scaled value of each column, shape ``(c,)``, float64.
    """

    base: GowerBase
    scale: Scale
    top: np.ndarray
    typical: np.ndarray


def numeric_ranges(tables: Sequence[Records]) -> dict[str, float]:
    """Return the range of every numeric column over all rows of the tables; declared bounds come first."""
    ranges = {}
    for column in tables[0].schema.columns:
        if not column.is_numeric or column.kind == "binary":
            continue
        low, high = column.low, column.high
        if low is None or high is None:
            values = np.concatenate([table.column(column.name).astype(np.float64) for table in tables])
            values = values[~np.isnan(values)]
            # Declared or not, a bound that stands narrows what must be learned from rows.
            low = float(values.min(initial=np.inf)) if low is None else low
            high = float(values.max(initial=-np.inf)) if high is None else high
        ranges[column.name] = max(high - low, 0.0)
    return ranges


def encode_base(base: Records, ranges: Mapping[str, float], known: np.ndarray | None) -> GowerEncoding:
    """Return the base, encoded; explicit ranges win over bounds, bounds over the base's own rows."""
    binary, columns = split_columns(base)
    exact = gower_values(base, columns)
    widths = column_ranges(base, columns, ranges)
    present = ~np.isnan(exact)
    low = np.where(present, exact, np.inf).min(axis=0, initial=np.inf)
    low[~np.isfinite(low)] = 0.0
    levels = {int(c): np.unique(exact[present[:, c], c]) for c in np.flatnonzero(widths == 0)}
    scale = Scale(readonly(widths), low, levels)
    codes = base.codes[:, binary]
    mask = None if known is None else known[:, np.array(base.schema.codes, np.intp)[binary]]
    scaled = scale.apply(exact)
    top = np.where(present, scaled, 0.0).max(axis=0, initial=0.0)
    scaled = _replace_missing(scaled, exact, top)
    typical = np.partition(scaled, len(base) // 2, axis=0)[len(base) // 2]
    from_typical = np.minimum(np.abs(scaled - typical), 1).sum(axis=1)
    encoded = GowerBase(
        index_codes(codes, visit_rates(codes, mask)),
        BaseValues(readonly(exact), scale.ranges),
        readonly(scaled.T.astype(np.float32)),
        readonly(typical.astype(np.float32)),
        readonly(from_typical.astype(np.float32)),
    )
    return GowerEncoding(encoded, scale, top, typical)


def encode_targets(encoding: GowerEncoding, targets: Records, known: np.ndarray | None) -> GowerTargets:
    """Return a batch of targets, encoded in the base's units."""
    base, top = encoding.base, encoding.top
    binary, columns = split_columns(targets)
    exact = gower_values(targets, columns)
    # Beyond the base's own values by 2 ranges, a number is at distance 1 from all of them and can be moved closer.
    scaled = _replace_missing(np.clip(encoding.scale.apply(exact), -2.0, top + 2.0), exact, top)
    n, c = exact.shape
    mask = np.ones((n, c), bool) if known is None else known[:, [targets.schema.position[x.name] for x in columns]]
    code_mask = None if known is None else known[:, np.array(targets.schema.codes, np.intp)[binary]]
    codes = np.full(n, len(binary)) if code_mask is None else code_mask.sum(axis=1)
    known_count = np.maximum(mask.sum(axis=1) + codes, 1).astype(np.float64)
    visited = mask & (scaled != encoding.typical)
    from_typical = mask.all(axis=1) & (2 * visited.sum(axis=1) < c)
    visited[~from_typical] = mask[~from_typical]
    terms = visited.sum(axis=1) * np.where(from_typical, 2, 1)
    # Rounding a value to float32 moves it by its size x 2^-24; each step of the sum rounds once more, by its size.
    error = 2 * visited @ np.minimum((top + 8) * 2.0**-22, 1.0)
    size = np.where(from_typical, base.from_typical.max(initial=0), 0) + terms + len(binary) + 2
    error += 2.0**-23 * size * (terms + 4)
    return GowerTargets(
        hamming_updates(base.codes, targets.codes[:, binary], code_mask),
        readonly(exact),
        readonly(scaled.astype(np.float32)),
        np.nonzero(visited)[1],
        np.concatenate(([0], np.cumsum(visited.sum(axis=1)))),
        from_typical,
        np.nonzero(mask)[1],
        np.concatenate(([0], np.cumsum(mask.sum(axis=1)))),
        known_count,
        error / known_count + 2.0**-20,
    )


def split_columns(table: Records) -> tuple[np.ndarray, list[Column]]:
    """Return the binary columns, as positions in the codes block, and the others."""
    columns = table.schema.columns
    binary = [at for at, position in enumerate(table.schema.codes) if columns[position].kind == "binary"]
    return np.array(binary, np.intp), [x for x in columns if not (x.is_code and x.kind == "binary")]


def gower_values(table: Records, columns: list[Column]) -> np.ndarray:
    """Return the stored values of some columns, shape ``(n, c)``, float64."""
    values = np.empty((len(table), len(columns)))
    for at, column in enumerate(columns):
        values[:, at] = table.column(column.name)
    return values


def column_ranges(base: Records, columns: list[Column], ranges: Mapping[str, float]) -> np.ndarray:
    """Return the range of each column; explicit ranges win over bounds, bounds over the base's own rows."""
    for name, value in ranges.items():
        if not 0 <= value < np.inf:
            raise ValueError(f"expected a finite range of at least 0 for column '{name}', got {value}")
    own = numeric_ranges((base,)) if any(column.name not in ranges for column in columns) else {}
    return np.array([_range(column, ranges, own) for column in columns], dtype=np.float64)


def _range(column: Column, ranges: Mapping[str, float], own: Mapping[str, float]) -> float:
    if column.kind in ("binary", "categorical"):
        return 1.0
    if column.name in ranges:
        return float(ranges[column.name])
    return len(column.levels) - 1.0 if column.kind == "ordinal" else own[column.name]


def _replace_missing(scaled: np.ndarray, exact: np.ndarray, top: np.ndarray) -> np.ndarray:
    """Put a number where a value is missing that lies 2 ranges beyond every other."""
    return np.where(np.isnan(exact), top + 4.0, scaled)
