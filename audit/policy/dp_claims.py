"""The judge of promises: is a claim of differential privacy refuted by an attack? No attack can prove one.

The null hypothesis is the claim itself, so this is the one criterion where a p-value is the evidence: the probability,
at most, of an attack's success if the claim were true. With N audits of a claim and a the criterion's share of the
policy's error,

- **fail** if one of the N p-values is at most a/N (Bonferroni): the claim is refuted;
- **pass** if none is and at least one audit could have refuted the claim: it was not refuted, which is all that a
  pass can mean here;
- **not measured** if no audit was made, or none could have refuted it however well its attack had guessed.
"""

from synthaudit.audit.policy.bounds import Candidate
from synthaudit.audit.policy.wording import circumstances
from synthaudit.audit.suite.result import Result, Row, SystemCard, Verdict


def promises(result: Result, card: SystemCard) -> bool:
    """Return whether a system claims differential privacy."""
    if card.ledger is not None:
        return True
    return any(True for _ in result.select(section="privacy", system=card.key, statistic="epsilon_claimed"))


def judge_promise(found: list[Candidate], error: float) -> tuple[Verdict, str, Candidate]:
    """Return the verdict on a claim, why, and the audit it rests on; ``error`` is what all audits may spend.

    Raises:
        ValueError: If there is no audit.
    """
    worst = min(found, key=lambda one: (p_value(one), -one.number.value))
    p, audits = p_value(worst), f"{len(found)} audits" if len(found) > 1 else "1 audit"
    told = f"{seen(worst.row)} reached epsilon {reached(worst.row):.4g}, promised {promised(worst.row):.4g}"
    if p <= error / len(found):
        return (
            "fail",
            f"{told}; were the promise kept, that had a chance of at most {p:.2g} ({audits}){terms(worst.row)}",
            worst,
        )
    able = [one for one in found if (one.number.ceiling or 0.0) > 0]
    if not able:
        farthest = max(found, key=lambda one: one.number.ceiling or float("-inf"))
        most = promised(farthest.row) + (farthest.number.ceiling or 0.0)
        why = (
            f"no audit could have refuted the promise: even perfect guesses would have shown epsilon {most:.4g}, "
            f"promised {promised(farthest.row):.4g}"
        )
        return "not measured", why, farthest
    closest = max(able, key=lambda one: one.number.value)
    told = f"{seen(closest.row)} reached epsilon {reached(closest.row):.4g}, promised {promised(closest.row):.4g}"
    return "pass", f"not refuted, which proves nothing: of {audits} the closest, {told}{terms(closest.row)}", closest


def p_value(one: Candidate) -> float:
    """Return the probability, at most, of an audit's success if the claim were true; 1 where it is not known."""
    return 1.0 if one.number.p_value is None else one.number.p_value


def terms(row: Row) -> str:
    """Return what must be known of a promise besides its epsilon: that it covers less than all, or is hearsay."""
    given = row.guarantee
    if given is None:
        return ""
    partly = "; it covers the training only" if given.scope == "training only" else ""
    return partly + ("" if given.verified else "; nobody here saw the training that it is about")


def promised(row: Row) -> float:
    """Return the claim in the terms of the audit."""
    return row.guarantee.claimed if row.guarantee is not None and row.guarantee.claimed is not None else float("nan")


def reached(row: Row) -> float:
    """Return the epsilon that the attack reached."""
    return (row.number.value if row.number.kind == "estimate" else float("nan")) + promised(row)


def seen(row: Row) -> str:
    """Return which audit it was, and what its attacker saw."""
    return f"'{row.method}', {row.slice}{circumstances(row)},"
