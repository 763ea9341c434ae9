"""What a kind of task promises: it lists, computes, costs and ranks its own tasks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar, Protocol

from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.task import TableSizes, Task
from synthaudit.audit.suite.result import Level, Section
from synthaudit.audit.workload import Workload

OVERHEAD = 0.15
"""Seconds that a task takes besides its computation: reading, writing, statistics."""


class TaskStage(IntEnum):
    """What a task is about; tasks are listed in this order, and each of a release's tasks stands with its release."""

    TRAINING = 0
    REAL_DATA = 1
    RELEASE = 2
    DP_TRAINING = 3
    SCORES = 4  # rests on the scores that other tasks leave, and runs after them


class DropReason(IntEnum):
    """Why a task can be spared where time is short, the first to go first."""

    VARIANT = 1
    LESS_KNOWLEDGE = 2
    OTHER_SIZE = 3
    SHADOW_MODELS = 4
    MANY_TRAININGS = 5
    LATER_RELEASE = 6


@dataclass(frozen=True, order=True)
class DropRank:
    """How early a task is dropped, smallest first; of one reason, the smaller ``order`` first."""

    reason: DropReason
    order: float = 0.0


@dataclass(frozen=True)
class MostKnowledge:
    """The most reference records and known columns with which each method is tried.

    Attributes:
        reference: Reference records by kind and method.
        known: Columns known of a target, likewise.
    """

    reference: Mapping[tuple[str, str], int]
    known: Mapping[tuple[str, str], int]

    @classmethod
    def of(cls, tasks: Iterable[Task]) -> "MostKnowledge":
        """Return the most that any of these tasks gives an attacker of the population itself."""
        reference: dict[tuple[str, str], int] = {}
        known: dict[tuple[str, str], int] = {}
        for task in tasks:
            if not task.shifted and task.known_choice == "random":
                key = (task.kind, task.method)
                reference[key] = max(reference.get(key, 0), task.reference)
                known[key] = max(known.get(key, 0), task.known)
        return cls(reference, known)

    def exceeds(self, task: Task) -> bool:
        """Whether the same method is also tried with more knowledge."""
        key = (task.kind, task.method)
        if task.shifted:
            return False
        fewer_columns = task.known_choice == "random" and task.known < self.known.get(key, 0)
        return task.reference < self.reference.get(key, 0) or fewer_columns


class TaskKind(Protocol):
    """A kind of task. Adding one is a module with such a class, a line in ``TASKS`` and a test.

    Attributes:
        stage: What its tasks are about.
        by_size: Whether the tasks of one synthetic size stand together, before those of the next size.
        section: Section of the result in which its rows stand.
        level: What its rows are a statement about.
        statistic: The statistic that is missing where a task fails; None where no row would be missed.
    """

    stage: ClassVar[TaskStage]
    by_size: ClassVar[bool] = False
    section: ClassVar[Section]
    level: ClassVar[Level] = "release"
    statistic: ClassVar[str | None] = None

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield the tasks of this kind in a plan; ``tasks`` are those of earlier stages, with their keys."""
        ...

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Compute a task; deterministic, and without any effect but files in the run's restricted folder."""
        ...

    def intact(self, task: Task, context: AuditContext) -> bool:
        """Whether what a finished task left beside its numbers can still be read."""
        return True

    def cost(self, task: Task, components: Components, sizes: TableSizes) -> float:
        """Return seconds on one core; good to a factor of three."""
        return OVERHEAD + workload(task, components, sizes).comparison_seconds

    def rank(self, task: Task, components: Components, sizes: TableSizes, most: MostKnowledge) -> DropRank | None:
        """Return how early a task is dropped where time is short; None for never."""
        return None

    def key_parts(self, task: Task, components: Components) -> Mapping[str, Any]:
        """Return what the numbers of a task depend on besides what those of every task do, as JSON values."""
        return {}


def workload(task: Task, components: Components, sizes: TableSizes) -> Workload:
    """Return what one computation of a task has to look at."""
    targets = components.plan.targets
    most = task.targets_per_side or task.sample or max(targets.members, targets.holdout)
    return Workload(
        targets=min(most, targets.members, sizes.members) + min(most, targets.holdout, sizes.holdout),
        members=sizes.members,
        synthetic=task.synthetic,
        reference=task.reference,
        columns=sizes.columns,
        known=task.known,
    )


def rank_of_release(task: Task) -> DropRank | None:
    """Return the rank of a task that only its release makes dispensable: the last release goes first."""
    return DropRank(DropReason.LATER_RELEASE, -task.release) if task.release else None
