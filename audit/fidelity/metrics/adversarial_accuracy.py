"""Nearest-neighbour adversarial accuracy: is a row's nearest row on its own side? (Yale et al., 2020)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.audit.errors import check_positive
from synthaudit.audit.fidelity.patient_intervals import one_row_each, owners, with_error
from synthaudit.audit.neighbours import nearest, ranges_of
from synthaudit.audit.protocols import Better, Reading
from synthaudit.audit.records import Records
from synthaudit.audit.statistics import Measurement, NotMeasured, intervals
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class AdversarialAccuracy:
    """``AA(T, S) = (mean[d_TS > d_TT] + mean[d_ST > d_SS]) / 2`` with ties one half, for real and for test rows as T.

    One half means that nobody can tell the sides apart, 1 that everybody can, and less than one half against ``real``
    that synthetic rows sit closer to the patients they were made from than patients sit to each other.
    ``privacy_loss`` is ``AA(test) - AA(real)``: 0 where the generator is no closer to its own patients than to others.

    Rows are excluded from their own neighbours by position, so exact copies count as distance 0, and are counted
    besides: ``copies_real`` and ``copies_test`` are the shares of all synthetic rows that equal some row of an equal
    number of real and of test patients. All comparisons use draws of one size, one row a patient.

    Intervals are over patients and synthetic rows, other rows held.

    Attributes:
        rows: Rows a side, at most.
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
    ) -> Reading:
        """Compare nearest distances within and across sides."""
        del small_count  # shares of many rows; no column is shown
        size = min(self.rows, *(owners(table)[1] if len(table) else 0 for table in (real, synthetic, test)))
        if size < 2:
            reason = "a nearest other row needs 2 patients in the real, the synthetic and the test table"
            return Reading({name: NotMeasured(reason) for name in self.better})
        ranges = ranges_of(real, test)
        drawn, other, made = (one_row_each(table, size, rng) for table in (real, test, synthetic))
        own = nearest(made, made, exclude_same_row=True, ranges=ranges).distance[:, 0]
        real_side = _farther(drawn, made, own, ranges)
        test_side = _farther(other, made, own, ranges)
        statistics: dict[str, Measurement] = {
            "accuracy_real": _mean(real_side),
            "accuracy_test": _mean(test_side),
            "privacy_loss": _loss(real_side, test_side),
            "copies_real": _copies(synthetic, drawn, ranges),
            "copies_test": _copies(synthetic, other, ranges),
        }
        return Reading(statistics)

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


def _farther(
    side: Records, made: Records, own: np.ndarray, ranges: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return, of every real and every synthetic row, whether the other side is farther than its own, ties one half."""
    within = nearest(side, side, exclude_same_row=True, ranges=ranges).distance[:, 0]
    across = nearest(side, made, ranges=ranges).distance[:, 0]
    back = nearest(made, side, ranges=ranges).distance[:, 0]
    return _beats(across, within), _beats(back, own)


def _beats(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    beaten: np.ndarray = (left > right) + 0.5 * (left == right)
    return beaten


def _mean(side: tuple[np.ndarray, np.ndarray]) -> Measurement:
    value = 0.5 * (side[0].mean() + side[1].mean())
    error = 0.5 * math.sqrt(sum(part.var(ddof=1) / len(part) for part in side))
    method = "normal, over patients and synthetic rows"
    return with_error(float(value), error, len(side[0]), method, bounds=(0, 1))


def _loss(real_side: tuple[np.ndarray, np.ndarray], test_side: tuple[np.ndarray, np.ndarray]) -> Measurement:
    """Return the difference; the synthetic rows are the same on both sides, so theirs is taken row by row."""
    paired = test_side[1] - real_side[1]
    value = 0.5 * (test_side[0].mean() - real_side[0].mean() + paired.mean())
    error = 0.5 * math.sqrt(sum(part.var(ddof=1) / len(part) for part in (real_side[0], test_side[0], paired)))
    method = "normal, over patients and synthetic rows, the latter paired"
    return with_error(float(value), error, len(paired), method, bounds=(-1, 1))


def _copies(synthetic: Records, side: Records, ranges: Mapping[str, float]) -> Measurement:
    same = nearest(synthetic, side, ranges=ranges).distance[:, 0] == 0
    position, patients = owners(synthetic)
    return intervals.clustered_rate(
        np.bincount(position, weights=same, minlength=patients), np.bincount(position, minlength=patients)
    )
