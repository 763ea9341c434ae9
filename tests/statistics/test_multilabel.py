"""Means over many columns: equal to scikit-learn's and to refits, and intervals that hold when nothing leaks."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score

from synthaudit.audit.statistics import Estimate, NotMeasured, differences
from synthaudit.audit.statistics.multilabel import _delete_one, average_precision, weighted_f1


def test_average_precision_and_what_each_patient_adds_equal_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 6, (50, 4)).astype(float)  # ties
    present, asked = rng.random((50, 4)) < 0.2, rng.random((50, 4)) < 0.8
    present[:3], asked[:3] = True, True
    value, without = _delete_one(scores, present & asked, asked)
    for column in range(4):
        kept = asked[:, column]
        assert value[column] == pytest.approx(average_precision_score(present[kept, column], scores[kept, column]))
        for patient in np.flatnonzero(kept):
            left = kept & (np.arange(50) != patient)
            refitted = average_precision_score(present[left, column], scores[left, column])
            assert without[patient, column] == pytest.approx(refitted)
    measured = average_precision(scores, present, asked)
    assert isinstance(measured, Estimate)
    assert measured.value == pytest.approx(value.mean())
    assert measured.trials == (present & asked).any(axis=1).sum()


def test_weighted_f1_equals_scikit_learn_and_leaves_out_what_nobody_tried() -> None:
    rng = np.random.default_rng(1)
    true, said = rng.random((80, 3)) < 0.3, rng.random((80, 3)) < 0.4
    true[:, 2] = said[:, 2] = False
    weights = np.array([1.0, 3.0, 100.0])
    measured = weighted_f1(2 * (true & said), true.astype(int) + said, weights)
    by_hand = [f1_score(true[:, at], said[:, at]) for at in (0, 1)]
    assert isinstance(measured, Estimate)
    assert measured.value == pytest.approx((by_hand[0] + 3 * by_hand[1]) / 4)
    nothing = weighted_f1(np.zeros((5, 2)), np.zeros((5, 2)), np.ones(2))
    assert isinstance(nothing, NotMeasured)


def test_all_right_and_all_wrong_have_intervals() -> None:
    tries = np.ones((40, 5))
    for hits, end in ((tries, 1.0), (0 * tries, 0.0)):
        measured = weighted_f1(hits, tries, np.ones(5))
        assert isinstance(measured, Estimate)
        assert measured.value == end
        assert 0.05 < measured.high - measured.low < 0.2, "patients and not cells are counted"
    present = np.arange(40)[:, None] < 10
    sure = average_precision(present.astype(float), present, np.ones((40, 1), bool))
    assert isinstance(sure, Estimate)
    assert (sure.value, sure.high) == (1.0, 1.0)
    assert sure.low < 0.85, "ten carriers"


@pytest.mark.parametrize(("patients", "columns", "share", "tied"), [(800, 1, 0.02, False), (500, 20, 0.03, True)])
def test_two_sides_of_one_law_differ_no_more_often_than_said(
    patients: int, columns: int, share: float, tied: bool
) -> None:
    # 300 pairs at 5 %: more than 8.7 % with probability below 1 in 200 a case, were the level exact. Patients differ
    # in how many codes they have, so that cells of one resemble each other.
    rng = np.random.default_rng(2)
    wrong = {"average": 0, "f1": 0}
    for _ in range(300):
        sides: dict[str, list[Estimate]] = {"average": [], "f1": []}
        while len(sides["f1"]) < 2:
            present = rng.random((patients, columns)) < share * rng.gamma(1, 1, (patients, 1))
            if present.sum(axis=0).min() < 5:
                continue
            scores = rng.normal(size=present.shape) + present
            claimed = scores > 1.5
            kept = average_precision(np.where(tied, claimed, scores), present, np.ones_like(present))
            tried = weighted_f1(2 * (claimed & present), claimed + present.astype(int), np.arange(1, columns + 1))
            assert isinstance(kept, Estimate)
            assert isinstance(tried, Estimate)
            sides["average"].append(kept)
            sides["f1"].append(tried)
        for name, (one, other) in sides.items():
            apart = differences.difference(one, other)
            wrong[name] += not apart.low <= 0 <= apart.high
    assert max(wrong.values()) <= 26, wrong


def test_columns_without_two_carriers_are_refused() -> None:
    with pytest.raises(ValueError, match="at least two present cells in every column, got 1"):
        average_precision(np.zeros((5, 1)), np.eye(5, 1, dtype=bool), np.ones((5, 1), bool))
    with pytest.raises(ValueError, match="one shape"):
        average_precision(np.zeros((5, 1)), np.zeros((5, 2), bool), np.ones((5, 1), bool))
    assert isinstance(average_precision(*(np.zeros((5, 0)) for _ in range(3))), NotMeasured)  # type: ignore[arg-type]
