"""Numbers of attacks on tables in which leaks were planted, as a result keeps them for a policy to judge.

Whether a leak is detected depends on limits, corrections and bounds that only a policy knows. So a result holds, as one
series per attack, statistic and kind of leak, what each repeat measured at each strength; nothing planted is strength 0
and opens a repeat.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from synthaudit.audit.suite.result.model import StrictModel
from synthaudit.audit.suite.result.rows import Series

PREFIX = "planted "

DIGITS = 6


@dataclass(frozen=True)
class PlantedTrials:
    """What one statistic of one attack came to, repeat by repeat, each at growing strengths.

    Attributes:
        kind: What was planted, such as ``verbatim``.
        statistic: What was measured.
        slice: Which part of the targets or which rule.
        method: Key of the attack.
        patients: Members planted, one entry per measurement; 0 opens a repeat.
        values: Named numbers of each measurement: ``value``, ``low`` and ``trials`` of an estimate with its 95 %
            interval, or ``found``, ``members``, ``matched`` and ``holdout`` of a rule fixed beforehand.
    """

    kind: str
    statistic: str
    slice: str
    method: str
    patients: tuple[int, ...]
    values: dict[str, tuple[float, ...]]

    @classmethod
    def of(cls, series: Series) -> "PlantedTrials | None":
        """Return what a series holds, or None if it is about something else."""
        if not series.name.startswith(PREFIX):
            return None
        kind, statistic, part = series.name.removeprefix(PREFIX).split(": ", 2)
        values = dict(series.values)
        patients = tuple(int(count) for count in values.pop("patients"))
        return cls(kind, statistic, part, series.method, patients, values)

    @property
    def name(self) -> str:
        """The name of the series."""
        return f"{PREFIX}{self.kind}: {self.statistic}: {self.slice}"

    def as_values(self) -> dict[str, tuple[float, ...]]:
        """Return the values of the series."""
        numbers = {name: tuple(float(f"{one:.{DIGITS}g}") for one in many) for name, many in self.values.items()}
        return {"patients": tuple(map(float, self.patients)), **numbers}

    def repeats(self) -> Iterator[dict[int, int]]:
        """Yield, for each repeat, the place of the measurement at each strength."""
        at: dict[int, int] = {}
        for place, count in enumerate(self.patients):
            if count == 0 and at:
                yield at
                at = {}
            at[count] = place
        if at:
            yield at


class PlantedPower(StrictModel):
    """How often a criterion's own rule fired because of a planted leak, by the number of members planted.

    Attributes:
        kind: What was planted.
        repeats: Plantings at each strength.
        patients: Members planted, in ascending order.
        detected: Share of the repeats in which the rule fired with the leak and not without it, at each strength.
        low: Lower ends of their 95 % intervals.
        high: Upper ends.
        beyond: Share of the repeats in which some number itself lay above the limit.
        responds: Whether the strongest leak surely moved the numbers: an attack that never reads the table does not.
        smallest: Fewest members from which on the lower end is above the rate that the policy asks for; None where no
            strength reached it.
    """

    kind: str
    repeats: int
    patients: tuple[int, ...]
    detected: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    beyond: tuple[float, ...] = ()
    responds: bool = False
    smallest: int | None = None


def fewest_noticed(powers: Iterable[PlantedPower], kind: str = "verbatim") -> int | None:
    """Return how many members must at least be leaked in this way for any of several criteria to notice; or None."""
    return min((one.smallest for one in powers if one.kind == kind and one.smallest is not None), default=None)


def most_planted(powers: Iterable[PlantedPower], kind: str = "verbatim") -> int | None:
    """Return the most members that were planted in this way; None where none were."""
    return max((one.patients[-1] for one in powers if one.kind == kind and one.patients), default=None)
