"""Attribute guesses on tables small enough to work out by hand."""

import numpy as np
import pytest

from synthaudit.attacks.attribute.cap import CAP
from synthaudit.attacks.attribute.linear_reconstruction import LinearReconstruction, Moments
from synthaudit.attacks.attribute.ml_inference import MLInference
from synthaudit.attacks.attribute.nearest_donors import NearestDonors
from synthaudit.attacks.attribute.votes import vote
from synthaudit.audit.knowledge import Knowledge
from synthaudit.audit.records import Column, NumericScale, Records, Schema

MIXED = Schema(
    (
        Column("flag", "binary"),
        Column("drugs", "count"),
        Column("age", "continuous", low=0, high=100, integer=True),
        Column("ward", "categorical", levels=("a", "b", "c"), missing=True),
    )
)


def codes(*rows):
    return Records.binary([f"c{j}" for j in range(len(rows[0]))], np.array(rows))


def mixed(*rows):
    columns = np.array(rows, float).T
    return Records.of(MIXED, dict(zip(MIXED.names, columns, strict=True)))


def guess(attack, targets, known, synthetic, seed=0):
    return attack.guess(targets, np.array(known, bool), Knowledge(synthetic), rng=np.random.default_rng(seed))


def test_the_nearest_row_on_the_known_columns_gives_the_rest():
    release = codes([1, 1, 0, 1], [0, 0, 1, 0])
    known = [[1, 1, 0, 0], [0, 0, 1, 0]]
    made = guess(NearestDonors(), codes([1, 1, 0, 0], [0, 0, 1, 0]), known, release)
    np.testing.assert_array_equal(made.values, [[1, 1, 0, 1], [0, 0, 1, 0]])
    np.testing.assert_array_equal(made.confidence, np.ones((2, 4)))


def test_each_target_is_compared_on_its_own_known_columns():
    release = codes([1, 0, 1], [0, 1, 0])
    made = guess(NearestDonors(), codes([1, 0, 0], [0, 1, 0]), [[1, 0, 0], [0, 1, 0]], release)
    np.testing.assert_array_equal(made.values[:, 2], [1, 0])


def test_three_donors_vote_and_their_share_is_the_confidence():
    release = codes([1, 1, 0, 0], [1, 1, 0, 1], [1, 0, 1, 1], [0, 0, 0, 0])
    made = guess(NearestDonors(k=3), codes([1, 0, 0, 0]), [[1, 0, 0, 0]], release)
    np.testing.assert_array_equal(made.values, [[1, 1, 0, 1]])
    np.testing.assert_allclose(made.confidence, [[1, 2 / 3, 2 / 3, 2 / 3]], rtol=1e-6)


def test_a_tied_vote_goes_to_the_nearer_donor():
    donors = codes([1, 0], [0, 1], [0, 1], [1, 0])
    made = vote(donors, np.array([[0, 1], [1, 0], [1, 0]]), scale=NumericScale.of(donors))
    np.testing.assert_array_equal(made.values, [[1, 0], [0, 1], [0, 1]])
    np.testing.assert_allclose(made.confidence, 0.5)


def test_equally_near_rows_are_drawn_at_random_and_not_by_their_place_in_the_file():
    release = codes(*[[1, 1]] * 10, *[[1, 0]] * 10)
    drawn = [guess(NearestDonors(), codes([1, 0]), [[1, 0]], release, seed=s).values[0, 1] for s in range(200)]
    assert 0.35 < np.mean(drawn) < 0.65  # 200 fair draws: outside with probability 2e-5
    assert drawn[0] == guess(NearestDonors(), codes([1, 0]), [[1, 0]], release, seed=0).values[0, 1]


def test_mixed_columns_vote_each_in_their_own_way():
    release = mixed([1, 2, 30, 0], [1, 4, 40, 1], [1, 5, 41, 1], [0, 0, 90, 2])
    made = vote(release, np.array([[0, 1, 2]]), scale=NumericScale.of(release))
    np.testing.assert_array_equal(made.values, [[1, 4, 37, 1]])
    low, high = np.quantile([30, 40, 41, 90], [0.05, 0.95])
    scale, spread = (high - low) / 3.2897, np.std([30, 40, 41])
    np.testing.assert_allclose(made.confidence, [[1, 1, scale / (scale + spread), 2 / 3]], rtol=1e-6)


def test_a_donor_whose_value_is_missing_has_no_vote():
    release = mixed([1, 2, 30, np.nan], [1, 4, 40, 2], [0, 0, 90, 1])
    made = vote(release, np.array([[0, 1], [0, 0]]), scale=NumericScale.of(release))
    np.testing.assert_array_equal(made.values[:, 3], [2, 1])  # nobody voted on the second: the usual level, unsure
    np.testing.assert_array_equal(made.confidence[:, 3], [1, 0])


def test_a_number_far_outside_the_real_ones_has_no_vote_and_a_wild_count_is_cut_off():
    real = mixed(*([1, at % 5, 20 + at, 0] for at in range(40)))
    release = mixed([1, 2, 30, 0], [1, 999, 999_999, 0], [1, 2, 32, 0])
    made = vote(release, np.array([[0, 1, 2]]), scale=NumericScale.of(real))
    assert made.values[0, 2] == 31
    assert made.values[0, 1] == 4  # (2 + 8 + 2) / 3: real counts go to 4, and their range is 4


def test_votes_that_do_not_count_are_not_heard():
    donors = codes([1, 0], [0, 1], [0, 1])
    counted = np.array([[False, True], [False, False]])
    made = vote(donors, np.array([[0, 1], [0, 1]]), counted, scale=NumericScale.of(donors))
    np.testing.assert_array_equal(made.values, [[0, 1], [0, 1]])
    np.testing.assert_array_equal(made.confidence, [[1, 1], [0, 0]])


def test_blanked_cells_cannot_move_a_guess():
    rng = np.random.default_rng(5)
    release, targets = (Records.binary([f"c{j}" for j in range(9)], rng.integers(0, 2, (40, 9))) for _ in range(2))
    known = rng.random((40, 9)) < 0.4
    blanked = Records.binary(release.columns, np.where(known, targets.codes, 0))
    first, second = (guess(NearestDonors(k=3), rows, known, release) for rows in (targets, blanked))
    np.testing.assert_array_equal(first.values, second.values)


@pytest.mark.parametrize("k", [0, -1])
def test_rejects_a_donor_that_does_not_exist(k):
    with pytest.raises(ValueError, match=rf"expected k > 0, got {k}"):
        NearestDonors(k=k)


def test_attribution_asks_only_rows_with_the_very_key():
    release = codes([1, 0, 1], [1, 0, 1], [1, 0, 0], [1, 1, 0], [0, 1, 0])
    made = guess(CAP(), codes([1, 0, 0], [1, 1, 0], [0, 0, 0]), [[1, 1, 0]] * 3, release)
    np.testing.assert_array_equal(made.values[:, 2], [1, 0, 0])
    np.testing.assert_allclose(made.confidence[:, 2], [2 / 3, 1, 0], rtol=1e-6)  # nobody has the key of the third


def test_linear_guesses_equal_the_conditional_mean_written_out():
    rng = np.random.default_rng(6)
    hidden = rng.normal(size=(300, 2)) @ rng.normal(size=(2, 6))
    release = Records.binary([f"c{j}" for j in range(6)], hidden + rng.normal(size=(300, 6)) > 0.3)
    targets = release.take(slice(0, 8))
    moments = Moments.of(release, NumericScale.of(release), 1e-3)
    spread = moments.correlation * np.outer(moments.scale, moments.scale)
    each = rng.random((8, 6)) < 0.5
    for known in (each, np.tile(each[:1], (8, 1))):  # a system a target, and one system for all
        expected, _ = moments.conditional(targets, known)
        for row in range(8):
            inside, outside = np.flatnonzero(known[row]), np.flatnonzero(~known[row])
            apart = targets.codes[row, inside] - moments.mean[inside]
            by_hand = moments.mean[outside] + spread[np.ix_(outside, inside)] @ np.linalg.solve(
                spread[np.ix_(inside, inside)], apart
            )
            np.testing.assert_allclose(expected[row, outside], by_hand, atol=1e-6)


def test_linear_reads_a_number_off_another_and_says_how_surely():
    schema = Schema((Column("dose", "continuous"), Column("weight", "continuous"), Column("noise", "continuous")))
    rng = np.random.default_rng(7)
    weight = rng.normal(70, 10, 2_000)
    release = Records.of(schema, {"dose": 2 * weight, "weight": weight, "noise": rng.normal(size=2_000)})
    targets = Records.of(schema, {"dose": [np.nan] * 2, "weight": [60.0, 90.0], "noise": [np.nan] * 2})
    made = guess(LinearReconstruction(), targets, [[0, 1, 0]] * 2, release)
    np.testing.assert_allclose(made.values[:, 0], [120, 180], rtol=0.01)
    assert (made.confidence[:, 0] > 0.95).all()
    assert (made.confidence[:, 2] < 0.05).all()


@pytest.mark.parametrize("model", ["boosting", "logistic"])
def test_learned_models_find_the_rule_behind_a_secret(model):
    rng = np.random.default_rng(8)
    flag, age, ward = rng.integers(0, 2, 600), rng.integers(20, 90, 600), rng.integers(0, 3, 600)
    columns = {"flag": flag, "drugs": 3 * flag + ward, "age": age, "ward": ward.astype(float)}
    release = Records.of(MIXED, columns)
    asked = mixed([1, 0, 50, 2], [0, 0, 50, 0])
    made = guess(MLInference(model=model), asked, [[1, 0, 1, 1]] * 2, release)
    assert made.values[0, 1] in (4, 5)
    assert made.values[1, 1] in (0, 1)
    assert (made.confidence[:, 1] > 0.8).all()
    made = guess(MLInference(model=model), mixed([0, 5, 50, 2], [0, 0, 50, 0]), [[0, 1, 1, 1]] * 2, release)
    np.testing.assert_array_equal(made.values[:, 0], [1, 0])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: CAP(max_donors=0), "expected max_donors > 0"),
        (lambda: LinearReconstruction(jitter=0), "expected jitter > 0"),
        (lambda: MLInference(model="forest"), "expected model to be one of"),
        (lambda: MLInference(max_patterns=0), "expected max_patterns > 0"),
    ],
)
def test_options_that_make_no_sense_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
