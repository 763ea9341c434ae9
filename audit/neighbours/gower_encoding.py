"""Gower's distance over mixed tables: what stands in memory for the base and for a batch of targets.

Binary columns go through the inverted index; every other column is a lane. A lane's part of the distance is
min(|x - y| / range, 1) for all kinds: unordered levels are whole numbers with range 1, so that any difference clips
at 1, and where something is missing a number far outside stands for it.

Gower (1971), A general coefficient of similarity and some of its properties, Biometrics 27(4), 857-871.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from synthaudit.audit.neighbours.inverted_index import CodeIndex, index_codes, plain
from synthaudit.audit.neighbours.target_updates import Steps, hamming_steps, visits_of
from synthaudit.audit.records import Column, Records

FAR = 1e30
"""Largest rough value, so that differences of rough values stay finite in float32."""


class MixedBase(NamedTuple):
    """The base of a mixed table, encoded.

    Attributes:
        codes: Its binary columns.
        exact: Its other values as they are, NaN for missing, shape ``(m, c)``, float64.
        rough: The same in units of the range, from the column's low end, shape ``(c, m)``, float32.
        spread: Range of each lane, shape ``(c,)``; 0 where any difference counts 1.
        low: Low end of each lane.
        top: Largest rough value of each lane.
        levels: Sorted values of the lanes whose range is 0, by lane.
        usual: Median rough value of each lane, which most rows share in a table of rare counts, shape ``(c,)``.
        unusual: Distance of each row from the usual values, summed over lanes, shape ``(m,)``, float32.
    """

    codes: CodeIndex
    exact: np.ndarray
    rough: np.ndarray
    spread: np.ndarray
    low: np.ndarray
    top: np.ndarray
    levels: dict[int, np.ndarray]
    usual: np.ndarray
    unusual: np.ndarray


class MixedTargets(NamedTuple):
    """A batch of targets, encoded.

    Attributes:
        steps: What its binary columns do to the accumulators.
        exact: Its other values, shape ``(n, c)``, float64.
        rough: The same in units of the range, float32.
        visits: Lanes a rough distance must look at, all targets after one another.
        stops: Where a target's end in ``visits``, shape ``(n + 1,)``, starting at 0.
        apart: Whether a target's rough distances start from ``unusual``, shape ``(n,)``; then it visits only the
            lanes where it is unusual itself, which are few in a wide table of counts.
        ends: Where a target's lanes end in ``lanes``, shape ``(n + 1,)``, starting at 0.
        lanes: Lanes each target's attacker knows.
        share: Columns each target's attacker knows, at least 1, shape ``(n,)``, float64.
        slack: Error of a rough distance, at most, shape ``(n,)``.
    """

    steps: Steps
    exact: np.ndarray
    rough: np.ndarray
    visits: np.ndarray
    stops: np.ndarray
    apart: np.ndarray
    ends: np.ndarray
    lanes: np.ndarray
    share: np.ndarray
    slack: np.ndarray


def spread_of(tables: Sequence[Records]) -> dict[str, float]:
    """Return the range of every numeric column over all rows of the tables; see ``ranges_of``."""
    spreads = {}
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
        spreads[column.name] = max(high - low, 0.0)
    return spreads


def encode_base(base: Records, ranges: Mapping[str, float], known: np.ndarray | None) -> MixedBase:
    """Return the base as the kernel wants it; explicit ranges win over bounds, bounds over the base's own rows."""
    binary, lanes = split_lanes(base)
    exact = lane_values(base, lanes)
    spread = lane_ranges(base, lanes, ranges)
    some = ~np.isnan(exact)
    low = np.where(some, exact, np.inf).min(axis=0, initial=np.inf)
    low[~np.isfinite(low)] = 0.0
    levels = {int(c): np.unique(exact[some[:, c], c]) for c in np.flatnonzero(spread == 0)}
    codes = base.codes[:, binary]
    mask = None if known is None else known[:, np.array(base.schema.codes, np.intp)[binary]]
    none = np.empty(0)
    index = index_codes(codes, visits_of(codes, mask))
    bare = MixedBase(index, exact, np.empty((0, 0)), spread, low, none, levels, none, none)
    rough = _rough(bare, exact)
    top = np.where(some, rough, 0.0).max(axis=0, initial=0.0)
    rough = _absent(rough, exact, top)
    usual = np.partition(rough, len(base) // 2, axis=0)[len(base) // 2]
    unusual = np.minimum(np.abs(rough - usual), 1).sum(axis=1)
    return bare._replace(
        exact=plain(exact),
        rough=plain(rough.T.astype(np.float32)),
        top=top,
        spread=plain(spread),
        usual=usual,
        unusual=plain(unusual.astype(np.float32)),
    )


def encode_targets(base: MixedBase, targets: Records, known: np.ndarray | None) -> MixedTargets:
    """Return a batch of targets as the kernel wants it, in the base's units."""
    binary, lanes = split_lanes(targets)
    exact = lane_values(targets, lanes)
    # Beyond the base's own values by 2 ranges, a number is at distance 1 from all of them and can be moved closer.
    rough = _absent(np.clip(_rough(base, exact), -2.0, base.top + 2.0), exact, base.top)
    n, c = exact.shape
    held = np.ones((n, c), bool) if known is None else known[:, [targets.schema.position[x.name] for x in lanes]]
    mask = None if known is None else known[:, np.array(targets.schema.codes, np.intp)[binary]]
    codes = np.full(n, len(binary)) if mask is None else mask.sum(axis=1)
    share = np.maximum(held.sum(axis=1) + codes, 1).astype(np.float64)
    visited = held & (rough != base.usual)
    apart = held.all(axis=1) & (2 * visited.sum(axis=1) < c)
    visited[~apart] = held[~apart]
    looks = visited.sum(axis=1) * np.where(apart, 2, 1)
    # Rounding a value to float32 moves it by its size x 2^-24; each step of the sum rounds once more, by its size.
    doubt = 2 * visited @ np.minimum((base.top + 8) * 2.0**-22, 1.0)
    size = np.where(apart, base.unusual.max(initial=0), 0) + looks + len(binary) + 2
    doubt += 2.0**-23 * size * (looks + 4)
    return MixedTargets(
        hamming_steps(base.codes, targets.codes[:, binary], mask),
        plain(exact),
        plain(rough.astype(np.float32)),
        np.nonzero(visited)[1],
        np.concatenate(([0], np.cumsum(visited.sum(axis=1)))),
        apart,
        np.concatenate(([0], np.cumsum(held.sum(axis=1)))),
        np.nonzero(held)[1],
        share,
        doubt / share + 2.0**-20,
    )


def split_lanes(table: Records) -> tuple[np.ndarray, list[Column]]:
    """Return the binary columns, as positions in the codes block, and the others."""
    columns = table.schema.columns
    binary = [at for at, position in enumerate(table.schema.codes) if columns[position].kind == "binary"]
    return np.array(binary, np.intp), [x for x in columns if not (x.is_code and x.kind == "binary")]


def lane_values(table: Records, lanes: list[Column]) -> np.ndarray:
    """Return the lanes' stored values, shape ``(n, c)``, float64."""
    values = np.empty((len(table), len(lanes)))
    for at, column in enumerate(lanes):
        values[:, at] = table.column(column.name)
    return values


def lane_ranges(base: Records, lanes: list[Column], ranges: Mapping[str, float]) -> np.ndarray:
    """Return the range of each lane; explicit ranges win over bounds, bounds over the base's own rows."""
    for name, value in ranges.items():
        if not 0 <= value < np.inf:
            raise ValueError(f"expected a finite range of at least 0 for column '{name}', got {value}")
    own = spread_of((base,)) if any(column.name not in ranges for column in lanes) else {}
    return np.array([_range(column, ranges, own) for column in lanes], dtype=np.float64)


def _range(column: Column, ranges: Mapping[str, float], own: Mapping[str, float]) -> float:
    if column.kind in ("binary", "categorical"):
        return 1.0
    if column.name in ranges:
        return float(ranges[column.name])
    return len(column.levels) - 1.0 if column.kind == "ordinal" else own[column.name]


def _rough(base: MixedBase, exact: np.ndarray) -> np.ndarray:
    """Return values in units of their lane's range, from its low end; missing stays NaN."""
    rough = np.empty_like(exact)
    for c in range(exact.shape[1]):
        if c in base.levels:
            # Any difference counts 1: positions among the base's values, and far off for a value it lacks.
            at = np.searchsorted(base.levels[c], exact[:, c])
            there = np.append(base.levels[c], np.nan)[at] == exact[:, c]
            rough[:, c] = np.where(there, at.astype(np.float64), FAR)
            rough[np.isnan(exact[:, c]), c] = np.nan
        else:
            with np.errstate(over="ignore"):
                rough[:, c] = np.clip((exact[:, c] - base.low[c]) / base.spread[c], -FAR, FAR)
    return rough


def _absent(rough: np.ndarray, exact: np.ndarray, top: np.ndarray) -> np.ndarray:
    """Put a number where something is missing that lies 2 ranges beyond every other."""
    return np.where(np.isnan(exact), top + 4.0, rough)
