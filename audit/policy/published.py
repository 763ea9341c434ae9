"""Findings as they may be published: verdicts on exact numbers, told without a number of few patients."""

import hashlib

from synthaudit.audit.policy.baseline import RiskChange
from synthaudit.audit.policy.baseline_findings import judge_against_baseline
from synthaudit.audit.policy.comparison import Comparison, compare_results
from synthaudit.audit.policy.criteria import SHIPPED, Policy, read_policy
from synthaudit.audit.policy.judge import judge
from synthaudit.audit.suite.result import Finding, Result, StoredFindings, Unmeasured, without_small_counts

FEW = "judged by numbers that rest on fewer than {limit} patients, which are told in restricted/ alone"
PROVEN = 0.05
"""P-value told of a leak that is proven by few patients: the level at which anything counts as proven."""


def publishable_findings(result: Result, policy: Policy, baseline: Result | None = None) -> tuple[Finding, ...]:
    """Return what a policy says of a result, as it may be published; with a baseline also whether risk rose.

    The verdicts are those of the exact numbers: the result's own, or, where it is one that was published, those that
    were stored in it. A policy that was not judged then judges the published numbers, each by the worst that it may
    stand for.
    """
    stored = result.stored_findings(policy_digest(policy))
    findings = (
        stored
        if stored is not None
        else _shown(result, judge(result, policy), judge(without_small_counts(result), policy))
    )
    if baseline is None:
        return findings
    rises = [judge_against_baseline(*pair, policy) for pair in ((result, baseline), _published(result, baseline))]
    return findings + _shown(result, *rises)


def with_findings(result: Result) -> Result:
    """Return a result with the findings of all shipped policies in it, for those who see its published form alone."""
    policies = [read_policy(name) for name in SHIPPED]
    findings = {policy_digest(policy): publishable_findings(result, policy) for policy in policies}
    stored = StoredFindings(of=without_small_counts(result).digest_of_numbers(), by_policy=findings)
    return result.model_copy(update={"findings": stored})


def told_changes(comparison: Comparison, before: Result, after: Result) -> list[RiskChange | None]:
    """Return the changes of a comparison as they may be published, in its order; None for those of few patients."""
    results = without_small_counts(before), without_small_counts(after)
    if results[0] is before and results[1] is after:
        return list(comparison.changes)
    shown = {_place(change): change for change in compare_results(*results).changes}
    return [shown.get(_place(change)) for change in comparison.changes]


def _place(change: RiskChange) -> tuple[object, ...]:
    return change.system, change.method, change.statistic, change.slice, change.knowledge


def policy_digest(policy: Policy) -> str:
    """Return a SHA-256 of a policy, in hexadecimal."""
    return hashlib.sha256(policy.model_dump_json().encode()).hexdigest()


def _published(result: Result, baseline: Result) -> tuple[Result, Result]:
    return without_small_counts(result), without_small_counts(baseline)


def _shown(result: Result, exact: tuple[Finding, ...], shown: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the exact verdicts, each with the number and the reason of the published numbers where these agree."""
    if exact == shown:
        return exact
    by_place = {(one.system, one.id): one for one in shown}
    return tuple(_told_one(result, one, by_place.get((one.system, one.id))) for one in exact)


def _told_one(result: Result, exact: Finding, shown: Finding | None) -> Finding:
    if exact == shown:
        return exact
    reason = FEW.format(limit=result.split.small_count)
    if shown is None:
        bare = {"number": Unmeasured(reason=reason), "reason": reason, "rows": (), "bound": None, "caveat": ""}
        return exact.model_copy(update={**bare, "proven": _proven(exact, None)})
    common = {"proven": _proven(exact, shown), "power": exact.power, "detectable": exact.detectable}
    if exact.verdict == shown.verdict:
        return shown.model_copy(update=common)
    # A bound, and a limit that is no constant of the policy, would give the exact count back.
    threshold = exact.threshold if exact.verdict == "fail" else shown.threshold
    update = {"number": shown.number, "rows": shown.rows, "statistic": shown.statistic, "reason": reason}
    return exact.model_copy(update=common | update | {"bound": None, "threshold": threshold, "caveat": shown.caveat})


def _proven(exact: Finding, shown: Finding | None) -> float | None:
    """Return the p-value of a proven leak as it is told; None where none is proven."""
    if exact.proven is None:
        return None
    return shown.proven if shown is not None and shown.proven is not None else PROVEN
