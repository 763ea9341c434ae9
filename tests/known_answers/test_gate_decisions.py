"""What the gate says of whole audits: 2,000 members, 2,000 holdout patients and as many synthetic rows."""

from collections import Counter
from types import ModuleType

import pytest

from synthaudit.audit.policy import overall_verdict, read_policy

SEALED, LEAKING = 60, 30


@pytest.fixture(scope="module")
def said(gate_level: ModuleType) -> dict[float, Counter[str]]:
    """Return how often each verdict was given, by the share of rows copied from members."""
    simulation, policy = gate_level.Simulation(), read_policy("default")
    return {
        leak: Counter(
            overall_verdict(tuple(findings))
            for findings in gate_level.judged(simulation, policy, audits=audits, leak=leak)
        )
        for leak, audits in ((0.0, SEALED), (0.01, LEAKING))
    }


# The counts are held against the promise itself. A gate that fails 1 % of sealed tables is refused by this test with
# probability .003, one that fails 15 % is let through with probability .015.
def test_a_sealed_table_seldom_fails_and_is_seldom_left_open(said: dict[float, Counter[str]]) -> None:
    seen = said[0.0]
    assert seen["fail"] <= 0.05 * SEALED
    assert seen["inconclusive"] + seen["not measured"] + seen["invalid"] <= 0.1 * SEALED


# One miss in 30: a gate that misses 1 % is refused with probability .04, one that misses 15 % passes with .05.
def test_one_copied_row_in_a_hundred_nearly_always_fails(said: dict[float, Counter[str]]) -> None:
    assert said[0.01]["fail"] >= LEAKING - 1
    assert not said[0.01]["pass"]


# 20 patients a side: nothing can be concluded, whatever the table. A gate that fails 5 % of sealed tables shows more
# than two failures in 40 with probability .32, and this one fails none: its bounds are far from its limits.
@pytest.mark.parametrize("leak", [0.0, 0.1])
def test_a_weak_audit_never_passes(gate_level: ModuleType, leak: float) -> None:
    simulation = gate_level.Simulation(patients=20, codes=60, repeats=5)
    found = gate_level.judged(simulation, read_policy("default"), audits=40, leak=leak)
    seen = Counter(overall_verdict(tuple(findings)) for findings in found)
    assert seen["pass"] == 0
    if not leak:
        assert seen["fail"] <= 0.05 * 40
