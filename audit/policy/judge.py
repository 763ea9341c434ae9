"""The policy engine: one finding for each criterion and each system under test.

Let a criterion ask that a risk be at most t, and let N numbers of the result be about it: every attack, synthetic
size, kind of knowledge and release, since an attacker picks the best of them. Where a criterion names a lower limit at
which it fails (``fails_beyond``), t is that one for "fail", and a number that is surely above it never passes; where it
names a higher one for coarse tables (``coarse_limit``), t is at most that one for "pass": see ``precision``.

- **fail** if one of the N has a lower bound above t, where the bound errs with probability at most a/N and a is the
  criterion's share of the policy's 5 %. By the union bound the whole policy fails a system that keeps the limits
  it fails at at most 5 % of the time, however the numbers depend on one another.
- **pass** if all N have a one-sided 95 % upper bound of at most t. That needs no correction: if the risk of one
  number is above t, passing requires that very number's bound to be wrong, which happens at most 5 % of the time,
  and having to pass the others as well can only make it rarer (intersection-union; Berger, Technometrics 24, 1982).
  It also needs planted leaks that this audit detected: attacks without power prove nothing.
- A table that was handed in was published as a whole, and **pass** is about the attacks on the whole. An attacker can
  also drop rows, so what is shown on a part of it counts for **fail**, and is among the N that are paid for.
- **inconclusive** otherwise, and **not measured** where N is 0.
- **leak proven, within the limit** is said of a criterion that is met although a leak is beyond doubt: see
  ``proven_leaks``.
- **invalid** where a negative control beats chance: then the split is unfair and neither verdict means anything.
  Where a table holds records of the holdout, which therefore resembles the members too much, a fail still stands.

A claim of differential privacy is judged by p-values: see ``dp_claims``.

For fidelity, where less is worse, the two bounds change places.
"""

from synthaudit.audit.errors import PlanError
from synthaudit.audit.policy.bounds import Candidate, candidates, matching_rows
from synthaudit.audit.policy.controls import Controls, controls_for, power_problem, with_power
from synthaudit.audit.policy.criteria import ATTACKS, Criterion, Policy
from synthaudit.audit.policy.dp_claims import claims_dp, judge_claim
from synthaudit.audit.policy.planted_power import has_trials, planted_power
from synthaudit.audit.policy.precision import settling
from synthaudit.audit.policy.proven_leaks import with_proven_leaks
from synthaudit.audit.policy.wording import number_name, number_text, patients_needed_text, targets_text
from synthaudit.audit.suite.result import Finding, Number, PlantedPower, Result, State, SystemCard, Unmeasured, Verdict

PASS_ERROR = 0.05
ORDER: tuple[Verdict, ...] = ("fail", "invalid", "inconclusive", "not measured", "pass")


def judge(result: Result, policy: Policy) -> tuple[Finding, ...]:
    """Return a finding for every criterion and every system under test; controls are not judged.

    Raises:
        PlanError: If a criterion and the result disagree about which direction is harm.
    """
    findings: list[Finding] = []
    for card in result.systems:
        if card.role == "control":
            continue
        controls = controls_for(result, policy, card.key)
        has_claim = claims_dp(result, card)
        asked = [criterion for criterion in policy.criteria if has_claim or not criterion.is_dp_claim]
        powers = _powers(result, policy, card)
        own = [
            _judge_one(result, policy, criterion, card, with_power(controls, policy, criterion, powers))
            for criterion in asked
        ]
        findings += with_proven_leaks(result, policy, own, card.key)
    return tuple(findings)


def overall_verdict(findings: tuple[Finding, ...]) -> Verdict:
    """Return the overall verdict, the worst of all findings.

    A criterion of low severity that could not be measured is listed but does not count. Without a finding that
    counts, nothing was measured.
    """
    counted = [finding.verdict for finding in findings if counts_towards_verdict(finding)]
    return min(counted, key=ORDER.index, default="not measured")


def overall_state(findings: tuple[Finding, ...]) -> State:
    """Return the overall verdict; where all is met, that a leak is proven all the same if one is."""
    overall = overall_verdict(findings)
    proven = overall == "pass" and any(finding.proven is not None for finding in findings)
    return "leak proven, within the limit" if proven else overall


def counts_towards_verdict(finding: Finding) -> bool:
    """Return whether a finding counts for the overall verdict."""
    return not (finding.severity == "low" and finding.verdict == "not measured")


def exit_code(findings: tuple[Finding, ...]) -> int:
    """Return 0 for pass, 1 for fail, 3 where the audit cannot tell (inconclusive, invalid, not measured)."""
    return {"pass": 0, "fail": 1}.get(overall_verdict(findings), 3)


def _judge_one(result: Result, policy: Policy, criterion: Criterion, card: SystemCard, controls: Controls) -> Finding:
    found, missing = candidates(result, criterion, card.key)
    _check_direction(criterion, found)
    if not found:
        reason = _why_nothing(result, criterion, card, missing)
        return _finding(criterion, card, controls, "not measured", reason, number=Unmeasured(reason=reason))
    if criterion.is_dp_claim:
        state, reason, audit = judge_claim(found, policy.error_share(criterion))
        number = audit.number if state != "not measured" else Unmeasured(reason=reason)
        return _finding(criterion, card, controls, state, reason, number=number, decisive=audit, considered=len(found))
    error = policy.error_share(criterion, claims_dp=claims_dp(result, card)) / len(found)
    worst, bound = _most_harmful(found, criterion, error)
    if criterion.section in ATTACKS and controls.failure is not None:
        return _finding(
            criterion,
            card,
            controls,
            "invalid",
            controls.failure,
            number=worst.number,
            decisive=worst,
            considered=len(found),
        )
    if _breaks(bound, criterion):
        reason = (
            f"{number_name(worst)} is {number_text(worst.number)}; its bound, corrected for {_count(len(found))}, is "
            f"{bound:.4g}, {_side(criterion)} {criterion.failing_limit:g}"
        )
        if criterion.section in ATTACKS and not controls.negative:
            reason += "; no negative control was run, so a biased split is not ruled out"
        return _finding(
            criterion,
            card,
            controls,
            "fail",
            reason,
            number=worst.number,
            decisive=worst,
            considered=len(found),
            bound=bound,
        )
    if criterion.section in ATTACKS and controls.contaminated is not None:
        return _finding(
            criterion,
            card,
            controls,
            "invalid",
            controls.contaminated,
            number=worst.number,
            decisive=worst,
            considered=len(found),
        )
    settled, caveat = settling([one for one in found if not _is_part(card, one)] or found, criterion)
    found = [one for one, _ in settled]
    widest, limit, allowed = _least_certain(settled, criterion)
    state, reason = _passing(policy, criterion, controls, found=found, widest=widest, limit=limit, allowed=allowed)
    if criterion.section in ATTACKS:
        reason += targets_text(result.split)
    if caveat:
        reason += f"; {caveat}"
    if missing:
        reason += f"; other numbers were not measured: {missing[0]}"
    return _finding(
        criterion,
        card,
        controls,
        state,
        reason,
        number=widest.number,
        decisive=widest,
        considered=len(found),
        bound=limit,
        allowed=allowed,
        caveat=caveat,
    )


def _powers(result: Result, policy: Policy, card: SystemCard) -> dict[str, tuple[PlantedPower, ...]]:
    """Return how often each criterion on an attack detects planted leaks, by its id; none of an older result."""
    if not has_trials(result):
        return {}
    has_claim = claims_dp(result, card)
    powers = {}
    for criterion in policy.criteria:
        found = candidates(result, criterion, card.key)[0] if criterion.section in ATTACKS else []
        if found:
            error = policy.error_share(criterion, claims_dp=has_claim) / len(found)
            powers[criterion.id] = planted_power(result, policy, criterion, card.key, error=error)
    return powers


def _passing(
    policy: Policy,
    criterion: Criterion,
    controls: Controls,
    *,
    found: list[Candidate],
    widest: Candidate,
    limit: float,
    allowed: float,
) -> tuple[Verdict, str]:
    """Return pass or inconclusive, and why; the bound ``limit`` may reach as far as ``allowed``."""
    where = f"{number_name(widest)} is {number_text(widest.number)}"
    if limit > allowed if criterion.worse == "higher" else limit < allowed:
        return "inconclusive", (
            f"{where}; its one-sided 95% bound is {limit:.4g}, {_side(criterion)} {allowed:.4g}, but not "
            f"by enough to fail{patients_needed_text(widest, allowed, limit)}"
        )
    met = f"met by the worst of {_count(len(found))}: {where}, one-sided 95% bound {limit:.4g}"
    if criterion.section in ATTACKS:
        attacks = frozenset(candidate.row.method for candidate in found)
        problem = controls.unreadable or power_problem(controls, policy, criterion, attacks)
        if problem is not None:
            return "inconclusive", f"{met}; but {problem}"
    return "pass", met


def _most_harmful(found: list[Candidate], criterion: Criterion, error: float) -> tuple[Candidate, float]:
    """Return the number whose bound on the good side lies furthest towards harm, and that bound."""
    if criterion.worse == "higher":
        return max(((one, one.bounds(error)[0]) for one in found), key=lambda pair: (pair[1], pair[0].number.value))
    return min(((one, one.bounds(error)[1]) for one in found), key=lambda pair: (pair[1], pair[0].number.value))


def _least_certain(settled: list[tuple[Candidate, float]], criterion: Criterion) -> tuple[Candidate, float, float]:
    """Return the number whose bound on the bad side lies furthest beyond its limit, or nearest to it; both of them."""
    side = 1 if criterion.worse == "higher" else 0
    bounds = [(one, one.bounds(PASS_ERROR)[side], limit) for one, limit in settled]
    return max(bounds, key=lambda found: (found[1] - found[2]) * (1 if criterion.worse == "higher" else -1))


def _is_part(card: SystemCard, one: Candidate) -> bool:
    """Whether a number is about a part of a table that was handed in."""
    knowledge = one.row.knowledge
    return knowledge is not None and knowledge.synthetic_rows < card.rows


def _breaks(bound: float, criterion: Criterion) -> bool:
    limit = criterion.failing_limit
    return bound > limit if criterion.worse == "higher" else bound < limit


def _side(criterion: Criterion) -> str:
    return "above" if criterion.worse == "higher" else "below"


def _count(numbers: int) -> str:
    return "1 number" if numbers == 1 else f"{numbers} numbers"


def _check_direction(criterion: Criterion, found: list[Candidate]) -> None:
    for candidate in found:
        if candidate.row.worse != criterion.worse:
            raise PlanError(
                f'criterion {criterion.id}: says worse = "{criterion.worse}", but for {candidate.statistic} of '
                f"'{candidate.row.method}' harm lies in {candidate.row.worse} values"
            )


def _why_nothing(result: Result, criterion: Criterion, card: SystemCard, missing: list[str]) -> str:
    if missing:
        return "; ".join(missing[:3])
    if any(True for _ in matching_rows(result, criterion, card.key)):
        return "the two rates that it is computed from were not measured as exact rates"
    if card.role == "file" and criterion.level == "generator":
        return "a file has no generator that could be trained again"
    if card.problems:
        return f"the system could not be audited: {card.problems[0]}"
    here = [row for row in result.rows if row.system == card.key and row.section == criterion.section]
    if not here:
        return f"the audit has nothing on {criterion.section} for this system"
    level = [row for row in here if row.level == criterion.level]
    if not level:
        return f"the audit has nothing on {criterion.section} at the level '{criterion.level}'"
    known = ", ".join(sorted({f"{row.statistic} ({row.slice})" for row in level})[:8])
    wanted = f"{' or '.join(criterion.statistic)} ({' or '.join(criterion.slice)})"
    return (
        f"the audit has no {wanted}"
        + (f" of {' or '.join(criterion.methods)}" if criterion.methods else "")
        + (f"; it has {known}")
    )


def _finding(
    criterion: Criterion,
    card: SystemCard,
    controls: Controls,
    state: Verdict,
    reason: str,
    *,
    number: Number,
    decisive: Candidate | None = None,
    considered: int = 0,
    bound: float | None = None,
    allowed: float | None = None,
    caveat: str = "",
) -> Finding:
    return Finding(
        id=criterion.id,
        title=criterion.title,
        system=card.key,
        verdict=state,
        severity=criterion.severity,
        reason=reason,
        section=criterion.section,
        level=criterion.level,
        statistic=decisive.statistic if decisive else criterion.statistic[0],
        threshold=criterion.failing_limit if state == "fail" else criterion.threshold if allowed is None else allowed,
        worse=criterion.worse,
        number=number,
        rows=decisive.sources if decisive else (),
        considered=considered,
        bound=bound,
        detectable=controls.smallest_leak if criterion.section in ATTACKS else None,
        power=controls.powers or () if criterion.section in ATTACKS else (),
        citation=criterion.citation,
        caveat=caveat,
    )
