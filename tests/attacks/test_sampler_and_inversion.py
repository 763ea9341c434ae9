"""Attackers who sample the generator at will, and those who seek the noise behind a record."""

from dataclasses import dataclass

import numpy as np
import pytest

from synthaudit.attacks.membership.distance.fresh_samples import FreshSamples
from synthaudit.attacks.membership.white_box.inversion import Inversion
from synthaudit.audit.knowledge import InsufficientKnowledge, Knowledge, Need
from synthaudit.audit.records import Cohort, Records
from synthaudit.audit.statistics import Estimate, roc
from synthaudit.generators import GENERATORS

SIZE = 200


def codes(*rows):
    return Records.binary([f"c{j}" for j in range(len(rows[0]))], np.array(rows))


def score(attack, targets, knowledge, seed=0):
    scores = attack.score(targets, knowledge, rng=np.random.default_rng(seed))
    assert scores.shape == (len(targets),)
    assert scores.dtype == np.float64
    assert np.isfinite(scores).all()
    return scores


def auc(scores):
    measured = roc.auc(scores[:SIZE], scores[SIZE:])
    assert isinstance(measured, Estimate)
    return measured.value


@pytest.fixture(scope="module")
def patients():
    cohort = Cohort(codes=120, mean_codes=12)
    members, holdout, reference = (cohort.draw(SIZE, seed=seed) for seed in range(3))
    both = Records.concat([members, holdout])
    return members, both.with_patients(np.arange(2 * SIZE)), reference


def test_fresh_rows_are_searched_beside_the_published_and_against_the_reference():
    published, fresh = codes([0, 0, 0, 0]), codes([1, 1, 0, 0], [1, 1, 1, 1])
    targets, reference = codes([1, 1, 1, 0], [0, 0, 0, 1]), codes([1, 0, 1, 0])
    np.testing.assert_array_equal(score(FreshSamples(), targets, Knowledge(published, fresh_samples=fresh)), [-1, -1])
    held = Knowledge(published, reference, fresh_samples=fresh)
    np.testing.assert_array_equal(score(FreshSamples(), targets, held), [1 - 1, 3 - 1])


@pytest.mark.parametrize("form", ["nearest", "density"])
def test_a_copier_that_may_be_sampled_gives_away_all_whom_its_short_table_hides(form, patients):
    members, targets, reference = patients
    copier = GENERATORS["bootstrap"]().fit(members, seed=0)
    knowledge = Knowledge(copier.sample(20, seed=0), reference, fresh_samples=copier.sample(10 * SIZE, seed=1))
    assert auc(score(FreshSamples(form=form), targets, knowledge)) > 0.95
    short = Knowledge(knowledge.synthetic, reference, fresh_samples=knowledge.synthetic)
    assert auc(score(FreshSamples(form=form), targets, short)) < 0.7


def test_an_attacker_who_may_not_sample_is_told(patients):
    members, targets, _ = patients
    knowledge = Knowledge(members)
    assert knowledge.lacks(FreshSamples.needs) == "the attacker does not hold the generator as a sampler"
    with pytest.raises(ValueError, match="expected fresh rows: the attacker does not hold the generator as a sampler"):
        score(FreshSamples(), targets, knowledge)


@dataclass
class Bowl:
    """A decoder of one number: log p(x | z) = -(z - length of x)^2 / 2; its encoder, if it has one, is off by one."""

    encoder: bool = False
    latent: int = 1

    def signals(self, targets):
        return {}

    def latent_codes(self, targets):
        return targets.codes.sum(axis=1, keepdims=True) + 1.0 if self.encoder else None

    def likelihood(self, targets):
        import torch

        at = torch.tensor(targets.codes.sum(axis=1), dtype=torch.float32)
        return lambda noise: -0.5 * (noise[:, 0] - at) ** 2


@pytest.mark.parametrize("encoder", [True, False])
def test_the_climb_ends_at_the_top_of_the_joint_density(encoder):
    targets = codes([0, 0, 0], [1, 0, 0], [1, 1, 1])
    found = score(Inversion(prior_weight=1.0, steps=300), targets, Knowledge(targets, weights=Bowl(encoder)))
    np.testing.assert_allclose(found, -np.array([0, 1, 9]) / 4, atol=1e-3)  # at half the length
    free = score(Inversion(prior_weight=0.0, steps=300), targets, Knowledge(targets, weights=Bowl(encoder)))
    np.testing.assert_allclose(free, 0.0, atol=1e-3)


def test_a_memorising_decoder_says_its_members_more_exactly(patients):
    members, targets, _ = patients
    generator = GENERATORS["vae"](epochs=1200, latent=32, hidden=(128,), lr=3e-3)
    fitted = generator.fit(members, seed=1)
    knowledge = Knowledge(fitted.sample(SIZE, seed=1), weights=fitted)
    whole = score(Inversion(), targets, knowledge)
    assert auc(whole) > 0.75  # 200 + 200: standard error .02
    order = np.random.default_rng(0).permutation(2 * SIZE)[:40]
    np.testing.assert_allclose(score(Inversion(), targets.take(order), knowledge), whole[order], rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(score(Inversion(), targets, knowledge), whole)


@pytest.mark.parametrize("name", ["gan", "medgan", "corgan", "emrwgan"])
def test_every_decoder_of_the_catalogue_can_be_inverted(name, patients):
    members, targets, _ = patients
    fitted = GENERATORS[name](**({"steps": 3} | ({"pretrain_epochs": 1} if name in ("medgan", "corgan") else {}))).fit(
        members, seed=0
    )
    assert len(np.unique(score(Inversion(steps=5), targets, Knowledge(members, weights=fitted)))) > SIZE / 2


def test_weights_that_cannot_be_inverted_are_not_measured(patients):
    members, targets, _ = patients
    machine = GENERATORS["dbm"](epochs=1).fit(members, seed=0)
    with pytest.raises(InsufficientKnowledge, match="draws in steps"):
        score(Inversion(), targets, Knowledge(members, weights=machine))

    class Opinion:
        def signals(self, targets):
            return {"critic": np.zeros(len(targets))}

    with pytest.raises(InsufficientKnowledge, match="do not decode"):
        score(Inversion(), targets, Knowledge(members, weights=Opinion()))
    assert Knowledge(members).lacks(frozenset({Need.WEIGHTS})) is not None


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: FreshSamples(form="far"), "expected form to be one of"),
        (lambda: FreshSamples(sample_factor=0), "expected sample_factor > 0"),
        (lambda: Inversion(steps=0), "expected steps > 0"),
        (lambda: Inversion(prior_weight=-1), "expected prior_weight >= 0"),
    ],
)
def test_options_that_make_no_sense_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
