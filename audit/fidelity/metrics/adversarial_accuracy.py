"""Nearest-neighbour adversarial accuracy, privacy loss and exact copies (Yale et al., 2020)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.audit.errors import check_positive
from synthaudit.audit.fidelity.patient_intervals import normal_interval, patient_index
from synthaudit.audit.fidelity.patient_samples import equal_samples
from synthaudit.audit.neighbours import nearest
from synthaudit.audit.protocols import Better, MetricResult
from synthaudit.audit.records import NumericScale, Records
from synthaudit.audit.statistics import Measurement, intervals
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class AdversarialAccuracy:
    """``AA(T, S) = (mean[d_TS > d_TT] + mean[d_ST > d_SS]) / 2`` with ties one half, for real and for test rows as T.

    One half means that nobody can tell the sides apart, 1 that everybody can, and less than one half against ``real``
    that synthetic rows sit closer to the patients they were made from than patients sit to each other.
    ``privacy_loss`` is ``AA(test) - AA(real)``: 0 where the generator is no closer to its own patients than to others.

    Rows are excluded from their own neighbours by position, so exact copies count as distance 0, and are counted
    besides: ``copies_real`` and ``copies_test`` are the shares of all synthetic rows that equal some row of an equal
    number of real and of test patients. All comparisons use draws of one size, one row per patient.

    Intervals are over patients and synthetic rows, the other rows fixed.

    Attributes:
        rows: Rows per side, at most.
    """

    title: ClassVar[str] = "Nearest-neighbour adversarial accuracy"
    question: ClassVar[str] = "Are synthetic patients nearer to the real ones they were made from than to others?"
    source: ClassVar[str] = "Yale et al., Generation and evaluation of privacy preserving synthetic health data, 2020"
    better: ClassVar[Mapping[str, Better]] = {
        "accuracy_real": "lower",
        "accuracy_test": "lower",
        "privacy_loss": "lower",
        "copies_real": "lower",
        "copies_test": "lower",
    }
    presets: ClassVar[frozenset[str]] = frozenset({"standard", "thorough"})

    rows: int = 10_000

    def __post_init__(self) -> None:
        check_positive(rows=self.rows)

    def measure(
        self,
        real: Records,
        synthetic: Records,
        test: Records,
        *,
        rng: np.random.Generator,
        small_count: int = 10,
    ) -> MetricResult:
        """Compare nearest distances within and across sides."""
        del small_count  # shares of many rows; no column is shown
        real_rows, test_rows, synthetic_rows = equal_samples(real, test, synthetic, most=self.rows, rng=rng)
        if len(synthetic_rows) < 2:
            reason = "a nearest other row needs 2 patients in the real, the synthetic and the test table"
            return MetricResult.not_measured(self.better, reason)
        ranges = NumericScale.of(test).ranges
        to_own = nearest(synthetic_rows, synthetic_rows, exclude_same_row=True, ranges=ranges).distance[:, 0]
        real_side = _compare(real_rows, synthetic_rows, to_own, ranges)
        test_side = _compare(test_rows, synthetic_rows, to_own, ranges)
        statistics: dict[str, Measurement] = {
            "accuracy_real": _mean(real_side),
            "accuracy_test": _mean(test_side),
            "privacy_loss": _loss(real_side, test_side),
            "copies_real": _copies(synthetic, real_rows, ranges),
            "copies_test": _copies(synthetic, test_rows, ranges),
        }
        return MetricResult(statistics)

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


def _compare(
    side: Records, synthetic: Records, to_own: np.ndarray, ranges: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return, of every real and every synthetic row, whether the other side is farther than its own, ties one half.

    Args:
        side: Real rows.
        synthetic: As many synthetic rows.
        to_own: Every synthetic row's distance to the nearest other synthetic row.
        ranges: Ranges of Gower's distance.
    """
    within = nearest(side, side, exclude_same_row=True, ranges=ranges).distance[:, 0]
    across = nearest(side, synthetic, ranges=ranges).distance[:, 0]
    back = nearest(synthetic, side, ranges=ranges).distance[:, 0]
    return _is_farther(across, within), _is_farther(back, to_own)


def _is_farther(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    farther: np.ndarray = (left > right) + 0.5 * (left == right)
    return farther


def _mean(side: tuple[np.ndarray, np.ndarray]) -> Measurement:
    value = 0.5 * (side[0].mean() + side[1].mean())
    error = 0.5 * math.sqrt(sum(part.var(ddof=1) / len(part) for part in side))
    method = "normal, over patients and synthetic rows"
    return normal_interval(float(value), error, len(side[0]), method, bounds=(0, 1))


def _loss(real_side: tuple[np.ndarray, np.ndarray], test_side: tuple[np.ndarray, np.ndarray]) -> Measurement:
    """Return the difference; the synthetic rows are the same on both sides, so theirs is taken row by row."""
    paired = test_side[1] - real_side[1]
    value = 0.5 * (test_side[0].mean() - real_side[0].mean() + paired.mean())
    error = 0.5 * math.sqrt(sum(part.var(ddof=1) / len(part) for part in (real_side[0], test_side[0], paired)))
    method = "normal, over patients and synthetic rows, the latter paired"
    return normal_interval(float(value), error, len(paired), method, bounds=(-1, 1))


def _copies(synthetic: Records, side: Records, ranges: Mapping[str, float]) -> Measurement:
    same = nearest(synthetic, side, ranges=ranges).distance[:, 0] == 0
    position, patients = patient_index(synthetic)
    return intervals.clustered_rate(
        np.bincount(position, weights=same, minlength=patients), np.bincount(position, minlength=patients)
    )
