"""The run folder: what is finished is on disk under its own address, and a crash costs at most the task in flight."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from synthaudit.audit.errors import InputError, ResultError
from synthaudit.audit.files import remove_leftovers, write_atomically
from synthaudit.audit.ledger import Ledger
from synthaudit.audit.processes import kill_marked
from synthaudit.audit.suite.context.task import Task
from synthaudit.audit.suite.result import Row, Series, StrictModel

RESTRICTED = ("synthetic", "scores", "copies", "secrets", "keys")
"""Folders of ``restricted/``: unpublished tables, and what tasks leave to those that rest on them."""


class TrainingCard(StrictModel):
    """How one training went."""

    seconds: float
    steps: int
    problem: str | None
    notes: tuple[str, ...]
    distinct: float
    ledger: Ledger | None = None


class TaskResult(StrictModel):
    """What a finished task leaves behind; nothing in it is a patient's.

    Attributes:
        label: The task's name.
        key: The task's address.
        rows: Its numbers.
        series: Its figures' points.
        training: How the training went, for a task that trains.
        seconds: Wall time; enters no number.
    """

    label: str
    key: str
    rows: tuple[Row, ...] = ()
    series: tuple[Series, ...] = ()
    training: TrainingCard | None = None
    seconds: float = 0.0

    @classmethod
    def of(cls, task: Task, rows: Iterable[Row], series: Iterable[Series] = ()) -> "TaskResult":
        """Return what a task found."""
        return cls(label=task.label, key=task.key, rows=tuple(rows), series=tuple(series))


class RunFolder:
    """A folder of results, of published synthetic tables, and of what must not leave the house.

    ``cells/`` and ``synthetic/`` may be shared; ``restricted/`` (mode 0700, files 0600) holds real records under
    pseudonyms and per-record scores.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tasks = root / "cells"
        self.synthetic = root / "synthetic"
        self.restricted = root / "restricted"
        self.work = self.restricted / "work"

    def create(self) -> None:
        """Make the folder. Raises ``InputError`` where that is not allowed."""
        try:
            for folder in (self.root, self.tasks, self.synthetic):
                folder.mkdir(parents=True, exist_ok=True)
            self.restricted.mkdir(mode=0o700, exist_ok=True)
            self.restricted.chmod(0o700)
            with tempfile.TemporaryFile(dir=self.root):
                pass
        except OSError as error:
            raise InputError(
                f"expected a folder to write to, could not use it ({error.strerror})",
                file=self.root,
                cure="Choose another with --out",
            ) from None

    def sweep(self) -> None:
        """Remove what killed processes left behind; nobody may be working here."""
        kill_marked(self.work)
        shutil.rmtree(self.work, ignore_errors=True)
        hidden = (self.restricted, *(self.restricted / name for name in RESTRICTED))
        for folder in (self.root, self.tasks, self.synthetic, *hidden):
            remove_leftovers(folder)

    def task_path(self, key: str) -> Path:
        """Where a task's result stands."""
        return self.tasks / f"{key}.json"

    def has(self, key: str) -> bool:
        """Whether a task is finished."""
        return self.task_path(key).exists()

    def read_task(self, key: str) -> TaskResult:
        """Return a finished task. Raises ``ResultError`` if the file is damaged or another task's."""
        with contextlib.suppress(OSError, ValidationError):
            found = TaskResult.model_validate_json(self.task_path(key).read_bytes())
            if found.key == key:
                return found
        raise ResultError(f"cells/{key}.json: expected a finished task, found a damaged file. Delete it and run again")

    def write_task(self, task: TaskResult) -> None:
        """Keep a finished task."""
        write_atomically(self.task_path(task.key), (task.model_dump_json() + "\n").encode())


def key_values(model: StrictModel) -> dict[str, Any]:
    """Return a model as plain values."""
    return model.model_dump(mode="json")
