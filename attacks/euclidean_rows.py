"""Rows as points, a standard deviation of a number as long as one differing category, and the nearest of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from synthaudit.attacks.feature_encoder import FeatureEncoder
from synthaudit.audit.neighbours import nearest
from synthaudit.audit.records import NumericScale, Records, Schema

CELLS = 4_000_000
"""Distances that stand in memory at once: 4 million take 16 MB, and their order 32."""
TRIM = 1
"""Quantiles left out at either end, of 121: one wild reference record must not set a deviation."""


@dataclass(frozen=True, eq=False)
class EuclideanRows:
    """How rows become points: squared distance is the mismatches plus the squared differences in deviations.

    Numbers and counts (as log(1 + x)) are divided by the standard deviation of real values without the extreme
    hundredth at either end; a binary, a category or a missing cell that differs adds 1.

    Attributes:
        encoder: Gives the columns, one per category.
        weights: What each encoded column is multiplied by, shape ``(d,)``, float32.
    """

    encoder: FeatureEncoder
    weights: np.ndarray

    @classmethod
    def fit(cls, schema: Schema, scale: NumericScale) -> "EuclideanRows":
        """Return the points of these columns, numbers on a scale of real records."""
        encoder = FeatureEncoder.fit(schema, scale)
        weights = np.ones(len(encoder.owner))
        for at in np.flatnonzero(~encoder.indicator).tolist():
            column = schema.columns[encoder.owner[at]]
            as_log = np.log1p if column.kind == "count" else None
            # The encoder divides by its own unit, a robust one that a heavy tail makes small.
            weights[at] = scale.deviation(column.name, as_log) / _deviation(scale, column.name, as_log)
        for at, column in enumerate(schema.columns):
            if column.kind == "categorical":  # two of its indicators change at once
                weights[encoder.owner == at] = np.sqrt(0.5)
        return cls(encoder, weights.astype(np.float32))

    def distances(self, targets: Records, base: Records, k: int) -> np.ndarray:
        """Return the distances to the ``k`` nearest rows of ``base``, nearest first, shape ``(n, k)``, float64.

        One blocked product finds the rows, and their distances are taken again without its rounding. On an all-binary
        table they are square roots of Hamming distances, by the inverted index.
        """
        k = min(k, len(base))
        if targets.schema.all_binary:
            return np.sqrt(nearest(targets, base, k=k, metric="hamming").distance.astype(np.float64))
        theirs = self._points(base)
        lengths = np.square(theirs).sum(axis=1)
        out = np.empty((len(targets), k))
        block = max(1, CELLS // len(base))
        for start in range(0, len(targets), block):
            ours = self._points(targets.take(slice(start, start + block)))
            # The target's own length moves all its distances alike, so the order needs only the rest.
            square = lengths - 2.0 * (ours @ theirs.T)
            index = np.argpartition(square, k - 1, axis=1)[:, :k]
            for rank in range(k):
                apart = (ours - theirs[index[:, rank]]).astype(np.float64)
                out[start : start + block, rank] = np.sqrt(np.square(apart).sum(axis=1))
        out.sort(axis=1)
        return out

    def _points(self, records: Records) -> np.ndarray:
        points: np.ndarray = self.encoder.dense(records) * self.weights
        return points


def _deviation(scale: NumericScale, name: str, transform: Callable[[np.ndarray], np.ndarray] | None) -> float:
    """Return the standard deviation of a column's quantiles but the extreme ones; the scale's own where that is 0."""
    values = scale.quantiles.get(name, np.zeros(2 * TRIM + 1))[TRIM:-TRIM]
    return float((values if transform is None else transform(values)).std()) or scale.deviation(name, transform)
