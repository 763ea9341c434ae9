"""Rates of few patients: they fail a table where they show a leak, and keep no honest table from passing."""

import numpy as np
import pytest
from simulated_audits import a_result, a_row, an_estimate, good_controls

from synthaudit.audit.policy import judge, make_policy
from synthaudit.audit.policy.bounds import counts_estimate
from synthaudit.audit.statistics import differences, intervals

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


COPIES = make_policy(
    {
        "name": "p",
        "title": "P",
        "kind": "policy, not science",
        "require_power": False,
        "criteria": [
            {
                "id": "COPY-1",
                "title": "Nobody is copied",
                "section": "membership",
                "statistic": "excess",
                "slice": ["verbatim", "nearly"],
                "threshold": 0.005,
                "citation": "nobody",
            }
        ],
    }
)


def copied(part, found, matched, trials=1500):
    true, false = intervals.binomial(found, trials), intervals.binomial(matched, trials)
    excess = a_row("excess", differences.difference(true, false), part=part, chance=0.0)
    return (
        a_row("sensitivity", true, part=part, chance=matched / trials),
        a_row("false_positive_rate", false, part=part),
        excess,
    )


def judged_copies(*claims):
    rows = [row for claim in claims for row in claim]
    (finding,) = judge(a_result([*rows, *good_controls()]), COPIES)
    return finding


def test_an_excess_that_chance_drowns_does_not_hold_up_the_verdict():
    # One stranger in eight is as near: chance moves the excess by sqrt(2 x .125 x .875 / 1500) = .012, far beyond .005.
    finding = judged_copies(copied("verbatim", 0, 0), copied("nearly", 200, 188))
    assert finding.verdict == "pass"
    assert "1 number is left out: chance alone finds up to 0.13 of other patients" in finding.reason


def test_an_excess_that_chance_drowns_counts_where_it_shows_a_leak():
    assert judged_copies(copied("verbatim", 0, 0), copied("nearly", 400, 188)).verdict == "fail"


def test_a_few_finds_among_members_alone_are_no_chance():
    assert judged_copies(copied("verbatim", 0, 0), copied("nearly", 5, 0)).verdict == "inconclusive"
    assert judged_copies(copied("verbatim", 5, 0), copied("nearly", 200, 188)).verdict == "inconclusive"


def test_of_numbers_that_chance_drowns_the_firmest_decides_and_may_reach_as_far_as_chance():
    # 3 of 1,500 strangers stand in the table, counted as 4. By chance 9 members do in one table of a hundred, beside 3.
    finding = judged_copies(copied("verbatim", 4, 3), copied("nearly", 200, 188))
    assert (finding.verdict, finding.considered) == ("pass", 1)
    assert finding.threshold == pytest.approx(counts_estimate((9, 1500), (3, 1500), None, 0.05).high)
    assert f"chance alone moves this number up to {finding.threshold:.2g}, which is taken as limit" in finding.reason
    assert judged_copies(copied("verbatim", 12, 3), copied("nearly", 200, 188)).verdict == "inconclusive"
    assert judged_copies(copied("verbatim", 40, 3), copied("nearly", 200, 188)).verdict == "fail"


@pytest.mark.parametrize("rate", [0.0003, 0.003, 0.12])
def test_a_fair_table_seldom_reaches_beyond_what_chance_does(rate):
    # About one in a hundred, and at most one in thirty where finds are counted on one hand; 400 draws err by .03.
    rng, beyond = np.random.default_rng(5), 0
    for found, matched in rng.binomial(1500, rate, (400, 2)).tolist():
        limit = judged_copies(copied("verbatim", found, matched)).threshold
        beyond += counts_estimate((found, 1500), (matched, 1500), None, 0.05).high > limit
    assert beyond / 400 <= 0.06
