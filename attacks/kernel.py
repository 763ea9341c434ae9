"""A kernel between patients' rows, and sums of it over a table, in log space throughout.

``log K(x, s) = -cost x mismatches - |z(x) - z(s)|^2 / (2 width^2)``: Aitchison and Aitken's kernel (1976) on codes and
levels, Gauss's on standardised numbers. In hundreds of columns a density underflows any floating-point number; its
logarithm does not, and ratios need no more.
"""

from dataclasses import dataclass, replace

import numpy as np

from synthaudit.attacks.features import Features
from synthaudit.audit.neighbours import nearest
from synthaudit.audit.records import Records

COSTS = tuple(float(np.log1p(-h) - np.log(h)) for h in (0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0003))
"""Costs of a mismatch tried: ``log((1 - h) / h)`` for these chances h that a code differs within a neighbourhood."""
WIDTHS = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
"""Widths tried, in standard deviations of a column."""
TRIED = 400
"""Rows whose left-out likelihood chooses cost and width."""
BLOCK = 256
"""Targets whose kernels stand in memory at once: 256 x 50,000 in two float32 matrices take 100 MB."""
COUNTED = 32_768
"""Targets whose counts at each distance stand in memory at once: 32,768 x 180 in three arrays take 140 MB."""


@dataclass(frozen=True, eq=False)
class Kernel:
    """How alike two rows are.

    Attributes:
        features: The encoding; on all-binary tables it is not used.
        levels: How many levels each discrete column of the table has, for the normaliser.
        cost: What a mismatch costs.
        width: Standard deviation of the Gauss part.
    """

    features: Features
    levels: np.ndarray
    cost: float = COSTS[2]
    width: float = WIDTHS[3]

    @classmethod
    def fitted(cls, rows: Records, *held: Records, rng: np.random.Generator) -> "Kernel":
        """Return the kernel whose leave-one-out likelihood of ``rows`` is greatest, scaled by all rows ``held``."""
        features = Features.of(*held)
        schema = rows.schema
        levels = [2.0] * sum(schema.columns[at].kind == "binary" for at in schema.codes)
        for at in schema.rest:
            column = schema.columns[at]
            category = column.kind == "categorical"
            levels += [float(len(column.levels) + column.missing)] if category else [2.0] * column.missing
        kernel = cls(features, np.array(levels))
        return kernel._tuned(rows, rng)

    def log_sum(self, targets: Records, base: Records) -> np.ndarray:
        """Return ``log sum_s K(x, s)`` over the rows s of ``base``, shape ``(n,)``.

        On binary tables from exact counts of rows at each distance, else in blocks of a dense product.
        """
        out = np.empty(len(targets))
        if targets.schema.all_binary:
            for start in range(0, len(targets), COUNTED):
                tally = _at_each_distance(targets.take(slice(start, start + COUNTED)), base)
                with np.errstate(divide="ignore"):
                    out[start : start + COUNTED] = _log_sum(np.log(tally) - self.cost * np.arange(tally.shape[1]))
            return out
        against = self._sides(base)
        for start in range(0, len(targets), BLOCK):
            apart, square = self._apart(targets.take(slice(start, start + BLOCK)), against)
            out[start : start + BLOCK] = _log_sum(-self.cost * apart - square / (2 * self.width**2))
        return out

    def log_pairs(self, targets: Records, base: Records, index: np.ndarray) -> np.ndarray:
        """Return ``log K`` between each target and chosen rows of ``base``, shapes ``(n, k)``."""
        out = np.empty(index.shape)
        for start in range(0, len(targets), BLOCK):
            rows = slice(start, min(start + BLOCK, len(targets)))
            ours = self._sides(targets.take(rows))
            for rank in range(index.shape[1]):
                theirs = self._sides(base.take(index[rows, rank]))
                apart, square = (
                    np.square(first - second, dtype=np.float64).sum(axis=1)
                    for first, second in zip(ours, theirs, strict=True)
                )
                out[rows, rank] = -self.cost * apart - square / (2 * self.width**2)
        return out

    def _halves(self) -> np.ndarray:
        """Return the mismatch that each indicator stands for: two of a category's indicators change at once."""
        category = np.array([column.kind == "categorical" for column in self.features.schema.columns], bool)
        weight: np.ndarray = np.where(category[self.features.owner], 0.5, 1.0)[self.features.indicator]
        return weight

    def _sides(self, records: Records) -> tuple[np.ndarray, np.ndarray]:
        """Return the indicators (scaled so that squared distance is mismatches) and the numbers, float32."""
        rows, indicator = self.features.dense(records), self.features.indicator
        scale = np.sqrt(self._halves()).astype(np.float32)
        return rows[:, indicator] * scale, rows[:, ~indicator]

    def _apart(self, targets: Records, against: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Return mismatches and squared distances to every row, each of shape ``(b, m)``, float32."""
        first, second = (_squares(ours, theirs) for ours, theirs in zip(self._sides(targets), against, strict=True))
        return first, second

    def _tuned(self, rows: Records, rng: np.random.Generator) -> "Kernel":
        size = min(TRIED, len(rows))
        chosen = np.sort(rng.choice(len(rows), size, replace=False))
        tried = rows.take(chosen)
        if len(rows) < 2:
            return self
        if rows.schema.all_binary:
            tally = _at_each_distance(tried, rows)
            tally[:, 0] -= 1  # the row itself
            with np.errstate(divide="ignore"):
                count = np.log(tally)
            steps = np.arange(tally.shape[1])
            fits = {(c, self.width): _log_sum(count - c * steps).sum() - size * self._norm(c, 1.0) for c in COSTS}
        else:
            apart, square = self._apart(tried, self._sides(rows))
            apart[np.arange(size), chosen] = np.inf  # the row itself
            numeric = not self.features.indicator.all()
            fits = {
                (c, w): _log_sum(-c * apart - square / (2 * w**2)).sum() - size * self._norm(c, w)
                for c in (COSTS if self.features.indicator.any() else (self.cost,))
                for w in (WIDTHS if numeric else (self.width,))
            }
        cost, width = max(fits, key=lambda key: (fits[key], key))
        return replace(self, cost=cost, width=width)

    def _norm(self, cost: float, width: float) -> float:
        """Return the logarithm of the kernel's integral, without constants."""
        discrete = np.log1p((self.levels - 1) * np.exp(-cost)).sum()
        return float(discrete + np.count_nonzero(~self.features.indicator) * np.log(width))


def _at_each_distance(targets: Records, base: Records) -> np.ndarray:
    """Return how many rows of ``base`` lie at Hamming distance 0, 1, 2, ..., shape ``(n, farthest + 1)``, float64.

    The farthest possible distance is that between the heaviest rows on either side.
    """
    heaviest = sum(int(rows.codes.sum(axis=1, dtype=np.int64).max(initial=0)) for rows in (targets, base))
    radii = np.arange(min(heaviest, len(base.schema)) + 1)
    within = nearest(targets, base, metric="hamming", radii=tuple(radii.tolist())).within
    return np.diff(within, axis=1, prepend=0).astype(np.float64)


def _squares(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Return squared distances between rows, shape ``(b, m)``."""
    found = -2.0 * (ours @ theirs.T)
    found += np.square(ours).sum(axis=1)[:, None]
    found += np.square(theirs).sum(axis=1)
    clipped: np.ndarray = np.maximum(found, 0.0, out=found)
    return clipped


def _log_sum(terms: np.ndarray) -> np.ndarray:
    """Return ``log sum exp`` over each row, in place where it can be, shape ``(b,)``, float64."""
    top = terms.max(axis=1, keepdims=True)
    np.exp(np.subtract(terms, top, out=terms), out=terms)
    sums: np.ndarray = np.log(terms.sum(axis=1, dtype=np.float64)) + top[:, 0]
    return sums
