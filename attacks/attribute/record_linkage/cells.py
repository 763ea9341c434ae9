"""Cells as record linkage compares them: equal, close or apart, and how often strangers would be."""

from dataclasses import dataclass, replace

import numpy as np

from synthaudit.attacks.attribute.record_linkage.kernels import add_values
from synthaudit.audit.records import NumericScale, Records

CLOSE = 0.01
"""Numbers are close within this share of the middle 90 % of real records' values."""

ROUNDING = 1e-6
"""Numbers are equal within this share of themselves: what single precision keeps."""

ABSENT = 1e300
"""Stands for a missing value: equal to itself and far from all others."""


@dataclass(frozen=True, eq=False)
class LinkedCells:
    """The targets' cells with the shares of real strangers who have an equal, and only a close, value.

    Attributes:
        binary: Positions of the 0/1 columns, shape ``(a,)``.
        valued: Positions of all other columns, shape ``(b,)``.
        ones: The targets' 0/1 cells, shape ``(n, a)``, float32.
        rate: Share of real records that have each code, shape ``(a,)``, float32.
        values: The targets' other cells, shape ``(n, b)``.
        equal: Share of real records with an equal value, shape ``(n, b)``, float32.
        close: Share with a close but no equal one, likewise.
        reach: How far a close number may lie, shape ``(b,)``; 0 for levels.
    """

    binary: np.ndarray
    valued: np.ndarray
    ones: np.ndarray
    rate: np.ndarray
    values: np.ndarray
    equal: np.ndarray
    close: np.ndarray
    reach: np.ndarray

    @classmethod
    def of(cls, targets: Records, real: Records) -> "LinkedCells":
        """Return the targets' cells; all frequencies and scales are those of ``real``, never of the synthetic rows."""
        schema = targets.schema
        is_binary = [column.is_code and column.kind == "binary" for column in schema.columns]
        binary, valued = np.flatnonzero(is_binary), np.flatnonzero(~np.array(is_binary))
        rate = (code_block(real, binary).sum(axis=0) + 0.5) / (len(real) + 1)
        values, known = value_block(targets, valued), value_block(real, valued)
        reach = close_reach(real)[valued]
        tiny = ROUNDING * np.where(values == ABSENT, 0.0, np.abs(values))
        equal, near = _within(values, known, tiny), _within(values, known, np.maximum(reach, tiny))
        return cls(
            binary,
            valued,
            code_block(targets, binary),
            rate.astype(np.float32),
            values,
            ((equal + 0.5) / (len(known) + 1)).astype(np.float32),
            ((near - equal + 0.5) / (len(known) + 1)).astype(np.float32),
            reach,
        )

    def __len__(self) -> int:
        return len(self.ones)

    def take(self, rows: np.ndarray | slice) -> "LinkedCells":
        """Return the cells of some targets."""
        parts = (self.ones[rows], self.rate, self.values[rows], self.equal[rows], self.close[rows])
        return LinkedCells(self.binary, self.valued, *parts, self.reach)

    def weights(self, probability: np.ndarray) -> "CellWeights":
        """Return log likelihood ratios of a copied row against a stranger's, shape of ``probability``: ``(p,)``."""
        codes, rest = probability[self.binary], probability[self.valued]
        numeric = np.where(self.reach > 0, 0.5, 1.0)  # a copied number is as likely exact as slightly moved
        return CellWeights(
            np.log(codes / self.rate + 1 - codes).astype(np.float32),
            np.log(codes / (1 - self.rate) + 1 - codes).astype(np.float32),
            np.log1p(-codes).astype(np.float32),
            np.log(rest * numeric / self.equal + 1 - rest).astype(np.float32),
            np.log(rest * (1 - numeric) / self.close + 1 - rest).astype(np.float32),
            np.log1p(-rest).astype(np.float32),
        )

    def score(self, weights: "CellWeights", ones: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Return the log likelihood ratio of every pair of a target and a synthetic row, shape ``(n, m)``, float32.

        Args:
            weights: What agreement in each cell is worth.
            ones: The synthetic rows' 0/1 cells, shape ``(m, a)``, float32.
            values: Their other cells, shape ``(m, b)``.
        """
        # Of a code: both have it, neither has it, or else; the middle one is 1 - x - s + x s.
        neither = weights.neither - weights.code_apart
        both = weights.both - weights.code_apart + neither
        score: np.ndarray = (self.ones * both) @ ones.T
        score += (weights.neither.sum() - self.ones @ neither)[:, None]
        score -= (ones @ neither)[None]
        score = np.ascontiguousarray(score, dtype=np.float32)
        worth = (weights.equal, weights.close, weights.value_apart)
        add_values(score, self.values, np.ascontiguousarray(values.T), self.reach, *worth)
        return score


@dataclass(frozen=True, eq=False)
class CellWeights:
    """Log likelihood ratios by outcome of a comparison.

    Attributes:
        both: Of a code that both have, shape ``(a,)``.
        neither: Of a code that neither has, likewise.
        code_apart: Of a code that one of them has, likewise.
        equal: Of an equal value, shape ``(n, b)``.
        close: Of a close one, likewise.
        value_apart: Of any other value, shape ``(b,)``.
    """

    both: np.ndarray
    neither: np.ndarray
    code_apart: np.ndarray
    equal: np.ndarray
    close: np.ndarray
    value_apart: np.ndarray

    def take(self, rows: slice) -> "CellWeights":
        """Return the weights of some targets."""
        return replace(self, equal=self.equal[rows], close=self.close[rows])


def code_block(records: Records, positions: np.ndarray) -> np.ndarray:
    """Return 0/1 columns, shape ``(n, a)``, float32."""
    place = {position: at for at, position in enumerate(records.schema.codes)}
    block: np.ndarray = (records.codes[:, [place[at] for at in positions]] > 0).astype(np.float32)
    return block


def value_block(records: Records, positions: np.ndarray) -> np.ndarray:
    """Return other columns, shape ``(n, b)``, with ``ABSENT`` for a missing value."""
    block = np.empty((len(records), len(positions)))
    for at, position in enumerate(positions):
        column = records.column(records.schema.names[position]).astype(np.float64)
        block[:, at] = np.where(np.isnan(column), ABSENT, column)
    return block


def close_reach(real: Records) -> np.ndarray:
    """Return how far two close numbers may lie apart, shape ``(p,)``; 0 for codes and levels."""
    scale = NumericScale.of(real)
    return np.array([CLOSE * scale.middle(name) if name in scale.ranges else 0.0 for name in real.schema.names])


def _within(values: np.ndarray, known: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Return how many known values lie within reach of each value, shape ``(n, b)``."""
    count = np.empty(values.shape)
    for at in range(values.shape[1]):
        column, around = np.sort(known[:, at]), np.broadcast_to(reach, values.shape)[:, at]
        low, high = values[:, at] - around, values[:, at] + around
        count[:, at] = np.searchsorted(column, high, "right") - np.searchsorted(column, low, "left")
    return count
