"""The run folder: what is finished is on disk under its own address, and a crash costs at most the task in flight."""

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from synthaudit.audit.errors import InputError, ResultError
from synthaudit.audit.files import read_file, remove_leftovers, write_atomically
from synthaudit.audit.ledger import Ledger
from synthaudit.audit.processes import kill_marked
from synthaudit.audit.suite.context.task import Task
from synthaudit.audit.suite.result import Row, Series, StrictModel
from synthaudit.audit.suite.result.small_counts import rows_without_small_counts, series_without_small_counts

RESTRICTED = ("cells", "synthetic", "scores", "copies", "secrets", "keys")
"""Folders of ``restricted/``: exact numbers, unpublished tables, and what tasks leave to those that rest on them."""


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
        files: SHA-256 of each file that it left for others, by path relative to the run folder.
        sha256: SHA-256 of all that stands above; a number in a changed file is not believed.
    """

    label: str
    key: str
    rows: tuple[Row, ...] = ()
    series: tuple[Series, ...] = ()
    training: TrainingCard | None = None
    seconds: float = 0.0
    files: dict[str, str] = Field(default_factory=dict)
    sha256: str = ""

    @classmethod
    def of(cls, task: Task, rows: Iterable[Row], series: Iterable[Series] = ()) -> "TaskResult":
        """Return what a task found."""
        return cls(label=task.label, key=task.key, rows=tuple(rows), series=tuple(series))

    def digest(self) -> str:
        """Return the SHA-256 of the rest of it."""
        return hashlib.sha256(self.model_dump_json(exclude={"sha256"}).encode()).hexdigest()


class RunFolder:
    """A folder of results, of published synthetic tables, and of what must not leave the house.

    ``cells/`` and ``synthetic/`` may be shared; ``restricted/`` (mode 0700, files 0600) holds real records under
    pseudonyms, per-record scores, and the exact numbers of which ``cells/`` has those of few patients coarsely.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tasks = root / "cells"
        self.synthetic = root / "synthetic"
        self.restricted = root / "restricted"
        self.exact = self.restricted / "cells"
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

    def exact_path(self, key: str) -> Path:
        """Where a task's exact result stands."""
        return self.exact / f"{key}.json"

    def has(self, key: str) -> bool:
        """Whether a task is finished."""
        return self.task_path(key).exists() and self.exact_path(key).exists()

    def read_task(self, key: str) -> TaskResult:
        """Return a finished task, exactly. Raises ``ResultError`` if a file is damaged or another task's."""
        with contextlib.suppress(OSError, ValidationError, RecursionError):
            shown, found = (
                TaskResult.model_validate_json(read_file(path)) for path in (self.task_path(key), self.exact_path(key))
            )
            if all(one.key == key and one.sha256 == one.digest() for one in (shown, found)):
                return found
        raise ResultError(f"cells/{key}.json: expected a finished task, found a damaged file. Delete it and run again")

    def write_task(self, task: TaskResult, *, left: Iterable[Path] = (), small_count: int = 10) -> None:
        """Keep a finished task: exactly in ``restricted/``, and without numbers of few patients where it may be seen.

        Args:
            task: What it found.
            left: Files that it wrote. Digests are kept of those that stay in the folder; shadow models are kept apart,
                and what programs are shown is gone.
            small_count: Numbers of fewer patients than this are told coarsely.
        """
        apart = (self.restricted / "shadows", self.work)
        files = {
            path.relative_to(self.root).as_posix(): _sha256(path)
            for path in left
            if path.is_relative_to(self.root) and not any(path.is_relative_to(folder) for folder in apart)
        }
        self.exact.mkdir(exist_ok=True, mode=0o700)
        exact = task.model_copy(update={"files": dict(sorted(files.items()))})
        coarse = {
            "rows": rows_without_small_counts(task.rows, small_count),
            "series": series_without_small_counts(task.series, task.rows, small_count),
        }
        for path, one, mode in (
            (self.exact_path(task.key), exact, 0o600),
            (self.task_path(task.key), task.model_copy(update=coarse), 0o644),
        ):
            whole = one.model_copy(update={"sha256": one.digest()})
            write_atomically(path, (whole.model_dump_json() + "\n").encode(), mode=mode)

    def forget_task(self, key: str) -> None:
        """Remove what a task left, so that it is computed again."""
        for path in (self.task_path(key), self.exact_path(key)):
            path.unlink(missing_ok=True)

    def left_intact(self, task: TaskResult) -> bool:
        """Whether every file that a finished task left is as it left it."""
        try:
            return all(_sha256(self.root / name) == digest for name, digest in task.files.items())
        except OSError:
            return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def key_values(model: StrictModel) -> dict[str, Any]:
    """Return a model as plain values."""
    return model.model_dump(mode="json")
