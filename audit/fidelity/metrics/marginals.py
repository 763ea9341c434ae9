"""Marginal error: total variation and Wasserstein distance of every column's distribution from the real one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.audit.fidelity.binning import Binning
from synthaudit.audit.fidelity.patient_intervals import (
    OVER_BOTH,
    bootstrap_means,
    count_patients,
    exact_count,
    normal_interval,
    patient_count,
)
from synthaudit.audit.protocols import Better, MetricResult
from synthaudit.audit.records import Records
from synthaudit.audit.statistics import Measurement, NotMeasured
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class Marginals:
    """Total variation and Wasserstein distance of every column, real against synthetic, on the bins of ``Binning``.

    Total variation is half the sum of absolute differences of bin shares, missing being a bin. The Wasserstein
    distance of a count, continuous or ordinal column is the area between the distribution functions, read at the cut
    points (exact for ordinal columns and for counts whose values are all cuts), in real standard deviations.

    Columns in which fewer than ``small_count`` real patients lie outside the commonest bin enter nothing but
    ``columns_hidden``. Intervals are over patients and synthetic rows.
    """

    title: ClassVar[str] = "Marginal error"
    question: ClassVar[str] = "How far is each column's distribution from the real one?"
    source: ClassVar[str] = "Yan et al., A multifaceted benchmarking of synthetic EHR generation, Nat. Commun. 2022"
    better: ClassVar[Mapping[str, Better]] = {
        "total_variation_mean": "lower",
        "total_variation_max": "lower",
        "wasserstein_mean": "lower",
        "wasserstein_max": "lower",
        "columns_hidden": "lower",
    }
    presets: ClassVar[frozenset[str]] = frozenset({"standard", "thorough"})

    def measure(
        self,
        real: Records,
        synthetic: Records,
        test: Records,
        *,
        rng: np.random.Generator,
        small_count: int = 10,
    ) -> MetricResult:
        """Return mean and largest distances over columns; the points are the total variation of every shown column."""
        if min(len(real), len(synthetic)) < 2:
            reason = "an interval needs 2 rows in the real and the synthetic table"
            return MetricResult.not_measured(self.better, reason)
        binning = Binning.of(real, test)
        real_matrix, synthetic_matrix = binning.matrix(real), binning.matrix(synthetic)
        # A patient with rows in two bins counts twice here; the largest single bin cannot overstate.
        outside = count_patients(real_matrix, real)
        combine = np.add if patient_count(real) == len(real) else np.maximum
        shown = combine.reduceat(outside, binning.starts) >= small_count
        hidden = exact_count(int((~shown).sum()), len(shown))
        if not shown.any():
            reason = f"in no column {small_count} real patients lie outside the commonest cell"
            return MetricResult.not_measured(self.better, reason, columns_hidden=hidden)
        means = [np.asarray(m.mean(axis=0), dtype=np.float64).reshape(1, -1) for m in (real_matrix, synthetic_matrix)]
        gap = binning.gaps(means[0], means[1])
        gaps = binning.gaps(bootstrap_means(real_matrix, real, rng), bootstrap_means(synthetic_matrix, synthetic, rng))
        numeric = shown & np.array([c.kind in ("count", "continuous", "ordinal") for c in real.schema.columns])
        trials = patient_count(real)
        variation = binning.total_variation(gap)[:, shown]
        statistics = _summaries("total_variation", variation, binning.total_variation(gaps)[:, shown], trials, 1.0)
        statistics |= _summaries(
            "wasserstein", binning.wasserstein(gap)[:, numeric], binning.wasserstein(gaps)[:, numeric], trials
        )
        return MetricResult({**statistics, "columns_hidden": hidden}, {"total_variation": tuple(variation[0].tolist())})

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


def _summaries(
    name: str, distances: np.ndarray, draws: np.ndarray, trials: int, top: float = np.inf
) -> dict[str, Measurement]:
    """Return mean and maximum over columns, shape ``(1, p)``, with the spread of their draws, shape ``(b, p)``."""
    if not distances.size:
        reason = NotMeasured("no count, continuous or ordinal column may be shown")
        return {f"{name}_mean": reason, f"{name}_max": reason}
    return {
        f"{name}_{label}": normal_interval(
            float(reduce(distances)), float(reduce(draws, axis=1).std(ddof=1)), trials, OVER_BOTH, bounds=(0.0, top)
        )
        for label, reduce in (("mean", np.mean), ("max", np.max))
    }
