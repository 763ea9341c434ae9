"""Generators that must learn something, do: associations, levels, numbers; and controls are what they say."""

import itertools

import numpy as np
import pytest
import torch

from synthaudit.audit.errors import TrainingError
from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.records.simulated import Cohort
from synthaudit.generators.baselines.bootstrap import Bootstrap
from synthaudit.generators.baselines.fresh_cohort import FreshCohort
from synthaudit.generators.baselines.independent_columns import IndependentColumns
from synthaudit.generators.baselines.noisy_rows import NoisyRows
from synthaudit.generators.baselines.republish import Republish
from synthaudit.generators.models.dbm import DBM
from synthaudit.generators.models.vae import VAE


def twins(rows=600):
    """Return pairs of equal columns: each pair's columns agree always, pairs are independent."""
    rng = np.random.default_rng(0)
    half = rng.random((rows, 4)) < np.array([0.2, 0.4, 0.5, 0.7])
    return Records.binary([f"c{at}" for at in range(8)], np.concatenate([half, half], axis=1))


def agreement(records):
    return (records.codes[:, :4] == records.codes[:, 4:]).mean()


@pytest.mark.parametrize(
    "recipe", [VAE(latent=8, hidden=(32,), epochs=150, batch_size=100, lr=3e-3), DBM(hidden=(16,), epochs=300, lr=0.3)]
)
def test_means_and_associations_are_learnt(recipe):
    """Independent columns agree in .56 of cells; a model that learnt the pairs agrees in nearly all."""
    members = twins()
    drawn = recipe.fit(members, seed=1).sample(2000, seed=1)
    np.testing.assert_allclose(drawn.codes.mean(axis=0), members.codes.mean(axis=0), atol=0.08)
    assert agreement(drawn) > 0.85
    assert agreement(IndependentColumns().fit(members, seed=1).sample(2000, seed=1)) < 0.65


def test_joined_layers_keep_what_the_lowest_learnt():
    """Two hidden layers run as one machine; a join that forgot the halved biases is off by .3 in the means."""
    members = twins()
    drawn = DBM(hidden=(16, 16), epochs=100, lr=0.1, batch_size=20).fit(members, seed=1).sample(2000, seed=1)
    assert agreement(drawn) > 0.85
    np.testing.assert_allclose(drawn.codes.mean(axis=0), members.codes.mean(axis=0), atol=0.2)


def test_a_vae_learns_numbers_and_levels():
    """A level moves a number by four standard deviations; within a level the spread is the members'."""
    rng = np.random.default_rng(0)
    level = rng.integers(0, 2, 800)
    schema = Schema((Column("ward", "categorical", levels=("A", "B")), Column("lactate", "continuous")))
    members = Records.of(schema, {"ward": level, "lactate": 10 + 4 * level + rng.normal(size=800)})
    drawn = VAE(latent=4, hidden=(32,), epochs=150, batch_size=100, lr=3e-3).fit(members, seed=1).sample(4000, seed=1)
    ward, lactate = drawn.column("ward"), drawn.column("lactate")
    assert ward.mean() == pytest.approx(level.mean(), abs=0.08)
    for at in (0, 1):
        assert lactate[ward == at].mean() == pytest.approx(10 + 4 * at, abs=0.5)
        assert lactate[ward == at].std() == pytest.approx(1, abs=0.35)


def test_a_machine_s_free_energy_is_the_sum_over_its_hidden_states():
    fitted = DBM(hidden=(3,), epochs=3).fit(twins(50), seed=1)
    machine = fitted.network
    x = torch.tensor(twins(5).codes, dtype=torch.float32)
    hidden = torch.tensor(list(itertools.product((0.0, 1.0), repeat=3)))
    energy = (x @ machine.bias(0)[0, 0])[:, None] + hidden @ machine.bias(1)[0, 0] + x @ machine.weight(0)[0] @ hidden.T
    expected = torch.logsumexp(energy, dim=1)
    np.testing.assert_allclose(fitted.signals(twins(5))["free energy"], expected, rtol=1e-4)


def test_the_bound_favours_what_the_model_was_trained_on():
    members = twins()
    fitted = VAE(latent=8, hidden=(32,), epochs=100, batch_size=100, lr=3e-3).fit(members, seed=1)
    broken = Records.binary(members.columns, np.concatenate([members.codes[:, :4], 1 - members.codes[:, 4:]], axis=1))
    own, other = fitted.signals(members), fitted.signals(broken)
    for name in own:
        assert own[name].mean() > other[name].mean() + 1
    assert np.array_equal(fitted.signals(members)["bound"], own["bound"])


def test_republication_goes_round_before_it_repeats():
    members = Records.binary(["a", "b", "c"], np.array(list(itertools.product((0, 1), repeat=3))))
    drawn = Republish().fit(members, seed=0).sample(20, seed=1)
    for start in (0, 8):
        assert len(np.unique(drawn.codes[start : start + 8], axis=0)) == 8
    assert not np.array_equal(drawn.codes[:8], members.codes)


def test_a_bootstrap_repeats_and_publishes_members_only():
    members = Records.binary(["a", "b", "c", "d"], np.eye(4))
    drawn = Bootstrap().fit(members, seed=0).sample(200, seed=1)
    assert {tuple(row) for row in drawn.codes} == {tuple(row) for row in members.codes}


def test_independent_columns_keep_marginals_and_hold_no_row():
    """4,000 draws: the tolerance is four standard errors of .008."""
    members = twins(1000)
    fitted = IndependentColumns().fit(members, seed=0)
    assert (np.diff(fitted.stored.codes.astype(int), axis=0) >= 0).all()
    drawn = fitted.sample(4000, seed=1)
    np.testing.assert_allclose(drawn.codes.mean(axis=0), members.codes.mean(axis=0), atol=0.032)
    assert abs(np.corrcoef(drawn.codes[:, 0], drawn.codes[:, 4])[0, 1]) < 0.065


@pytest.mark.parametrize("perturbation", ["flip", "redraw"])
def test_noise_disturbs_the_share_that_it_says(perturbation):
    """160,000 cells: a flip changes a tenth of them; a redraw changes a tenth x 2 p (1 - p) = .05 at p = .5."""
    members = Records.binary([f"c{at}" for at in range(40)], np.random.default_rng(0).random((4000, 40)) < 0.5)
    drawn = NoisyRows(rate=0.1, perturbation=perturbation).fit(members, seed=0).sample(4000, seed=1)
    position = {row.tobytes(): at for at, row in enumerate(members.codes)}
    order = np.random.default_rng(1).permutation(4000)  # the first draw of the sample's own generator
    changed = (drawn.codes != members.codes[order]).mean()
    assert changed == pytest.approx(0.1 if perturbation == "flip" else 0.05, abs=0.004)
    assert len(position) == 4000


def test_noise_of_rate_zero_is_republication():
    members = twins(30)
    drawn = NoisyRows(rate=0.0).fit(members, seed=0).sample(30, seed=1)
    assert sorted(map(tuple, drawn.codes)) == sorted(map(tuple, members.codes))


def test_null_never_looks_at_a_value():
    cohort = Cohort(codes=30, labs=2, demographics=True, population=4)
    one, two = (FreshCohort(population=4).fit(cohort.draw(50, seed=seed), seed=0) for seed in (1, 2))
    assert one.sample(40, seed=3).fingerprint() == two.sample(40, seed=3).fingerprint()
    for seed in (1, 3):
        assert one.sample(50, seed=seed).fingerprint() != cohort.draw(50, seed=seed).fingerprint()


def test_null_refuses_other_tables_and_says_what_to_do():
    cohort = Cohort(codes=30, population=4).draw(50, seed=1)
    for recipe, members in (
        (FreshCohort(), twins(10)),
        (FreshCohort(population=5), cohort),
        (FreshCohort(mean_codes=29), cohort),
    ):
        with pytest.raises(TrainingError, match="cohort"):
            recipe.fit(members, seed=0)
