"""Each system's claim of differential privacy, the audits of it, and what became of it."""

from dataclasses import dataclass
from typing import Literal

from synthaudit.audit.suite.result import Estimated, Row, SystemCard
from synthaudit.reports.view.result_view import ResultView

ClaimStatus = Literal["refuted", "exceeded", "not refuted", "out of reach", "not attacked", "nothing claimed"]


@dataclass(frozen=True)
class ClaimAudit:
    """One audit of a claim; of several trainings attacked in the same way, the one that came closest to refuting it.

    Attributes:
        method: Key of the audit.
        slice: What the attacker saw, such as ``black box, domain public``.
        lower_bound: The row of the empirical lower bound on epsilon.
        excess: The row of what the bound lies above the claim; None where nothing finite is claimed.
        mu_lower: The row of the same bound as a Gaussian mechanism's mu; None where it was not measured.
        trainings: How many trainings were attacked in this way.
    """

    method: str
    slice: str
    lower_bound: Row
    excess: Row | None
    mu_lower: Row | None
    trainings: int

    @property
    def epsilon_lower(self) -> float | None:
        """The empirical lower bound on epsilon, or None where it was not measured."""
        return self.lower_bound.number.low if isinstance(self.lower_bound.number, Estimated) else None

    @property
    def max_detectable(self) -> float | None:
        """The largest bound attainable: what this audit would have said had every guess been right."""
        return self.lower_bound.number.ceiling if isinstance(self.lower_bound.number, Estimated) else None

    @property
    def epsilon_claimed(self) -> float | None:
        """The claim in this audit's adjacency."""
        return self.lower_bound.guarantee.claimed if self.lower_bound.guarantee else None

    @property
    def adjacency(self) -> str:
        """Which neighbouring tables the bound is about; empty where that was not recorded."""
        return self.lower_bound.guarantee.adjacency if self.lower_bound.guarantee else ""

    @property
    def exceeds(self) -> bool:
        """Whether the bound lies above a claim that covers what was attacked, before correction for other audits."""
        return self.excess is not None and isinstance(self.excess.number, Estimated) and self.excess.number.low > 0

    @property
    def covered(self) -> bool:
        """Whether the claim, if there is one, covers what was attacked, so that it is judged by this audit."""
        return self.excess is not None or self.epsilon_claimed is None

    @property
    def closeness(self) -> tuple[bool, float, float]:
        """How near the claim was to being refuted, then the bound; what no claim would cover comes last."""
        bound = self.epsilon_lower or 0.0
        # A system without a claim is shown by the audits that a claim would be judged by: those of a public domain.
        comparable = self.covered and (self.epsilon_claimed is not None or not self.slice.endswith("domain from data"))
        return comparable, bound - (self.epsilon_claimed or 0.0), bound

    @property
    def could_refute(self) -> bool:
        """Whether a perfect attack would have refuted the claim."""
        number = self.excess.number if self.excess is not None else None
        return isinstance(number, Estimated) and (number.ceiling or 0.0) > 0

    @property
    def attacker(self) -> str:
        """The kind of attacker: ``black box``, ``white box``, ``many trainings`` or ``many trainings, white box``."""
        white = self.slice.startswith("white")
        if self.method == "trainings":
            return "many trainings, white box" if white else "many trainings"
        return "white box" if white else "black box"


@dataclass(frozen=True)
class DPClaim:
    """A system, its claim of differential privacy, and every audit of the claim."""

    card: SystemCard
    claim: Row | None
    audits: tuple[ClaimAudit, ...]
    status: ClaimStatus

    @property
    def strongest(self) -> ClaimAudit | None:
        """The audit that came closest to refuting the claim, else the one with the highest lower bound."""
        measured = [audit for audit in self.audits if audit.epsilon_lower is not None]
        return max(measured, key=lambda audit: audit.closeness, default=None)

    @property
    def strongest_by_attacker(self) -> tuple[ClaimAudit, ...]:
        """Of each kind of attacker and adjacency the audit that came closest to refuting the claim."""
        best: dict[tuple[str, str], ClaimAudit] = {}
        for audit in self.audits:
            if audit.epsilon_lower is None:
                continue
            key = (audit.attacker, audit.adjacency)
            if key not in best or audit.closeness > best[key].closeness:
                best[key] = audit
        return tuple(best.values())

    @property
    def beyond_coverage(self) -> "ClaimAudit | None":
        """The audit with the highest lower bound among those whose attack the claim does not cover; None without."""
        outside = [audit for audit in self.audits if not audit.covered and audit.epsilon_lower is not None]
        return max(outside, key=lambda audit: audit.epsilon_lower or 0.0, default=None)

    @property
    def max_detectable(self) -> float | None:
        """The maximum detectable epsilon of the audit that came closest, in that audit's adjacency.

        Maxima of audits in other adjacencies are other quantities and say nothing about this claim.
        """
        return self.strongest.max_detectable if self.strongest is not None else None

    @property
    def verified(self) -> bool:
        """Whether the audit kept the ledger itself; a claim that came with a file is unverified."""
        rows = (self.claim, *(audit.lower_bound for audit in self.audits))
        guarantees = [row.guarantee for row in rows if row is not None]
        return self.card.role != "file" and all(one is None or one.verified for one in guarantees)


def dp_claims(view: ResultView) -> tuple[DPClaim, ...]:
    """Return every system where any claims something or was attacked for it; none where there is neither."""
    claims = tuple(dp_claim(view, card) for card in view.systems)
    return claims if any(one.status != "nothing claimed" or one.audits for one in claims) else ()


def dp_claim(view: ResultView, card: SystemCard) -> DPClaim:
    """Return what a system claims, and the audits of it."""
    claim = next(iter(view.rows("privacy", "epsilon_claimed", system=card.key, method="claim")), None)
    bounds = view.rows("privacy", "epsilon_lower", system=card.key)
    kinds = dict.fromkeys((row.method, row.slice) for row in bounds)
    audits = tuple(claim_audit(view, card.key, *kind, bounds) for kind in kinds)
    return DPClaim(card, claim, audits, claim_status(view, card, claim, audits))


def claim_audit(view: ResultView, system: str, method: str, slice: str, bounds: list[Row]) -> ClaimAudit:
    """Return the audit of one kind, of all trainings the one that came closest to refuting the claim."""
    own = [row for row in bounds if (row.method, row.slice) == (method, slice)]

    def beside(statistic: str, release: int | None) -> Row | None:
        rows = view.rows("privacy", statistic, system=system, method=method, slice=slice, release=release)
        return next(iter(rows), None)

    def closeness(row: Row) -> tuple[float, float]:
        excess = beside("claim_excess", row.release)
        bound = row.number.low if isinstance(row.number, Estimated) else -1.0
        above = excess.number.low if excess is not None and isinstance(excess.number, Estimated) else bound
        return above, bound

    row = max(own, key=closeness)
    return ClaimAudit(
        method, slice, row, beside("claim_excess", row.release), beside("mu_lower", row.release), len(own)
    )


def claim_status(view: ResultView, card: SystemCard, claim: Row | None, audits: tuple[ClaimAudit, ...]) -> ClaimStatus:
    """Return what became of a claim; a low lower bound leaves it unrefuted and proves nothing."""
    if card.ledger is None and claim is None:
        return "nothing claimed"
    verdicts = [finding.verdict for finding in view.findings_of(card.key) if finding.section == "privacy"]
    if "fail" in verdicts:
        return "refuted"
    if any(audit.exceeds for audit in audits):
        # Where a policy has judged, what exceeds the claim in one audit did not hold after correction for all of them.
        return "exceeded" if verdicts else "refuted"
    if not any(audit.epsilon_lower is not None for audit in audits):
        return "not attacked"
    return "not refuted" if any(audit.could_refute for audit in audits) else "out of reach"
