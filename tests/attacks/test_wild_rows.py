"""Ten wild rows in a synthetic table move no attack and no metric by more than ten rows can honestly do."""

import numpy as np
import pytest

from synthaudit.attacks.attribute import ATTRIBUTE
from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.attacks.reidentification import REIDENTIFICATION
from synthaudit.audit.fidelity import METRICS
from synthaudit.audit.knowledge import InsufficientKnowledge, Knowledge
from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.statistics import Estimate
from synthaudit.audit.statistics.roc import auc
from synthaudit.testing.patients import ListedSignals, ResamplingTrainer

NUMBERS, CODES = range(6), range(4)
SCHEMA = Schema(
    (
        *(Column(f"lab{at}", "continuous", missing=True) for at in NUMBERS),
        Column("visits", "count"),
        Column("site", "categorical", levels=("a", "b", "c", "never seen"), missing=True),
        *(Column(f"code{at}", "binary") for at in CODES),
    )
)
BLURRED, STRANGERS, SIDE = 300, 700, 400


def patients(rows, rng):
    """Return patients whose numbers lie on scales from 1 to 100,000, and go together."""
    labs = rng.normal(size=(rows, len(NUMBERS))) @ (np.eye(len(NUMBERS)) + 0.3)
    columns = {f"lab{at}": labs[:, at] * 10.0**at + 50 for at in NUMBERS}
    columns |= {"visits": rng.poisson(2, rows), "site": rng.integers(0, 3, rows).astype(float)}
    return Records.of(SCHEMA, columns | {f"code{at}": labs[:, at] > 1 for at in CODES})


def blurred(rows, rng):
    columns = {name: rows.column(name) for name in rows.columns}
    labs = {f"lab{at}": columns[f"lab{at}"] + 0.2 * 10.0**at * rng.normal(size=len(rows)) for at in NUMBERS}
    return Records.of(SCHEMA, columns | labs)


def wild_rows():
    """Return two rows each of a sentinel, of minus one, of two numbers near the largest, and of nothing at all."""
    numbers = np.repeat([999_999.0, -1.0, 1e30, 1e308, np.nan], 2)
    columns = {f"lab{at}": numbers for at in NUMBERS}
    columns |= {"visits": np.where(numbers == 999_999, 999_999, 0), "site": np.where(np.isnan(numbers), np.nan, 3.0)}
    return Records.of(SCHEMA, columns | {f"code{at}": np.arange(10) % 2 for at in CODES})


RNG = np.random.default_rng(20_263)
MEMBERS, HOLDOUT, REFERENCE = (patients(SIDE, RNG) for _ in range(3))
PUBLISHED, FRESH = (
    Records.concat([blurred(MEMBERS.take(slice(0, BLURRED)), RNG), patients(STRANGERS, RNG)]) for _ in range(2)
)
WITH_WILD = Records.concat([PUBLISHED, wild_rows()])


def holding(synthetic):
    weights = ListedSignals(MEMBERS)
    return Knowledge(synthetic, REFERENCE, trainer=ResamplingTrainer(SIDE), weights=weights, fresh_samples=FRESH)


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("name", MEMBERSHIP)
def test_a_membership_attack_keeps_its_auc(name):
    targets, found = Records.concat([MEMBERS, HOLDOUT]).with_patients(np.arange(2 * SIDE)), []
    for synthetic in (PUBLISHED, WITH_WILD):
        try:
            scores = MEMBERSHIP[name]().score(targets, holding(synthetic), rng=np.random.default_rng(0))
        except InsufficientKnowledge:
            pytest.skip("this attack does not apply to this table")
        found.append(auc(scores[:SIDE], scores[SIDE:]).value)
    assert abs(found[0] - found[1]) < 0.02, found


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("name", ATTRIBUTE)
def test_an_attribute_attack_guesses_as_well(name):
    known, rates = np.ones((SIDE, len(SCHEMA)), bool), []
    known[:, [3, 6, 7]] = False
    for synthetic in (PUBLISHED, WITH_WILD):
        values = ATTRIBUTE[name]().guess(MEMBERS, known, holding(synthetic), rng=np.random.default_rng(0)).values
        right = [np.abs(values[:, 3] - MEMBERS.column("lab3")) < 100]
        right += [values[:, at] == MEMBERS.column(SCHEMA.names[at]) for at in (6, 7)]
        rates.append(np.mean(right, axis=1))
    assert np.abs(rates[0] - rates[1]).max() < 0.03, rates


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("name", REIDENTIFICATION)
def test_a_reidentification_attack_succeeds_as_often(name):
    rates = []
    for synthetic in (PUBLISHED, WITH_WILD):
        attempts = REIDENTIFICATION[name]().attempt(MEMBERS, holding(synthetic), rng=np.random.default_rng(0))
        rates.append(float(attempts.mean()) if len(attempts) else 0.0)
    assert abs(rates[0] - rates[1]) < 0.05, rates


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("name", METRICS)
def test_a_metric_moves_little(name):
    """By less than a tenth, or within its interval: a model of 400 rows does learn from ten that contradict it."""
    before, after = (
        METRICS[name]().measure(MEMBERS, synthetic, HOLDOUT, rng=np.random.default_rng(0)).statistics
        for synthetic in (PUBLISHED, WITH_WILD)
    )
    for statistic, number in before.items():
        if isinstance(number, Estimate):
            other = after[statistic]
            overlap = other.low <= number.high and number.low <= other.high
            assert overlap or abs(other.value - number.value) < 0.1, statistic
