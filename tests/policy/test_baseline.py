from collections import Counter

import numpy as np
import pytest
from simulated_audits import a_result, a_row, a_system, an_estimate, audit

from synthaudit.audit.errors import ResultError
from synthaudit.audit.policy import (
    compare_results,
    exit_code,
    increase_p_value,
    judge_against_baseline,
    make_policy,
    overall_verdict,
    read_policy,
)
from synthaudit.audit.statistics import differences, intervals
from synthaudit.audit.suite.result import MethodCard, Source


def one_auc(value, half=0.01, releases=1, spread=0.0, **changes):
    offsets = np.linspace(-spread, spread, releases) if releases > 1 else [0.0]
    rows = [a_row("auc", an_estimate(value + offset, half), release=r) for r, offset in enumerate(offsets)]
    return a_result(rows, **changes)


def policy(**changes):
    criterion = {
        "id": "MEM-1",
        "title": "Members stay hidden",
        "section": "membership",
        "statistic": "auc",
        "threshold": 0.55,
        "severity": "high",
        "citation": "nobody",
    }
    return make_policy(
        {"name": "p", "title": "P", "kind": "policy, not science", "criteria": [{**criterion, **changes}]}
    )


def test_an_increase_is_found_by_the_intervals_where_releases_are_few():
    (change,) = compare_results(one_auc(0.52), one_auc(0.57)).changes
    assert change.increase == pytest.approx(0.05)
    assert change.interval() == pytest.approx((0.05 - 0.01 * 2**0.5, 0.05 + 0.01 * 2**0.5))
    assert change.test.startswith("unpaired")


def test_three_releases_on_the_same_targets_see_what_patients_intervals_cannot():
    few = compare_results(one_auc(0.52, 0.02), one_auc(0.53, 0.02)).changes[0]
    many = compare_results(one_auc(0.52, 0.02, 3, 0.001), one_auc(0.53, 0.02, 3, 0.001)).changes[0]
    assert few.interval()[0] < 0 < many.interval()[0]
    assert many.test.startswith("paired")
    # Welch by hand: variance 1e-6 over 3 releases a side, 4 degrees of freedom.
    reach = 2.776445 * (2 * 1e-6 / 3) ** 0.5
    assert many.interval() == pytest.approx((0.01 - reach, 0.01 + reach), rel=1e-5)


def test_releases_without_spread_fall_back_on_the_patients():
    (change,) = compare_results(one_auc(0.52, releases=3), one_auc(0.52, releases=3)).changes
    assert change.test.startswith("unpaired")
    assert change.interval()[0] < 0 < change.interval()[1]


def test_the_p_value_is_the_error_at_which_the_bound_touches_zero():
    (change,) = compare_results(one_auc(0.52), one_auc(0.53)).changes
    assert change.bounds(increase_p_value(change.bounds))[0] == pytest.approx(0, abs=1e-5)
    (fell,) = compare_results(one_auc(0.53), one_auc(0.52)).changes
    assert increase_p_value(fell.bounds) == 0.5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda r: r.model_copy(update={"data": r.data.model_copy(update={"columns": 7})}), "data: columns is 500"),
        (lambda r: r.model_copy(update={"split": r.split.model_copy(update={"seed": 9})}), "split: seed is 0, then 9"),
        (
            lambda r: r.model_copy(update={"run": r.run.model_copy(update={"versions": {"synthaudit": "9"}})}),
            "version of synthaudit: 0.1.0, then 9",
        ),
        (
            lambda r: r.model_copy(
                update={"data": r.data.model_copy(update={"sources": (Source(name="m.csv", sha256="a"),)})}
            ),
            "other content in m.csv",
        ),
    ],
)
def test_what_differs_in_data_split_or_version_is_refused_by_name(make, message):
    with pytest.raises(ResultError, match=message):
        compare_results(one_auc(0.5), make(one_auc(0.5)))
    with pytest.raises(ResultError, match=message):
        judge_against_baseline(make(one_auc(0.5)), one_auc(0.5), policy())


def test_another_synthetic_file_is_what_is_compared_and_not_refused():
    def release(digest):
        sources = (Source(name="m.csv", sha256="a"), Source(name="s.csv", sha256=digest))
        result = one_auc(0.5, systems=[a_system(role="file", source="s.csv")])
        return result.model_copy(update={"data": result.data.model_copy(update={"sources": sources})})

    assert len(compare_results(release("b"), release("c")).changes) == 1


def test_an_attack_with_other_options_is_left_out_and_said():
    def with_k(k):
        card = MethodCard(key="nearest", section="membership", title="", question="", source="", options={"k": k})
        return one_auc(0.5, methods=(card,))

    with pytest.raises(ResultError, match="found none: 'nearest' has k = 1, then 5"):
        compare_results(with_k(1), with_k(5))
    (finding,) = judge_against_baseline(with_k(5), with_k(1), policy())
    assert finding.verdict == "not measured"


def test_a_system_of_one_side_only_is_left_out_and_said():
    both = [a_system(), a_system("gan")]
    found = compare_results(one_auc(0.5), one_auc(0.5, systems=both))
    assert found.left_out == ("system 'gan' is only in the second",)
    findings = judge_against_baseline(one_auc(0.5, systems=both), one_auc(0.5), policy())
    assert [finding.verdict for finding in findings] == ["pass", "not measured"]
    assert exit_code(findings) == 0  # the policy itself judges the new system


@pytest.mark.parametrize(("after", "seen", "code"), [(0.5, "pass", 0), (0.53, "inconclusive", 3), (0.6, "fail", 1)])
def test_an_increase_is_judged_in_three_values(after, seen, code):
    findings = judge_against_baseline(one_auc(after, 0.03), one_auc(0.5, 0.03), policy())
    assert [finding.verdict for finding in findings] == [seen]
    assert exit_code(findings) == code
    assert findings[0].id == "MEM-1-RISE"
    assert findings[0].number.value == pytest.approx(after - 0.5)


def test_the_margin_can_be_set():
    findings = judge_against_baseline(one_auc(0.5, 0.03), one_auc(0.5, 0.03), policy(margin=0.01))
    assert findings[0].verdict == "inconclusive"


def test_the_excess_is_computed_from_its_two_rates():
    def claims(found):
        true, false = intervals.binomial(found, 2000), intervals.binomial(0, 2000)
        return a_result(
            [
                a_row("sensitivity", true, method="presence", part="within 0"),
                a_row("false_positive_rate", false, method="presence", part="within 0"),
                a_row("excess", differences.difference(true, false), method="presence", part="within 0"),
            ]
        )

    asked = policy(statistic="excess", slice="within 0", threshold=0.003)
    assert judge_against_baseline(claims(40), claims(0), asked)[0].verdict == "fail"
    assert judge_against_baseline(claims(1), claims(0), asked)[0].verdict == "pass"


# 100 pairs of audits of one unchanged generator on the same targets, held against the promise itself: the intervals
# over patients ignore that targets are shared, and Welch's test is divided among a dozen numbers, so alarms are rarer.
@pytest.mark.parametrize("releases", [1, 3])
def test_an_unchanged_generator_seldom_raises_an_alarm(releases):
    rules = read_policy()
    pairs = 100
    seen = Counter()
    for seed in range(pairs):
        before, after = (
            audit(np.random.default_rng([seed, side]), releases=releases, known=(4,), targets=seed) for side in (0, 1)
        )
        seen[overall_verdict(judge_against_baseline(after, before, rules))] += 1
    assert seen["fail"] <= 0.05 * pairs
    assert seen["inconclusive"] <= 0.15 * pairs


def test_a_generator_that_begins_to_copy_raises_one():
    rules = read_policy()
    for seed in range(10):
        before, after = (
            audit(np.random.default_rng([seed, side]), copied=40 * side, known=(4,), targets=seed) for side in (0, 1)
        )
        findings = judge_against_baseline(after, before, rules)
        assert {finding.id: finding.verdict for finding in findings}["COPY-1-RISE"] == "fail"
