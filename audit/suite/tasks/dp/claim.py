"""What a ledger promises in the adjacency of an audit, and the rows that hold the promise against what was refuted."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from synthaudit.audit.ledger import DataAccess, Ledger
from synthaudit.audit.statistics import Estimate, Measurement, NotMeasured
from synthaudit.audit.statistics.best_attack_bound import EpsilonBound
from synthaudit.audit.statistics.epsilon import gdp_epsilon
from synthaudit.audit.statistics.root_finding import bisect
from synthaudit.audit.suite.result import Guarantee, Row, SystemCard
from synthaudit.audit.suite.tasks.rows import CONFIDENCE, RowTemplate

ACCESS = {"black box": "synthetic rows only", "white box": "synthetic rows and the generator itself"}
"""What the attackers of an audit hold, in words, by their access."""

NO_NOISE = "the ledger has no finite epsilon: a step on real records added no noise"


@dataclass(frozen=True)
class Claim:
    """A promise in the adjacency of an audit.

    Attributes:
        guarantee: Delta, adjacency, unit, group, epsilon and scope.
        claimed: Whether anything is claimed.
        mu: The claimed mu of a Gaussian mechanism, in this adjacency; None for every other mechanism.
        accountant: Who computed the epsilon.
        missing: Why there is no epsilon to compare with, although something is claimed.
    """

    guarantee: Guarantee
    claimed: bool = False
    mu: float | None = None
    accountant: str = ""
    missing: str | None = None


def claim_of(ledger: Ledger | None, *, adjacency: str, delta: float, group: int = 1, note: str = "") -> Claim:
    """Return what a ledger promises against adding, removing or replacing ``group`` records at once.

    Replacing is removing and adding, so it is a group of two; a group of k has (k epsilon, (1 + e^epsilon + ... +
    e^((k-1) epsilon)) delta) by k steps of one (Dwork & Roth, 2014, theorem 2.2), and k mu for a Gaussian mechanism.
    A promise about replacing says nothing of adding.

    Args:
        ledger: The claim; None where nothing is claimed.
        adjacency: Which tables the audit compares.
        delta: Delta of the audit where nothing is claimed.
        group: Records in or out together.
        note: What else the audit rests on.
    """
    kind = "replace one" if adjacency == "replace one" else "add or remove one"
    plain = Guarantee(delta=delta, adjacency=kind, group=group, note=note)  # type: ignore[arg-type]
    if ledger is None:
        return Claim(plain)
    verified = not any("unverified" in access.mechanism for access in ledger.accesses)
    known = plain.model_copy(update={"unit": ledger.unit, "scope": ledger.scope, "verified": verified})
    who = ledger.accountant
    if ledger.epsilon is None:
        return Claim(known.model_copy(update={"delta": ledger.delta}), True, None, who, NO_NOISE)
    if ledger.adjacency == "replace one" and kind == "add or remove one":
        why = "the claim is about replacing a record, which says nothing of adding one"
        return Claim(known.model_copy(update={"delta": ledger.delta}), True, None, who, why)
    steps = group * (2 if kind != ledger.adjacency else 1)
    if is_gaussian(ledger.accesses) and 0 < ledger.delta < 1:
        mu = mu_of(ledger.epsilon, ledger.delta) * steps
        update = {"delta": ledger.delta, "claimed": gdp_epsilon(mu, delta=ledger.delta)}
        return Claim(known.model_copy(update=update), True, mu, who)
    total = group_delta(ledger.epsilon, ledger.delta, steps)
    if total >= 1:
        why = f"{steps} steps of the claim allow everything: its delta reaches 1"
        return Claim(known.model_copy(update={"delta": ledger.delta}), True, None, who, why)
    return Claim(known.model_copy(update={"delta": total, "claimed": ledger.epsilon * steps}), True, None, who)


def group_delta(epsilon: float, delta: float, steps: int) -> float:
    """Return the delta of a group of ``steps``; at most 1.

    >>> group_delta(0.0, 0.1, 3), group_delta(1.0, 1e-5, 2) == 1e-5 * (1 + math.e)
    (0.30000000000000004, True)
    """
    return min(1.0, delta * sum(math.exp(min(step * epsilon, 700.0)) for step in range(steps)))


def is_gaussian(accesses: tuple[DataAccess, ...]) -> bool:
    """Return whether everything paid for is a Gaussian mechanism on all records.

    Subsampled steps are not: no mu has their trade-off curve, so that refuting a mu refutes nothing about them.
    """
    paid = [access for access in accesses if access.status == "accounted"]
    return bool(paid) and all(
        "gaussian" in access.mechanism.lower() and access.noise_multiplier and access.sampling_rate in (None, 1.0)
        for access in paid
    )


def mu_of(epsilon: float, delta: float) -> float:
    """Return the mu of the Gaussian mechanism with this epsilon at this delta, by bisection."""
    high = 1.0
    while gdp_epsilon(high, delta=delta) < epsilon:
        high *= 2
    return bisect(lambda mu: not gdp_epsilon(mu, delta=delta) < epsilon, 0.0, high)[1]


def claim_rows(
    label: RowTemplate,
    found: EpsilonBound | NotMeasured,
    claim: Claim,
    *,
    part: str,
    judged: bool = True,
    mu: bool = False,
) -> list[Row]:
    """Return the rows of one bound: what was claimed, what was refuted, and by how much the one exceeds the other.

    Args:
        label: What the rows have in common.
        found: The bound on epsilon, or on mu.
        claim: The promise in the adjacency and at the delta of the bound.
        part: Slice of the rows.
        judged: Whether the claim covers what was attacked, so that exceeding it would refute it.
        mu: Whether the bound is one on mu, from which that on epsilon follows.
    """
    here = _row_builder(label, claim)
    measured: Measurement = found.bound if isinstance(found, EpsilonBound) else found
    rows = []
    if mu:
        rows.append(here("mu_lower", measured, part))
        if isinstance(measured, Estimate):
            measured = gdp_epsilon(measured, delta=claim.guarantee.delta)
    rows.append(here("epsilon_lower", measured, part))
    if not claim.claimed:
        return rows
    rows.insert(0, here("epsilon_claimed", _claimed(claim), part))
    if not judged:
        return rows
    promise = claim.guarantee.claimed
    if promise is None or isinstance(measured, NotMeasured):
        why = claim.missing if promise is None else measured.reason if isinstance(measured, NotMeasured) else ""
        return [*rows, here("claim_excess", NotMeasured(why or NO_NOISE), part)]
    value = measured.value - promise
    excess = replace(
        measured,
        value=value,
        low=value,
        p_value=found.p_value if isinstance(found, EpsilonBound) else None,
        ceiling=None if measured.ceiling is None else measured.ceiling - promise,
    )
    return [*rows, here("claim_excess", excess, part)]


def claimed_epsilon_row(card: SystemCard) -> list[Row]:
    """Return the row of what a system's ledger claims, as it stands there; nothing where nothing is claimed."""
    if card.ledger is None:
        return []
    claim = claim_of(card.ledger, adjacency=card.ledger.adjacency, delta=card.ledger.delta)
    printed = replace(claim, guarantee=claim.guarantee.model_copy(update={"claimed": card.ledger.epsilon}))
    label = RowTemplate(f"claim/{card.key}", "privacy", card.key, None, "claim", None, 0, 0, "mechanism")
    return [_row_builder(label, printed)("epsilon_claimed", _claimed(printed), "all")]


def _claimed(claim: Claim) -> Measurement:
    epsilon = claim.guarantee.claimed
    if epsilon is None:
        return NotMeasured(claim.missing or NO_NOISE)
    return Estimate(
        epsilon, epsilon, epsilon, CONFIDENCE, 1, f"claimed; accountant: {claim.accountant or 'not stated'}"
    )


def _row_builder(label: RowTemplate, claim: Claim) -> Callable[[str, Measurement, str], Row]:
    """Return a function that makes rows which say what their epsilon is about."""

    def row(statistic: str, measurement: Measurement, part: str) -> Row:
        made = label.row(statistic, measurement, part=part, chance=None if statistic == "epsilon_claimed" else 0.0)
        return made.model_copy(update={"guarantee": claim.guarantee})

    return row


def with_access(template: RowTemplate, access: str) -> RowTemplate:
    """Return a template whose attacker has this access."""
    knowledge = template.knowledge
    if knowledge is None:
        return template
    return replace(template, knowledge=knowledge.model_copy(update={"access": ACCESS[access]}))
