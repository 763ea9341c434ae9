"""Everything wrong with several files in one message, worst first, each with its cure: one run, one list to mend."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from synthaudit.audit.errors import InputError

MOST_SHOWN = 25
"""Problems that one message lists; the others are counted."""
MOST_NAMES = 8
"""Columns that one problem names; the others are counted."""


class InputErrors(InputError):
    """Several ``InputError`` at once, as one numbered list.

    Attributes:
        problems: Each of them, worst first.
    """

    def __init__(self, problems: Sequence[InputError]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(first.problem, file=first.file, column=first.column, row=first.row, cure=first.cure)
        lines = _grouped(self.problems)
        shown = [f"{at:>3}. {line}" for at, line in enumerate(lines[:MOST_SHOWN], start=1)]
        more = [f"     and {len(lines) - MOST_SHOWN} more"] if len(lines) > MOST_SHOWN else []
        self.args = ("\n".join([f"{len(self.problems)} problems", *shown, *more]),)

    def __reduce__(self) -> tuple[object, ...]:
        return (InputErrors, (self.problems,))


class Problems:
    """A collector of problems and warnings; what it collects is raised by ``raise_any`` and not before.

    >>> problems = Problems()
    >>> with problems.collect():
    ...     raise InputError("looks like a date", file="m.csv", column="born", cure="Drop it.")
    >>> with problems.collect():
    ...     raise InputError("no such file", file="h.csv")
    >>> print(str(InputErrors(problems.worst_first())))
    2 problems
      1. h.csv: no such file
      2. m.csv, column 'born': looks like a date. Drop it.

    Attributes:
        errors: What keeps the files from being audited.
        warnings: What may have been read otherwise than it was meant, as ``InputError`` that nobody raises.
    """

    def __init__(self) -> None:
        self.errors: list[InputError] = []
        self.warnings: list[InputError] = []

    @contextlib.contextmanager
    def collect(self) -> Iterator[None]:
        """Keep an ``InputError`` of the block, and go on after it."""
        try:
            yield
        except InputErrors as several:
            self.errors.extend(several.problems)
        except InputError as problem:
            self.errors.append(problem)

    def worst_first(self) -> list[InputError]:
        """Return the errors: of whole files, of headers, of columns, of single cells; else in the order they came."""
        return sorted(self.errors, key=lambda problem: (problem.column is not None, problem.row is not None))

    def raise_any(self) -> None:
        """Raise the one error as it is, or several as one; do nothing without any."""
        errors = list({str(error): error for error in self.worst_first()}.values())  # one file may have two roles
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise InputErrors(errors)


def _grouped(problems: Iterable[InputError]) -> list[str]:
    """Return one line per problem; what several columns of one file have in common is said once."""
    groups: dict[tuple[str | None, str, str | None], list[InputError]] = {}
    for problem in problems:
        groups.setdefault((problem.file, problem.problem, problem.cure), []).append(problem)
    lines = []
    for (file, what, cure), same in groups.items():
        names = [f"'{one.column}'" + (f" (row {one.row})" if one.row else "") for one in same if one.column is not None]
        if len(same) == 1 or len(names) < len(same):
            lines += list(dict.fromkeys(str(one) for one in same))
            continue
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        place = [*([file] if file else []), f"columns {', '.join(names[:MOST_NAMES])}{more}"]
        text = f"{', '.join(place)}: {what}"
        lines.append(f"{text.rstrip('.')}. {cure}" if cure else text)
    return lines


def cell_error(problem: str, bad: np.ndarray, file: str | Path | None, column: str, cure: str) -> InputError:
    """Return an error for the first bad row; the header is row 1."""
    count = int(bad.sum())
    more = f" ({count} rows in all)" if count > 1 else ""
    return InputError(problem + more, file=file, column=column, row=int(bad.argmax()) + 2, cure=cure)
