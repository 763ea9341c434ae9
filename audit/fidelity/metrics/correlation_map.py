"""Correlations of columns of any kind, real beside synthetic, as a map that people can look at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.audit.errors import check_positive
from synthaudit.audit.fidelity.named_features import NamedFeatures
from synthaudit.audit.fidelity.patient_intervals import OVER_BOTH, bootstrap_weights, normal_interval, patient_count
from synthaudit.audit.protocols import Better, MetricResult
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class CorrelationMap:
    """Pearson's correlations of the most telling columns, and how far the synthetic ones are from the real ones.

    Numbers come first, then codes and levels by how much they vary; each level of a category counts as a column of
    zeros and ones. Numbers are cut off at eight deviations of real records, so that no single patient makes a
    correlation. ``map_error_mean`` and ``map_error_max`` are differences of the two maps over pairs of columns; the
    bootstrap is over patients and synthetic rows. A pair with a column that is constant in one table has no correlation
    there, and is left out.

    Attributes:
        columns: Columns of the map, at most.
    """

    title: ClassVar[str] = "Correlations of columns"
    question: ClassVar[str] = "Do columns go together as they do among real patients?"
    source: ClassVar[str] = "Goncalves et al., Generation and evaluation of synthetic patient data, 2020"
    better: ClassVar[Mapping[str, Better]] = {"map_error_mean": "lower", "map_error_max": "lower"}
    presets: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})

    columns: int = 24

    def __post_init__(self) -> None:
        check_positive(columns=self.columns)

    def measure(
        self,
        real: Records,
        synthetic: Records,
        test: Records,
        *,
        rng: np.random.Generator,
        small_count: int = 10,
    ) -> MetricResult:
        """Return the mean and the largest difference; the figures are both maps."""
        if min(patient_count(real), len(synthetic), patient_count(test)) < max(2, small_count):
            reason = f"a correlation that may be shown needs {small_count} patients and synthetic rows"
            return MetricResult.not_measured(self.better, reason)
        features = NamedFeatures.of(real, test, most=self.columns, small_count=small_count)
        if len(features.names) < 2:
            return MetricResult.not_measured(self.better, f"in fewer than two columns {small_count} patients differ")
        matrices = [features.matrix(table) for table in (real, synthetic)]
        varies = np.all([np.ptp(one, axis=0) > 0 for one in matrices], axis=0)
        defined = np.triu(varies[:, None] & varies, 1)
        if not defined.any():
            return MetricResult.not_measured(self.better, "every pair has a column that is constant in one table")
        pairs = np.nonzero(defined)
        left_out = len(varies) * (len(varies) - 1) // 2 - len(pairs[0])
        method = OVER_BOTH + (f"; {left_out} pairs with a constant column left out" if left_out else "")
        maps = [_correlations(one, np.ones((1, len(one))))[0] for one in matrices]
        draws = [
            np.concatenate([_correlations(one, weights) for weights in bootstrap_weights(table, rng)])
            for one, table in zip(matrices, (real, synthetic), strict=True)
        ]
        gap, gaps = np.abs(maps[0] - maps[1])[pairs], np.abs(draws[0] - draws[1])[:, *pairs]
        statistics = {
            f"map_error_{name}": normal_interval(
                float(reduce(gap)),
                float(reduce(gaps, axis=1).std(ddof=1)),
                patient_count(real),
                method,
                bounds=(0, 2),
            )
            for name, reduce in (("mean", np.mean), ("max", np.max))
        }
        rounded = [dict(zip(features.names, map(tuple, np.round(one, 3).tolist()), strict=True)) for one in maps]
        return MetricResult(statistics, figures={"correlations real": rounded[0], "correlations synthetic": rounded[1]})

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return 1e-8 * (work.members + work.synthetic) * (work.columns + 200 * self.columns)


def _correlations(matrix: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the correlations of weighted rows, shape ``(b, f, f)``, given weights of shape ``(b, n)``.

    Where a column is constant, 0.
    """
    total = weights.sum(axis=1, dtype=np.float64)[:, None]
    width = matrix.shape[1]
    upper = np.triu_indices(width)
    mean = weights @ matrix / total
    products = weights @ (matrix[:, upper[0]] * matrix[:, upper[1]]) / total
    covariance = np.zeros((len(weights), width, width))
    covariance[:, *upper] = products
    covariance[:, upper[1], upper[0]] = products
    covariance -= mean[:, :, None] * mean[:, None, :]
    deviation = np.sqrt(np.clip(np.einsum("bii->bi", covariance), 0, None))
    scale = deviation[:, :, None] * deviation[:, None, :]
    found = np.divide(covariance, scale, out=np.zeros_like(covariance), where=scale > 1e-12)
    clipped: np.ndarray = np.clip(found, -1, 1)
    return clipped
