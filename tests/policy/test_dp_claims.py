"""Promises of differential privacy: refuted or not refuted, asked only of those who promise."""

import numpy as np
import pytest
from simulated_audits import a_result, a_row, a_system, an_estimate, good_controls

from synthaudit.audit.ledger import Ledger
from synthaudit.audit.policy import exit_code, judge, make_policy, overall_verdict, read_policy
from synthaudit.audit.statistics import Estimate, NotMeasured
from synthaudit.audit.suite.result import Guarantee

PROMISE = {"id": "DP-1", "title": "Kept", "section": "privacy", "statistic": "claim_excess", "slice": "*",
           "level": "mechanism", "threshold": 0.0, "severity": "low", "citation": "the promise itself"}  # fmt: skip
POLICY = make_policy({"name": "p", "title": "P", "kind": "policy, not science", "criteria": [PROMISE]})
PROMISING = a_system(ledger=Ledger(1.0, 1e-5))


def an_audit(reached, *, claimed=1.0, ceiling=4.9, p=0.5, part="black box", method="canaries"):
    given = Guarantee(delta=1e-5, adjacency="add or remove one", claimed=claimed)
    number = Estimate(reached - claimed, reached - claimed, np.inf, 0.95, 400, "one run", p, ceiling - claimed)
    row = a_row("claim_excess", number, section="privacy", method=method, part=part, release=None, level="mechanism")
    return row.model_copy(update={"guarantee": given})


def judged(*rows, system=PROMISING, policy=POLICY):
    return judge(a_result([*rows, *good_controls()], systems=[system]), policy)


def test_a_promise_is_refuted_by_an_attack_that_had_hardly_a_chance():
    (found,) = judged(an_audit(1.8, p=1e-4), an_audit(0.3, part="white box"))
    assert (found.verdict, exit_code((found,))) == ("fail", 1)
    assert (
        "gives epsilon of at least 1.8, claimed 1; if the claim were true, that had a probability of at most 0.0001"
        in found.reason
    )
    assert found.considered == 2


def test_several_audits_are_paid_for():
    lucky = an_audit(1.1, p=0.02)
    assert judged(lucky)[0].verdict == "fail"
    assert judged(lucky, an_audit(0.2, part="white box"), an_audit(0.1, method="pairs"))[0].verdict == "pass"


def test_not_refuted_is_kept_and_said_to_prove_nothing():
    (found,) = judged(an_audit(0.6))
    assert (found.verdict, exit_code((found,))) == ("pass", 0)
    assert found.reason.startswith("not refuted, which proves nothing")


def test_a_promise_about_the_training_only_or_from_hearsay_is_said_to_be_one():
    row = an_audit(0.6)
    assert "training" not in judged(row)[0].reason
    partly = row.model_copy(update={"guarantee": row.guarantee.model_copy(update={"scope": "training only"})})
    assert judged(partly)[0].reason.endswith("; it covers the training only")
    hearsay = row.model_copy(update={"guarantee": row.guarantee.model_copy(update={"verified": False})})
    assert judged(hearsay)[0].reason.endswith("; the claim is unverified: its training was not observed")


def test_what_no_attack_could_have_refuted_was_not_measured():
    (found,) = judged(an_audit(0.6, claimed=10.0))
    assert found.verdict == "not measured"
    assert "even perfect guesses would have shown epsilon 4.9, claimed 10" in found.reason
    assert overall_verdict((found,)) == "not measured"


def test_a_promise_that_nobody_attacked_was_not_measured():
    (found,) = judged()
    assert found.verdict == "not measured"


def test_a_lost_audit_says_why():
    row = an_audit(0.6)
    lost = a_row("claim_excess", NotMeasured("the split was given"), section="privacy", level="mechanism")
    assert judged(lost)[0].reason == "the split was given"
    assert judged(row, lost)[0].verdict == "pass"


@pytest.mark.parametrize("name", ["default", "strict", "research", "eu-anonymisation"])
def test_who_promises_nothing_is_not_asked_and_pays_nothing(name):
    policy = read_policy(name)
    (asked,) = [criterion for criterion in policy.criteria if criterion.is_dp_claim]
    plain = judged(a_row("auc", an_estimate(0.5, 0.01)), system=a_system(), policy=policy)
    assert asked.id not in [finding.id for finding in plain]
    assert asked.id in [finding.id for finding in judged(system=PROMISING, policy=policy)]
    others = [criterion for criterion in policy.criteria if not criterion.is_dp_claim]
    assert sum(policy.error_share(criterion, claims_dp=False) for criterion in others) == pytest.approx(0.05)


def test_true_promises_are_refuted_no_more_often_than_the_policy_allows():
    """3,000 systems of three audits with uniform p-values: 5% expected, s.e. 0.4%; above 6.5% once in 10,000 tests."""
    rng, refuted = np.random.default_rng(5), 0
    for p in rng.random((3000, 3)):
        rows = [an_audit(1.2, p=float(one), part=f"{at}") for at, one in enumerate(p)]
        (found,) = judge(a_result(rows, systems=[PROMISING]), POLICY)
        refuted += found.verdict == "fail"
    assert refuted / 3000 < 0.065


def test_a_policy_of_ones_own_may_limit_the_promised_epsilon():
    limit = {**PROMISE, "id": "DP-2", "statistic": "epsilon_claimed", "threshold": 3.0}
    policy = make_policy({"name": "p", "title": "P", "kind": "policy, not science", "criteria": [limit]})

    def claimed(value):
        number = Estimate(value, value, value, 0.95, 1, "claimed")
        return a_row("epsilon_claimed", number, section="privacy", method="claim", release=None, level="mechanism")

    assert [judged(claimed(value), policy=policy)[0].verdict for value in (1.0, 10.0)] == ["pass", "fail"]
    assert judged(system=a_system(), policy=policy)[0].verdict == "not measured"


def test_a_policy_of_ones_own_may_limit_the_chance_of_useless_attacks():
    """Joint p-values of all attacks can be asked for, and are read by no policy unless asked for."""
    joint = {**PROMISE, "id": "JOINT", "section": "membership", "statistic": "max_t_p", "slice": "all",
             "level": "release", "threshold": 0.05, "worse": "lower", "severity": "high"}  # fmt: skip
    policy = make_policy({"name": "p", "title": "P", "kind": "policy, not science", "criteria": [joint]})
    found = []
    for value in (0.4, 0.0005):
        row = a_row(
            "max_t_p", Estimate(value, value * 0.9, value * 1.1, 0.95, 4000), method="all attacks", worse="lower"
        )
        found.append(judged(row, policy=policy)[0].verdict)
    assert found == ["pass", "fail"]
    assert not any("max_t_p" in criterion.statistic for criterion in read_policy().criteria)
