"""A finding: one criterion of a policy, judged on one system under test."""

from typing import Any, Literal

from synthaudit.audit.suite.result.model import Level, Section, StrictModel
from synthaudit.audit.suite.result.numbers import Number
from synthaudit.audit.suite.result.planted import PlantedPower

Verdict = Literal["pass", "fail", "inconclusive", "not measured", "invalid"]
State = Literal["pass", "leak proven, within the limit", "fail", "inconclusive", "not measured", "invalid"]
Severity = Literal["high", "medium", "low"]


class Finding(StrictModel):
    """One criterion of a policy, judged.

    Attributes:
        id: The criterion's identifier, such as ``MEM-1``.
        title: What is asked of the system, in words.
        system: Key of the system under test.
        verdict: ``fail`` only if the one-sided lower bound breaks the threshold, ``pass`` only if the upper bound
            keeps it; ``invalid`` if a negative control failed.
        severity: How much the policy cares.
        reason: Why, in one sentence with the decisive number.
        section: Which question the criterion belongs to.
        level: Release, generator or mechanism.
        statistic: The statistic judged.
        threshold: The limit that decided: the one that fails where it is not met, else the one that must be kept.
        number: The decisive number.
        rows: Ids of the rows the verdict rests on, the decisive one first.
        considered: How many numbers were looked at.
        bound: The one-sided bound of the decisive number that settled the verdict. Not met: the bound nearest to no
            risk, corrected for all numbers and criteria. Met or inconclusive: the other one, at 95 %, which needs no
            correction since every number must meet the limit. None where no bound was compared with the limit.
        detectable: The smallest leak that this criterion would have noticed, in words, where controls measured it.
        power: How often its own rule fired on planted leaks, by kind and strength.
        citation: Where the threshold comes from; a threshold is policy, not science.
        proven: P-value of "no leak at all", adjusted for all numbers and criteria, where a leak that does not break the
            limit is significant; else None.
        caveat: What the verdict leaves out, or whose limit is raised, since the real records are few or coarse.
    """

    id: str
    title: str
    system: str
    verdict: Verdict
    severity: Severity
    reason: str
    section: Section
    level: Level
    statistic: str
    threshold: float
    worse: Literal["higher", "lower"]
    number: Number
    rows: tuple[str, ...] = ()
    considered: int = 0
    bound: float | None = None
    detectable: str | None = None
    power: tuple[PlantedPower, ...] = ()
    citation: str = ""
    proven: float | None = None
    caveat: str = ""

    @property
    def state(self) -> State:
        """The verdict; a criterion that is met says so if a leak is proven all the same."""
        return "leak proven, within the limit" if self.verdict == "pass" and self.proven is not None else self.verdict

    def as_json(self) -> dict[str, Any]:
        """Return all fields and the state, as JSON values."""
        return {**self.model_dump(mode="json"), "state": self.state}
