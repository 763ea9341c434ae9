"""Verdicts: the gravest finding settles a system, and reasons are text with titles."""

import pytest
from example_results import finding

from synthaudit.audit.policy import overall_verdict
from synthaudit.reports.sections.finding_wording import reason_with_titles
from synthaudit.reports.sections.page_one import verdict
from synthaudit.reports.sections.page_one.next_steps import next_steps
from synthaudit.reports.text.i18n import t
from synthaudit.reports.view.result_view import ResultView
from synthaudit.reports.view.verdicts import judged_systems


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
    view = ResultView(make_result(systems=("medgan",), rows=(), series=()), found)
    assert [one for _, one in judged_systems(view)] == [expected]
    text, headline = verdict.headline(view)
    assert text == expected
    assert headline
    assert "{" not in headline + verdict.system_verdicts(view)[0].sentence


def test_a_criterion_of_fidelity_is_no_leak(build):
    make_result, _ = build
    result = make_result(systems=("medgan",), rows=(), series=())
    headline = verdict.headline(ResultView(result, (finding("fail", section="fidelity"),)))[1]
    assert headline == t("verdicts.fail.headline_fidelity", systems="medGAN")
    assert verdict.headline(ResultView(result, (finding("fail"),)))[1] == t("verdicts.fail.headline", systems="medGAN")


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
    text = reason_with_titles(ResultView(result, (judged,)), judged)
    assert text == (
        "the worst keeps it: true positive rate at 1% false positive rate, attack “Distance calibrated by a reference” "
        "(1,500 rows) is 1"
    )


def test_a_refuted_claim_leads_unless_another_privacy_criterion_fails(build):
    make_result, _ = build
    result = make_result(systems=("medgan",), rows=(), series=())
    claim, leak = finding("fail", section="privacy", id="DP-1"), finding("fail", id="MEM-1")
    for found, kind, advice in (((claim,), "_dp_claim", ["dp_claim"]), ((claim, leak), "", ["membership", "dp_claim"])):
        view = ResultView(result, found)
        assert verdict.headline(view)[1] == t(f"verdicts.fail.headline{kind}", systems="medGAN")
        assert verdict.system_verdicts(view)[0].verdict == "fail"
        assert next_steps(view) == [t(f"answers.next.{one}", system="medGAN") for one in advice]


def test_what_has_low_severity_may_stay_unmeasured(build):
    """The report and the gate agree: an unmeasured finding of low severity is text and does not decide."""
    make_result, _ = build
    found = (finding("pass"), finding("not measured", id="X-2", severity="low"))
    view = ResultView(make_result(systems=("medgan",), rows=(), series=()), found)
    assert verdict.headline(view)[0] == "pass" == overall_verdict(found)
    sentence = verdict.system_verdicts(view)[0].sentence
    assert "1 of 2 criteria met, none failed. 1 of low severity not measured" in sentence
    alone = ResultView(view.result, found[1:])
    assert verdict.headline(alone)[0] == "not measured" == overall_verdict(found[1:])


def test_a_proven_leak_within_the_limit_never_reads_as_no_objection(build):
    make_result, _ = build
    proven = finding("pass").model_copy(update={"proven": 0.002})
    view = ResultView(make_result(systems=("medgan",), rows=(), series=()), (proven, finding("pass", id="X-2")))
    said, headline = verdict.headline(view)
    (one,) = verdict.system_verdicts(view)
    assert said == one.verdict == "leak proven"
    assert headline.endswith("a leak is proven, within the limit: medGAN.")
    assert one.sentence.startswith("Within the policy’s limits, and yet members do leak: 1 of 2 criteria met with a")
    assert "leak proven, within the limit" in one.reasons[0]
    assert next_steps(view)[0].startswith("medGAN: decide whether a leak of this size")
    assert "No objection" not in one.sentence
