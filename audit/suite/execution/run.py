"""The straight line: plan, tables, cells, result. A finished cell is never computed twice."""

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

from synthaudit.audit.errors import AuditError, PlanError, ResultError
from synthaudit.audit.files import write_atomically
from synthaudit.audit.suite.context.audit_context import AuditContext, write_context
from synthaudit.audit.suite.context.prepare import Prepared, prepare
from synthaudit.audit.suite.context.run_folder import RunFolder
from synthaudit.audit.suite.execution.assemble import Outcome, assemble, run_card
from synthaudit.audit.suite.execution.budget import within_budget
from synthaudit.audit.suite.execution.executors import executor
from synthaudit.audit.suite.execution.worker import perform
from synthaudit.audit.suite.plan import Plan
from synthaudit.audit.suite.result import Result
from synthaudit.audit.suite.tasks.joint import write_risks
from synthaudit.audit.suite.tasks.listing import AFTERWARDS, EVERYBODY, Components, Task, list_cells

TRIES = 3
"""How often a cell is sent out again after its worker died."""

DIED = "its worker died; perhaps memory ran out"

OnProgress = Callable[[str, int, int], None]
"""Told (what was finished, cells done, cells in all)."""


@dataclass(frozen=True)
class ExecutionOptions:
    """Where the cells run; no number depends on it."""

    workers: int = 1
    scheduler: str | None = None
    device: str = "cpu"


def run(
    plan: Plan, out: Path, *, base: Path, where: ExecutionOptions | None = None, told: OnProgress | None = None
) -> Result:
    """Audit what the plan says, leave everything in ``out``, and return the result.

    Args:
        plan: What to audit.
        out: The run folder; what is finished there is not computed again.
        base: Folder from which the plan's relative paths start.
        where: Where the cells run.
        told: Called after each cell.

    Raises:
        AuditError: If the plan, a table or the folder is not what it should be.
    """
    where = where or ExecutionOptions()
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    ready = _made_ready(plan, out, base, where)
    outcomes = _run_cells(ready.cells, ready.context, where, told)
    failed = [f"{outcome.cell.label}: {outcome.reason}" for outcome in outcomes if outcome.reason]
    card = run_card(
        started=started,
        seconds=time.perf_counter() - clock,
        tasks=len(ready.cells),
        failed=failed,
        workers=where.workers,
        device=ready.context.device,
    )
    write_risks(ready.cells, ready.context)
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
    where: ExecutionOptions | None = None,
    told: OnProgress | None = None,
) -> tuple[int, int]:
    """Compute one shard of a plan's cells into ``out``; a later plain ``run`` there finds them and assembles.

    A release goes to one shard with its training and all attacks on it, so that no shard waits for another.

    Returns:
        How many cells the shard has, and how many there are in all.
    """
    where = where or ExecutionOptions()
    ready = _made_ready(plan, out, base, where)
    units = list(dict.fromkeys(_unit(cell) for cell in ready.cells))
    mine = set(units[shard[0] - 1 :: shard[1]])
    cells = [cell for cell in ready.cells if _unit(cell) in mine]
    _run_cells(cells, ready.context, where, told)
    return len(cells), len(ready.cells)


def read_shard(text: str) -> tuple[int, int]:
    """Return (i, n) of a shard written ``i/n``. Raises ``PlanError`` unless 1 <= i <= n."""
    part, _, parts = text.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts)):
        raise PlanError(f"--shard: expected i/n with 1 <= i <= n, such as 2/8, got '{text}'")
    return int(part), int(parts)


def _unit(cell: Task) -> tuple[str, ...]:
    """Return what a cell cannot be parted from: its release, or itself where it concerns real patients only."""
    return (cell.label,) if cell.system == EVERYBODY else (cell.system, str(cell.release))


@dataclass(frozen=True, eq=False)
class _Ready:
    """An audit whose tables are read and whose cells are listed."""

    components: Components
    prepared: Prepared
    context: AuditContext
    cells: tuple[Task, ...]
    dropped: tuple[str, ...]


def _made_ready(plan: Plan, out: Path, base: Path, where: ExecutionOptions) -> _Ready:
    components = Components(plan)
    folder = RunFolder(out)
    folder.create()
    prepared = prepare(plan, base=base, salt=_salt(folder))
    context = write_context(folder, plan, prepared, device=_device(where.device))
    cells, dropped = within_budget(list_cells(components, prepared.sides), components, prepared.sides)
    return _Ready(components, prepared, context, cells, dropped)


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


def _run_cells(
    cells: Sequence[Task], context: AuditContext, where: ExecutionOptions, told: OnProgress | None
) -> list[Outcome]:
    """Compute the cells that are not finished, trainings first, and return how each ended, in order."""
    reasons: dict[Task, str] = {}
    done = 0

    def report(cell: Task) -> None:
        nonlocal done
        done += 1
        if told is not None:
            told(cell.label, done, len(cells))

    trainings = [cell for cell in cells if cell.kind == "fit"]
    reasons.update(_compute(trainings, context, where, report))
    untrained = _untrained(trainings, context, reasons)
    others = []
    for cell in cells:
        if cell.kind == "fit":
            continue
        if (cell.system, cell.release) in untrained:
            reasons[cell] = f"not trained: {untrained[cell.system, cell.release]}"
            report(cell)
        else:
            others.append(cell)
    # Cells that judge others wait until those have left their scores.
    for phase in (False, True):
        part = [cell for cell in others if (cell.kind in AFTERWARDS) == phase]
        reasons.update(_compute(part, context, where, report))
    return [
        Outcome(cell, None, reasons[cell]) if cell in reasons else Outcome(cell, context.folder.read_cell(cell.key))
        for cell in cells
    ]


def _untrained(
    trainings: Iterable[Task], context: AuditContext, reasons: dict[Task, str]
) -> dict[tuple[str, int], str]:
    """Return the releases that cannot be attacked, and why: nothing was sampled from a training that failed."""
    problems = {}
    for cell in trainings:
        problem = reasons.get(cell)
        if problem is None:
            card = context.folder.read_cell(cell.key).training
            problem = card.problem if card is not None else None
        if problem is not None:
            problems[cell.system, cell.release] = problem
    return problems


def _compute(
    cells: Sequence[Task], context: AuditContext, where: ExecutionOptions, report: Callable[[Task], None]
) -> dict[Task, str]:
    """Send out the cells, again if a worker dies, and return the reasons of those that failed."""
    reasons: dict[Task, str] = {}
    waiting = [cell for cell in cells if not _finished(cell, context)]
    for cell in cells:
        if cell not in waiting:
            report(cell)
    for attempt in range(TRIES):
        if not waiting:
            break
        with executor(workers=where.workers, scheduler=where.scheduler) as pool:
            lost = _gather(pool, waiting, context, reasons, report)
        if lost and attempt == TRIES - 1:
            reasons.update(dict.fromkeys(lost, DIED))
        waiting = lost
    return reasons


def _finished(cell: Task, context: AuditContext) -> bool:
    """Whether a cell's result stands and can be read; a training also needs its synthetic table."""
    if not context.folder.has(cell.key):
        return False
    try:
        card = context.folder.read_cell(cell.key).training
    except ResultError:
        context.folder.cell_path(cell.key).unlink()
        return False
    if cell.kind != "fit" or (card is not None and card.problem is not None):
        return True
    if context.synthetic_path(cell.system, cell.release, cell.key).exists():
        return True
    context.folder.cell_path(cell.key).unlink()
    return False


def _gather(
    pool: Executor,
    cells: Sequence[Task],
    context: AuditContext,
    reasons: dict[Task, str],
    report: Callable[[Task], None],
) -> list[Task]:
    """Wait for the cells of one executor; return those whose worker died."""
    lost: list[Task] = []
    futures: dict[Future[None], Task] = {}
    for cell in cells:
        try:
            futures[pool.submit(perform, cell, str(context.folder.root))] = cell
        except BrokenProcessPool:
            lost.append(cell)
    for future in as_completed(futures):
        cell = futures[future]
        try:
            future.result()
        except BrokenProcessPool:
            lost.append(cell)
            continue
        except AuditError as error:
            reasons[cell] = str(error)
        except MemoryError:
            reasons[cell] = "memory ran out"
        except Exception as error:  # noqa: BLE001 - one broken cell must not lose the others
            # A cluster sends a cell out again by itself; the name stands for an import of an optional package.
            reasons[cell] = DIED if type(error).__name__ == "KilledWorker" else _anonymous(error)
        report(cell)
    return lost


def _anonymous(error: Exception) -> str:
    """Return an unexpected error's kind and place; its text is left out, since it may quote a patient's value."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"unexpected {type(error).__name__}{place}; please report it"
