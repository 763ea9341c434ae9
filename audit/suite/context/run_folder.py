"""The run folder: what is finished is on disk under its own address, and a crash costs at most the cell in flight."""

import tempfile
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from synthaudit.audit.errors import InputError, ResultError
from synthaudit.audit.files import write_atomically
from synthaudit.audit.ledger import Ledger
from synthaudit.audit.suite.result import Model, Row, Series


class TrainingCard(Model):
    """How one training went."""

    seconds: float
    steps: int
    problem: str | None
    notes: tuple[str, ...]
    distinct: float
    ledger: Ledger | None = None


class CellResult(Model):
    """What a finished cell leaves behind; nothing in it is a patient's.

    Attributes:
        label: The cell's name.
        key: The cell's address.
        rows: Its numbers.
        series: Its figures' points.
        training: How the training went, for a cell that trains.
        seconds: Wall time; enters no number.
    """

    label: str
    key: str
    rows: tuple[Row, ...] = ()
    series: tuple[Series, ...] = ()
    training: TrainingCard | None = None
    seconds: float = 0.0


class RunFolder:
    """A folder of results, of published synthetic tables, and of what must not leave the house.

    ``cells/`` and ``synthetic/`` may be shared; ``restricted/`` (mode 0700, files 0600) holds real records under
    pseudonyms and per-record scores.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cells = root / "cells"
        self.synthetic = root / "synthetic"
        self.restricted = root / "restricted"

    def create(self) -> None:
        """Make the folder. Raises ``InputError`` where that is not allowed."""
        try:
            for folder in (self.root, self.cells, self.synthetic):
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

    def cell_path(self, key: str) -> Path:
        """Where a cell's result stands."""
        return self.cells / f"{key}.json"

    def has(self, key: str) -> bool:
        """Whether a cell is finished."""
        return self.cell_path(key).exists()

    def read_cell(self, key: str) -> CellResult:
        """Return a finished cell. Raises ``ResultError`` if the file is damaged."""
        try:
            return CellResult.model_validate_json(self.cell_path(key).read_bytes())
        except (OSError, ValidationError):
            raise ResultError(
                f"cells/{key}.json: expected a finished cell, found a damaged file. Delete it and run again"
            ) from None

    def write_cell(self, cell: CellResult) -> None:
        """Keep a finished cell."""
        write_atomically(self.cell_path(cell.key), (cell.model_dump_json() + "\n").encode())


def key_values(model: Model) -> dict[str, Any]:
    """Return a model as plain values."""
    return model.model_dump(mode="json")
