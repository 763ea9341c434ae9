"""Leaks that are proven, whatever the limit: which criteria's numbers lie above chance beyond doubt.

A risk can lie within its limit and still be there for certain. For each criterion on an attack, the hypothesis is that
none of its N numbers is above its chance level. Its p-value is N times the smallest p-value among them; where the
criterion is about all attacks' AUC, the joint permutation test (max-T) gives a second one, and the smaller of the two
is doubled. Holm's correction over the criteria then bounds the chance of calling any leak proven in a system that
leaks nothing by the policy's significance, however the numbers depend on one another.

Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6 (1979).
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from synthaudit.audit.policy.bounds import Candidate, candidates
from synthaudit.audit.policy.criteria import ATTACKS, Criterion, Policy
from synthaudit.audit.policy.wording import number_name
from synthaudit.audit.statistics.multiplicity import holm
from synthaudit.audit.suite.result import Estimated, Finding, Result

LEAST_ERROR = 1e-12
STEPS = 40


def with_proven_leaks(result: Result, policy: Policy, findings: Sequence[Finding], system: str) -> Iterator[Finding]:
    """Yield a system's findings, in order, each with the adjusted p-value of a leak if it is proven.

    Findings of an invalid audit, and those not measured, prove nothing; of the others all count as tested.
    """
    tested = [at for at, one in enumerate(findings) if one.section in ATTACKS and one.verdict in _TESTED]
    by_id = {criterion.id: criterion for criterion in policy.criteria}
    evidence = {at: leak_evidence(result, by_id[findings[at].id], system) for at in tested}
    adjusted = dict(zip(tested, holm(np.array([p for p, _ in evidence.values()])), strict=True))
    for at, finding in enumerate(findings):
        p = adjusted.get(at)
        if p is None or p > policy.significance or finding.verdict not in ("pass", "inconclusive"):
            yield finding
            continue
        proof = f"a leak is proven all the same, by {evidence[at][1]} (adjusted p {_shown(float(p))})"
        within = f"within the limit, {proof}" if finding.verdict == "pass" else proof
        yield finding.model_copy(update={"proven": float(p), "reason": f"{finding.reason}; {within}"})


_TESTED = ("pass", "inconclusive", "fail")


def leak_evidence(result: Result, criterion: Criterion, system: str) -> tuple[float, str]:
    """Return the p-value of "none of the criterion's numbers lies above chance", and what it rests on.

    It is corrected for how many numbers there are. It rests on the most certain one, which need not be the one that
    comes nearest to the limit, or on the joint test.
    """
    if criterion.worse != "higher" or criterion.is_dp_claim:
        return 1.0, ""
    found = [one for one in candidates(result, criterion, system)[0] if one.row.chance is not None]
    if not found:
        return 1.0, ""
    p_values = list(map(_p_value, found))
    best = found[int(np.argmin(p_values))]
    single = min(1.0, len(found) * min(p_values))
    by = number_name(best)
    joint = _joint_p_value(result, criterion, system)
    if joint is None:
        return single, by
    return min(1.0, 2 * min(single, joint)), by if single <= joint else "the joint test of all attacks"


def _p_value(candidate: Candidate) -> float:
    """Return the p-value of "no more than chance": the number's own, or the error at which its bound meets chance."""
    chance = candidate.row.chance
    if candidate.no_leak_p is not None:
        return candidate.no_leak_p
    if chance is None or candidate.number.value <= chance:
        return 1.0
    if candidate.bounds(LEAST_ERROR)[0] > chance:
        return LEAST_ERROR
    small, large = math.log(LEAST_ERROR), math.log(0.5)
    for _ in range(STEPS):
        middle = (small + large) / 2
        if candidate.bounds(math.exp(middle))[0] > chance:
            large = middle
        else:
            small = middle
    return math.exp(large)


def _joint_p_value(result: Result, criterion: Criterion, system: str) -> float | None:
    """Return the joint test's p-value, corrected for the releases it was made on; None where it does not apply."""
    if criterion.section != "membership" or criterion.methods or "auc" not in criterion.statistic:
        return None
    rows = result.select(system=system, section="membership", statistic="max_t_p", slice="all", level=criterion.level)
    p_values = [row.number.value for row in rows if isinstance(row.number, Estimated)]
    return min(1.0, len(p_values) * min(p_values)) if p_values else None


def _shown(p: float) -> str:
    return "below 0.001" if p < 0.001 else f"{p:.3f}"
