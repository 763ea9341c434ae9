"""A statement about a recipe pays for the trainings and for the patients."""

import numpy as np
import pytest

from synthaudit.audit.statistics import Estimate, NotMeasured, intervals


def estimate(value: float, half: float, confidence: float = 0.95) -> Estimate:
    return Estimate(value, value - half, value + half, confidence, 100)


def test_half_widths_add_in_squares() -> None:
    found = intervals.mean_over_releases([estimate(0.4, 0.3), estimate(0.5, 0.3), estimate(0.6, 0.3)])
    assert isinstance(found, Estimate)
    trainings = 4.302652729911275 * 0.1 / np.sqrt(3)  # Student, 2 degrees of freedom
    assert found.value == pytest.approx(0.5)
    assert found.high - found.value == pytest.approx(np.hypot(trainings, 0.3))
    assert found.trials == 3


def test_releases_that_agree_keep_the_patients_interval() -> None:
    found = intervals.mean_over_releases([estimate(0.0, 0.01)] * 3, bounds=(-1, 1))
    assert (found.low, found.value, found.high) == pytest.approx((-0.01, 0.0, 0.01))  # type: ignore[union-attr]


def test_bounds_clip_and_two_releases_say_nothing() -> None:
    found = intervals.mean_over_releases([estimate(0.99, 0.0), estimate(0.95, 0.0), estimate(0.99, 0.0)], bounds=(0, 1))
    assert isinstance(found, Estimate)
    assert found.high == 1.0
    assert isinstance(intervals.mean_over_releases([estimate(0.5, 0.1)] * 2), NotMeasured)


def test_confidences_must_agree() -> None:
    with pytest.raises(ValueError, match="equal confidence"):
        intervals.mean_over_releases([estimate(0.5, 0.1), estimate(0.5, 0.1), estimate(0.5, 0.1, 0.9)])


@pytest.mark.parametrize(("patients", "trainings"), [(1.0, 0.0), (1.0, 0.3), (1.0, 1.0), (0.2, 1.0)])
def test_it_covers_whichever_varies_more(patients: float, trainings: float) -> None:
    # 4,000 repeats: the standard error at 95 % is .0034, so a correct interval falls below .94 once in 1,000 tests.
    rng = np.random.default_rng(7)
    covered = 0
    for _ in range(4_000):
        luck = rng.normal(0, patients)  # the same patients in every release
        values = luck + rng.normal(0, trainings, 3)
        found = intervals.mean_over_releases([estimate(value, 1.959964 * patients) for value in values])
        assert isinstance(found, Estimate)
        covered += found.low <= 0 <= found.high
    assert covered / 4_000 >= 0.94
