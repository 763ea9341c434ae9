"""Many attacks, one error rate: exact small cases, familywise level, and a real attack among useless ones."""

import itertools

import numpy as np
import pytest

from synthaudit.audit.statistics import multiplicity, roc


def test_max_t_agrees_with_all_permutations_of_a_small_case():
    scores = np.array([[5.0, 4, 3, 1, 2, 0], [1, 5, 0, 4, 3, 2]])
    labels = np.array([1, 1, 1, 0, 0, 0], bool)
    ranks = scores - scores.mean()
    every = np.array([ranks[:, list(chosen)].sum(axis=1) for chosen in itertools.combinations(range(6), 3)])
    observed = ranks[:, labels].sum(axis=1)
    expected = np.mean(every.max(axis=1) >= observed.max())
    result = multiplicity.max_t(scores, labels)
    assert result.p_value == pytest.approx(expected, abs=0.015)  # 4 s.e. of 9999 permutations
    assert result.adjusted[0] == result.p_value
    assert result.adjusted[1] == pytest.approx(np.mean(every[:, 1] >= observed[1]), abs=0.02)


def test_aucs_are_those_of_roc_and_permutations_are_seeded():
    rng = np.random.default_rng(0)
    scores, labels = rng.integers(0, 5, (4, 90)), rng.random(90) < 0.4
    result = multiplicity.max_t(scores, labels, permutations=499)
    assert result.aucs == pytest.approx([roc.auc(row[labels], row[~labels]).value for row in scores])
    assert result == multiplicity.max_t(scores, labels, permutations=499)
    assert result.permutations == 499
    assert min(result.adjusted) >= 1 / 500


def test_the_family_errs_in_one_of_twenty_audits():
    # 400 null audits with ten related attacks: s.e. .011 at 5 %, so .083 is three above.
    rng, labels = np.random.default_rng(1), np.arange(80) < 40
    false = []
    for seed in range(400):
        shared = rng.normal(0, 1, 80)
        scores = 0.7 * shared + rng.normal(0, 1, (10, 80))
        false.append(multiplicity.max_t(scores, labels, permutations=299, seed=seed).p_value <= 0.05)
    assert np.mean(false) <= 0.083


def test_a_copied_attack_costs_nothing_and_a_real_one_is_found():
    rng, labels = np.random.default_rng(2), np.arange(400) < 200
    real, noise = rng.normal(0, 1, 400) + 0.4 * labels, rng.normal(0, 1, (5, 400))
    alone = multiplicity.max_t(real, labels)
    copied = multiplicity.max_t(np.stack([real, 3 * real, real + 7]), labels)
    assert copied.p_value == alone.p_value
    among = multiplicity.max_t(np.vstack([noise, real]), labels)
    assert among.adjusted[5] <= 0.01
    assert min(among.adjusted[:5]) > 0.05
    assert multiplicity.max_t(np.vstack([noise, real]), labels).z[5] == pytest.approx(among.z[5])


def test_an_attack_without_spread_says_nothing():
    labels = np.arange(60) < 30
    scores = np.vstack([np.zeros(60), labels + 0.0])
    result = multiplicity.max_t(scores, labels, permutations=999)
    assert result.aucs == (0.5, 1.0)
    assert result.adjusted == (1.0, 0.001)


def test_max_t_refuses_what_it_cannot_judge():
    with pytest.raises(ValueError, match="one label a target"):
        multiplicity.max_t(np.zeros((2, 5)), np.ones(4, bool))
    with pytest.raises(ValueError, match="members and holdout"):
        multiplicity.max_t(np.zeros((2, 5)), np.ones(5, bool))
    with pytest.raises(ValueError, match="NaN"):
        multiplicity.max_t(np.full((1, 4), np.nan), np.array([1, 1, 0, 0], bool))


def test_holm_matches_the_textbook():
    assert multiplicity.holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert multiplicity.holm(np.array([0.9, 0.8])) == pytest.approx([1, 1])
    assert len(multiplicity.holm(np.array([]))) == 0
    with pytest.raises(ValueError, match="p-values in"):
        multiplicity.holm(np.array([0.5, np.nan]))
