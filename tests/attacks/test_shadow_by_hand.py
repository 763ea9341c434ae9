"""Shadow models by hand: who is in which model, where a signal stands among them, and how many rows agree."""

import numpy as np
import pytest

from synthaudit.attacks.discretizer import Discretizer
from synthaudit.attacks.membership.shadow.conjunctions import count_conjunctions, pack_levels
from synthaudit.attacks.membership.shadow.in_out_statistics import InOutStatistics, learn_log_odds
from synthaudit.attacks.membership.shadow.lira import LiRA
from synthaudit.attacks.membership.shadow.query_counts import QueryCounts
from synthaudit.attacks.membership.shadow.rmia import RMIA
from synthaudit.attacks.membership.shadow.set_classifier import SetClassifier
from synthaudit.attacks.membership.shadow.shadow_ensemble import ShadowEnsemble
from synthaudit.attacks.membership.shadow.shadow_models import train_shadow_models
from synthaudit.audit.knowledge import Knowledge
from synthaudit.audit.records import Cohort, NumericScale, Records


class Fixed:
    """A trainer that keeps what it was asked, and returns given tables."""

    def __init__(self, members, tables=None):
        self.members, self.seed, self.tables = members, 4, tables

    def train(self, pool, inclusion, *, seeds, size):
        self.pool, self.inclusion, self.seeds, self.size = pool, inclusion, seeds, size
        return self.tables or [pool.take(slice(0, size))] * len(seeds)


def people(size, seed=0):
    return Cohort(codes=30).draw(size, seed=seed)


@pytest.mark.parametrize(
    ("targets", "reference", "members", "trained", "left_out"),
    [
        (40, 400, 100, 100, 2),  # half of 160 further records
        (40, 100, 100, 95, 4),  # three quarters of 100: the pool is too small
        (40, 110, 100, 100, 4),  # three quarters of 107
        (300, 50, 100, 150, 2),  # more targets than a model has members
        (40, 0, 100, 20, 2),
    ],
)
def test_models_are_as_large_as_the_real_one_where_the_pool_allows(targets, reference, members, trained, left_out):
    trainer = Fixed(members)
    knowledge = Knowledge(people(60, 1), people(reference, 2) if reference else None, trainer=trainer)
    found = train_shadow_models(people(targets), knowledge, models=16)
    assert trainer.size == 60
    assert len(set(trainer.seeds)) == 16
    sizes = trainer.inclusion.sum(axis=1)
    assert np.abs(sizes - trained).max() <= 1
    np.testing.assert_array_equal(found.target_inclusion.sum(axis=0), 8)
    np.testing.assert_array_equal(found.target_inclusion[::2], ~found.target_inclusion[1::2])
    if reference:
        np.testing.assert_array_equal((~found.background_inclusion).sum(axis=0), 16 // left_out)
        assert found.background_inclusion.shape[1] == len(found.background)


def test_a_synthetic_background_keeps_targets_to_half_a_model():
    trainer = Fixed(100)
    found = train_shadow_models(
        people(200), Knowledge(people(400, 1), None, trainer=trainer), models=16, background="synthetic"
    )
    np.testing.assert_array_equal(found.target_inclusion.sum(axis=0), 4)
    np.testing.assert_array_equal(found.target_inclusion.sum(axis=1), 50)
    np.testing.assert_array_equal(trainer.inclusion.sum(axis=1), 100)
    drawn = {row.tobytes() for row in people(400, 1).codes}
    assert all(row.tobytes() in drawn for row in found.background.codes)


def standing():
    inside = np.array([[1, 0], [0, 1], [1, 0], [0, 1]], bool)
    #                      target 0: in 5, 7; out 1, 3     target 1: in 2, 2; out 4, 0
    shadows = np.array([[5.0, 4.0], [1.0, 2.0], [7.0, 0.0], [3.0, 2.0]])
    return InOutStatistics.of(np.concatenate([[[6.0, 5.0]], shadows]), inside)


def test_moments_of_in_and_out():
    found = standing()
    np.testing.assert_allclose(found.mean(True), [6, 2])
    np.testing.assert_allclose(found.mean(False), [2, 2])
    np.testing.assert_allclose(found.pooled_variance(True, False), 3)  # 2 + 2 + 0 + 8 over 4
    np.testing.assert_allclose(found.variance(False, prior=1.0), [(2 + 5) / 2, (8 + 5) / 2])  # pooled 10 / 2
    np.testing.assert_allclose(found.effect(), [2 + 2 / 4, 2 - 2 / 4])  # spread 4 against noise 3: a quarter


def test_a_shadow_is_compared_with_the_other_shadows():
    found = standing()
    scale = np.sqrt(found.variance(True, False))
    deviations = found.standardized() * scale
    np.testing.assert_allclose(deviations[0], [6 - 4, 5 - 2])
    np.testing.assert_allclose(deviations[1], [5 - (7 + 2) / 2, 4 - (2 + 0) / 2])
    np.testing.assert_allclose(deviations[2], [1 - (6 + 3) / 2, 2 - (2 + 2) / 2])


def test_a_constant_signal_divides_by_nothing():
    found = InOutStatistics.of(np.ones((9, 3)), np.tile(np.arange(8)[:, None] % 2 == 0, 3))
    np.testing.assert_array_equal(found.standardized(), 0)
    np.testing.assert_array_equal(found.effect(), 0)


def test_weights_are_learned_on_shadows_and_used_on_the_published_table():
    rng = np.random.default_rng(0)
    inside = rng.random((16, 200)) < 0.5
    features = rng.standard_normal((17, 200, 3))
    features[1:, :, 1] += inside
    odds = learn_log_odds(features, inside, max_pairs=2_000, rng=rng)
    assert np.corrcoef(odds, features[0, :, 1])[0, 1] > 0.95


def test_conjunctions_are_counted_as_by_hand():
    table = Cohort(codes=40, labs=3, demographics=True, missing=0.2).draw(333, seed=0)
    levels = Discretizer.fit(table.schema, NumericScale.of(table))
    bits = pack_levels(levels, table)
    shown = levels.offsets[:-1] + levels.encode(table).astype(int)
    rng = np.random.default_rng(0)
    asked = np.concatenate([rng.integers(0, len(bits), (50, 4)), rng.permuted(shown[:200], axis=1)[:, :4]])
    asked[::5, 1:] = asked[::5, :1]  # order 1
    expected = [np.logical_and.reduce([(shown == level).any(axis=1) for level in query]).sum() for query in asked]
    np.testing.assert_array_equal(count_conjunctions(bits, asked), expected)
    assert max(expected) > 30


def test_a_patients_questions_do_not_depend_on_the_others():
    table = people(100)
    levels = Discretizer.fit(table.schema, NumericScale.of(table))
    shown = levels.offsets[:-1] + levels.encode(table).astype(np.int64)
    surprise = np.random.default_rng(1).random(levels.offsets[-1]) + 0.01
    attack = QueryCounts(queries=40)
    whole = attack._draw_conjunctions(surprise, shown, np.random.default_rng(0))
    part = attack._draw_conjunctions(surprise, shown[90:], np.random.default_rng(0))
    np.testing.assert_array_equal(part, whole[90:])
    for at in range(100):
        assert np.isin(whole[at], shown[at]).all()
    orders = [len(set(query.tolist())) for query in whole[0]]
    assert all(order <= 1 + at % 4 for at, order in enumerate(orders))
    assert orders[0] == 1
    assert max(orders) == 4


def test_a_ratio_beats_the_strangers_it_is_above():
    names = [f"c{j}" for j in range(12)]
    rows = np.random.default_rng(0).random((60, 12)) < 0.5
    targets, reference = Records.binary(names, rows[:20]), Records.binary(names, rows[20:])
    synthetic = targets.take(np.repeat(np.arange(5), 8))  # the first five targets, over and over
    shadows = [reference.take(slice(at, at + 40)) for at in range(8)]
    trainer = Fixed(20, shadows)
    knowledge = Knowledge(synthetic, reference, trainer=trainer)
    scores = RMIA(signal="nearest", models=8).score(targets, knowledge, rng=np.random.default_rng(0))
    assert (scores[:5] == 1).all()
    assert ((scores >= 0) & (scores <= 1)).all()
    assert scores[5:].mean() < 0.9
    harder = RMIA(signal="nearest", models=8, gamma=50.0).score(targets, knowledge, rng=np.random.default_rng(0))
    assert (harder <= scores).all()
    assert harder.sum() < scores.sum()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: LiRA(signal="neerest"), "expected signal to be one of"),
        (lambda: LiRA(mode="both"), "expected mode to be one of"),
        (lambda: LiRA(background="holdout"), "expected background to be one of"),
        (lambda: RMIA(gamma=0), "expected gamma > 0"),
        (lambda: ShadowEnsemble(signals=()), "expected at least one signal"),
        (lambda: ShadowEnsemble(signals=("neerest",)), "expected signal to be one of"),
        (lambda: QueryCounts(queries=0), "expected queries > 0"),
        (lambda: SetClassifier(summary="some"), "expected summary to be one of"),
        (lambda: SetClassifier(penalty=0), "expected penalty > 0"),
    ],
)
def test_options_that_make_no_sense_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
