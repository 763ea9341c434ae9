"""The straight line: plan, tables, tasks, result. A finished task is never computed twice."""

import contextlib
import os
import secrets
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from synthaudit.audit.errors import AuditError, PlanError, ResultError, unknown_name
from synthaudit.audit.files import write_atomically
from synthaudit.audit.suite.context.audit_context import AuditContext, write_context
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.prepare import Prepared, prepare
from synthaudit.audit.suite.context.run_folder import RunFolder
from synthaudit.audit.suite.context.task import EVERYBODY, Task
from synthaudit.audit.suite.execution.assemble import Outcome, assemble, run_card
from synthaudit.audit.suite.execution.budget import within_budget
from synthaudit.audit.suite.execution.executors import executor
from synthaudit.audit.suite.execution.worker import run_task
from synthaudit.audit.suite.plan import Plan
from synthaudit.audit.suite.result import Result
from synthaudit.audit.suite.tasks.joint import write_risks
from synthaudit.audit.suite.tasks.listing import DEPENDENT, list_tasks

TRIES = 3
"""How often a task is sent out again after its worker died."""

DEVICES = ("auto", "cpu", "cuda")

DIED = "its worker died; perhaps memory ran out"

OnProgress = Callable[[str, int, int], None]
"""Told (what was finished, tasks done, tasks in all)."""


@dataclass(frozen=True)
class ExecutionOptions:
    """Where the tasks run; no number depends on it.

    Attributes:
        workers: Processes on this machine.
        scheduler: Address of a dask scheduler, whose workers are used instead; None for none.
        device: ``cpu``, ``cuda``, or ``auto`` for a GPU where there is one.
    """

    workers: int = 1
    scheduler: str | None = None
    device: str = "cpu"

    def __post_init__(self) -> None:
        if self.device not in DEVICES:
            raise PlanError(unknown_name("device", self.device, DEVICES))


def run(
    plan: Plan, out: Path, *, base: Path, options: ExecutionOptions | None = None, on_progress: OnProgress | None = None
) -> Result:
    """Audit what the plan says, leave everything in ``out``, and return the result.

    Args:
        plan: What to audit.
        out: The run folder; what is finished there is not computed again.
        base: Folder from which the plan's relative paths start.
        options: Where the tasks run.
        told: Called after each task.

    Raises:
        AuditError: If the plan, a table or the folder is not what it should be.
    """
    options = options or ExecutionOptions()
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    ready = prepare_run(plan, out, base, options)
    outcomes = _run_tasks(ready.tasks, ready.context, options, on_progress)
    failed = [f"{outcome.task.label}: {outcome.reason}" for outcome in outcomes if outcome.reason]
    card = run_card(
        started=started,
        seconds=time.perf_counter() - clock,
        tasks=len(ready.tasks),
        failed=failed,
        workers=options.workers,
        device=ready.context.device,
    )
    write_risks(ready.tasks, ready.context)
    apart = ready.context.targets.distinctive
    split = ready.prepared.split.model_copy(update={"distinctive": apart.share, "distinctive_radius": apart.radius})
    result = assemble(ready.components, replace(ready.prepared, split=split), outcomes, card, ready.dropped)
    write_atomically(out / "result.json", result.to_json().encode())
    return result


def run_shard(
    plan: Plan,
    out: Path,
    shard: tuple[int, int],
    *,
    base: Path,
    options: ExecutionOptions | None = None,
    on_progress: OnProgress | None = None,
) -> tuple[int, int]:
    """Compute one shard of a plan's tasks into ``out``; a later plain ``run`` there finds them and assembles.

    A release goes to one shard with its training and all attacks on it, so that no shard waits for another.

    Returns:
        How many tasks the shard has, and how many there are in all.
    """
    options = options or ExecutionOptions()
    ready = prepare_run(plan, out, base, options)
    units = list(dict.fromkeys(_unit(task) for task in ready.tasks))
    mine = set(units[shard[0] - 1 :: shard[1]])
    tasks = [task for task in ready.tasks if _unit(task) in mine]
    _run_tasks(tasks, ready.context, options, on_progress)
    return len(tasks), len(ready.tasks)


def read_shard(text: str) -> tuple[int, int]:
    """Return (i, n) of a shard written ``i/n``. Raises ``PlanError`` unless 1 <= i <= n."""
    part, _, parts = text.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts)):
        raise PlanError(f"--shard: expected i/n with 1 <= i <= n, such as 2/8, got '{text}'")
    return int(part), int(parts)


def _unit(task: Task) -> tuple[str, ...]:
    """Return what a task cannot be parted from: its release, or itself where it concerns real patients only."""
    return (task.label,) if task.system == EVERYBODY else (task.system, str(task.release))


@dataclass(frozen=True, eq=False)
class PreparedRun:
    """An audit whose tables are read and whose tasks are listed."""

    components: Components
    prepared: Prepared
    context: AuditContext
    tasks: tuple[Task, ...]
    dropped: tuple[str, ...]


def prepare_run(plan: Plan, out: Path, base: Path, options: ExecutionOptions) -> PreparedRun:
    components = Components(plan)
    folder = RunFolder(out)
    folder.create()
    prepared = prepare(plan, base=base, salt=_salt(folder))
    context = write_context(folder, plan, prepared, device=_device(options.device))
    tasks, dropped = within_budget(list_tasks(components, prepared.sizes), components, prepared.sizes)
    return PreparedRun(components, prepared, context, tasks, dropped)


def _salt(folder: RunFolder) -> bytes:
    """Return the run's secret salt for pseudonyms, made once."""
    path = folder.restricted / "salt"
    if not path.exists():
        own = folder.restricted / f"salt-{secrets.token_hex(8)}"
        write_atomically(own, secrets.token_bytes(32), mode=0o600)
        with contextlib.suppress(FileExistsError):  # another shard was first: its salt stands
            os.link(own, path)
        own.unlink()
    return path.read_bytes()


def _device(wanted: str) -> str:
    """Return ``cpu`` or ``cuda``. Raises ``PlanError`` if a GPU is asked for and there is none."""
    if wanted == "cpu":
        return wanted
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if wanted == "cuda":
        raise PlanError("--device cuda: expected a CUDA device, found none. Use --device auto or cpu")
    return "cpu"


def _run_tasks(
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

    trainings = [task for task in tasks if task.kind == "fit"]
    reasons.update(_compute(trainings, context, options, report))
    untrained = _untrained(trainings, context, reasons)
    others = []
    for task in tasks:
        if task.kind == "fit":
            continue
        if (task.system, task.release) in untrained:
            reasons[task] = f"not trained: {untrained[task.system, task.release]}"
            report(task)
        else:
            others.append(task)
    # Tasks that judge others wait until those have left their scores.
    for phase in (False, True):
        part = [task for task in others if (task.kind in DEPENDENT) == phase]
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
    for attempt in range(TRIES):
        if not waiting:
            break
        with executor(workers=options.workers, scheduler=options.scheduler) as pool:
            lost = _gather(pool, waiting, context, reasons, report)
        if lost and attempt == TRIES - 1:
            reasons.update(dict.fromkeys(lost, DIED))
        waiting = lost
    return reasons


def _finished(task: Task, context: AuditContext) -> bool:
    """Whether a task's result stands and can be read; a training also needs its synthetic table."""
    if not context.folder.has(task.key):
        return False
    try:
        card = context.folder.read_task(task.key).training
    except ResultError:
        context.folder.task_path(task.key).unlink()
        return False
    if task.kind != "fit" or (card is not None and card.problem is not None):
        return True
    if context.synthetic_path(task.system, task.release, task.key).exists():
        return True
    context.folder.task_path(task.key).unlink()
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
            futures[pool.submit(run_task, task, str(context.folder.root))] = task
        except BrokenProcessPool:
            lost.append(task)
    for future in as_completed(futures):
        task = futures[future]
        try:
            future.result()
        except BrokenProcessPool:
            lost.append(task)
            continue
        except AuditError as error:
            reasons[task] = str(error)
        except MemoryError:
            reasons[task] = "memory ran out"
        except Exception as error:  # noqa: BLE001 - one broken task must not lose the others
            # A cluster sends a task out again by itself; the name stands for an import of an optional package.
            reasons[task] = DIED if type(error).__name__ == "KilledWorker" else _anonymous(error)
        report(task)
    return lost


def _anonymous(error: Exception) -> str:
    """Return an unexpected error's kind and place; its text is left out, since it may quote a patient's value."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"unexpected {type(error).__name__}{place}; please report it"
