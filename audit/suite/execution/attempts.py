"""What is known of tasks whose worker died: which had begun, and which were ended since they took too long."""

import contextlib
import faulthandler
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from synthaudit.audit.errors import TimeLimitError
from synthaudit.audit.suite.context.run_folder import RunFolder
from synthaudit.audit.suite.context.task import Task

_running: dict[Path, tuple[float, IO[bytes]]] = {}
_guard = threading.Lock()


def begun(folder: RunFolder, task: Task) -> int:
    """Return how often a task was begun since the audit was started."""
    try:
        return _notes(folder, task).stat().st_size
    except OSError:
        return 0


@contextlib.contextmanager
def attempt(folder: RunFolder, task: Task, *, minutes: float | None) -> Iterator[None]:
    """Note that a task is begun; end this process if the block takes longer than ``minutes``.

    The end comes from a thread of the interpreter that needs no lock, so that no loop of native code can hold it up.
    It leaves a file, by which the next attempt knows; no clock is compared.

    Raises:
        TimeLimitError: The task was ended so before.
    """
    notes = _notes(folder, task)
    overtime = notes.with_suffix(".overtime")
    if minutes is not None and overtime.exists() and overtime.stat().st_size:
        raise TimeLimitError(
            f"stopped after {minutes:g} minutes, the most that one task may take (limit_minutes). Raise it and run the "
            "same command again, or leave the task out"
        )
    notes.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with notes.open("ab") as file:
        file.write(b".")
    try:
        with _ended_after(minutes, overtime):
            yield
    finally:  # whoever comes here is alive
        notes.unlink(missing_ok=True)


@contextlib.contextmanager
def _ended_after(minutes: float | None, overtime: Path) -> Iterator[None]:
    """End this process where the block takes too long, and leave in a file where it stood: places, no values."""
    if minutes is None:
        yield
        return
    with overtime.open("wb") as evidence:
        _watch(overtime, (time.monotonic() + 60 * minutes, evidence))
        try:
            yield
        finally:
            _watch(overtime, None)
    overtime.unlink()


def _watch(path: Path, deadline: tuple[float, IO[bytes]] | None) -> None:
    """Add or remove a deadline of this process; its one alarm is set to the earliest."""
    with _guard:
        if deadline is None:
            _running.pop(path, None)
        else:
            _running[path] = deadline
        if not _running:
            faulthandler.cancel_dump_traceback_later()
            return
        at, evidence = min(_running.values(), key=lambda one: one[0])
        faulthandler.dump_traceback_later(max(at - time.monotonic(), 0.01), exit=True, file=evidence)


def _notes(folder: RunFolder, task: Task) -> Path:
    return folder.work / "begun" / task.key
