"""Rates of few patients: they fail a table where they show a leak, and keep no honest table from passing."""

import pytest
from simulated_audits import a_result, a_row, an_estimate, good_controls

from synthaudit.audit.policy import judge, make_policy

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
