"""What every attribute attack promises, whatever it does inside. A new attack is driven through all of it unasked."""

import numpy as np
import pytest

from synthaudit.attacks.attribute import ATTRIBUTE
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.protocols import AttributeAttack
from synthaudit.audit.records import Cohort, Column, Records, Schema

COHORTS = {
    "codes": Cohort(codes=24, mean_codes=6),
    "mixed": Cohort(codes=10, mean_codes=3, labs=2, demographics=True, missing=0.1),
}
SIZE = 150
COUNTS = Schema(
    (Column("drugs", "count"), Column("visits", "count"), Column("stage", "ordinal", levels=("1", "2", "3")))
)


class Patients:
    """Members and holdout of one population, a release that republishes the members, and one that never saw them."""

    def __init__(self, cohort: Cohort) -> None:
        self.members, self.holdout, self.sealed = (cohort.draw(SIZE, seed=seed) for seed in range(3))
        self.leaky = self.members.take(np.random.default_rng(9).permutation(SIZE))


@pytest.fixture(scope="module", params=list(COHORTS))
def patients(request):
    return Patients(COHORTS[request.param])


@pytest.fixture(params=list(ATTRIBUTE))
def attack(request):
    return ATTRIBUTE[request.param]()


def shared_mask(rows: Records, step: int = 3) -> np.ndarray:
    """Return a mask under which every third column is secret, the same for all rows."""
    return np.tile(np.arange(len(rows.schema)) % step != 0, (len(rows), 1))


def random_mask(rows: Records, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((len(rows), len(rows.schema))) < 0.7


def blank(rows: Records, known: np.ndarray) -> Records:
    """Return the rows as an attacker receives them: unknown codes 0, other unknown cells NaN."""
    codes = np.where(known[:, rows.schema.codes], rows.codes, 0).astype(rows.codes.dtype)
    rest = np.where(known[:, rows.schema.rest], rows.rest, np.nan)
    return Records(rows.schema, codes, rest, rows.patients)


def ask(attack, rows, known, synthetic, seed=4):
    guesses = attack.guess(blank(rows, known), known, Knowledge(synthetic), rng=np.random.default_rng(seed))
    assert guesses.values.shape == guesses.confidence.shape == known.shape
    asked = ~known
    assert np.isfinite(guesses.values[asked].astype(float)).all()
    assert ((guesses.confidence[asked] >= 0) & (guesses.confidence[asked] <= 1)).all()
    return guesses


def right(guesses, rows, known):
    """Return the share of unknown, present cells guessed to within a tenth of the column's deviation."""
    truth = rows.dense()
    tolerance = 0.1 * np.nanstd(truth, axis=0)
    present = ~known & ~np.isnan(truth)
    return float((np.abs(guesses.values - truth) <= tolerance)[present].mean())


@pytest.mark.parametrize("name", ATTRIBUTE)
def test_it_says_what_it_is(name):
    attack = ATTRIBUTE[name]
    assert isinstance(attack(), AttributeAttack)
    assert attack.title
    assert attack.source
    assert attack.question.endswith("?")
    assert Need.SYNTHETIC in attack.needs
    text = " ".join((attack.__doc__ or "").split())
    for part in ("Guess:", "Confidence:"):
        assert part in text


# Averages of 150 patients leak too little for a test of this size.
@pytest.mark.parametrize("name", [name for name in ATTRIBUTE if name != "linear"])
def test_republished_patients_are_guessed_better_than_strangers(name, patients):
    known = shared_mask(patients.members)
    inside, outside = (
        right(ask(ATTRIBUTE[name](), rows, known, patients.leaky), rows, known)
        for rows in (patients.members, patients.holdout)
    )
    assert inside > outside + 0.03


@pytest.mark.parametrize("mask", [shared_mask, random_mask])
def test_strangers_records_serve_members_and_holdout_alike(attack, patients, mask):
    known = mask(patients.members)
    inside, outside = (
        right(ask(attack, rows, known, patients.sealed), rows, known) for rows in (patients.members, patients.holdout)
    )
    # 150 patients a side, cells of one patient correlated: standard error of the difference below 0.02.
    assert abs(inside - outside) < 0.06


@pytest.mark.parametrize("mask", [shared_mask, random_mask])
def test_guesses_do_not_depend_on_the_order_of_the_targets(attack, patients, mask):
    known = mask(patients.holdout)
    whole = ask(attack, patients.holdout, known, patients.leaky)
    order = np.random.default_rng(1).permutation(SIZE)
    again = ask(attack, patients.holdout.take(order), known[order], patients.leaky)
    np.testing.assert_allclose(again.confidence[~known[order]], whole.confidence[order][~known[order]], atol=1e-5)
    np.testing.assert_allclose(again.values[~known[order]], whole.values[order][~known[order]], atol=1e-6)


def test_the_same_seed_gives_the_same_guesses(attack, patients):
    known = random_mask(patients.holdout)
    first, second = (ask(attack, patients.holdout, known, patients.leaky) for _ in range(2))
    np.testing.assert_array_equal(first.values[~known], second.values[~known])
    np.testing.assert_array_equal(first.confidence[~known], second.confidence[~known])


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_tiny_releases_serve(attack, patients, rows):
    known = shared_mask(patients.holdout)
    ask(attack, patients.holdout, known, patients.sealed.take(slice(0, rows)))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_knowing_nothing_and_knowing_all_are_not_errors(attack, patients, share):
    known = np.full((SIZE, len(patients.holdout.schema)), bool(share))
    ask(attack, patients.holdout, known, patients.sealed)


def test_one_target(attack, patients):
    one = patients.holdout.take(slice(0, 1))
    ask(attack, one, shared_mask(one), patients.sealed)
    ask(attack, one, random_mask(one), patients.sealed)


def test_counts_and_ordered_levels_are_guessed_as_values_they_can_take(attack):
    rng = np.random.default_rng(8)
    drugs = rng.poisson(3, 300)
    columns = {"drugs": drugs, "visits": drugs + rng.poisson(1, 300), "stage": np.minimum(drugs // 3, 2).astype(float)}
    rows = Records.of(COUNTS, columns)
    known = np.tile([False, True, False], (300, 1))
    guesses = ask(attack, rows, known, rows)
    asked = guesses.values[:, [0, 2]].astype(float)
    assert (asked == np.rint(asked)).all()
    assert set(np.unique(asked[:, 1])) <= {0.0, 1.0, 2.0}
    assert np.corrcoef(asked[:, 0], drugs)[0, 1] > 0.7
