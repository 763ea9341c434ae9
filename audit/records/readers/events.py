"""Code events from files: who, which code, at which visit, as numbers beside the texts they stand for."""

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.keys import no_key, plain_keys
from synthaudit.audit.records.readers.event_checks import (
    several_codes,
    spelling_warnings,
    stray_patients,
    version_texts,
)
from synthaudit.audit.records.readers.layouts import EventLayout
from synthaudit.audit.records.readers.loaded_records import find_files, in_natural_order
from synthaudit.audit.records.table_format import TableFormat
from synthaudit.audit.records.text import SUFFIXES, match_columns, read_text

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, eq=False)
class Events:
    """Code events of many patients.

    Attributes:
        patients: Patient ids as text, distinct and sorted.
        codes: Distinct ``(code, version)`` as they stand in the files; version is None without such a column.
        patient: Position in ``patients`` of every event, shape ``(events,)``.
        code: Position in ``codes``, shape ``(events,)``.
        visit: Number of the visit, or 0 throughout without a visit column, shape ``(events,)``.
        rows: Rows read.
        blank: Cells without a code, dropped.
        warnings: What may be one patient or code in two spellings.
    """

    patients: np.ndarray
    codes: tuple[tuple[str, str | None], ...]
    patient: np.ndarray
    code: np.ndarray
    visit: np.ndarray
    rows: int
    blank: int
    warnings: tuple[InputError, ...] = ()


def find_tables(folder: Path, pattern: str, stems: Sequence[str]) -> tuple[Path, ...]:
    """Return the tables that a path means: itself, or where it is a folder those of the first stem that occurs.

    Raises:
        InputError: Nothing fits, or one stem has two files (a table and its compressed copy would count twice).
    """
    if not (folder / pattern).is_dir():
        return find_files(folder, pattern)
    inside = [child for child in sorted((folder / pattern).iterdir()) if not child.name.startswith(".")]
    found = _tables_in([child for child in inside if child.is_file()], stems)
    if not found:  # such as 'hosp' of MIMIC-IV
        folders = [list(child.iterdir()) for child in inside if child.is_dir()]
        below = [hits for files in folders if (hits := _tables_in([path for path in files if path.is_file()], stems))]
        found = below[0] if len(below) == 1 else ()
    if found:
        return found
    wanted = " or ".join(f"{stem}.csv" for stem in stems)
    raise InputError(f"expected a file {wanted} (also .csv.gz or .parquet) in the folder, found none")


def _tables_in(files: Sequence[Path], stems: Sequence[str]) -> tuple[Path, ...]:
    """Return the files of the first stem that occurs, in natural order."""
    candidates = in_natural_order(files)
    for stem in stems:
        hits = [path for path in candidates if _stem(path) and fnmatch.fnmatch(_stem(path), stem.lower())]
        names = [_stem(path) for path in hits]
        twice = [path for path in hits if names.count(_stem(path)) > 1]
        if twice:
            raise InputError("found twice under several endings", file=twice[0], cure="Keep one of the copies.")
        if hits:
            return tuple(hits)
    return ()


def _stem(path: Path) -> str:
    name = path.name.lower()
    return next((name.removesuffix(s) for s in sorted(SUFFIXES, key=len, reverse=True) if name.endswith(s)), "")


def read_events(files: Sequence[Path], layout: EventLayout, table_format: TableFormat) -> Events:
    """Read the events of all files.

    Raises:
        InputError: A file is not a table, lacks a column, or has a row without a patient.
    """
    columns = _columns(layout)
    return events_of([(path, read_text(path, columns, table_format)) for path in files], layout)


def _columns(layout: EventLayout) -> list[str]:
    return [layout.patient, *layout.code, *filter(None, (layout.visit, layout.version))]


def events_of(tables: "Sequence[tuple[Path, pa.Table]]", layout: EventLayout) -> Events:
    """Return the events of text tables, each with the file that errors name.

    Raises:
        InputError: A table lacks a column, or has a row without a patient.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = _columns(layout)
    parts: dict[str, list[pa.Array]] = {name: [] for name in columns}
    files, sizes = [path for path, _ in tables], [table.num_rows for _, table in tables]
    for path, table in tables:
        own = match_columns(table.column_names, columns, path)
        for name, spelled in zip(columns, own, strict=True):
            parts[name] += pc.fill_null(table.column(spelled), "").chunks
    keys = {
        name: _Keys.of(parts[name], integers=True)
        for name in (layout.patient, layout.visit, layout.version)
        if name is not None
    }
    for name, key in keys.items():
        key.require_given(name, files, sizes)
    patients = keys[layout.patient]
    patients.require_patients(layout.patient, files, sizes)
    order = np.argsort(patients.texts)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    patient = np.tile(rank[patients.place], len(layout.code))
    codes = _Keys.joined([_Keys.of(parts[name], integers=layout.integers) for name in layout.code])
    codes.require_codes(layout, files, sizes)
    code, texts = codes.place, codes.texts.tolist()
    names: list[tuple[str, str | None]] = [(text, None) for text in texts]
    none = codes.none | np.array([text in layout.missing for text in texts], bool)
    if layout.version is not None:
        versions = keys[layout.version]
        code = code * len(versions.texts) + np.tile(versions.place, len(layout.code))
        names = [(text, kind) for text in texts for kind in version_texts(versions.texts.tolist())]
        none = np.repeat(none, len(versions.texts))
    visit = np.zeros(len(code), dtype=np.int64)
    if layout.visit is not None:
        visit = np.tile(keys[layout.visit].place, len(layout.code))
    blank = none[code]
    patient, code, visit = patient[~blank], code[~blank], visit[~blank]
    given = [text for text, without in zip(texts, codes.none, strict=True) if not without]
    warnings = spelling_warnings(patients.texts.tolist(), given, (layout.patient, layout.code[0]))
    return Events(
        patients.texts[order], tuple(names), patient, code, visit, sum(sizes), int(blank.sum()), warnings=warnings
    )


def read_patients(path: Path, column: str, table_format: TableFormat) -> np.ndarray:
    """Return the distinct patient ids of a file, as sorted text."""
    return keys_of(read_text(path, [column], table_format).column(0), column, path)


def keys_of(cells: "pa.ChunkedArray", name: str, path: Path) -> np.ndarray:
    """Return the distinct keys of a column, as sorted text; the file is named in errors."""
    import pyarrow.compute as pc

    keys = _Keys.of(pc.fill_null(cells, "").chunks, integers=True)
    keys.require_given(name, [path], [len(cells)])
    return np.sort(keys.texts)


def rows_of_patients(
    events: Events, everybody: np.ndarray | None, layout: EventLayout, listed: Sequence[Path]
) -> tuple[np.ndarray, np.ndarray]:
    """Return all patients, and every event's row among them (-1: not listed)."""
    if everybody is None:
        return events.patients, events.patient
    at = np.searchsorted(everybody, events.patients)
    known = at < len(everybody)
    known[known] = everybody[at[known]] == events.patients[known]
    if not known.any():
        raise InputError(
            f"expected patients of the events, found none of their {len(events.patients):,}",
            file=listed[0] if listed else None,
            column=layout.person or layout.patient,
            cure="Check that both files come from one export, and that patient and person name one kind of id.",
        )
    return everybody, np.where(known, at, -1)[events.patient]


@dataclass(frozen=True, eq=False)
class _Keys:
    """A column of patients, visits or codes.

    Attributes:
        texts: Distinct keys, as ``plain_keys`` writes them.
        place: Which of them each cell is, shape ``(cells,)``.
        none: Which of them mean "none".
    """

    texts: np.ndarray
    place: np.ndarray
    none: np.ndarray

    @classmethod
    def of(cls, chunks: "Sequence[pa.Array]", *, integers: bool = False) -> "_Keys":
        """Return the keys of cells, files one after the other; with ``integers``, 12.0 is 12 among others, too."""
        import pyarrow as pa
        import pyarrow.compute as pc

        encoded = pc.dictionary_encode(pa.chunked_array(chunks, pa.string()).combine_chunks())
        plain, _ = plain_keys(encoded.dictionary, integers=integers)
        again = pc.dictionary_encode(plain)
        texts = np.array(again.dictionary.to_pylist(), dtype=str)
        place = again.indices.to_numpy().astype(np.int64)[encoded.indices.to_numpy()]
        return cls(texts, place, no_key(again.dictionary))

    @classmethod
    def joined(cls, parts: "Sequence[_Keys]") -> "_Keys":
        """Return the keys of several columns, their cells one column after the other."""
        if len(parts) == 1:
            return parts[0]
        texts, where = np.unique(np.concatenate([part.texts for part in parts]), return_inverse=True)
        starts = np.cumsum([0, *(len(part.texts) for part in parts)])
        none = np.zeros(len(texts), bool)
        none[where] = np.concatenate([part.none for part in parts])
        place = [where[start + part.place] for start, part in zip(starts, parts, strict=False)]
        return cls(texts, np.concatenate(place), none)

    def require_given(self, name: str, files: Sequence[Path], sizes: Sequence[int]) -> None:
        """Raise where a cell that every event needs says "none"."""
        problem = "expected a value in every row, found none", "Fill the cell or remove the row."
        self._refuse(self.none, problem, [name], files, sizes)

    def require_patients(self, name: str, files: Sequence[Path], sizes: Sequence[int]) -> None:
        """Raise where a row is a total or a second header."""
        problem = "expected patients, found a total or a second header", "Take out rows that are no events."
        self._refuse(stray_patients(self.texts, name), problem, [name], files, sizes)

    def require_codes(self, layout: EventLayout, files: Sequence[Path], sizes: Sequence[int]) -> None:
        """Raise where a cell holds a line end (a stray quote has swallowed rows), or more than one code."""
        texts = self.texts.tolist()
        lines = np.array(["\n" in text or "\r" in text for text in texts], bool)
        problem = "expected codes, found a cell with a line end", "Close every quote in the file."
        self._refuse(lines, problem, layout.code, files, sizes)
        problem = "expected one code in every cell, found several", "Write one row per code, or one column."
        self._refuse(several_codes(self.texts), problem, layout.code, files, sizes)
        if layout.integers:
            digits = np.array([text.isdecimal() for text in texts], bool)
            problem = "expected concepts, which are whole numbers, found something else", "Check the column of codes."
            self._refuse(~(digits | self.none), problem, layout.code, files, sizes)

    def _refuse(
        self, bad: np.ndarray, why: tuple[str, str], names: Sequence[str], files: Sequence[Path], sizes: Sequence[int]
    ) -> None:
        if not bad.any():
            return
        rows = bad[self.place]
        if rows.any():
            column, at = divmod(int(rows.argmax()), sum(sizes))
            ends = np.cumsum(sizes)
            file = int(np.searchsorted(ends, at, side="right"))
            row = at - int(ends[file]) + sizes[file] + 2
            problem = f"{why[0]} ({int(rows.sum()):,} such rows)"
            raise InputError(problem, file=files[file], column=names[column], row=row, cure=why[1])
