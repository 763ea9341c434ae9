"""The attack on marginals of pairs and triples: its formula, a generator that leaks through them, one that does not."""

import numpy as np
import pytest

from synthaudit.attacks.discretizer import Discretizer
from synthaudit.attacks.membership.density.chow_liu import column_information, count_level_pairs
from synthaudit.attacks.membership.density.clique_ratio import CliqueRatio
from synthaudit.attacks.membership.density.cliques import Conditional, grow_cliques
from synthaudit.attacks.membership.density.domias_product import DomiasProduct
from synthaudit.audit.knowledge import Knowledge
from synthaudit.audit.protocols import MembershipAttack
from synthaudit.audit.records import Column, NumericScale, Records, Schema
from synthaudit.audit.statistics import Estimate, roc

LEVELS, COLUMNS = 5, 14
CHAIN = Schema(tuple(Column(f"x{j}", "categorical", levels=tuple("abcde")) for j in range(COLUMNS)))


def table(level: np.ndarray) -> Records:
    return Records.of(CHAIN, {name: level[:, j].astype(float) for j, name in enumerate(CHAIN.names)})


def population(rows: int, seed: int) -> np.ndarray:
    """Return levels of columns that each depend on the two before."""
    rng = np.random.default_rng(seed)
    level = rng.integers(0, LEVELS, (rows, COLUMNS))
    for j in range(1, COLUMNS):
        before = level[:, j - 1] + (level[:, j - 2] // 2 if j > 1 else 0)
        level[:, j] = np.where(rng.random(rows) < 0.5, before % LEVELS, level[:, j])
    return level


def published(level: np.ndarray, rows: int, parents: int, seed: int) -> np.ndarray:
    """Return rows from the exact counts of ``parents`` + 1 neighbouring columns: a network without noise."""
    rng = np.random.default_rng(seed)
    made = np.zeros((rows, COLUMNS), int)
    for j in range(COLUMNS):
        given = range(max(0, j - parents), j)
        shape = [LEVELS] * (len(given) + 1)
        key = np.ravel_multi_index([level[:, at] for at in (*given, j)], shape)
        counts = np.bincount(key, minlength=LEVELS ** len(shape)).reshape(-1, LEVELS) + 1e-9
        ahead = np.cumsum(counts / counts.sum(axis=1, keepdims=True), axis=1)
        own = np.ravel_multi_index([made[:, at] for at in given], shape[:-1]) if len(given) else np.zeros(rows, int)
        made[:, j] = np.minimum((rng.random((rows, 1)) > ahead[own]).sum(axis=1), LEVELS - 1)
    return made


def auc(attack: MembershipAttack, members: np.ndarray, holdout: np.ndarray, knowledge: Knowledge) -> Estimate:
    rng = np.random.default_rng(0)
    both = attack.score(table(np.concatenate([members, holdout])), knowledge, rng=rng)
    found = roc.auc(both[: len(members)], both[len(members) :])
    assert isinstance(found, Estimate)
    return found


def sizes_and_information(rows: Records) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    levels = Discretizer.fit(rows.schema, NumericScale.of(rows))
    level = levels.encode(rows).astype(np.int64)
    return level, levels.sizes, column_information(levels, count_level_pairs(levels, level))


def test_a_chance_is_shrunk_towards_that_given_fewer_columns() -> None:
    # Column 1 given column 0: five rows with 0, of which two have 1 there; two with 1, of which one has.
    counted = np.array([[0, 0], [0, 0], [0, 0], [0, 1], [0, 1], [1, 0], [1, 1]])
    one = Conditional(1, (0,), np.array([2, 2]))
    alone, given = one.log_chances(np.array([[0, 1], [1, 1]]), counted, 2.0)
    np.testing.assert_allclose(np.exp(alone), (3 + 2 / 2) / (7 + 2))
    np.testing.assert_allclose(np.exp(given), [(2 + 2 * 4 / 9) / (5 + 2), (1 + 2 * 4 / 9) / (2 + 2)])
    left_out = one.log_chances(counted, counted, 2.0, left_out=True)[0]
    np.testing.assert_allclose(np.exp(left_out[[0, 3]]), [(3 + 1) / 8, (2 + 1) / 8])


def test_the_information_of_two_columns_is_that_of_their_joint_levels() -> None:
    _, _, information = sizes_and_information(Records.binary(["a", "b"], [[0, 0], [0, 0], [1, 1], [1, 0]]))
    expected = 0.5 * np.log(0.5 / (0.5 * 0.75)) + 0.25 * np.log(1 / 0.5) + 0.25 * np.log(0.25 / (0.5 * 0.75))
    np.testing.assert_allclose(information[0, 1], expected)
    np.testing.assert_allclose(information[0, 0], np.log(2))  # a column's own entropy


@pytest.mark.parametrize("parents", [1, 2])
def test_as_many_columns_are_joined_as_were_published_together(parents: int) -> None:
    rows = table(published(population(300, 1), 3_000, parents, 2))
    level, sizes, information = sizes_and_information(rows)
    cliques = grow_cliques(level, sizes, information, parents=3, strength=3.0)
    assert sorted(clique.column for clique in cliques) == list(range(COLUMNS))
    assert [len(clique.parents) for clique in cliques[:2]] == [0, 1]
    # Those after the first two: nearly all have the number that was published.
    assert np.mean([len(clique.parents) == parents for clique in cliques[2:]]) > 0.8
    assert all(abs(clique.column - at) <= parents for clique in cliques for at in clique.parents)


def test_the_score_adds_the_log_ratios_of_all_cliques() -> None:
    rng = np.random.default_rng(0)
    first = rng.random((60, 1)) < 0.5
    both = np.concatenate([first, first ^ (rng.random((60, 1)) < 0.1)], axis=1)
    synthetic, reference = (Records.binary(["a", "b"], part) for part in (both[:40], both[40:]))
    targets = Records.binary(["a", "b"], [[0, 0], [0, 1], [1, 0], [1, 1]])
    found = CliqueRatio().score(targets, Knowledge(synthetic, reference), rng=rng)
    expected = np.zeros(4)
    for rows, sign in ((both[:40], 1), (both[40:], -1)):
        for at, (a, b) in enumerate(([0, 0], [0, 1], [1, 0], [1, 1])):
            root = (np.sum(rows[:, 0] == a) + 1.5) / (len(rows) + 3)
            alone = (np.sum(rows[:, 1] == b) + 1.5) / (len(rows) + 3)
            given = (np.sum((rows[:, 0] == a) & (rows[:, 1] == b)) + 3 * alone) / (np.sum(rows[:, 0] == a) + 3)
            expected[at] += sign * np.log(root * given)
    np.testing.assert_allclose(found, expected)


# 300 members, 1,000 holdout patients: where nothing leaks, the AUC's standard error is .019.
@pytest.mark.parametrize(("parents", "least"), [(1, 0.65), (2, 0.88)])
def test_counts_of_few_columns_give_their_patients_away(parents: int, least: float) -> None:
    members, holdout, reference = (population(size, seed) for size, seed in ((300, 1), (1_000, 2), (1_000, 3)))
    knowledge = Knowledge(table(published(members, 2_000, parents, 4)), table(reference))
    cliques, columns = (auc(attack, members, holdout, knowledge) for attack in (CliqueRatio(), DomiasProduct()))
    assert cliques.low > least
    assert columns.high < cliques.low  # columns one by one say less


def test_counts_of_other_patients_give_nobody_away() -> None:
    """20 tables of strangers: at 95 % one interval is expected to miss .5; five or more happen once in 400."""
    missed = 0
    for seed in range(20):
        members, holdout, reference, strangers = (population(300, 100 * seed + at) for at in range(4))
        knowledge = Knowledge(table(published(strangers, 600, 1, seed)), table(reference))
        found = auc(CliqueRatio(), members, holdout, knowledge)
        missed += not found.low <= 0.5 <= found.high
    assert missed <= 4


def test_numbers_are_cut_at_several_widths_that_add_up() -> None:
    schema = Schema((Column("age", "continuous"), Column("sex", "binary")))
    rng = np.random.default_rng(1)
    rows = [Records.of(schema, {"age": rng.normal(60, 9, 400), "sex": rng.random(400) < 0.4}) for _ in range(3)]
    scores = {
        bins: CliqueRatio(bins=bins).score(rows[0], Knowledge(rows[1], rows[2]), rng=rng)
        for bins in ((6,), (10,), (6, 10))
    }
    np.testing.assert_allclose(scores[6, 10], scores[6,] + scores[10,])
    with pytest.raises(ValueError, match="expected bins >= 2"):
        CliqueRatio(bins=())
