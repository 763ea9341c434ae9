"""The tables of a plan about differential privacy: a claim that came with a file, and how claims are audited."""

from typing import Literal

from pydantic import Field

from synthaudit.audit.ledger import DataAccess, Ledger
from synthaudit.audit.suite.plan.table import PlanTable


class ClaimPlan(PlanTable):
    """A claim of differential privacy that came with a synthetic table; nothing of it was seen by the audit.

    Attributes:
        epsilon: Claimed epsilon.
        delta: Claimed delta; 0 for a pure claim.
        adjacency: Which tables the claim compares, as its author says.
        unit: Whose presence is hidden, as its author says.
        accountant: Who computed it, as its author says.
    """

    epsilon: float = Field(gt=0, allow_inf_nan=False)
    delta: float = Field(default=1e-5, ge=0, lt=1)
    adjacency: Literal["add or remove one", "replace one"] = "add or remove one"
    unit: str = "patient"
    accountant: str = ""

    @property
    def ledger(self) -> Ledger:
        """The claim as a ledger of one line, which says that nobody verified it."""
        reason = "stated by whoever made the file; the audit saw neither the training nor its ledger"
        return Ledger(
            epsilon=self.epsilon,
            delta=self.delta,
            accesses=(
                DataAccess(
                    phase="the whole training", status="accounted", mechanism="as claimed, unverified", reason=reason
                ),
            ),
            accountant=self.accountant or "not stated",
            unit=self.unit,
            adjacency=self.adjacency,
            randomness="not stated",
        )


class DPAuditPlan(PlanTable):
    """How claims of differential privacy are audited. On for every generator and file that claims one.

    Attributes:
        enabled: Whether claims are audited at all.
        generators: Further generators to be audited in the same way, such as the variant without noise.
        confidence: Confidence of each lower bound.
        delta: Delta at which epsilon is bounded where nothing is claimed.
        member_pairs: Whether members and holdout patients of the first release are paired.
        random_split: Whether patients were assigned to members and holdout files at random; pairs rest on it.
        canaries: Made-up records of the canary audit, half of them inserted; 0 leaves it out.
        unique_code_canaries: How many of the canaries carry nothing but a code that nobody else has, in a column added
            to the schema.
        canary_distribution: How canaries' codes are drawn: ``uniform``, any code as likely as any other, which makes
            combinations that no patient has; or ``typical``, as often as real patients have them.
        insertion: ``independent``, each canary in or out by a fair coin (add or remove one); or ``paired``, one of two
            in (replace one).
        data_dependent_domain: Whether the canary audit is repeated with vocabulary and bounds taken from the data.
        trainings: Trainings of the audit on two neighbouring tables, half with the target; 0 leaves it out.
        patients_per_training: Real patients in those tables; few are the worst case.
        target_copies: Copies of the target that are in or out together; the claim becomes that for a group.
        target: ``unique code``, a record of nothing but a code that nobody else has; or ``vulnerable``, the real
            patient farthest from the others.
        attacks: Membership attacks by name that read synthetic rows (and reference); a few fast ones where empty.
    """

    enabled: bool = True
    generators: tuple[str, ...] = ()
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    delta: float = Field(default=1e-5, gt=0, lt=1)
    member_pairs: bool = True
    random_split: bool = False
    canaries: int = Field(default=1000, ge=0)
    unique_code_canaries: int = Field(default=200, ge=0)
    canary_distribution: Literal["uniform", "typical"] = "uniform"
    insertion: Literal["independent", "paired"] = "independent"
    data_dependent_domain: bool = True
    trainings: int = Field(default=200, ge=0)
    patients_per_training: int = Field(default=100, ge=1)
    target_copies: int = Field(default=1, ge=1)
    target: Literal["unique code", "vulnerable"] = "unique code"
    attacks: tuple[str, ...] = ()

    @property
    def significance(self) -> float:
        """Chance that a bound lies above the truth."""
        return 1 - self.confidence
