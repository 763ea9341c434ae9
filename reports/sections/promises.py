"""What was promised and what attacks reached: the audits of a claim of differential privacy, gathered by system."""

from dataclasses import dataclass
from typing import Literal

from synthaudit.audit.suite.result import Estimated, Row, SystemCard, Unmeasured
from synthaudit.reports import numbers
from synthaudit.reports.i18n import look_up, say
from synthaudit.reports.result_view import Evidence

InOutStatistics = Literal["refuted", "exceeded", "stands", "out of reach", "not attacked", "nothing claimed"]


@dataclass(frozen=True)
class Trial:
    """One audit of a claim; of several trainings attacked in the same way, the one that came closest to refuting it.

    Attributes:
        method: Key of the audit.
        slice: What the attacker saw, such as ``black box, domain public``.
        floor: The row of the epsilon that the attack reached.
        excess: The row of what lies above the claim; None where nothing finite is claimed.
        more: Other rows of the same audit by statistic.
        trainings: How many trainings were attacked in this way.
    """

    method: str
    slice: str
    floor: Row
    excess: Row | None
    more: dict[str, Row]
    trainings: int

    @property
    def reached(self) -> float | None:
        """The epsilon that attacks reached, or None where it was not measured."""
        return self.floor.number.low if isinstance(self.floor.number, Estimated) else None

    @property
    def ceiling(self) -> float | None:
        """What this audit would have said had every guess been right."""
        return self.floor.number.ceiling if isinstance(self.floor.number, Estimated) else None

    @property
    def claimed(self) -> float | None:
        """The claim in this audit's adjacency."""
        return self.floor.guarantee.claimed if self.floor.guarantee else None

    @property
    def exceeds(self) -> bool:
        """Whether the attack reached more than a claim that covers what was attacked, the other audits not paid for."""
        return self.excess is not None and isinstance(self.excess.number, Estimated) and self.excess.number.low > 0

    @property
    def covered(self) -> bool:
        """Whether the claim, if there is one, covers what was attacked, so that it is judged by it."""
        return self.excess is not None or self.claimed is None

    @property
    def closeness(self) -> tuple[bool, float, float]:
        """How near the claim was to being refuted, then how much was reached; what no claim would cover comes last."""
        reached = self.reached or 0.0
        # Beside systems that promise something, one that does not is shown by the audits that theirs are judged by.
        alike = self.covered and (self.claimed is not None or not self.slice.endswith("domain from data"))
        return alike, reached - (self.claimed or 0.0), reached

    @property
    def could_refute(self) -> bool:
        """Whether a perfect attack would have refuted the claim."""
        number = self.excess.number if self.excess is not None else None
        return isinstance(number, Estimated) and (number.ceiling or 0.0) > 0

    @property
    def shape(self) -> str:
        """What its mark looks like: ``black box``, ``white box`` or ``many trainings``."""
        white = self.slice.startswith("white")
        if self.method == "trainings":
            return "many trainings, white box" if white else "many trainings"
        return "white box" if white else "black box"


@dataclass(frozen=True)
class Promise:
    """A system, what it promises, and every audit of the promise."""

    card: SystemCard
    claim: Row | None
    trials: tuple[Trial, ...]
    standing: InOutStatistics

    @property
    def strongest(self) -> Trial | None:
        """The audit that came closest to refuting the claim, else the one that reached most."""
        kept = [one for one in self.trials if one.reached is not None]
        return max(kept, key=lambda one: one.closeness, default=None)

    @property
    def shown(self) -> tuple[Trial, ...]:
        """Of each kind of attacker the audit that came closest to refuting the claim."""
        best: dict[str, Trial] = {}
        for one in self.trials:
            if one.reached is not None and (one.shape not in best or one.closeness > best[one.shape].closeness):
                best[one.shape] = one
        return tuple(best.values())

    @property
    def reach(self) -> float | None:
        """The highest ceiling of its audits."""
        return max((one.ceiling for one in self.trials if one.ceiling is not None), default=None)

    @property
    def verified(self) -> bool:
        """Whether the audit kept the ledger itself; a claim that came with a file is somebody's word."""
        guarantees = [row.guarantee for row in (self.claim, *(one.floor for one in self.trials)) if row is not None]
        return self.card.role != "file" and all(one is None or one.verified for one in guarantees)


def promises(evidence: Evidence) -> tuple[Promise, ...]:
    """Return every system where any promises something or was attacked for it; none where nothing is said of any."""
    found = tuple(promise(evidence, card) for card in evidence.systems)
    return found if any(one.standing != "nothing claimed" or one.trials for one in found) else ()


def promise(evidence: Evidence, card: SystemCard) -> Promise:
    """Return what a system promises."""
    claim = next(iter(evidence.rows("privacy", "epsilon_claimed", system=card.key, method="claim")), None)
    floors = evidence.rows("privacy", "epsilon_lower", system=card.key)
    kinds = dict.fromkeys((row.method, row.slice) for row in floors)
    trials = tuple(trial(evidence, card.key, *kind, floors) for kind in kinds)
    return Promise(card, claim, trials, standing(evidence, card, claim, trials))


def trial(evidence: Evidence, system: str, method: str, slice: str, floors: list[Row]) -> Trial:
    """Return the audit of one kind, of all trainings the one that came closest to refuting the claim."""
    own = [row for row in floors if (row.method, row.slice) == (method, slice)]

    def beside(statistic: str, release: int | None) -> Row | None:
        found = evidence.rows("privacy", statistic, system=system, method=method, slice=slice, release=release)
        return next(iter(found), None)

    def closeness(row: Row) -> tuple[float, float]:
        excess = beside("claim_excess", row.release)
        reached = row.number.low if isinstance(row.number, Estimated) else -1.0
        above = excess.number.low if excess is not None and isinstance(excess.number, Estimated) else reached
        return above, reached

    row = max(own, key=closeness)
    more = {name: other for name in ("mu_lower",) if (other := beside(name, row.release)) is not None}
    return Trial(method, slice, row, beside("claim_excess", row.release), more, len(own))


def standing(evidence: Evidence, card: SystemCard, claim: Row | None, trials: tuple[Trial, ...]) -> InOutStatistics:
    """Return how a claim came out of its audits; a low floor leaves it standing and proves nothing."""
    if card.ledger is None and claim is None:
        return "nothing claimed"
    judged = [finding.verdict for finding in evidence.findings_of(card.key) if finding.section == "privacy"]
    if "fail" in judged:
        return "refuted"
    if any(one.exceeds for one in trials):
        # Where a policy has judged, what exceeds the claim in one audit was paid for and did not hold.
        return "exceeded" if judged else "refuted"
    if not any(one.reached is not None for one in trials):
        return "not attacked"
    return "stands" if any(one.could_refute for one in trials) else "out of reach"


def claimed_text(one: Promise) -> str:
    """Return the promised epsilon as text."""
    ledger = one.card.ledger
    if ledger is None and one.claim is None:
        return say("sections.privacy.no_claim")
    value = ledger.epsilon if ledger is not None else None
    if ledger is None and one.claim is not None and isinstance(one.claim.number, Estimated):
        value = one.claim.number.value
    return say("sections.privacy.no_epsilon") if value is None else numbers.plain(value)


def reached_text(one: Trial) -> str:
    """Return the epsilon that an attack reached, or why there is none."""
    if isinstance(one.floor.number, Unmeasured):
        return numbers.text(one.floor.number)
    return say("sections.privacy.at_least", epsilon=numbers.plain(one.floor.number.low))


def trial_title(evidence: Evidence, one: Trial) -> str:
    """Return an audit's name with what its attacker saw."""
    seen = str(look_up(f"slices.{one.slice}") or one.slice)
    worst = say("sections.privacy.worst", trainings=one.trainings) if one.trainings > 1 else ""
    return f"{evidence.method(one.method)}, {seen}{worst}"
