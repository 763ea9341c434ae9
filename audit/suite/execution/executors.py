"""Where tasks run: here, in worker processes, or on a cluster; behind the standard library's one interface."""

import contextlib
import os
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, TypeVar

from synthaudit.audit.memory import MIB, require_memory, resident_left
from synthaudit.audit.processes import end_with_parent
from synthaudit.audit.suite.context.audit_context import cores
from synthaudit.audit.suite.execution.cluster import cluster

T = TypeVar("T")

WORKER_BYTES = 400 * MIB
"""Bytes that a worker takes for its libraries alone."""


def affordable_workers() -> int:
    """Return one worker per core, or as many as memory has room for, at least one."""
    left = resident_left()
    return cores() if left is None else max(1, min(cores(), left // WORKER_BYTES))


class Serial(Executor):
    """Runs each task at once, in this process."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run ``fn`` now and return its finished future."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - a future carries whatever its task raised
            future.set_exception(error)
        return future


@contextlib.contextmanager
def executor(
    *,
    workers: int = 1,
    scheduler: str | None = None,
    scheduler_keys: Path | None = None,
    clear_text: bool = False,
    apart: bool = False,
) -> Iterator[Executor]:
    """Yield an executor: serial for one worker, loky processes for several, dask for a scheduler's address.

    Args:
        workers: Processes on this machine.
        scheduler: Address of a dask scheduler, used instead.
        scheduler_keys: Folder of certificates for it.
        clear_text: Whether it may be one that is not encrypted.
        apart: Whether a single worker is a process of its own too, so that its end is not that of this one.

    Raises:
        PlanError: The scheduler cannot be used.
        MemoryShortageError: There is no room for so many workers.
    """
    if scheduler is not None:
        with cluster(scheduler, keys=scheduler_keys, clear_text=clear_text) as pool:
            yield pool
    elif workers <= 1 and not apart:
        yield Serial()
    else:
        from joblib.externals.loky import get_reusable_executor

        require_memory(workers * WORKER_BYTES, f"for {workers} workers", address_space=0)
        # Workers stay for the next phase, since each has torch to load; a broken pool is replaced by a new one.
        # A worker that has grown is replaced between two tasks, and no task is lost: nothing a user could act upon.
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs were given to the executor")
        with _safe_path():
            pool = get_reusable_executor(max_workers=workers, initializer=_start_worker, initargs=(workers,))
            try:
                yield pool
            except BaseException:  # an interruption must not wait for the tasks in flight
                pool.shutdown(wait=False, kill_workers=True)
                raise


@contextlib.contextmanager
def _safe_path() -> Iterator[None]:
    """Keep the working directory off the path of child processes, where a user's own ``joblib.py`` may lie.

    A worker then takes over this process's path. The variable is set for as long as workers may be started, since a
    worker that died is replaced and the first of them starts helpers of its own.
    """
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("PYTHONSAFEPATH", None)
        else:
            os.environ["PYTHONSAFEPATH"] = before


def _start_worker(workers: int) -> None:
    """Let a worker end with this process, and give it its share of the cores; no number depends on it."""
    end_with_parent()
    share = str(max(1, (os.cpu_count() or 1) // workers))
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, share)
