"""Facts that travel with every attack's class: threat model, presets, cost; a new attack is asked for them unasked."""

import pytest

from synthaudit.attacks.attribute import ATTRIBUTE
from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.attacks.reidentification import REIDENTIFICATION
from synthaudit.audit.suite.plan.presets import PRESETS
from synthaudit.audit.workload import Workload

ATTACKS = {**MEMBERSHIP, **ATTRIBUTE, **REIDENTIFICATION}
SMALL = Workload(targets=2_000, members=5_000, synthetic=5_000, reference=1_000, columns=100, known=4)
LARGE = Workload(targets=4_000, members=50_000, synthetic=50_000, reference=9_000, columns=900, known=64)


@pytest.mark.parametrize("name", ATTACKS)
def test_the_threat_model_is_one_sentence_about_the_attacker(name):
    sentence = ATTACKS[name].threat_model
    assert sentence.startswith("The attacker holds the synthetic table")
    assert sentence.endswith(".")
    assert sentence.count(".") == 1
    assert "\n" not in sentence


@pytest.mark.parametrize("name", ATTACKS)
def test_cost_is_seconds_that_grow_with_the_tables(name):
    attack = ATTACKS[name]()
    assert 0 < attack.cost(SMALL) < attack.cost(LARGE) < 3_600


def test_no_attack_names_a_preset_that_is_not_there():
    assert set().union(*(attack.presets for attack in ATTACKS.values())) == set(PRESETS)


def test_power_is_measured_by_fast_attacks_in_presets_that_run_them():
    for attack in MEMBERSHIP.values():
        assert attack.measures_power <= attack.presets
    assert all(any(preset in attack.measures_power for attack in MEMBERSHIP.values()) for preset in PRESETS)
