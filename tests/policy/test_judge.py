from dataclasses import replace

import numpy as np
import pytest
from simulated_audits import a_result, a_row, a_system, an_estimate, good_controls

from synthaudit.audit.errors import PlanError
from synthaudit.audit.policy import exit_code, judge, make_policy, overall_verdict
from synthaudit.audit.statistics import Estimate, NotMeasured, intervals


def a_policy(**changes):
    criterion = {
        "id": "MEM-1",
        "title": "Members stay hidden",
        "section": "membership",
        "statistic": "auc",
        "threshold": 0.55,
        "severity": "high",
        "citation": "nobody",
        "detectable_leak": "verbatim 0.01",
    }
    top = {"name": "p", "title": "P", "kind": "policy, not science"}
    for key in [key for key in changes if key in ("require_power", "detection_rate", "control_significance")]:
        top[key] = changes.pop(key)
    return make_policy({**top, "criteria": [{**criterion, **changes}]})


def judge_one(*rows, policy=None, systems=None, controls=None):
    controls = good_controls() if controls is None else controls
    (finding,) = judge(a_result([*rows, *controls], systems=systems), policy or a_policy())
    return finding


def test_fails_only_if_the_lower_bound_breaks_the_threshold():
    finding = judge_one(a_row("auc", an_estimate(0.62, 0.02)))
    assert (finding.verdict, exit_code((finding,))) == ("fail", 1)
    assert "above 0.55" in finding.reason
    assert finding.considered == 1
    assert finding.rows == ("vae/0/nearest/2000/None/release/auc/all",)


def test_passes_only_if_the_upper_bound_keeps_it_and_leaks_were_seen():
    finding = judge_one(a_row("auc", an_estimate(0.51, 0.02)))
    assert (finding.verdict, exit_code((finding,))) == ("pass", 0)
    assert finding.detectable == "verbatim copies of members in 1.00% of the synthetic rows, by 'nearest'"


def test_a_limit_of_its_own_for_failing_is_no_further_towards_harm_than_the_one_for_passing():
    policy = a_policy(threshold=0.6, fails_beyond=0.52)
    proven = judge_one(a_row("auc", an_estimate(0.55, 0.02)), policy=policy)
    assert (proven.verdict, proven.threshold) == ("fail", 0.52)  # although it surely keeps 0.6
    assert "above 0.52" in proven.reason
    met = judge_one(a_row("auc", an_estimate(0.53, 0.05)), policy=policy)
    assert (met.verdict, met.threshold) == ("pass", 0.6)
    assert judge_one(a_row("auc", an_estimate(0.57, 0.08)), policy=policy).verdict == "inconclusive"
    for wrong in ({"fails_beyond": 0.61}, {"threshold": 0.5, "fails_beyond": 0.4, "worse": "lower"}):
        with pytest.raises(PlanError, match="no further towards harm"):
            a_policy(**{"threshold": 0.6, **wrong})


def test_is_inconclusive_between_the_bounds_and_says_how_many_patients_would_settle_it():
    finding = judge_one(a_row("auc", an_estimate(0.54, 0.04)))
    assert (finding.verdict, exit_code((finding,))) == ("inconclusive", 3)
    # One-sided 95 % reaches 0.0336 at 4,000 patients; 0.01 needs (0.0336 / 0.01)^2 times as many, up to two digits.
    assert "about 46,000 patients would settle it" in finding.reason


def test_more_patients_are_no_advice_where_the_value_itself_is_above():
    finding = judge_one(a_row("auc", an_estimate(0.56, 0.04)))
    assert finding.verdict == "inconclusive"
    assert "would settle" not in finding.reason


def test_the_lower_bound_pays_for_the_numbers_looked_at():
    strong = a_row("auc", an_estimate(0.58, 0.025))
    assert judge_one(strong).verdict == "fail"
    calm = [a_row("auc", an_estimate(0.5, 0.025), release=r) for r in range(1, 100)]
    finding = judge_one(strong, *calm)
    assert (finding.verdict, finding.considered) == ("inconclusive", 100)


def test_the_bound_that_settled_a_verdict_is_kept():
    """Corrected where a criterion is not met, one-sided at 95 % where every number meets it, whatever their count."""
    calm = [a_row("auc", an_estimate(0.51, 0.02), release=r) for r in range(3)]
    met = judge_one(*calm)
    assert met.bound == pytest.approx(0.51 + 0.02 * 1.645 / 1.96, abs=2e-4)
    assert f"one-sided 95% bound {met.bound:.4g}" in met.reason
    strong = a_row("auc", an_estimate(0.7, 0.02), release=3)
    alone, among = judge_one(strong), judge_one(strong, *calm)
    assert (alone.verdict, among.verdict) == ("fail", "fail")
    assert 0.55 < among.bound < alone.bound < 0.7  # a fourth number costs
    assert f"is {among.bound:.4g}, above 0.55" in among.reason
    assert judge_one(a_row("auc", NotMeasured("too few"))).bound is None


def test_every_number_must_keep_the_threshold():
    calm = [a_row("auc", an_estimate(0.5, 0.02), release=r) for r in range(5)]
    assert judge_one(*calm).verdict == "pass"
    assert judge_one(*calm, a_row("auc", an_estimate(0.54, 0.03), release=5)).verdict == "inconclusive"


def test_of_a_given_table_the_whole_passes_and_a_part_can_only_fail():
    table = [a_system(role="file", rows=20_000)]
    whole = a_row("auc", an_estimate(0.5, 0.02), rows=20_000)
    wide, leak = (a_row("auc", an_estimate(value, 0.06 - value / 20), rows=600) for value in (0.54, 0.72))
    passed = judge_one(whole, wide, systems=table)
    assert (passed.verdict, passed.considered) == ("pass", 1)
    assert "met by the worst of 1 number: auc of 'nearest' (20,000 synthetic rows" in passed.reason
    failed = judge_one(whole, leak, systems=table)
    assert (failed.verdict, failed.considered) == ("fail", 2)
    assert "(600 synthetic rows" in failed.reason
    # Sizes at which an audit samples a generator are tables of their own, each of which must meet the criterion.
    assert judge_one(whole, wide).verdict == "inconclusive"


def test_not_measured_carries_the_reasons():
    rows = [a_row("auc", NotMeasured(f"reason {r}"), release=r) for r in range(2)]
    finding = judge_one(*rows)
    assert (finding.verdict, exit_code((finding,))) == ("not measured", 3)
    assert finding.reason == "reason 0; reason 1"
    assert finding.number.kind == "not measured"


def test_a_mistyped_statistic_is_told_what_there_is():
    finding = judge_one(a_row("auc", an_estimate(0.5, 0.02)), policy=a_policy(statistic="aucc"))
    assert finding.reason == "the audit has no aucc (all); it has auc (all)"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"section": "attribute"}, "nothing on attribute"),
        ({"level": "generator"}, "at the level 'generator'"),
        ({"methods": ["tracing"]}, "of tracing"),
    ],
)
def test_what_is_not_there_is_not_measured_with_the_reason(changes, reason):
    finding = judge_one(a_row("auc", an_estimate(0.5, 0.02)), policy=a_policy(**changes))
    assert finding.verdict == "not measured"
    assert reason in finding.reason


def test_a_file_has_no_generator():
    finding = judge_one(
        a_row("auc", an_estimate(0.5, 0.02)), policy=a_policy(level="generator"), systems=[a_system(role="file")]
    )
    assert "a file has no generator" in finding.reason


def test_a_system_that_broke_says_so():
    finding = judge_one(policy=a_policy(), systems=[a_system(problems=("training diverged",))])
    assert "training diverged" in finding.reason


def test_what_a_low_criterion_could_not_measure_does_not_hold_up_the_verdict():
    low = judge_one(a_row("auc", NotMeasured("too few")), policy=a_policy(severity="low"))
    good = judge_one(a_row("auc", an_estimate(0.5, 0.02)))
    assert exit_code((low, good)) == 0
    assert exit_code((low,)) == 3  # nothing at all was judged


def test_controls_are_not_judged():
    rows = [a_row("auc", an_estimate(0.9, 0.02), system="republish"), *good_controls()]
    findings = judge(a_result(rows, systems=[a_system("republish", role="control")]), a_policy())
    assert findings == ()
    assert (overall_verdict(findings), exit_code(findings)) == ("not measured", 3)


def blind_row(value, *, half=0.03, part="linear classifier", p_value=None):
    number = replace(an_estimate(value, half), p_value=p_value)
    return a_row("auc", number, section="control", system="data", method="blind", release=None, part=part)


def test_a_blind_classifier_invalidates_every_system_by_beating_chance_only():
    def judged(value):
        controls = [row for row in good_controls() if row.slice != "boosted trees"]
        return judge_one(
            a_row("auc", an_estimate(0.5, 0.02)), controls=[*controls, blind_row(value, part="boosted trees")]
        )

    assert judged(0.6).verdict == "invalid"
    assert exit_code((judged(0.6),)) == 3
    assert "(boosted trees) that sees no synthetic row tells members from holdout" in judged(0.6).reason
    assert judged(0.4).verdict == "pass"


def test_a_leak_on_a_biased_split_is_invalid_and_never_a_fail():
    controls = [row for row in good_controls() if row.method != "blind"]
    finding = judge_one(
        a_row("auc", an_estimate(0.9, 0.02)), controls=[*controls, blind_row(0.95, part="boosted trees")]
    )
    assert (finding.verdict, exit_code((finding,))) == ("invalid", 3)


@pytest.mark.parametrize(("p_value", "verdict"), [(0.0049, "invalid"), (0.0051, "pass")])
def test_two_blind_classifiers_share_an_error_of_one_in_a_hundred(p_value, verdict):
    controls = [row for row in good_controls() if row.slice != "linear classifier"]
    row = a_row("auc", an_estimate(0.5, 0.02))
    assert judge_one(row, controls=[*controls, blind_row(0.53, p_value=p_value)]).verdict == verdict


def test_one_lucky_control_of_two_is_forgiven():
    lucky = blind_row(0.535)
    assert lucky.number.low > 0.5
    controls = [row for row in good_controls() if row.slice != "linear classifier"]
    assert judge_one(a_row("auc", an_estimate(0.5, 0.02)), controls=[*controls, lucky]).verdict == "pass"


@pytest.mark.parametrize("value", [0.9, 0.1])
def test_halves_of_one_side_show_nothing_and_take_no_share_of_the_error(value):
    halves = [
        a_row("auc", an_estimate(value, 0.02), section="control", method="members against members", part=f"a{number}")
        for number in range(30)
    ]
    row = a_row("auc", an_estimate(0.5, 0.02))
    assert judge_one(row, *halves).verdict == "pass"
    controls = [
        *(one for one in good_controls() if one.slice != "linear classifier"),
        *halves,
        blind_row(0.55, p_value=0.004),
    ]
    assert judge_one(row, controls=controls).verdict == "invalid"


@pytest.mark.parametrize(("value", "verdict"), [(0.2, "invalid"), (0.42, "invalid"), (0.44, "pass"), (0.5, "pass")])
def test_a_table_that_gives_the_holdout_away_is_invalid(value, verdict):
    # 0.42 with a half-width of 0.02 (95 %) has a one-sided 99 % bound of 0.444, and 0.44 one of 0.464; the mirror of
    # the criterion's 0.55 is 0.45.
    finding = judge_one(a_row("auc", an_estimate(value, 0.02)))
    assert finding.verdict == verdict
    assert ("made from holdout patients" in finding.reason) == (verdict == "invalid")


def test_an_attack_that_finds_members_shows_that_the_sides_are_not_swapped():
    rows = [a_row("auc", an_estimate(0.9, 0.02)), a_row("auc", an_estimate(0.2, 0.02), method="tracing")]
    assert judge_one(*rows).verdict == "fail"


def test_an_unfair_split_does_not_void_fidelity():
    blind = a_row("auc", an_estimate(0.7, 0.02), section="control", system="data", method="blind", release=None)
    policy = a_policy(section="fidelity", statistic="pearson", threshold=0.9, worse="lower", slice="synthetic")
    row = a_row(
        "pearson", an_estimate(0.97, 0.01, trials=500), section="fidelity", part="synthetic", worse="lower", chance=None
    )
    assert judge_one(row, blind, policy=policy).verdict == "pass"


@pytest.mark.parametrize(("value", "seen"), [(0.97, "pass"), (0.90, "inconclusive"), (0.80, "fail")])
def test_where_less_is_worse_the_bounds_change_places(value, seen):
    policy = a_policy(section="fidelity", statistic="pearson", threshold=0.9, worse="lower", slice="synthetic")
    row = a_row("pearson", an_estimate(value, 0.02), section="fidelity", part="synthetic", worse="lower", chance=None)
    assert judge_one(row, policy=policy).verdict == seen


def test_a_policy_that_misses_the_direction_is_refused():
    row = a_row("pearson", an_estimate(0.9, 0.02), section="fidelity", worse="lower")
    with pytest.raises(PlanError, match='says worse = "higher", but for pearson'):
        judge_one(row, policy=a_policy(section="fidelity", statistic="pearson"))


def test_nothing_found_without_controls_is_inconclusive_unless_the_policy_waives_them():
    row = a_row("auc", an_estimate(0.5, 0.02))
    finding = judge_one(row, controls=[])
    assert finding.verdict == "inconclusive"
    assert "the result has no planted verbatim leaks" in finding.reason
    assert finding.detectable is None
    assert judge_one(row, controls=[], policy=a_policy(require_power=False)).verdict == "pass"


def test_a_leak_is_a_leak_without_controls():
    finding = judge_one(a_row("auc", an_estimate(0.7, 0.02)), controls=[])
    assert finding.verdict == "fail"
    assert "no negative control was run" in finding.reason


def test_planted_leaks_that_were_missed_make_nothing_found_inconclusive():
    finding = judge_one(a_row("auc", an_estimate(0.5, 0.02)), controls=good_controls(rate=0.5))
    assert finding.verdict == "inconclusive"
    assert "detected 50% at best" in finding.reason


def planted(attack, share, rate, kind="verbatim"):
    return a_row(
        "detection_rate",
        intervals.binomial(round(20 * rate), 20),
        section="control",
        method="planted",
        part=f"{attack}: {kind} {share:g}",
    )


def test_a_stronger_rung_does_not_vouch_for_a_weaker_one_but_a_weaker_does():
    row = a_row("auc", an_estimate(0.5, 0.02))
    assert judge_one(row, controls=[planted("nearest", 0.3, 1.0)]).verdict == "inconclusive"
    assert "no planted leak as weak as" in judge_one(row, controls=[planted("nearest", 0.3, 1.0)]).reason
    assert judge_one(row, controls=[planted("nearest", 0.003, 1.0)]).verdict == "pass"


def test_the_attacks_of_the_criterion_must_have_seen_the_leak():
    row = a_row("auc", an_estimate(0.5, 0.02))
    seen = [planted("presence", 0.01, 1.0), planted("nearest", 0.01, 0.2)]
    assert judge_one(row, controls=seen).verdict == "inconclusive"
    assert judge_one(row, controls=seen[:1]).verdict == "pass"  # none was planted for it: the audit's others vouch


def test_perturbed_copies_are_a_rung_of_their_own():
    row = a_row("auc", an_estimate(0.5, 0.02))
    policy = a_policy(detectable_leak="perturbed 0.01")
    assert judge_one(row, controls=[planted("nearest", 0.01, 1.0)], policy=policy).verdict == "inconclusive"
    assert judge_one(row, controls=[planted("nearest", 0.01, 1.0, "perturbed")], policy=policy).verdict == "pass"


def test_the_worst_finding_decides():
    passed = judge_one(a_row("auc", an_estimate(0.5, 0.02)))
    open_ = judge_one(a_row("auc", an_estimate(0.54, 0.04)))
    invalid = judge_one(
        a_row("auc", an_estimate(0.5, 0.02)),
        blind_row(0.7),
    )
    failed = judge_one(a_row("auc", an_estimate(0.7, 0.02)))
    assert overall_verdict((passed,)) == "pass"
    assert overall_verdict((passed, open_)) == "inconclusive"
    assert overall_verdict((passed, open_, invalid)) == "invalid"
    assert overall_verdict((passed, open_, invalid, failed)) == "fail"


def test_no_upper_limit_never_passes():
    row = a_row("leakage_accuracy", Estimate(0.0, -0.1, np.inf, 0.95, 40), section="attribute")
    policy = a_policy(section="attribute", statistic="leakage_*", threshold=0.05)
    finding = judge_one(row, policy=policy)
    assert finding.verdict == "inconclusive"
    assert "no limit" in finding.reason


@pytest.mark.parametrize(("p", "verdict"), [(0.0, "invalid"), (0.003, "invalid"), (0.004, "fail"), (0.9, "fail")])
def test_other_number_formats_invalidate_the_audit(p, verdict):
    # Three negative controls, two classifiers and the formats, share an error of one in a hundred.
    formats = Estimate(p, p, p, 0.95, 4_000, "chi-square tests", p)
    row = a_row("adjusted_p", formats, section="control", system="data", method="number format", part="cost")
    finding = judge_one(a_row("auc", an_estimate(0.9, 0.02)), controls=[*good_controls(), row])
    assert finding.verdict == verdict
    assert ("stored differently in cost" in finding.reason) == (verdict == "invalid")
    assert "p: 0)" not in finding.reason


def a_control(method, statistic, value, part, system):
    counted = Estimate(value, value, value, 0.95, 4_000, "a test", value if statistic == "adjusted_p" else None)
    return a_row(statistic, counted, section="control", system=system, method=method, part=part)


@pytest.mark.parametrize(
    ("control", "reason"),
    [
        (a_control("value ranges", "columns_in_other_units", 1.0, "cost (about 1,000 times)", "vae"), "units differ"),
        (a_control("value ranges", "outside_share", 0.2, "all", "vae"), "20.0% of the table's numbers lie far outside"),
        (a_control("reference format", "adjusted_p", 1e-9, "cost (decimals)", "data"), "stored otherwise than members"),
    ],
)
def test_silence_on_what_attacks_cannot_read_is_no_pass_and_a_leak_stays_one(control, reason):
    controls = [*good_controls(), control]
    quiet = judge_one(a_row("auc", an_estimate(0.5, 0.02)), controls=controls)
    assert quiet.verdict == "inconclusive"
    assert reason in quiet.reason
    assert judge_one(a_row("auc", an_estimate(0.9, 0.02)), controls=controls).verdict == "fail"


@pytest.mark.parametrize(
    ("method", "statistic", "value", "system"),
    [
        ("value ranges", "columns_in_other_units", 0.0, "vae"),
        ("value ranges", "columns_in_other_units", 1.0, "another"),
        ("value ranges", "outside_share", 0.005, "vae"),
        ("reference format", "adjusted_p", 0.01, "data"),
    ],
)
def test_a_few_wild_values_or_an_ordinary_reference_leave_a_pass(method, statistic, value, system):
    controls = [*good_controls(), a_control(method, statistic, value, "all", system)]
    assert judge_one(a_row("auc", an_estimate(0.5, 0.02)), controls=controls).verdict == "pass"


@pytest.mark.parametrize(("auc", "p", "verdict"), [(0.5, 0.0, "invalid"), (0.5, 2e-4, "pass"), (0.7, 0.0, "fail")])
def test_a_table_that_knows_its_holdout_never_passes_and_what_is_proven_stands(auc, p, verdict):
    found = replace(intervals.binomial(600, 2000), p_value=p)
    row = a_row("published_rate", found, section="control", method="published holdout", part="holdout", chance=1e-5)
    other = a_row("published_rate", replace(found, p_value=0.0), section="control", system="other", part="holdout")
    finding = judge_one(a_row("auc", an_estimate(auc, 0.02)), controls=[*good_controls(), row, other])
    assert finding.verdict == verdict
    if verdict == "invalid":
        assert finding.reason.startswith("30.0% of the holdout patients with a record of their own stand in the table")
        assert "chance explains less than 0.1% at most" in finding.reason


@pytest.mark.parametrize(("auc", "verdict"), [(0.7, "invalid"), (0.549, "pass")])
def test_a_table_nearer_to_the_holdout_than_to_the_reference_never_passes(auc, verdict):
    number = replace(an_estimate(auc, 0.01), p_value=0.0)
    row = a_row("auc", number, section="control", method="published holdout", part="calibrated")
    finding = judge_one(a_row("auc", an_estimate(0.5, 0.02)), controls=[*good_controls(), row])
    assert finding.verdict == verdict
    assert ("The table is nearer to the holdout than to the reference" in finding.reason) == (verdict == "invalid")


def test_targets_that_are_not_all_patients_are_named_in_the_verdict():
    result = a_result([a_row("auc", an_estimate(0.5, 0.02)), *good_controls()])
    (finding,) = judge(result, a_policy())
    assert "targets were" not in finding.reason
    split = result.split.model_copy(update={"members": result.split.members.model_copy(update={"patients": 46_520})})
    (finding,) = judge(result.model_copy(update={"split": split}), a_policy())
    assert finding.verdict == "pass"
    assert finding.reason.endswith("; targets were 2,000 of the 46,520 members")
