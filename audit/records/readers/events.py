"""Code events from files: who, which code, at which visit, as numbers beside the texts they stand for."""

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.readers.layouts import EventLayout
from synthaudit.audit.records.readers.loaded_records import find_files
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
    """

    patients: np.ndarray
    codes: tuple[tuple[str, str | None], ...]
    patient: np.ndarray
    code: np.ndarray
    visit: np.ndarray
    rows: int
    blank: int


def find_tables(folder: Path, pattern: str, stems: Sequence[str]) -> tuple[Path, ...]:
    """Return the tables that a path means: itself, or where it is a folder those of the first stem that occurs.

    Raises:
        InputError: Nothing fits, or one stem has two files (a table and its compressed copy would count twice).
    """
    candidates = find_files(folder, pattern)
    if not (folder / pattern).is_dir():
        return candidates
    for stem in stems:
        hits = [path for path in candidates if _stem(path) and fnmatch.fnmatch(_stem(path), stem.lower())]
        names = [_stem(path) for path in hits]
        twice = [path for path in hits if names.count(_stem(path)) > 1]
        if twice:
            raise InputError("found twice under several endings", file=twice[0], cure="Keep one of the copies.")
        if hits:
            return tuple(hits)
    wanted = " or ".join(f"{stem}.csv" for stem in stems)
    raise InputError(f"expected a file {wanted} (also .csv.gz or .parquet) in the folder, found none")


def _stem(path: Path) -> str:
    name = path.name.lower()
    return next((name.removesuffix(s) for s in sorted(SUFFIXES, key=len, reverse=True) if name.endswith(s)), "")


def read_events(files: Sequence[Path], layout: EventLayout, table_format: TableFormat) -> Events:
    """Read the events of all files.

    Raises:
        InputError: A file is not a table, lacks a column, or has a row without a patient.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = [layout.patient, *layout.code, *filter(None, (layout.visit, layout.version))]
    parts: dict[str, list[pa.Array]] = {name: [] for name in columns}
    rows = 0
    for path in files:
        table = read_text(path, columns, table_format)
        own = match_columns(table.column_names, columns, path)
        for name, spelled in zip(columns, own, strict=True):
            cells = pc.utf8_trim_whitespace(pc.fill_null(table.column(spelled), ""))
            if name in (layout.patient, layout.visit, layout.version):
                _check_given(cells, name, path)
            parts[name] += cells.chunks
        rows += table.num_rows
    ids, patient = _numbered(parts[layout.patient])
    order = np.argsort(ids)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    patient = np.tile(rank[patient], len(layout.code))
    texts, code = _numbered([chunk for name in layout.code for chunk in parts[name]])
    names: list[tuple[str, str | None]] = [(text, None) for text in texts.tolist()]
    if layout.version is not None:
        versions, version = _numbered(parts[layout.version])
        code = code * len(versions) + np.tile(version, len(layout.code))
        names = [(text, kind) for text in texts.tolist() for kind in versions.tolist()]
    visit = np.zeros(len(code), dtype=np.int64)
    if layout.visit is not None:
        visit = np.tile(_numbered(parts[layout.visit])[1], len(layout.code))
    blank = np.array([text in layout.missing for text, _ in names])[code]
    return Events(ids[order], tuple(names), patient[~blank], code[~blank], visit[~blank], rows, int(blank.sum()))


def read_patients(path: Path, column: str, table_format: TableFormat) -> np.ndarray:
    """Return the distinct patient ids of a file, as sorted text."""
    import pyarrow.compute as pc

    table = read_text(path, [column], table_format)
    cells = pc.utf8_trim_whitespace(pc.fill_null(table.column(0), ""))
    _check_given(cells, column, path)
    ids: np.ndarray = np.unique(_numbered(cells.chunks)[0])
    return ids


def _numbered(chunks: "Sequence[pa.Array]") -> tuple[np.ndarray, np.ndarray]:
    """Return distinct texts and every cell's position among them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    encoded = pc.dictionary_encode(pa.chunked_array(chunks, pa.string()).combine_chunks())
    texts = np.array(encoded.dictionary.to_pylist(), dtype=str)
    return texts, encoded.indices.to_numpy().astype(np.int64)


def _check_given(cells: "pa.ChunkedArray", name: str, path: Path) -> None:
    """Raise where a cell that every event needs is empty."""
    import pyarrow.compute as pc

    empty = pc.equal(cells, "").to_numpy()
    if empty.any():
        count = int(empty.sum())
        raise InputError(
            f"expected a value in every row, found none ({count:,} such rows)",
            file=path,
            column=name,
            row=int(empty.argmax()) + 2,
            cure="Fill the cell or remove the row.",
        )
