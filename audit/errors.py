"""What can go wrong, and how to say so.

    AuditError                 a user can mend it: one message, exit code 2
    ├── InputError             a table, a schema or a file is not what it should be
    ├── PlanError              a plan, a policy or an option is not valid
    ├── TrainingError          a generator could not be trained or sampled
    ├── TimeLimitError         a task took longer than it may
    ├── MemoryShortageError    the machine, or a limit on it, has too little memory
    └── ResultError            a result or a run folder cannot be read, or not by this version
        └── PoorerResultError  a result was not stored, since an earlier one has more in it

Programmers' mistakes are ``ValueError``. A message names the file (never its folder), the column and the row
number, what was expected and what to do. It never quotes a cell: the value may be a patient's.
"""

import difflib
import math
from collections.abc import Iterable, Mapping
from pathlib import Path


class AuditError(Exception):
    """A mistake that the user can mend; its text is the whole message."""


class InputError(AuditError):
    """A table, a schema or a file is not what it should be.

    Attributes:
        problem: What was expected and what stood there instead, without the value.
        file: The file's name; its folder is dropped, since a path can identify a person or a place.
        column: The column's name.
        row: The line of the file, counted from 1 with the header as line 1.
        cure: What the user can do.
    """

    def __init__(
        self,
        problem: str,
        *,
        file: str | Path | None = None,
        column: str | None = None,
        row: int | None = None,
        cure: str | None = None,
    ) -> None:
        self.problem = problem
        self.file = Path(file).name if file is not None else None
        self.column = column
        self.row = row
        self.cure = cure
        place = [self.file] if self.file else []
        place += [f"column '{column}'"] if column is not None else []
        place += [f"row {row}"] if row is not None else []
        text = f"{', '.join(place)}: {problem}" if place else problem
        super().__init__(f"{text.rstrip('.')}. {cure}" if cure else text)

    def with_code(self, codes: Mapping[str, str]) -> "InputError":
        """Return the same with a code for the column's name, where one stands for it."""
        column = codes.get(self.column or "", self.column)
        return InputError(self.problem, file=self.file, column=column, row=self.row, cure=self.cure)

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions travel between worker processes; the default would rebuild from the text alone.
        return (_rebuild_input_error, (self.problem, self.file, self.column, self.row, self.cure))


def _rebuild_input_error(
    problem: str, file: str | None, column: str | None, row: int | None, cure: str | None
) -> InputError:
    return InputError(problem, file=file, column=column, row=row, cure=cure)


class PlanError(AuditError):
    """A plan, a policy or an option is not valid."""


class TrainingError(AuditError):
    """A generator could not be trained or sampled."""


class TimeLimitError(AuditError):
    """A task took longer than it may."""


class MemoryShortageError(AuditError):
    """The machine, or a limit on it, has too little memory for what was asked."""


class ResultError(AuditError):
    """A result or a run folder cannot be read, or not by this version."""


class PoorerResultError(ResultError):
    """A result was not stored, since an earlier one of the same audit has more in it."""


def unknown_name(what: str, name: str, known: Iterable[str]) -> str:
    """Return a message for a name that is not in the catalogue, with the nearest one that is.

    >>> unknown_name("generator", "medgam", ["medgan", "vae"])
    "unknown generator 'medgam'; did you mean 'medgan'? Known: medgan, vae"
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else "."
    return f"unknown {what} '{name}'{hint} Known: {', '.join(names)}"


def check_positive(**values: float) -> None:
    """Raise ``ValueError`` unless every value is a number above 0."""
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"expected {name} > 0, got {value}")


def check_fraction(**values: float) -> None:
    """Raise ``ValueError`` unless every value lies strictly between 0 and 1."""
    for name, value in values.items():
        if not 0 < value < 1:
            raise ValueError(f"expected {name} in (0, 1), got {value}")


def check_choice(choices: Iterable[str], **values: str) -> None:
    """Raise ``ValueError`` unless every value is one of ``choices``."""
    allowed = tuple(choices)
    for name, value in values.items():
        if value not in allowed:
            raise ValueError(f"expected {name} to be one of {', '.join(allowed)}, got {value!r}")
