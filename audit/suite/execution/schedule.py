"""The order in which tasks run, and what becomes of those that fail: trainings, the rest, then what rests on scores.

A finished task is never computed twice.
"""

import contextlib
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from synthaudit.audit.errors import AuditError, PlanError, ResultError, unknown_name
from synthaudit.audit.memory import ran_out
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.task import Task
from synthaudit.audit.suite.execution.attempts import begun
from synthaudit.audit.suite.execution.cluster import is_gone
from synthaudit.audit.suite.execution.executors import executor
from synthaudit.audit.suite.execution.worker import run_task
from synthaudit.audit.suite.tasks import TASKS
from synthaudit.audit.suite.tasks.listing import DEPENDENT
from synthaudit.audit.suite.tasks.task_kind import TaskStage

DEVICES = ("auto", "cpu", "cuda")

TRIES = 3
"""How often a task is begun that ends its worker; from the second time on it runs alone, and takes no other with it."""

DIED = "its worker died each time; most likely memory ran out. Use fewer --workers or a larger machine"

PATIENCE = 2.0
"""Seconds between two looks at whether a scheduler is still there."""

OUT_OF_MEMORY = "memory ran out. Use fewer --workers, fewer rows, or a larger machine"

OnProgress = Callable[[str, int, int], None]
"""Told (what was finished, tasks done, tasks in all)."""


@dataclass(frozen=True)
class ExecutionOptions:
    """Where the tasks run; no number depends on it.

    Attributes:
        workers: Processes on this machine.
        scheduler: Address of a dask scheduler, whose workers are used instead; None for none.
        device: ``cpu``, ``cuda``, or ``auto`` for a GPU where there is one.
        scheduler_keys: Folder with the certificates by which scheduler and client know each other.
        clear_text: Whether a scheduler may be used that is not encrypted and obeys everybody who reaches it.
    """

    workers: int = 1
    scheduler: str | None = None
    device: str = "cpu"
    scheduler_keys: Path | None = None
    clear_text: bool = False

    def __post_init__(self) -> None:
        if self.device not in DEVICES:
            raise PlanError(unknown_name("device", self.device, DEVICES))


@dataclass(frozen=True)
class Outcome:
    """How a task ended: with a result, or with a reason."""

    task: Task
    result: TaskResult | None
    reason: str | None = None


def run_tasks(
    tasks: Sequence[Task], context: AuditContext, options: ExecutionOptions, on_progress: OnProgress | None
) -> list[Outcome]:
    """Compute the tasks that are not finished, trainings first, and return how each ended, in order."""
    reasons: dict[Task, str] = {}
    done = 0

    def report(task: Task) -> None:
        nonlocal done
        done += 1
        if on_progress is not None:
            on_progress(task.label, done, len(tasks))

    trainings = [task for task in tasks if TASKS[task.kind].stage is TaskStage.TRAINING]
    reasons.update(_compute(trainings, context, options, report))
    untrained = _untrained(trainings, context, reasons)
    attacked = []
    for task in tasks:
        if TASKS[task.kind].stage is TaskStage.TRAINING:
            continue
        if (task.system, task.release) in untrained:
            reasons[task] = f"not trained: {untrained[task.system, task.release]}"
            report(task)
        else:
            attacked.append(task)
    # Tasks that judge others wait until those have left their scores.
    for dependent in (False, True):
        part = [task for task in attacked if (task.kind in DEPENDENT) == dependent]
        reasons.update(_compute(part, context, options, report))
    return [
        Outcome(task, None, reasons[task]) if task in reasons else Outcome(task, context.folder.read_task(task.key))
        for task in tasks
    ]


def _untrained(
    trainings: Iterable[Task], context: AuditContext, reasons: dict[Task, str]
) -> dict[tuple[str, int], str]:
    """Return the releases that cannot be attacked, and why: nothing was sampled from a training that failed."""
    problems = {}
    for task in trainings:
        problem = reasons.get(task)
        if problem is None:
            card = context.folder.read_task(task.key).training
            problem = card.problem if card is not None else None
        if problem is not None:
            problems[task.system, task.release] = problem
    return problems


def _compute(
    tasks: Sequence[Task], context: AuditContext, options: ExecutionOptions, report: Callable[[Task], None]
) -> dict[Task, str]:
    """Send out the tasks, again if a worker dies, and return the reasons of those that failed."""
    reasons: dict[Task, str] = {}
    waiting = [task for task in tasks if not _finished(task, context)]
    for task in tasks:
        if task not in waiting:
            report(task)
    idle = 0
    while waiting and idle < TRIES:
        before = {task: begun(context.folder, task) for task in waiting}
        # One of those that had begun ended the worker: alone, it takes no other task with it, and is known.
        groups = [[task] for task in waiting if before[task]]
        groups += [fresh] if (fresh := [task for task in waiting if not before[task]]) else []
        lost: list[Task] = []
        for group in groups:
            with _pool(options, context, 1 if before[group[0]] else options.workers) as pool:
                lost += _gather(pool, group, context, reasons, report)
        for task in lost:
            if begun(context.folder, task) >= TRIES:
                reasons[task] = DIED
                report(task)
        stuck = len(lost) == len(waiting) and all(begun(context.folder, task) == before[task] for task in lost)
        idle = idle + 1 if stuck else 0
        waiting = [task for task in lost if task not in reasons]
    return {**reasons, **dict.fromkeys(waiting, DIED)}


def _pool(
    options: ExecutionOptions, context: AuditContext, workers: int
) -> contextlib.AbstractContextManager[Executor]:
    """Return the executor of some tasks; where a task may be ended, its worker is never this process."""
    return executor(
        workers=workers,
        scheduler=options.scheduler,
        scheduler_keys=options.scheduler_keys,
        clear_text=options.clear_text,
        apart=options.workers > 1 or context.plan.limit_minutes is not None,
    )


def _finished(task: Task, context: AuditContext) -> bool:
    """Whether a task's result stands, with all that it left; what is damaged is removed, to be made again."""
    if not context.folder.has(task.key):
        return False
    with contextlib.suppress(ResultError):
        found = context.folder.read_task(task.key)
        sound = found.label == task.label and context.folder.left_intact(found)
        if sound and TASKS[task.kind].intact(task, context):
            return True
    context.folder.forget_task(task.key)
    return False


def _gather(
    pool: Executor,
    tasks: Sequence[Task],
    context: AuditContext,
    reasons: dict[Task, str],
    report: Callable[[Task], None],
) -> list[Task]:
    """Wait for the tasks of one executor; return those whose worker died."""
    lost: list[Task] = []
    futures: dict[Future[None], Task] = {}
    for task in tasks:
        try:
            futures[pool.submit(run_task, task, str(context.folder.root.absolute()))] = task
        except BrokenProcessPool:
            lost.append(task)
    for future in _as_they_end(futures, pool):
        task = futures[future]
        try:
            future.result()
        except BrokenProcessPool:
            lost.append(task)
            continue
        except AuditError as error:
            reasons[task] = str(error)
        except MemoryError:
            reasons[task] = OUT_OF_MEMORY
        except Exception as error:  # noqa: BLE001 - one broken task must not lose the others
            if _was_lost(error):
                lost.append(task)
                continue
            if ran_out(error):
                reasons[task] = OUT_OF_MEMORY
                report(task)
                continue
            # A cluster sends a task out again by itself; the name stands for an import of an optional package.
            reasons[task] = DIED if type(error).__name__ == "KilledWorker" else _anonymous(error)
        report(task)
    return lost


def _as_they_end(futures: Iterable[Future[None]], pool: Executor) -> Iterator[Future[None]]:
    """Yield futures as they end. Raises ``PlanError`` where a scheduler is gone: what it held would never end."""
    pending = set(futures)
    while pending:
        ended, pending = wait(pending, timeout=PATIENCE, return_when=FIRST_COMPLETED)
        yield from ended
        if not ended and is_gone(pool):
            raise PlanError(
                "--scheduler: it was lost. What was finished is kept; start it and run the same command again"
            )


def _was_lost(error: Exception) -> bool:
    """Whether a cluster lost a task's result with its worker: dask's executor then unpacks a result that is None."""
    frames = traceback.extract_tb(error.__traceback__)
    return isinstance(error, TypeError) and bool(frames) and Path(frames[-1].filename).name == "cfexecutor.py"


def _anonymous(error: Exception) -> str:
    """Return an unexpected error's kind and place; its text is left out, since it may quote a patient's value."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"unexpected {type(error).__name__}{place}; please report it"
