"""Verdicts on claims of differential privacy: an audit can refute a claim, and never prove it.

The null hypothesis is the claim itself, so this is the one criterion where a p-value is the evidence: the probability,
at most, of an attack's success if the claim were true. With N audits of a claim and a the criterion's share of the
policy's error,

- **fail** if one of the N p-values is at most a/N (Bonferroni): the claim is refuted;
- **pass** if none is and at least one audit could have refuted the claim: it was not refuted, which is all that a
  pass can mean here;
- **not measured** if no audit was made, or none could have refuted it even with every guess correct.
"""

from synthaudit.audit.policy.bounds import Candidate
from synthaudit.audit.policy.wording import conditions_text
from synthaudit.audit.suite.result import Result, Row, SystemCard, Verdict


def claims_dp(result: Result, card: SystemCard) -> bool:
    """Return whether a system claims differential privacy."""
    if card.ledger is not None:
        return True
    return any(True for _ in result.select(section="privacy", system=card.key, statistic="epsilon_claimed"))


def judge_claim(audits: list[Candidate], error: float) -> tuple[Verdict, str, Candidate]:
    """Return the verdict on a claim, why, and the audit it rests on; ``error`` is what all audits may spend.

    Raises:
        ValueError: If there is no audit.
    """
    worst = min(audits, key=lambda audit: (audit_p_value(audit), -audit.number.value))
    p, count = audit_p_value(worst), f"{len(audits)} audits" if len(audits) > 1 else "1 audit"
    if p <= error / len(audits):
        return (
            "fail",
            f"{_epsilons(worst.row)}; if the claim were true, that had a probability of at most {p:.2g} "
            f"({count}){claim_caveats(worst.row)}",
            worst,
        )
    able = [audit for audit in audits if (audit.number.ceiling or 0.0) > 0]
    if not able:
        farthest = max(audits, key=lambda audit: audit.number.ceiling or float("-inf"))
        most = claimed_epsilon(farthest.row) + (farthest.number.ceiling or 0.0)
        reason = (
            f"no audit could have refuted the claim: even perfect guesses would have shown epsilon {most:.4g}, "
            f"claimed {claimed_epsilon(farthest.row):.4g}"
        )
        return "not measured", reason, farthest
    closest = max(able, key=lambda audit: audit.number.value)
    reason = (
        f"not refuted, which proves nothing: of {count} the closest, {_epsilons(closest.row)}"
        f"{claim_caveats(closest.row)}"
    )
    return "pass", reason, closest


def audit_p_value(audit: Candidate) -> float:
    """Return the probability, at most, of an audit's success if the claim were true; 1 where it is not known."""
    return 1.0 if audit.number.p_value is None else audit.number.p_value


def claim_caveats(row: Row) -> str:
    """Return what limits a claim besides its epsilon: that it covers the training only, or is unverified."""
    guarantee = row.guarantee
    if guarantee is None:
        return ""
    scope = "; it covers the training only" if guarantee.scope == "training only" else ""
    return scope + ("" if guarantee.verified else "; the claim is unverified: its training was not observed")


def claimed_epsilon(row: Row) -> float:
    """Return the claim in the terms of the audit; NaN where none is finite."""
    return row.guarantee.claimed if row.guarantee is not None and row.guarantee.claimed is not None else float("nan")


def empirical_epsilon(row: Row) -> float:
    """Return the lower bound on epsilon that the attack gave; NaN where it was not measured."""
    return (row.number.value if row.number.kind == "estimate" else float("nan")) + claimed_epsilon(row)


def _epsilons(row: Row) -> str:
    """Return which audit it was, what its attacker knew, and the two epsilons."""
    return (
        f"'{row.method}', {row.slice}{conditions_text(row)}, gives epsilon of at least {empirical_epsilon(row):.4g}, "
        f"claimed {claimed_epsilon(row):.4g}"
    )
