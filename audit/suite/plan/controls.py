"""The table of a plan about controls of the audit itself."""

from pydantic import Field

from synthaudit.audit.suite.plan.table import PlanTable


class ControlPlan(PlanTable):
    """Which controls run, and how finely the smallest detectable leak is sought.

    Attributes:
        enabled: Whether controls run at all; an audit without them cannot conclude that nothing leaks.
        planted_fractions: Shares of the synthetic rows that are replaced by members' rows, as a ladder.
        perturbation_rate: Probability that a cell of a planted row is redrawn from its column, for the perturbed
            ladder.
        repeats: Plantings at each strength; a detection rate of 80 % cannot be stated from fewer than about 20.
        attacks: Attacks whose power is measured; all chosen membership attacks where empty.
    """

    enabled: bool = True
    planted_fractions: tuple[float, ...] = (0.003, 0.01, 0.03, 0.1, 0.3)
    perturbation_rate: float = Field(default=0.1, ge=0, le=1)
    repeats: int = Field(default=20, ge=1)
    attacks: tuple[str, ...] = ()
