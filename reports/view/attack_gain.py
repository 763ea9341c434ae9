"""A membership attack beside the same attack on controls: the most it could reach, and what it reaches of no leak."""

from dataclasses import dataclass
from typing import Final, Literal

from synthaudit.audit.suite.result import Estimated, Row
from synthaudit.reports.view.curve import representative
from synthaudit.reports.view.result_view import ResultView

ControlKind = Literal["republish", "null"]
CONTROLS: Final[tuple[ControlKind, ...]] = ("republish", "null")
"""Names in the catalogue of generators: one publishes its members' rows, one has never seen them."""


@dataclass(frozen=True)
class AttackGain:
    """One attack's number on a system, and the same attack's numbers on the controls.

    Attributes:
        row: The attack on the system.
        republished: The same attack, holding as much, on the members' own rows; None where it was not measured.
        null: The same on a table that no member had a part in.
    """

    row: Row
    republished: Estimated | None
    null: Estimated | None

    @property
    def share(self) -> float | None:
        """How much of what the attack could gain over guessing it gained: 1 where the system gives as much as the rows.

        None where the control shows that the attack has next to nothing to gain, or nothing was measured.
        """
        chance = self.row.chance
        if chance is None or self.republished is None or not isinstance(self.row.number, Estimated):
            return None
        if self.republished.low <= chance:
            return None
        return max(self.row.number.value - chance, 0.0) / (self.republished.value - chance)

    @property
    def share_range(self) -> tuple[float, float] | None:
        """How small and how large that share is where both numbers lie at the ends of their intervals."""
        chance, most, own = self.row.chance, self.republished, self.row.number
        if self.share is None or chance is None or most is None or not isinstance(own, Estimated):
            return None
        high = own.high if own.high is not None else own.value
        reached = most.high if most.high is not None else most.value
        return max(own.low - chance, 0.0) / (reached - chance), max(high - chance, 0.0) / (most.low - chance)


def attack_gain(view: ResultView, row: Row) -> AttackGain:
    """Return a row with the same attack's numbers on the controls."""
    return AttackGain(row, *(_on_control(view, row, kind) for kind in CONTROLS))


def _on_control(view: ResultView, row: Row, kind: ControlKind) -> Estimated | None:
    for card in view.controls:
        if control_name(view, card.key) != kind:
            continue
        same = [
            one for one in view.rows(row.section, row.statistic, system=card.key, method=row.method, slice=row.slice)
            if one.knowledge == row.knowledge and one.level == row.level
        ]  # fmt: skip
        found = representative([one for one in same if one.release == row.release] or same)
        if found is not None and isinstance(found.number, Estimated):
            return found.number
    return None


def control_name(view: ResultView, key: str) -> str:
    """Return a generator's name in the catalogue, which the plan may have given another."""
    generators = view.result.plan.get("generators", {})
    return str(generators.get(key, {}).get("use") or key)
