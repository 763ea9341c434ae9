"""A kernel between rows, and sums of it over a table, in log space throughout.

``log K(x, s) = -cost x mismatches - |z(x) - z(s)|^2 / (2 width^2)``: Aitchison and Aitken's kernel (1976) on codes and
levels, Gauss's on standardised numbers. In hundreds of columns a density underflows any floating-point number; its
logarithm does not, and ratios need no more.
"""

from dataclasses import dataclass, replace

import numpy as np

from synthaudit.attacks.feature_encoder import FeatureEncoder
from synthaudit.audit.neighbours import nearest
from synthaudit.audit.records import NumericScale, Records

COSTS = tuple(float(np.log1p(-h) - np.log(h)) for h in (0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0003))
"""Costs of a mismatch tried: ``log((1 - h) / h)`` for these chances h that a code differs within a neighbourhood."""
WIDTHS = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
"""Widths tried, in standard deviations of a column."""
VALIDATION_ROWS = 400
"""Rows whose left-out likelihood chooses the bandwidth."""
BLOCK = 256
"""Targets whose kernels stand in memory at once: 256 x 50,000 in two float32 matrices take 100 MB."""
TARGETS_COUNTED = 32_768
"""Targets whose counts at each distance stand in memory at once: 32,768 x 180 in three arrays take 140 MB."""


@dataclass(frozen=True, eq=False)
class Kernel:
    """``log K(x, s)``, how alike two rows are.

    Attributes:
        encoder: The encoding; on all-binary tables it is not used.
        levels: How many levels each discrete column of the table has, for the normaliser.
        cost: What a mismatch costs.
        width: Standard deviation of the Gauss part.
    """

    encoder: FeatureEncoder
    levels: np.ndarray
    cost: float = COSTS[2]
    width: float = WIDTHS[3]

    @classmethod
    def fit(cls, rows: Records, scale: NumericScale, *, rng: np.random.Generator) -> "Kernel":
        """Return the kernel whose leave-one-out likelihood of ``rows`` is greatest, numbers on this scale."""
        encoder = FeatureEncoder.fit(rows.schema, scale)
        schema = rows.schema
        levels = [2.0] * sum(schema.columns[at].kind == "binary" for at in schema.codes)
        for at in schema.rest:
            column = schema.columns[at]
            category = column.kind == "categorical"
            levels += [float(len(column.levels) + column.missing)] if category else [2.0] * column.missing
        kernel = cls(encoder, np.array(levels))
        return kernel._choose_bandwidth(rows, rng)

    def log_sum(self, targets: Records, base: Records) -> np.ndarray:
        """Return ``log sum_s K(x, s)`` over the rows s of ``base``, shape ``(n,)``.

        On binary tables from exact counts of rows at each distance, else in blocks of a dense product.
        """
        out = np.empty(len(targets))
        if targets.schema.all_binary:
            for start in range(0, len(targets), TARGETS_COUNTED):
                tally = _hamming_counts(targets.take(slice(start, start + TARGETS_COUNTED)), base)
                with np.errstate(divide="ignore"):
                    out[start : start + TARGETS_COUNTED] = _log_sum_exp(
                        np.log(tally) - self.cost * np.arange(tally.shape[1])
                    )
            return out
        base_blocks = self._indicators_and_numbers(base)
        for start in range(0, len(targets), BLOCK):
            apart, square = self._mismatches_and_squares(targets.take(slice(start, start + BLOCK)), base_blocks)
            out[start : start + BLOCK] = _log_sum_exp(-self.cost * apart - square / (2 * self.width**2))
        return out

    def log_pairs(self, targets: Records, base: Records, index: np.ndarray) -> np.ndarray:
        """Return ``log K`` between each target and chosen rows of ``base``, shapes ``(n, k)``."""
        out = np.empty(index.shape)
        for start in range(0, len(targets), BLOCK):
            rows = slice(start, min(start + BLOCK, len(targets)))
            ours = self._indicators_and_numbers(targets.take(rows))
            for rank in range(index.shape[1]):
                theirs = self._indicators_and_numbers(base.take(index[rows, rank]))
                apart, square = (
                    np.square(first - second, dtype=np.float64).sum(axis=1)
                    for first, second in zip(ours, theirs, strict=True)
                )
                out[rows, rank] = -self.cost * apart - square / (2 * self.width**2)
        return out

    def _mismatch_weights(self) -> np.ndarray:
        """Return the mismatch that each indicator stands for: two of a category's indicators change at once."""
        category = np.array([column.kind == "categorical" for column in self.encoder.schema.columns], bool)
        weight: np.ndarray = np.where(category[self.encoder.owner], 0.5, 1.0)[self.encoder.indicator]
        return weight

    def _indicators_and_numbers(self, records: Records) -> tuple[np.ndarray, np.ndarray]:
        """Return the indicators (scaled so that squared distance is mismatches) and the numbers, float32."""
        rows, indicator = self.encoder.dense(records), self.encoder.indicator
        scale = np.sqrt(self._mismatch_weights()).astype(np.float32)
        return rows[:, indicator] * scale, rows[:, ~indicator]

    def _mismatches_and_squares(
        self, targets: Records, against: tuple[np.ndarray, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return mismatches and squared distances to every row, each of shape ``(b, m)``, float32."""
        first, second = (
            _squared_distances(ours, theirs)
            for ours, theirs in zip(self._indicators_and_numbers(targets), against, strict=True)
        )
        return first, second

    def _choose_bandwidth(self, rows: Records, rng: np.random.Generator) -> "Kernel":
        size = min(VALIDATION_ROWS, len(rows))
        chosen = np.sort(rng.choice(len(rows), size, replace=False))
        validation = rows.take(chosen)
        if len(rows) < 2:
            return self
        if rows.schema.all_binary:
            tally = _hamming_counts(validation, rows)
            tally[:, 0] -= 1  # the row itself
            with np.errstate(divide="ignore"):
                count = np.log(tally)
            steps = np.arange(tally.shape[1])
            fits = {
                (c, self.width): _log_sum_exp(count - c * steps).sum() - size * self._log_normalizer(c, 1.0)
                for c in COSTS
            }
        else:
            apart, square = self._mismatches_and_squares(validation, self._indicators_and_numbers(rows))
            apart[np.arange(size), chosen] = np.inf  # the row itself
            numeric = not self.encoder.indicator.all()
            fits = {
                (c, w): _log_sum_exp(-c * apart - square / (2 * w**2)).sum() - size * self._log_normalizer(c, w)
                for c in (COSTS if self.encoder.indicator.any() else (self.cost,))
                for w in (WIDTHS if numeric else (self.width,))
            }
        cost, width = max(fits, key=lambda key: (fits[key], key))
        return replace(self, cost=cost, width=width)

    def _log_normalizer(self, cost: float, width: float) -> float:
        """Return the logarithm of the kernel's integral, without constants."""
        discrete = np.log1p((self.levels - 1) * np.exp(-cost)).sum()
        return float(discrete + np.count_nonzero(~self.encoder.indicator) * np.log(width))


def _hamming_counts(targets: Records, base: Records) -> np.ndarray:
    """Return how many rows of ``base`` lie at Hamming distance 0, 1, 2, ..., shape ``(n, farthest + 1)``, float64.

    The farthest possible distance is that between the heaviest rows on either side.
    """
    heaviest = sum(int(rows.codes.sum(axis=1, dtype=np.int64).max(initial=0)) for rows in (targets, base))
    radii = np.arange(min(heaviest, len(base.schema)) + 1)
    within = nearest(targets, base, metric="hamming", radii=tuple(radii.tolist())).within
    return np.diff(within, axis=1, prepend=0).astype(np.float64)


def _squared_distances(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Return squared distances between rows, shape ``(b, m)``."""
    squares = -2.0 * (ours @ theirs.T)
    squares += np.square(ours).sum(axis=1)[:, None]
    squares += np.square(theirs).sum(axis=1)
    clipped: np.ndarray = np.maximum(squares, 0.0, out=squares)
    return clipped


def _log_sum_exp(terms: np.ndarray) -> np.ndarray:
    """Return ``log sum exp`` over each row, in place where it can be, shape ``(b,)``, float64."""
    top = terms.max(axis=1, keepdims=True)
    np.exp(np.subtract(terms, top, out=terms), out=terms)
    sums: np.ndarray = np.log(terms.sum(axis=1, dtype=np.float64)) + top[:, 0]
    return sums
