"""What a reader returns: records, notes on what it did to them, and the files they came from."""

import glob
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.parquet_folder import digest_of
from synthaudit.audit.records.table import Records
from synthaudit.audit.records.unseen import cells_out_of_bounds, unseen_cells

UNSEEN_CODES = "of codes that no real table has left out"
RELATIVE = "Paths on the command line start at the folder you are in; paths in a plan at the plan's folder."


@dataclass(frozen=True)
class CountNote:
    """A note with a count that few patients may share, which a report must not state below its limit.

    Attributes:
        count: How many there are.
        noun: Of what, in the singular.
        predicate: What holds of them.
    """

    count: int
    noun: str
    predicate: str = ""

    def published_text(self, small_count: int) -> str:
        """Return the note, without the number where it is below ``small_count``.

        >>> note = CountNote(3, "patient", "without a code")
        >>> note.published_text(10), CountNote(1200, "missing value").published_text(10)
        ('fewer than 10 patients without a code', '1,200 missing values')
        """
        few = self.count < small_count
        number = f"fewer than {small_count:,} {self.noun}s" if few else quantity(self.count, self.noun)
        return f"{number} {self.predicate}".rstrip()


@dataclass(frozen=True)
class LoadedRecords:
    """Records, with notes and sources.

    Attributes:
        records: The rows.
        notes: What a report should state: counts of what was dropped, kept, guessed.
        sources: Files read, as (name, SHA-256 in hexadecimal).
        warnings: What may have been read otherwise than it was meant.
        left_out: Hashed cells of columns that are no part of the records, by column; see ``hashed_cells``.
    """

    records: Records
    notes: tuple[str | CountNote, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    warnings: tuple[InputError, ...] = ()
    left_out: Mapping[str, np.ndarray] = field(default_factory=dict)

    def published_notes(self, small_count: int, hidden: Mapping[str, str] | None = None) -> tuple[str, ...]:
        """Return the notes as a report may state them: no count below ``small_count``, and no rare name.

        Args:
            small_count: Counts below this are not told.
            hidden: Names of columns that few patients have, and the code that stands for each.
        """
        said = (note if isinstance(note, str) else note.published_text(small_count) for note in self.notes)
        return (*said, *(f"warning: {warning.with_code(hidden or {})}" for warning in self.warnings))


def find_files(folder: Path, pattern: str) -> tuple[Path, ...]:
    """Return the files that ``pattern`` means, seen from ``folder``, in natural order (2 before 10).

    A pattern is a file's path, a folder (all its files) or a glob.

    Raises:
        InputError: Nothing is there.
    """
    path = folder / pattern
    if path.is_file():
        return (path,)
    if path.is_dir():
        files = [child for child in path.iterdir() if child.is_file() and not child.name.startswith(".")]
    else:
        files = [folder / hit for hit in glob.glob(pattern, root_dir=folder) if (folder / hit).is_file()]
    if not files:
        raise InputError("no such file", file=path, cure=RELATIVE)
    return in_natural_order(files)


def find_file(folder: Path, pattern: str) -> Path:
    """Return the one file, or the folder of Parquet files, that ``pattern`` means; as ``find_files`` otherwise."""
    if (folder / pattern).is_dir() and any((folder / pattern).rglob("*.parquet")):
        return folder / pattern
    files = find_files(folder, pattern)
    if len(files) > 1:
        raise InputError(f"expected one file, found {len(files)}", file=folder / pattern)
    return files[0]


def in_natural_order(files: Iterable[Path]) -> tuple[Path, ...]:
    """Return files by their names, 2 before 10."""
    return tuple(sorted(files, key=_natural))


def _natural(path: Path) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", path.name)]


def source_file(path: Path) -> tuple[str, str]:
    """Return a file's name and the SHA-256 of its content; a folder's are those of its Parquet files."""
    if path.is_dir():
        return path.name, digest_of(path)
    with path.open("rb") as file:
        return path.name, hashlib.file_digest(file, "sha256").hexdigest()


def quantity(number: int, noun: str) -> str:
    """Return a number and its noun, in the plural where there is not one of them.

    >>> quantity(1, "patient"), quantity(1200, "code")
    ('1 patient', '1,200 codes')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def unseen_notes(records: Records, codes: int = 0) -> tuple[CountNote, ...]:
    """Return notes on a synthetic table's cells that hold what no real table has.

    Args:
        records: The table.
        codes: Ones in columns of codes that were left out since no real table has them.
    """
    left_out = (CountNote(codes, "cell", UNSEEN_CODES),) if codes else ()
    cells = (
        CountNote(count, "cell", f"of column '{name}' with a value that no real table has, which match nobody")
        for name, count in unseen_cells(records).items()
    )
    bounds = (
        CountNote(count, "cell", f"of column '{name}' outside the bounds that the schema declares")
        for name, count in cells_out_of_bounds(records).items()
    )
    return (*left_out, *cells, *bounds)
