"""Rates of few patients: they fail a table where they show a leak, and keep no honest table from passing."""

import numpy as np
import pytest
from simulated_audits import REFERENCE, SIZE, a_result, a_row, an_estimate, good_controls

from synthaudit.audit.policy import judge, make_policy
from synthaudit.audit.policy.bounds import counts_estimate
from synthaudit.audit.statistics import differences, intervals
from synthaudit.audit.suite.result.small_counts import rows_without_small_counts

POLICY = make_policy(
    {
        "name": "p",
        "title": "P",
        "kind": "policy, not science",
        "criteria": [
            {
                "id": "ATT-1",
                "title": "Nothing more is inferred",
                "section": "attribute",
                "statistic": ["leakage_sensitivity", "secret_leakage"],
                "threshold": 0.05,
                "citation": "nobody",
            }
        ],
    }
)


def judged(*rows):
    (finding,) = judge(a_result([*rows, *good_controls()]), POLICY)
    return finding


def pooled(value, half):
    return a_row("leakage_sensitivity", an_estimate(value, half), section="attribute", chance=0.0)


def worst_column(value=0.01, half=0.02):
    return a_row("secret_leakage", an_estimate(value, half), section="attribute", method="each column", chance=0.0)


# A half-width h at 95 % is 1.96 standard errors. To keep 0.05 with an error of 1 % takes 1.645 + 2.326 of them, so h
# must be at most 0.05 x 1.96 / 3.971 = 0.0247; and 0.03 with 0.0245 is too close: 0.03 + 1.645 / 1.96 x 0.0245 > 0.05.
@pytest.mark.parametrize(("half", "verdict"), [(0.0245, "inconclusive"), (0.0249, "pass"), (0.15, "pass")])
def test_a_rate_of_too_few_patients_does_not_hold_up_the_verdict(half, verdict):
    finding = judged(pooled(0.03, half), worst_column())
    assert finding.verdict == verdict
    assert ("1 pooled rate rests on too few patients" in finding.reason) == (verdict == "pass")


def test_it_counts_where_it_shows_a_leak():
    assert judged(pooled(0.4, 0.15), worst_column()).verdict == "fail"
    # 0.2 is 2.6 standard errors of 0.0765: p = 0.0045, a leak that is shown but not yet beyond the limit for certain.
    assert judged(pooled(0.2, 0.15), worst_column()).verdict == "inconclusive"


def test_it_counts_where_there_is_nothing_else():
    assert judged(pooled(0.0, 0.15)).verdict == "inconclusive"


def test_the_worst_column_always_counts():
    assert judged(pooled(0.0, 0.01), worst_column(half=0.1)).verdict == "inconclusive"


def copies_policy(**changes):
    criterion = {
        "id": "COPY-1",
        "title": "Nobody is copied",
        "section": "membership",
        "statistic": "excess",
        "slice": ["verbatim", "nearly"],
        "threshold": 0.005,
        "coarse_limit": 0.01,
        "citation": "nobody",
    }
    top = {"name": "p", "title": "P", "kind": "policy, not science", "require_power": False}
    return make_policy({**top, "criteria": [{**criterion, **changes}]})


COPIES = copies_policy()


def copied(part, found, matched, strangers, trials=1500):
    """Return the rows of one rule, with how many patients of both sides as many strangers as members would find."""
    true, false = intervals.binomial(found, trials), intervals.binomial(matched, trials)
    met = intervals.binomial(round(strangers * REFERENCE / SIZE), 2 * trials)
    excess = a_row("excess", differences.difference(true, false), part=part, chance=0.0)
    return (
        a_row("sensitivity", true, part=part, chance=matched / trials),
        a_row("false_positive_rate", false, part=part),
        a_row("stranger_rate", met, part=part, chance=None),
        excess,
    )


def judged_copies(*claims, policy=COPIES, **changes):
    rows = [row for claim in claims for row in claim]
    result = a_result([*rows, *good_controls()], **changes)
    (finding,) = judge(result, policy)
    return finding


def test_what_chance_finds_too_often_among_real_patients_is_not_measured():
    # One stranger in eight is as near: chance moves the excess by sqrt(2 x .125 x .875 / 1500) = .012, beyond .01.
    finding = judged_copies(copied("verbatim", 0, 0, 0), copied("nearly", 200, 188, 375))
    assert finding.verdict == "pass"
    assert "showing no leak: nearly" in finding.caveat
    assert finding.caveat in finding.reason
    assert judged_copies(copied("nearly", 200, 188, 375)).verdict == "inconclusive"  # there is nothing else
    without = copies_policy(coarse_limit=0.005)
    assert judged_copies(copied("verbatim", 6, 3, 8), policy=without).verdict == "inconclusive"


def test_what_chance_finds_too_often_counts_where_it_shows_a_leak():
    assert judged_copies(copied("verbatim", 0, 0, 0), copied("nearly", 400, 188, 375)).verdict == "fail"


def test_the_table_under_test_has_no_say_in_what_chance_reaches():
    """What the table matches by itself, and how many rows it has, leaves nothing out and raises no limit."""
    for strangers in (0, 6):
        seldom, often = (judged_copies(copied("verbatim", 3, n, strangers)) for n in (0, 12))
        assert seldom.threshold == often.threshold
    few = copied("verbatim", 5, 0, 0), copied("nearly", 30, 18, 0)
    assert judged_copies(*few).verdict == "inconclusive"
    assert judged_copies(*few).caveat == ""


def test_a_few_finds_among_members_alone_are_no_chance():
    assert judged_copies(copied("verbatim", 0, 0, 0), copied("nearly", 5, 0, 0)).verdict == "inconclusive"
    assert judged_copies(copied("verbatim", 5, 0, 0), copied("nearly", 200, 188, 375)).verdict == "inconclusive"


def test_a_limit_is_raised_as_far_as_chance_reaches_and_no_further_than_the_policy_says():
    # 3 of 3,000 in half as many rows of strangers as of members, counted as 4: a rate of 8 in 3,000.
    finding = judged_copies(copied("verbatim", 6, 3, 6))
    reach = counts_estimate((9, 1500), (3, 1500), None, 0.05).high
    assert finding.verdict == "pass"
    assert finding.threshold == pytest.approx(reach)
    assert f"limit raised to {reach:.2g}" in finding.caveat
    crowded = judged_copies(copied("verbatim", 6, 3, 60))
    assert (crowded.verdict, crowded.threshold) == ("pass", 0.01)
    assert judged_copies(copied("verbatim", 14, 3, 60)).verdict == "inconclusive"
    assert judged_copies(copied("verbatim", 40, 3, 60)).verdict == "fail"


def test_no_excess_beyond_the_furthest_limit_passes_more_often_than_one_time_in_twenty():
    rng, passed = np.random.default_rng(3), 0
    for found, matched in zip(rng.binomial(1500, 0.013, 300), rng.binomial(1500, 0.003, 300), strict=True):
        passed += judged_copies(copied("verbatim", int(found), int(matched), 60)).verdict == "pass"
    assert passed / 300 <= 0.09  # 5 % and three standard errors


@pytest.mark.parametrize("rate", [0.0003, 0.002])
def test_a_fair_table_seldom_reaches_beyond_its_limit(rate):
    rng, beyond = np.random.default_rng(5), 0
    for found, matched, met in rng.binomial((1500, 1500, 3000), (rate, rate, rate / 2), (400, 3)).tolist():
        finding = judged_copies(copied("verbatim", found, matched, met * SIZE / REFERENCE))
        beyond += finding.verdict != "pass"
    assert beyond / 400 <= 0.06


def test_numbers_told_coarsely_raise_nothing_and_are_not_left_out():
    rows = [row for claim in (copied("verbatim", 0, 0, 0), copied("nearly", 20, 1, 30)) for row in claim]
    told = rows_without_small_counts(rows, 10)
    (finding,) = judge(a_result([*told, *good_controls()]), COPIES)
    assert finding.verdict != "pass"
    assert finding.caveat == ""
