"""Attribute guesses on tables small enough to work out by hand."""

import numpy as np
import pytest

from attacks.attribute.donors import Donors
from attacks.attribute.votes import poll
from audit.knowledge import Knowledge
from audit.records import Column, Records, Schema

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
    made = guess(Donors(), codes([1, 1, 0, 0], [0, 0, 1, 0]), known, release)
    np.testing.assert_array_equal(made.values, [[1, 1, 0, 1], [0, 0, 1, 0]])
    np.testing.assert_array_equal(made.confidence, np.ones((2, 4)))


def test_each_target_is_compared_on_its_own_known_columns():
    release = codes([1, 0, 1], [0, 1, 0])
    made = guess(Donors(), codes([1, 0, 0], [0, 1, 0]), [[1, 0, 0], [0, 1, 0]], release)
    np.testing.assert_array_equal(made.values[:, 2], [1, 0])


def test_three_donors_vote_and_their_share_is_the_confidence():
    release = codes([1, 1, 0, 0], [1, 1, 0, 1], [1, 0, 1, 1], [0, 0, 0, 0])
    made = guess(Donors(k=3), codes([1, 0, 0, 0]), [[1, 0, 0, 0]], release)
    np.testing.assert_array_equal(made.values, [[1, 1, 0, 1]])
    np.testing.assert_allclose(made.confidence, [[1, 2 / 3, 2 / 3, 2 / 3]], rtol=1e-6)


def test_a_tied_vote_goes_to_the_nearer_donor():
    donors = codes([1, 0], [0, 1], [0, 1], [1, 0])
    made = poll(donors, np.array([[0, 1], [1, 0], [1, 0]]))
    np.testing.assert_array_equal(made.values, [[1, 0], [0, 1], [0, 1]])
    np.testing.assert_allclose(made.confidence, 0.5)


def test_equally_near_rows_are_drawn_at_random_and_not_by_their_place_in_the_file():
    release = codes(*[[1, 1]] * 10, *[[1, 0]] * 10)
    drawn = [guess(Donors(), codes([1, 0]), [[1, 0]], release, seed=s).values[0, 1] for s in range(200)]
    assert 0.35 < np.mean(drawn) < 0.65  # 200 fair draws: outside with probability 2e-5
    assert drawn[0] == guess(Donors(), codes([1, 0]), [[1, 0]], release, seed=0).values[0, 1]


def test_mixed_columns_vote_each_in_their_own_way():
    release = mixed([1, 2, 30, 0], [1, 4, 40, 1], [1, 5, 41, 1], [0, 0, 90, 2])
    made = poll(release, np.array([[0, 1, 2]]))
    np.testing.assert_array_equal(made.values, [[1, 4, 37, 1]])
    scale, spread = np.std([30, 40, 41, 90]), np.std([30, 40, 41])
    np.testing.assert_allclose(made.confidence, [[1, 1, scale / (scale + spread), 2 / 3]], rtol=1e-6)


def test_a_donor_whose_value_is_missing_has_no_vote():
    release = mixed([1, 2, 30, np.nan], [1, 4, 40, 2], [0, 0, 90, 1])
    made = poll(release, np.array([[0, 1], [0, 0]]))
    np.testing.assert_array_equal(made.values[:, 3], [2, 1])  # nobody voted on the second: the usual level, unsure
    np.testing.assert_array_equal(made.confidence[:, 3], [1, 0])


def test_votes_that_do_not_count_are_not_heard():
    donors = codes([1, 0], [0, 1], [0, 1])
    made = poll(donors, np.array([[0, 1], [0, 1]]), np.array([[False, True], [False, False]]))
    np.testing.assert_array_equal(made.values, [[0, 1], [0, 1]])
    np.testing.assert_array_equal(made.confidence, [[1, 1], [0, 0]])


def test_blanked_cells_cannot_move_a_guess():
    rng = np.random.default_rng(5)
    release, targets = (Records.binary([f"c{j}" for j in range(9)], rng.integers(0, 2, (40, 9))) for _ in range(2))
    known = rng.random((40, 9)) < 0.4
    blanked = Records.binary(release.columns, np.where(known, targets.codes, 0))
    first, second = (guess(Donors(k=3), rows, known, release) for rows in (targets, blanked))
    np.testing.assert_array_equal(first.values, second.values)


@pytest.mark.parametrize("k", [0, -1])
def test_rejects_a_donor_that_does_not_exist(k):
    with pytest.raises(ValueError, match=rf"expected k > 0, got {k}"):
        Donors(k=k)
