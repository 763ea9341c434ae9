"""What every membership attack promises, whatever it does inside. A new attack is driven through all of it unasked."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm, rankdata

from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.attacks.membership.values.value_reuse import ValueReuse
from synthaudit.audit.knowledge import InsufficientKnowledge, Knowledge, Need
from synthaudit.audit.protocols import ClaimingAttack, MembershipAttack
from synthaudit.audit.records import Cohort, Records

COHORTS = {
    "codes": Cohort(codes=400, mean_codes=12),
    "mixed": Cohort(codes=120, labs=6, demographics=True, missing=0.1),
}
HELD = {Need.SYNTHETIC, Need.REFERENCE, Need.SAMPLER}
PLAIN = [name for name, attack in MEMBERSHIP.items() if attack.needs <= HELD]
"""Attacks by rows, published or sampled; those with shadow models or weights keep a contract of their own."""
CLAIMING = [name for name, attack in MEMBERSHIP.items() if isinstance(attack(), ClaimingAttack)]
SIZE = 300
ROOT = Path(__file__).resolve().parents[2]
SOUND = norm.isf(0.0005) * np.sqrt((2 * SIZE + 1) / (12 * SIZE * SIZE))  # 99.9 % of AUCs when nothing leaks: +-0.078


def holds(synthetic: Records, reference: Records) -> Knowledge:
    """Return what an attacker with a sampler holds; here the generator makes its published rows over again."""
    return Knowledge(synthetic, reference, fresh_samples=synthetic)


class Patients:
    """Members, holdout and reference of one population, and two releases: members published thrice, and strangers."""

    def __init__(self, cohort: Cohort) -> None:
        self.members, self.holdout, self.sealed = (cohort.draw(SIZE, seed=seed) for seed in range(3))
        self.reference = cohort.draw(800, seed=3)
        self.leaky = self.members.take(np.random.default_rng(9).permutation(np.repeat(np.arange(SIZE), 3)))
        self.targets = Records.concat([self.members, self.holdout])

    def knows(self, synthetic: Records) -> Knowledge:
        return holds(synthetic, self.reference)


@pytest.fixture(scope="module", params=list(COHORTS))
def patients(request):
    return Patients(COHORTS[request.param])


@pytest.fixture(params=PLAIN)
def attack(request):
    return MEMBERSHIP[request.param]()


def auc(scores: np.ndarray) -> float:
    members = len(scores) // 2
    ranks = rankdata(scores)[:members].sum() - members * (members + 1) / 2
    return float(ranks / members**2)


def run(attack, targets, knowledge, seed=3):
    try:
        scores = attack.score(targets, knowledge, rng=np.random.default_rng(seed))
    except InsufficientKnowledge as reason:
        # Value reuse needs a column of many values: without one it is not measured, which is no score.
        if not isinstance(attack, ValueReuse):
            raise
        pytest.skip(str(reason))
    assert scores.shape == (len(targets),)
    assert scores.dtype == np.float64
    assert np.isfinite(scores).all()
    return scores


@pytest.mark.parametrize("name", MEMBERSHIP)
def test_it_says_what_it_is(name):
    attack = MEMBERSHIP[name]
    assert isinstance(attack(), MembershipAttack)
    assert attack.title
    assert attack.source
    assert attack.question.endswith("?")
    assert Need.SYNTHETIC in attack.needs
    text = " ".join((attack.__doc__ or "").split())
    assert "Score:" in text
    assert len({other.title for other in MEMBERSHIP.values()}) == len(MEMBERSHIP)


def test_republished_patients_are_caught(attack, patients):
    assert auc(run(attack, patients.targets, patients.knows(patients.leaky))) > 0.5 + SOUND


def test_a_release_that_saw_no_member_is_not_called_leaky(attack, patients):
    assert abs(auc(run(attack, patients.targets, patients.knows(patients.sealed))) - 0.5) <= SOUND


def test_scores_do_not_depend_on_the_batch_or_its_order(attack, patients):
    knowledge = patients.knows(patients.leaky.take(slice(0, 200)))
    whole = run(attack, patients.targets, knowledge)
    order = np.random.default_rng(1).permutation(len(whole))[:50]
    np.testing.assert_allclose(run(attack, patients.targets.take(order), knowledge), whole[order], atol=1e-6)
    np.testing.assert_allclose(run(attack, patients.targets.take(order[:1]), knowledge), whole[order[:1]], atol=1e-6)


def test_the_same_seed_gives_the_same_scores(attack, patients):
    knowledge = patients.knows(patients.leaky.take(slice(0, 150)))
    first, second = (run(attack, patients.targets, knowledge) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_patient_ids_say_nothing(attack, patients):
    knowledge = patients.knows(patients.leaky.take(slice(0, 150)))
    renamed = patients.targets.with_patients(np.arange(2 * SIZE)[::-1] + 10_000)
    np.testing.assert_array_equal(run(attack, renamed, knowledge), run(attack, patients.targets, knowledge))


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_tiny_releases_and_references_are_scored(attack, patients, rows):
    knowledge = holds(patients.sealed.take(slice(0, rows)), patients.reference.take(slice(0, rows)))
    run(attack, patients.targets.take(slice(0, 20)), knowledge)


def test_a_release_of_one_row_repeated_is_scored(attack, patients):
    repeated = patients.sealed.take(np.zeros(80, np.intp))
    scores = run(attack, patients.targets, holds(repeated, patients.reference))
    same = run(attack, patients.targets.take(np.array([7, 7, 7])), holds(repeated, patients.reference))
    assert len(set(same.tolist())) == 1
    assert len(scores) == 2 * SIZE


def test_a_reference_of_one_row_repeated_is_scored(attack, patients):
    run(attack, patients.targets, holds(patients.sealed, patients.reference.take(np.zeros(80, np.intp))))


def test_empty_records_are_scored(attack):
    names = [f"c{j}" for j in range(20)]
    rng = np.random.default_rng(0)
    rows = Records.binary(names, rng.random((60, 20)) < 0.1)
    nothing = Records.binary(names, np.zeros((4, 20)))
    run(attack, nothing, holds(rows, rows.take(slice(0, 30))))
    run(attack, rows, holds(nothing, nothing))


def test_values_that_the_attacker_never_saw_are_scored(attack):
    cohort = COHORTS["mixed"]
    targets, synthetic, reference = (cohort.draw(60, seed=seed) for seed in range(3))
    sex, lab = (cohort.schema.rest.index(cohort.schema.position[name]) for name in ("sex", "creatinine"))
    held = []
    for rows in (synthetic, reference):
        rest = rows.rest.copy()
        rest[:, sex], rest[:, lab] = 0.0, np.nan  # one level only, and a column that nobody filled in
        held.append(Records(rows.schema, np.zeros_like(rows.codes), rest, rows.patients))
    wild = targets.rest.copy()
    wild[:10, lab], wild[10:20, lab + 1] = 1e6, -1e6
    run(attack, Records(targets.schema, targets.codes, wild, targets.patients), holds(*held))


def test_the_catalogues_load_without_heavy_libraries():
    loads = "import sys\nfrom synthaudit.attacks import attribute, membership, reidentification\nprint(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", loads], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "synthaudit.attacks.membership" in loaded.split()
    assert not {"torch", "sklearn", "numba", "scipy.sparse", "matplotlib"} & set(loaded.split())


@pytest.mark.parametrize("name", CLAIMING)
def test_claims_are_thresholds_on_the_scale_of_the_score(name, patients):
    attack = MEMBERSHIP[name]()
    rules = attack.claims()
    assert isinstance(rules, Mapping)
    assert rules
    scores = run(attack, patients.targets, patients.knows(patients.leaky))
    # Members are in the release word for word, so the strictest rule claims every one of them.
    assert (scores[:SIZE] >= max(rules.values())).all()
