"""What every attack with shadow models or weights promises. A new one is driven through all of it unasked."""

import numpy as np
import pytest
from scipy.stats import norm, rankdata

from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.audit.knowledge import InsufficientKnowledge, Knowledge, Need
from synthaudit.audit.records import Cohort, Records
from synthaudit.generators import GENERATORS

SHADOW = [name for name, attack in MEMBERSHIP.items() if Need.TRAINER in attack.needs]
READING = [name for name, attack in MEMBERSHIP.items() if Need.WEIGHTS in attack.needs and hasattr(attack, "signal")]
WHOLE = "set_classifier"
"""Finds the patient who moves a whole table: of 600 patients nobody does, so it has a smaller cohort of its own."""
COHORTS = {
    "codes": Cohort(codes=400, mean_codes=12),
    "mixed": Cohort(codes=120, labs=6, demographics=True, missing=0.1),
}
SIZE = 300
CHANCE = np.sqrt((2 * SIZE + 1) / (12 * SIZE * SIZE))  # standard error of an AUC when nothing leaks: .024
CHECKS = 4 * len(SHADOW)
SOUND = norm.isf(0.0005 / CHECKS) * CHANCE  # all the checks below together fail once in a thousand seeds: +-.098


class Recipe:
    """A generator in the attacker's hands; models of the numbers in ``broken`` are not to be trusted."""

    def __init__(self, generator, members=SIZE, seed=11, broken=()):
        self.generator, self.members, self.seed, self.broken = generator, members, seed, broken
        self.pools: list[tuple[Records, np.ndarray]] = []

    def train(self, pool, inclusion, *, seeds, size):
        self.pools.append((pool, inclusion))
        fitted = [
            self.generator.fit(pool.take(chosen), seed=seed) for chosen, seed in zip(inclusion, seeds, strict=True)
        ]
        tables = [model.sample(size, seed=seed) for model, seed in zip(fitted, seeds, strict=True)]
        return [None if at in self.broken else table for at, table in enumerate(tables)]


class Patients:
    def __init__(self, cohort):
        self.members, self.holdout, self.reference = (cohort.draw(SIZE, seed=seed) for seed in range(3))
        both = Records.concat([self.members, self.holdout])
        self.targets = both.with_patients(np.arange(len(both)))
        self.null = GENERATORS["null"](missing=cohort.missing, mean_codes=cohort.mean_codes)
        self.copier = GENERATORS["bootstrap"]()

    def knows(self, generator, size=3 * SIZE, **options):
        synthetic = generator.fit(self.members, seed=5).sample(size, seed=5)
        return Knowledge(synthetic, self.reference, trainer=Recipe(generator, **options))


@pytest.fixture(scope="module", params=list(COHORTS))
def patients(request):
    return Patients(COHORTS[request.param])


@pytest.fixture(params=SHADOW)
def attack(request):
    return MEMBERSHIP[request.param]()


def auc(scores):
    members = len(scores) // 2
    ranks = rankdata(scores)[:members].sum() - members * (members + 1) / 2
    return float(ranks / members**2)


def run(attack, targets, knowledge, seed=3):
    scores = attack.score(targets, knowledge, rng=np.random.default_rng(seed))
    assert scores.shape == (len(targets),)
    assert scores.dtype == np.float64
    assert np.isfinite(scores).all()
    return scores


def test_both_contracts_together_are_the_catalogue():
    held = {Need.SYNTHETIC, Need.REFERENCE, Need.SAMPLER}
    plain = [name for name, attack in MEMBERSHIP.items() if attack.needs <= held]
    assert sorted([*plain, *SHADOW, *READING, "inversion"]) == sorted(MEMBERSHIP)


@pytest.mark.parametrize("name", [name for name in SHADOW if name != WHOLE])
def test_copied_patients_are_caught_and_fresh_ones_are_not(name, patients):
    assert auc(run(MEMBERSHIP[name](), patients.targets, patients.knows(patients.copier))) > 0.5 + SOUND


def test_a_release_that_saw_no_member_is_not_called_leaky(attack, patients):
    assert abs(auc(run(attack, patients.targets, patients.knows(patients.null, SIZE))) - 0.5) <= SOUND


def test_shadows_that_see_a_leak_do_not_invent_one_in_a_release_that_has_none(attack, patients):
    fresh = patients.knows(patients.null, SIZE).synthetic
    knowledge = Knowledge(fresh, patients.reference, trainer=Recipe(patients.copier))
    assert abs(auc(run(attack, patients.targets, knowledge)) - 0.5) <= SOUND


def test_the_same_seed_gives_the_same_scores_and_patient_ids_say_nothing(attack, patients):
    knowledge = patients.knows(patients.copier, 150)
    targets = patients.targets.take(slice(200, 400))
    first = run(attack, targets, knowledge)
    np.testing.assert_array_equal(run(attack, targets, knowledge), first)
    renamed = targets.with_patients(np.arange(len(targets))[::-1] + 10_000)
    np.testing.assert_array_equal(run(attack, renamed, knowledge), first)


def test_one_target_is_scored(attack, patients):
    run(attack, patients.targets.take(slice(0, 1)), patients.knows(patients.copier, 100))


def test_without_a_reference_targets_are_enough_and_too_few_are_refused(attack, patients):
    held = patients.knows(patients.copier, 10)
    alone = Knowledge(held.synthetic, None, trainer=held.trainer)
    run(attack, patients.targets.take(slice(0, 20)), alone)
    with pytest.raises(InsufficientKnowledge, match="fewer than 20 patients to train shadow models on"):
        run(attack, patients.targets.take(slice(0, 9)), alone)


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_tiny_releases_are_scored(attack, patients, rows):
    run(attack, patients.targets.take(slice(0, 40)), patients.knows(patients.copier, rows))


def test_duplicates_and_empty_records_are_scored(attack):
    names = [f"c{j}" for j in range(20)]
    rng = np.random.default_rng(0)
    rows = Records.binary(names, np.concatenate([np.zeros((30, 20)), np.tile(rng.random((1, 20)) < 0.3, (30, 1))]))
    knowledge = Knowledge(rows.take(slice(0, 40)), rows, trainer=Recipe(GENERATORS["bootstrap"](), members=30))
    run(attack, rows, knowledge)


def test_rows_of_one_patient_go_together(attack, patients):
    twice = patients.targets.take(np.repeat(np.arange(40), 2)).with_patients(np.repeat(np.arange(40), 2))
    knowledge = patients.knows(patients.copier, 60, members=80)
    run(attack, twice, knowledge)
    for _, inclusion in knowledge.trainer.pools:
        np.testing.assert_array_equal(inclusion[:, :80:2], inclusion[:, 1:80:2])


def test_models_that_cannot_be_trusted_are_left_out_and_too_many_are_refused(attack, patients):
    targets = patients.targets.take(slice(250, 350))
    run(attack, targets, patients.knows(patients.copier, 60, members=100, broken=(1, 4)))
    with pytest.raises(InsufficientKnowledge, match=r"only \d+ of \d+ shadow models could be trusted"):
        run(attack, targets, patients.knows(patients.copier, 60, members=100, broken=tuple(range(attack.models - 3))))


def test_an_attacker_without_the_recipe_is_told(attack, patients):
    knowledge = Knowledge(patients.members, patients.reference)
    assert knowledge.lacks(attack.needs) == "the attacker does not hold the generator's recipe"
    with pytest.raises(ValueError, match="expected a trainer: the attacker does not hold the generator's recipe"):
        run(attack, patients.targets, knowledge)


@pytest.mark.parametrize("models", [0, 4, 12])
def test_a_number_of_models_that_cannot_be_balanced_is_refused(attack, models):
    with pytest.raises(ValueError, match=f"expected models to be a multiple of 8, got {models}"):
        type(attack)(models=models)


def test_the_whole_table_gives_away_few_patients_among_few():
    # Sixty fair columns and forty members: averages move by a fortieth a patient. Tracing's closed form is .8 here.
    values = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        rows = Records.binary([f"c{j}" for j in range(60)], rng.random((80, 60)) < 0.5)
        recipe = GENERATORS["marginal"]()
        synthetic = recipe.fit(rows.take(slice(0, 40)), seed=seed).sample(2_000, seed=seed)
        knowledge = Knowledge(synthetic, None, trainer=Recipe(recipe, members=40, seed=seed))
        values.append(auc(run(MEMBERSHIP[WHOLE](summary="histogram"), rows, knowledge)))
    # 40 + 40 targets: a standard error of .065, .027 over six releases.
    assert np.mean(values) > 0.6


class Memory:
    """Weights that know members by heart."""

    def __init__(self, members):
        self.codes = {row.tobytes() for row in members.codes}

    def signals(self, targets):
        known = np.array([row.tobytes() in self.codes for row in targets.codes], float)
        lost = np.where(known > 0, 0.0, np.nan)
        return {"critic": known, "reconstruction": lost, "bound": np.log(known + 1e-300), "free energy": known}


@pytest.mark.parametrize("name", READING)
def test_weights_that_know_their_members_give_them_away(name, patients):
    knowledge = Knowledge(patients.holdout, weights=Memory(patients.members))
    assert auc(run(MEMBERSHIP[name](), patients.targets, knowledge)) >= 0.5 + SOUND or name == "reconstruction"
    with pytest.raises(ValueError, match="expected weights: the attacker does not hold the generator's weights"):
        run(MEMBERSHIP[name](), patients.targets, Knowledge(patients.holdout))


@pytest.mark.parametrize(
    ("generator", "gives"),
    [
        (GENERATORS["vae"](epochs=2, hidden=(16,), latent=4), {"bound", "reconstruction"}),
        (GENERATORS["medgan"](steps=3, pretrain_epochs=1, latent=8, critic_widths=(8,)), {"critic", "reconstruction"}),
        (GENERATORS["gan"](steps=3), {"critic"}),
        (GENERATORS["dbm"](epochs=1), {"free energy"}),
    ],
)
def test_real_weights_are_read(generator, gives, patients):
    fitted = generator.fit(patients.members, seed=0)
    knowledge = Knowledge(patients.holdout, weights=fitted)
    for name in READING:
        attack = MEMBERSHIP[name]()
        if attack.signal in gives:
            assert len(set(run(attack, patients.targets, knowledge).tolist())) > SIZE
        else:
            with pytest.raises(
                InsufficientKnowledge, match=f"the generator's weights give no {attack.signal}; they give"
            ):
                run(attack, patients.targets, knowledge)
