"""The straight line: plan, tables, tasks, result. A finished task is never computed twice."""

import contextlib
import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from synthaudit.audit.errors import InputError, PlanError, PoorerResultError, ResultError
from synthaudit.audit.files import write_atomically
from synthaudit.audit.memory import MIB, require_memory
from synthaudit.audit.suite.context.audit_context import AuditContext, Release, write_context
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.prepare import Prepared, prepare
from synthaudit.audit.suite.context.run_folder import RunFolder
from synthaudit.audit.suite.context.schema_roles import with_schema_roles
from synthaudit.audit.suite.context.shown_names import with_shown_names
from synthaudit.audit.suite.context.task import CODE_VERSION, EVERYBODY, Task
from synthaudit.audit.suite.execution.assemble import assemble
from synthaudit.audit.suite.execution.budget import within_budget
from synthaudit.audit.suite.execution.cards import run_card
from synthaudit.audit.suite.execution.folder_lock import audit_lock
from synthaudit.audit.suite.execution.risk_list import write_risks
from synthaudit.audit.suite.execution.schedule import ExecutionOptions, OnProgress, Outcome, run_tasks
from synthaudit.audit.suite.execution.untested import list_sampled
from synthaudit.audit.suite.plan import Plan
from synthaudit.audit.suite.plan.plan_text import plan_text
from synthaudit.audit.suite.result import Result, read_result, write_result
from synthaudit.audit.suite.tasks import TASKS
from synthaudit.audit.suite.tasks.listing import list_tasks
from synthaudit.audit.suite.tasks.task_kind import TaskStage

SALT_BYTES = 32

RESIDENT, ADDRESSED = 400 * MIB, 1700 * MIB
"""Bytes that an audit of the smallest table takes, and addresses, besides what is loaded when it starts."""


Judge = Callable[[Result], Result]
"""Puts the findings on the exact numbers into a result."""


def run(
    plan: Plan,
    out: Path,
    *,
    base: Path,
    options: ExecutionOptions | None = None,
    on_progress: OnProgress | None = None,
    judge: Judge | None = None,
) -> Result:
    """Audit what the plan says, leave everything in ``out``, and return the exact result.

    What stands in ``result.json`` has no number of few patients; the exact result lies in ``restricted/`` besides.

    Args:
        plan: What to audit.
        out: The run folder; what is finished there is not computed again.
        base: Folder from which the plan's relative paths start.
        options: Where the tasks run.
        on_progress: Called after each task.
        judge: Puts findings into the result, for those who will see its published form alone.

    Raises:
        AuditError: If the plan, a table or the folder is not what it should be.
    """
    options = options or ExecutionOptions()
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    with prepared_run(plan, out, base, options) as ready:
        outcomes = run_tasks(ready.tasks, ready.context, options, on_progress)
        seconds = time.perf_counter() - clock
        return _finish(ready, outcomes, started=started, seconds=seconds, options=options, judge=judge)


def _finish(
    ready: "PreparedRun",
    outcomes: list[Outcome],
    *,
    started: str,
    seconds: float,
    options: ExecutionOptions,
    judge: Judge | None,
) -> Result:
    """Assemble and store the result, unless an earlier one of the same audit has more in it."""
    failed = [f"{outcome.task.label}: {outcome.reason}" for outcome in outcomes if outcome.reason]
    card = run_card(
        started=started,
        seconds=seconds,
        tasks=len(ready.tasks),
        failed=failed,
        workers=options.workers,
        device=ready.context.device,
    )
    write_risks(ready.tasks, ready.context)
    distinctive = ready.context.targets.distinctive
    update = {"distinctive": distinctive.share, "distinctive_radius": distinctive.radius}
    split = ready.prepared.split.model_copy(update=update)
    notes = (*ready.dropped, *list_sampled(ready.tasks, split))
    result = assemble(ready.components, replace(ready.prepared, split=split), outcomes, card, notes)
    root = ready.context.folder.root
    _require_no_loss(root / "result.json", result)
    if judge is not None:
        result = judge(result)
    write_atomically(root / "plan.toml", plan_text(ready.components.plan).encode())
    write_result(result, root)
    return result


def _require_no_loss(stored: Path, result: Result) -> None:
    """Raise where a stored result of the same audit holds numbers that this one lacks, since its tasks failed."""
    if not result.run.failed or not stored.exists():
        return
    try:
        before = read_result(stored)
    except ResultError:
        return
    same = (before.plan_sha256, before.data) == (result.plan_sha256, result.data)
    if same and len(before.run.failed) < len(result.run.failed):
        raise PoorerResultError(
            f"{len(result.run.failed):,} tasks could not be computed, so the earlier result.json with more in it "
            f"stands. The first: {result.run.failed[0]}. Mend it and run the same command again"
        )


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
    with prepared_run(plan, out, base, options) as ready:
        units = list(dict.fromkeys(_unit(task) for task in ready.tasks))
        mine = set(units[shard[0] - 1 :: shard[1]])
        tasks = [task for task in ready.tasks if _unit(task) in mine]
        run_tasks(tasks, ready.context, options, on_progress)
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


@contextlib.contextmanager
def prepared_run(plan: Plan, out: Path, base: Path, options: ExecutionOptions) -> Iterator[PreparedRun]:
    """Read the tables, list the tasks, and hold the run folder for this audit while the block lasts."""
    require_memory(RESIDENT, "for an audit", address_space=ADDRESSED)
    plan = with_schema_roles(plan, base)
    Components(plan)  # what is wrong with the plan is said before any table is read
    folder = RunFolder(out)
    folder.create()
    prepared = prepare(plan, base=base, salt=_salt(folder))
    identity = hashlib.sha256(f"{plan.sha256()} {prepared.sizes.fingerprint} {CODE_VERSION}".encode()).hexdigest()
    plan = with_shown_names(plan, prepared.tables["members"].schema)
    components = Components(plan)
    with audit_lock(folder, identity):
        listed = list_tasks(components, prepared.sizes)
        trainings = (task for task in listed if TASKS[task.kind].stage is TaskStage.TRAINING)
        releases = [Release(task.system, task.release, task.key, task.synthetic) for task in trainings]
        context = write_context(folder, plan, prepared, releases=releases, device=_device(options.device))
        tasks, dropped = within_budget(listed, components, prepared.sizes)
        yield PreparedRun(components, prepared, context, tasks, dropped)


def _salt(folder: RunFolder) -> bytes:
    """Return the run's secret salt for pseudonyms, made once."""
    path = folder.restricted / "salt"
    if not path.exists():
        own = folder.restricted / f"salt-{secrets.token_hex(8)}"
        write_atomically(own, secrets.token_bytes(SALT_BYTES), mode=0o600)
        with contextlib.suppress(FileExistsError):  # another shard was first: its salt stands
            os.link(own, path)
        own.unlink()
    salt = path.read_bytes()
    if len(salt) != SALT_BYTES:
        raise InputError(
            f"expected {SALT_BYTES} random bytes, found {len(salt)}",
            file=path,
            cure="Delete it: the patients of this folder then get new pseudonyms",
        )
    return salt


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
