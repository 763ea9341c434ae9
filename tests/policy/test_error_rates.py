"""How often the whole policy is wrong, over audits whose truth is known.

200 simulated audits each, 2,000 members and 2,000 holdout patients, three attacks; seeds are fixed. The counts are
held against the promise itself, without an allowance for the simulation's error, since the true rates are far
better: of 200 null audits none fails and none is left open, of 200 with copies none passes.
"""

from collections import Counter

import numpy as np
import pytest
from simulated_audits import audit

from synthaudit.audit.policy import judge, overall_verdict, read_policy

AUDITS = 200


def verdicts(policy: str = "default", **truth) -> Counter:
    rules = read_policy(policy)
    return Counter(overall_verdict(judge(audit(np.random.default_rng(seed), **truth), rules)) for seed in range(AUDITS))


def test_a_generator_that_leaks_nothing_seldom_fails_and_is_seldom_left_open():
    seen = verdicts()
    assert seen["fail"] <= 0.05 * AUDITS
    assert seen["inconclusive"] + seen["not measured"] <= 0.1 * AUDITS
    assert seen["invalid"] <= 0.05 * AUDITS  # the policy allows 1 %, of which 200 audits show 10 once in 15,000 times


@pytest.mark.parametrize("releases", [1, 3])
def test_copies_of_one_member_in_a_hundred_nearly_always_fail(releases):
    seen = verdicts(copied=20, releases=releases)
    assert seen["fail"] >= 0.95 * AUDITS


def test_copies_are_found_in_the_smallest_and_largest_of_swept_sizes_alike():
    rules = read_policy()
    seen = Counter(
        overall_verdict(judge(audit(np.random.default_rng(seed), copied=20, sizes=(600, 2000, 6000)), rules))
        for seed in range(20)
    )
    assert seen["fail"] == 20


def test_where_strangers_match_too_a_small_leak_is_left_open_and_never_passed():
    # With 2 % chance matches among 2,000, 20 copies are 1.6 standard errors: the audit must not call it safe.
    seen = verdicts(copied=20, matches=0.02, releases=1, known=(4,))
    assert seen["pass"] <= 0.05 * AUDITS
