"""Rows of the result: what those of one task have in common, and how scores become one per patient."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from synthaudit.audit.statistics import Measurement, NotMeasured, differences
from synthaudit.audit.suite.attacker.attacker_knowledge import threat_model_of
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.task import EVERYBODY, Task
from synthaudit.audit.suite.result import Level, Row, Section, Series, ThreatModel, number_of

CONFIDENCE = 0.95


@dataclass(frozen=True)
class RowTemplate:
    """What the rows of one task have in common.

    Attributes:
        task: Label of the task.
        section: Section of the result.
        system: Key of the system under test.
        release: Which of its synthetic tables; None for the real patients.
        method: Key of the attack, metric or control.
        knowledge: What the attacker holds; None where there is no attacker.
        members: Member patients behind the rows.
        holdout: Holdout patients behind the rows.
        level: What the rows are a statement about.
    """

    task: str
    section: Section
    system: str
    release: int | None
    method: str
    knowledge: ThreatModel | None
    members: int
    holdout: int
    level: Level = "release"

    def row(
        self,
        statistic: str,
        measurement: Measurement,
        *,
        part: str = "all",
        chance: float | None = None,
        worse: str = "higher",
    ) -> Row:
        """Return one row of the result."""
        return Row(
            id=f"{self.task}/{statistic}" + ("" if part == "all" else f"/{part}"),
            section=self.section,
            level=self.level,
            system=self.system,
            release=self.release,
            method=self.method,
            statistic=statistic,
            slice=part,
            knowledge=self.knowledge,
            number=number_of(measurement),
            chance=chance,
            worse="lower" if worse == "lower" else "higher",
            members=self.members,
            holdout=self.holdout,
        )

    def series(self, name: str, values: Mapping[str, np.ndarray]) -> Series:
        """Return the points of one figure."""
        return Series(
            id=f"{self.task}/{name}",
            section=self.section,
            system=self.system,
            release=self.release,
            method=self.method,
            name=name,
            knowledge=self.knowledge,
            values={key: tuple(float(point) for point in points) for key, points in values.items()},
        )


def row_template(task: Task, context: AuditContext, section: Section) -> RowTemplate:
    """Return what the rows of a task have in common."""
    targets = context.targets_of(task)
    return RowTemplate(
        task=task.label,
        section=section,
        system=task.system,
        release=None if task.system == EVERYBODY else task.release,
        method=task.method,
        knowledge=threat_model_of(task, context) if task.synthetic else None,
        members=len(np.unique(targets.members.patients)),
        holdout=len(np.unique(targets.holdout.patients)),
    )


def per_patient(scores: np.ndarray, patients: np.ndarray) -> np.ndarray:
    """Return each patient's highest score: a patient is found if any of their rows is, shape ``(patients,)``."""
    _, owner = np.unique(patients, return_inverse=True)
    highest = np.full(owner.max(initial=-1) + 1, -np.inf)
    np.maximum.at(highest, owner, scores)
    return highest


def minus(left: Measurement, right: Measurement) -> Measurement:
    """Return the difference of two measurements, or why one of them is not measured."""
    if isinstance(left, NotMeasured):
        return left
    return right if isinstance(right, NotMeasured) else differences.difference(left, right)
