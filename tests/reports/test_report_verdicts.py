"""Verdicts: the gravest finding settles a system, and reasons are told with titles."""

import pytest
from told_results import finding

from synthaudit.audit.policy import overall_verdict
from synthaudit.reports.i18n import say
from synthaudit.reports.result_view import Evidence
from synthaudit.reports.sections import answers, verdict


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


def test_a_refuted_promise_is_told_as_one_unless_a_limit_of_privacy_was_broken_too(build):
    make_result, _ = build
    result = make_result(systems=("medgan",), rows=(), series=())
    promise, leak = finding("fail", section="privacy", id="DP-1"), finding("fail", id="MEM-1")
    for found, kind in (((promise,), "_promise"), ((promise, leak), "")):
        evidence = Evidence(result, found)
        assert verdict.headline(evidence)[1] == say(f"verdicts.fail.headline{kind}", systems="medGAN")
        assert verdict.systems(evidence)[0].verdict == "fail"
        assert answers.to_do(evidence) == [say(f"answers.todo.fail{kind}", system="medGAN")]


def test_what_the_policy_cares_little_about_may_stay_unmeasured(build):
    """The report and the gate agree: an unmeasured finding of low severity is told and does not decide."""
    make_result, _ = build
    found = (finding("pass"), finding("not measured", id="X-2", severity="low"))
    evidence = Evidence(make_result(systems=("medgan",), rows=(), series=()), found)
    assert verdict.headline(evidence)[0] == "pass" == overall_verdict(found)
    sentence = verdict.systems(evidence)[0].sentence
    assert "1 of 2 criteria kept, none broken, 1 not measured on which the policy does not insist" in sentence
    alone = Evidence(evidence.result, found[1:])
    assert verdict.headline(alone)[0] == "not measured" == overall_verdict(found[1:])
