"""Findings against a baseline: for each criterion and system, whether its risk increased."""

from synthaudit.audit.policy.baseline import RiskChange, check_comparable, risk_changes
from synthaudit.audit.policy.criteria import ATTACKS, Criterion, Policy
from synthaudit.audit.policy.judge import PASS_ERROR
from synthaudit.audit.policy.wording import knowledge_text
from synthaudit.audit.suite.result import Estimated, Finding, Number, Result, Severity, SystemCard, Unmeasured, Verdict


def judge_against_baseline(result: Result, baseline: Result, policy: Policy) -> tuple[Finding, ...]:
    """Return a finding for every criterion on a risk and every system under test.

    **fail** if some number increased: its lower bound, corrected for the numbers compared, is above 0. **pass** if the
    upper bound of every increase stays within the criterion's margin, **inconclusive** otherwise. A system that is
    not in the baseline is *not measured* with low severity: the policy itself still judges it.

    Raises:
        ResultError: If the two results differ in data, split or version; says what differs.
    """
    check_comparable(baseline, result)
    return tuple(
        _judge_one(result, baseline, policy, criterion, card)
        for card in result.systems
        if card.role != "control"
        for criterion in policy.criteria
        if criterion.section in ATTACKS
    )


def _judge_one(result: Result, baseline: Result, policy: Policy, criterion: Criterion, card: SystemCard) -> Finding:
    changes = risk_changes(baseline, result, criterion, card.key)
    if not changes:
        known = any(other.key == card.key for other in baseline.systems)
        reason = (
            "no number of the same attack was measured in both results"
            if known
            else "the baseline has no system of this name"
        )
        return _finding(criterion, card, "not measured", reason, number=Unmeasured(reason=reason), severity="low")
    error = policy.error_share(criterion) / len(changes)
    worst = max(changes, key=lambda change: change.bounds(error)[0])
    lowest = worst.bounds(error)[0]
    if lowest > 0:
        reason = (
            f"{_describe(worst)} increased from {worst.before:.4g} to {worst.after:.4g}; corrected for {len(changes)} "
            f"compared, the increase is at least {lowest:.4g} ({worst.test})"
        )
        return _finding(criterion, card, "fail", reason, number=_number(worst), change=worst, considered=len(changes))
    widest = max(changes, key=lambda change: change.bounds(PASS_ERROR)[1] - _margin(criterion, change))
    most, margin = widest.bounds(PASS_ERROR)[1], _margin(criterion, widest)
    verdict: Verdict = "pass" if most <= margin else "inconclusive"
    statement = "at most" if verdict == "pass" else "not shown to increase, yet it could have by"
    reason = (
        f"{_describe(widest)}: {widest.before:.4g}, then {widest.after:.4g}; {statement} {most:.4g}"
        f"{' more' if verdict == 'pass' else ''} (one-sided 95%), margin {margin:.4g} ({widest.test})"
    )
    return _finding(criterion, card, verdict, reason, number=_number(widest), change=widest, considered=len(changes))


def _margin(criterion: Criterion, change: RiskChange) -> float:
    """Return the tolerated increase: the criterion's own, or the room between its threshold and chance."""
    if criterion.margin is not None:
        return criterion.margin
    return abs(criterion.threshold - (change.chance or 0.0))


def _number(change: RiskChange) -> Number:
    low, high = change.interval()
    trials = max(len(change.rows), 1)
    return Estimated(value=change.increase, low=low, high=high, confidence=0.95, trials=trials, method=change.test)


def _describe(change: RiskChange) -> str:
    part = "" if change.slice == "all" else f" {change.slice}"
    return f"{change.statistic}{part} of '{change.method}'{knowledge_text(change.knowledge)}"


def _finding(
    criterion: Criterion,
    card: SystemCard,
    verdict: Verdict,
    reason: str,
    *,
    number: Number,
    change: RiskChange | None = None,
    considered: int = 0,
    severity: Severity | None = None,
) -> Finding:
    return Finding(
        id=f"{criterion.id}-RISE",
        title=f"No riskier than the baseline: {criterion.title[0].lower()}{criterion.title[1:]}",
        system=card.key,
        verdict=verdict,
        severity=severity or criterion.severity,
        reason=reason,
        section=criterion.section,
        level=criterion.level,
        statistic=change.statistic if change else criterion.statistic[0],
        threshold=0.0,
        worse="higher",
        number=number,
        rows=change.rows if change else (),
        considered=considered,
        citation=criterion.citation,
    )
