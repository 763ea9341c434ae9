"""The table of a plan about controls of the audit itself."""

from pydantic import Field

from synthaudit.audit.suite.plan.table import PlanTable


class ControlPlan(PlanTable):
    """Which controls run, and how finely the smallest detectable leak is sought.

    Attributes:
        enabled: Whether controls run at all; an audit without them cannot conclude that nothing leaks.
        repeats: Plantings at each strength; a detection rate of 80 % cannot be stated from fewer than 17.
        attacks: Membership attacks whose power is measured; all chosen ones where empty.
    """

    enabled: bool = True
    repeats: int = Field(default=17, ge=1)
    attacks: tuple[str, ...] = ()
