"""Verdicts: the gravest finding settles a system, and reasons are told with titles."""

import pytest
from told_results import finding

from reports.evidence import Evidence
from reports.sections import verdict
from reports.words import say


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (["pass", "fail", "invalid"], "invalid"),
        (["pass", "inconclusive", "fail"], "fail"),
        (["pass", "not measured", "inconclusive"], "inconclusive"),
        (["pass", "not measured"], "not measured"),
        (["pass", "pass"], "pass"),
        ([], "not judged"),
    ],
)
def test_the_gravest_finding_settles_a_system(build, verdicts, expected):
    make_result, _ = build
    found = tuple(finding(one, id=f"X-{place}") for place, one in enumerate(verdicts))
    evidence = Evidence(make_result(systems=("medgan",), rows=(), series=()), found)
    assert [one for _, one in verdict.judged(evidence)] == [expected]
    told, headline = verdict.headline(evidence)
    assert told == expected
    assert headline
    assert "{" not in headline + verdict.systems(evidence)[0].sentence


def test_a_limit_of_likeness_is_no_leak(build):
    make_result, _ = build
    result = make_result(systems=("medgan",), rows=(), series=())
    headline = verdict.headline(Evidence(result, (finding("fail", section="fidelity"),)))[1]
    assert headline == say("verdicts.fail.headline_likeness", systems="medGAN")
    assert verdict.headline(Evidence(result, (finding("fail"),)))[1] == say("verdicts.fail.headline", systems="medGAN")


def test_a_reason_names_attacks_by_their_titles(build):
    make_result, _ = build
    result = make_result(systems=("medgan",))
    row_id = next(one.id for one in result.rows if one.statistic == "tpr_at_fpr" and one.method == "calibrated")
    judged = finding("pass").model_copy(
        update={
            "rows": (row_id,),
            "reason": "the worst keeps it: tpr_at_fpr fpr 0.01 of 'calibrated' (1,500 rows) is 1",
        }
    )
    told = verdict.in_words(Evidence(result, (judged,)), judged)
    assert told == (
        "the worst keeps it: members recognised at 1% false alarms, attack “Distance calibrated by a reference” "
        "(1,500 rows) is 1"
    )
