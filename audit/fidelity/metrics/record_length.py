"""Distribution of the number of codes per record, real against synthetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy

from synthaudit.audit.fidelity.patient_intervals import (
    OVER_BOTH,
    bootstrap_means,
    count_patients,
    normal_interval,
    patient_count,
)
from synthaudit.audit.protocols import Better, MetricResult
from synthaudit.audit.records import Records
from synthaudit.audit.statistics import Measurement
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class RecordLength:
    """How many codes (binary and count columns above 0) a row has, real against synthetic.

    ``shape_error`` is half the L1 distance of the two distributions of that number, in bins of the figure: runs of
    lengths that at least ``small_count`` real patients have. ``codes_moved`` is their Wasserstein distance, exact, in
    codes. Intervals are over patients and synthetic rows.
    """

    title: ClassVar[str] = "Codes a record"
    question: ClassVar[str] = "Do synthetic patients carry as many codes as real ones?"
    source: ClassVar[str] = "Yan et al., A multifaceted benchmarking of synthetic EHR generation, Nat. Commun. 2022"
    better: ClassVar[Mapping[str, Better]] = {"mean_gap": "lower", "codes_moved": "lower", "shape_error": "lower"}
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
        """Compare the distributions; the points are bins: their mean length, real and synthetic shares."""
        del test  # nothing is fitted, so nothing is held out
        reason = None
        if not real.schema.codes:
            reason = "the table has no binary or count column"
        elif min(patient_count(real), patient_count(synthetic)) < 2:
            reason = "an interval needs 2 patients and 2 synthetic rows"
        if reason:
            return MetricResult.not_measured(self.better, reason)
        lengths = [np.count_nonzero(table.codes, axis=1) for table in (real, synthetic)]
        top = 1 + max(int(length.max()) for length in lengths)
        features = [_one_hot(length, top) for length in lengths]
        bins = _bins(count_patients(features[0], real), small_count)
        means = [np.asarray(part.mean(axis=0), dtype=np.float64).reshape(1, -1) for part in features]
        draws = [bootstrap_means(part, table, rng) for part, table in zip(features, (real, synthetic), strict=True)]
        trials = patient_count(real)
        values, spread = _distances(means[0], means[1], bins), _distances(draws[0], draws[1], bins)
        statistics: dict[str, Measurement] = {
            name: normal_interval(
                float(values[name][0]), float(spread[name].std(ddof=1)), trials, OVER_BOTH, bounds=bounds
            )
            for name, bounds in {"mean_gap": (0, top), "codes_moved": (0, top), "shape_error": (0, 1)}.items()
        }
        shares = [np.add.reduceat(mean[0], bins) for mean in means]
        weighted = np.add.reduceat(means[0][0] * np.arange(top), bins)
        middle = np.divide(weighted, shares[0], out=bins.astype(float), where=shares[0] > 0)
        synthetic_shares = np.where(shares[1] > 0, np.maximum(shares[1], min(small_count / len(synthetic), 1.0)), 0.0)
        binned = scipy.sparse.csr_matrix(np.add.reduceat(np.eye(top, dtype=np.float32), bins, axis=1))
        if count_patients((features[0] @ binned).tocsr(), real).min() < small_count:  # fewer patients than a bin needs
            return MetricResult(statistics)
        points = {"codes": middle, "real": shares[0], "synthetic": synthetic_shares}
        return MetricResult(statistics, {name: tuple(series.tolist()) for name, series in points.items()})

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


def _one_hot(lengths: np.ndarray, top: int) -> scipy.sparse.csr_matrix:
    """Return which length each row has, shape ``(n, top)``."""
    rows = len(lengths)
    return scipy.sparse.csr_matrix((np.ones(rows, np.float32), lengths, np.arange(rows + 1)), shape=(rows, top))


def _bins(patients: np.ndarray, small_count: int) -> np.ndarray:
    """Return where runs of lengths begin, so that each has enough patients (the last run takes what is left)."""
    starts, in_bin = [0], 0
    for length, count in enumerate(patients):
        if in_bin >= small_count and patients[length:].sum() >= small_count:
            starts.append(length)
            in_bin = 0
        in_bin += count
    return np.array(starts)


def _distances(left: np.ndarray, right: np.ndarray, bins: np.ndarray) -> dict[str, np.ndarray]:
    """Return the three distances for rows of shares, shape ``(b, top)``."""
    gap = left - right
    return {
        "mean_gap": np.abs(gap @ np.arange(gap.shape[1])),
        "codes_moved": np.abs(np.cumsum(gap, axis=1)).sum(axis=1),
        "shape_error": 0.5 * np.abs(np.add.reduceat(gap, bins, axis=1)).sum(axis=1),
    }
