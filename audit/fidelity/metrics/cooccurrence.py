"""Co-occurrence: rates and correlations of all pairs of binary features, real against synthetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy

from synthaudit.audit.fidelity.binary_features import BinaryFeatures
from synthaudit.audit.fidelity.patient_intervals import (
    CONFIDENCE,
    count_patients,
    enough_patients,
    exact_count,
    patient_count,
    patient_index,
)
from synthaudit.audit.protocols import Better, MetricResult
from synthaudit.audit.records import Records
from synthaudit.audit.statistics import Estimate, Measurement, NotMeasured
from synthaudit.audit.workload import Workload

GROUPS = 10
"""Groups of patients that the jackknife leaves out in turn; each costs one pass over its rows, one over all pairs."""

SHOWN_PAIRS = 2000


@dataclass(frozen=True)
class Cooccurrence:
    """Rates and correlations of all pairs of binary features, real against synthetic.

    Features are those of ``BinaryFeatures``, less those that fewer than ``small_count`` real patients have or lack. A
    constant feature correlates 0 with all others. Intervals are over patients and synthetic rows, by a jackknife over
    ten groups, each left out of both tables at once; they err on the wide side (Efron & Stein, 1981). The figure shows
    at most 2,000 pairs, drawn at random from those that at least ``small_count`` real patients have; lower synthetic
    rates are drawn at ``small_count`` rows.

    Pairs are counted row by row, among the features that the row has; six ``(e, e)`` arrays of whole numbers are in
    memory, 28 MB at 1,071 codes.
    """

    title: ClassVar[str] = "Pairs of codes"
    question: ClassVar[str] = "Do conditions occur together in the synthetic table as often as in the real one?"
    source: ClassVar[str] = "Yan et al., A multifaceted benchmarking of synthetic EHR generation, Nat. Commun. 2022"
    better: ClassVar[Mapping[str, Better]] = {
        "cooccurrence_error": "lower",
        "correlation_error": "lower",
        "correlation_agreement": "higher",
        "facts_hidden": "lower",
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
        """Return mean absolute errors over pairs, and the correlation of real with synthetic correlations."""
        if min(patient_count(real), patient_count(synthetic)) < GROUPS:
            reason = f"an interval needs {GROUPS} patients and {GROUPS} synthetic rows"
            return MetricResult.not_measured(self.better, reason)
        features = BinaryFeatures.of(test)
        real_matrix, synthetic_matrix = features.matrix(real), features.matrix(synthetic)
        shown = enough_patients(real_matrix, real, small_count)
        hidden = exact_count(int((~shown).sum()), len(shown))
        if shown.sum() < 3:
            reason = f"pairs need 3 facts that {small_count} real patients have, {int(shown.sum())} do"
            return MetricResult.not_measured(self.better, reason, facts_hidden=hidden)
        left, right = (
            _Pairs.of(real_matrix[:, shown], real, rng),
            _Pairs.of(synthetic_matrix[:, shown], synthetic, rng),
        )
        whole = _compare((left.whole, len(real)), (right.whole, len(synthetic)))
        parts = np.array([_compare(left.without(group), right.without(group)) for group in range(GROUPS)])
        errors = np.sqrt((GROUPS - 1) / GROUPS * ((parts - parts.mean(axis=0)) ** 2).sum(axis=0))
        trials = patient_count(real)
        statistics: dict[str, Measurement] = {
            name: _jackknifed(float(value), float(error), trials, bounds)
            for name, value, error, bounds in zip(
                self.better, whole, errors, ((0.0, 1.0), (0.0, 2.0), (-1.0, 1.0)), strict=False
            )
        }
        points = _points(left, right, real_matrix[:, shown], real, small_count, rng=rng)
        return MetricResult({**statistics, "facts_hidden": hidden}, points)

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Counts of pairs of features, over all rows and with one group of patients left out.

    Attributes:
        features: Binary features of every row, indices sorted, shape ``(n, e)``.
        group: The group of every row, shape ``(n,)``.
        whole: Counts over all rows, as ``count_pairs``.
    """

    features: scipy.sparse.csr_matrix
    group: np.ndarray
    whole: np.ndarray

    @classmethod
    def of(cls, features: scipy.sparse.csr_matrix, records: Records, rng: np.random.Generator) -> _Pairs:
        from synthaudit.audit.fidelity.pair_counts import count_pairs  # compiled code: loaded only where it runs

        position, patients = patient_index(records)
        group = (rng.permutation(patients) % GROUPS)[position]
        features.sort_indices()
        return cls(features, group, count_pairs(features, np.arange(len(records))))

    def without(self, group: int) -> tuple[np.ndarray, int]:
        """Return counts of pairs, and how many rows were counted, leaving one group out."""
        from synthaudit.audit.fidelity.pair_counts import count_pairs

        own = np.flatnonzero(self.group == group)
        counts = count_pairs(self.features, own)
        np.subtract(self.whole, counts, out=counts)
        return counts, len(self.group) - len(own)


def _compare(left: tuple[np.ndarray, int], right: tuple[np.ndarray, int]) -> tuple[float, float, float]:
    """Return both mean errors and the agreement over pairs of two different features, from counts and rows counted."""
    from synthaudit.audit.fidelity.pair_counts import sums_over_pairs

    sums = np.empty(7)
    sums_over_pairs(left[0], right[0], left[1], right[1], sums)
    count = len(left[0]) * (len(left[0]) - 1) // 2
    rate_error, error, mean_a, mean_b, square_a, square_b, product = sums / count
    spread = (square_a - mean_a**2) * (square_b - mean_b**2)
    agreement = (product - mean_a * mean_b) / np.sqrt(spread) if spread > 1e-24 else np.nan
    return float(rate_error), float(error), float(agreement)


def _jackknifed(value: float, error: float, trials: int, bounds: tuple[float, float]) -> Measurement:
    """Return the estimate with Student's interval of the jackknife."""
    from scipy.special import stdtrit

    if not np.isfinite(error) or not np.isfinite(value):
        return NotMeasured("all correlations are alike, so they cannot agree or disagree")
    reach = float(stdtrit(GROUPS - 1, 1 - (1 - CONFIDENCE) / 2)) * error
    value = min(max(value, bounds[0]), bounds[1])
    low, high = max(value - reach, bounds[0]), min(value + reach, bounds[1])
    method = f"jackknife over {GROUPS} groups of patients and synthetic rows"
    return Estimate(value, low, high, CONFIDENCE, trials, method)


def _points(
    left: _Pairs,
    right: _Pairs,
    features: scipy.sparse.csr_matrix,
    real: Records,
    small_count: int,
    *,
    rng: np.random.Generator,
) -> dict[str, tuple[float, ...]]:
    """Return rates of pairs that enough real patients have."""
    first, second = np.nonzero(np.triu(left.whole >= small_count, k=1))
    if patient_count(real) < len(
        real
    ):  # rows are more than patients: count again, by patient, for the pairs in question
        chosen = rng.permutation(len(first))[: 4 * SHOWN_PAIRS]
        first, second = first[chosen], second[chosen]
        both = features[:, first].multiply(features[:, second]).tocsr()
        enough = count_patients(both, real) >= small_count
        first, second = first[enough], second[enough]
    chosen = np.sort(rng.permutation(len(first))[:SHOWN_PAIRS])
    rows = len(right.group)
    right_counts = right.whole[first[chosen], second[chosen]]
    right_rates = np.where(right_counts > 0, np.maximum(right_counts, min(small_count, rows)), 0.0) / rows
    left_rates = left.whole[first[chosen], second[chosen]] / len(left.group)
    return {"real": tuple(left_rates.tolist()), "synthetic": tuple(right_rates.tolist())}
