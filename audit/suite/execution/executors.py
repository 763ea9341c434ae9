"""Where tasks run: here, in worker processes, or on a cluster; behind the standard library's one interface."""

import contextlib
import os
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import Any, TypeVar
from urllib.parse import urlsplit

from synthaudit.audit.errors import PlanError
from synthaudit.audit.processes import end_with_parent

T = TypeVar("T")


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
def executor(*, workers: int = 1, scheduler: str | None = None) -> Iterator[Executor]:
    """Yield an executor: serial for one worker, loky processes for several, dask for a scheduler's address.

    Raises:
        PlanError: If the scheduler cannot be used: the extra ``cluster`` is missing, or the address is neither on
            this machine nor encrypted.
    """
    if scheduler is not None:
        with _cluster(scheduler) as pool:
            yield pool
    elif workers <= 1:
        yield Serial()
    else:
        from joblib.externals.loky import get_reusable_executor

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


@contextlib.contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    host = urlsplit(address if "://" in address else f"tcp://{address}")
    if host.scheme != "tls" and host.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise PlanError(
            f"--scheduler: expected a tls:// address, since {host.hostname} is not this machine and tasks name "
            "files of patients. Start the scheduler with TLS"
        )
    try:
        from distributed import Client
    except ImportError:
        raise PlanError(
            "--scheduler: expected the extra 'cluster'. Install it with: pip install 'synthaudit[cluster]'"
        ) from None
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, TimeoutError):
        raise PlanError("--scheduler: expected a dask scheduler at this address, none answered") from None
    try:
        yield client.get_executor(pure=False)
    finally:
        client.close()
