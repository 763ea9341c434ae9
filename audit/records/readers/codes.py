"""Code events to a patient x code matrix: long or wide tables, one file or many."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from synthaudit.audit.errors import InputError, unknown_name
from synthaudit.audit.records.readers.events import Events, find_tables, read_events, read_patients, rows_of_patients
from synthaudit.audit.records.readers.layouts import LAYOUTS, EventLayout
from synthaudit.audit.records.readers.loaded_records import CountNote, LoadedRecords, find_file, quantity, source_file
from synthaudit.audit.records.readers.rollup import require_coding, roll_up
from synthaudit.audit.records.schema import Column, Schema
from synthaudit.audit.records.table import Records
from synthaudit.audit.records.table_format import TableFormat

MOST_CELLS = 4 * 10**9
"""Largest matrix of codes, in cells: 4 GB of memory."""


@dataclass(frozen=True)
class CodeEvents:
    """Events (patient, code) counted up to one row per patient, or visit, and one column per code.

    Columns are in the order of their texts, which for ICD is the order of its chapters: digits, E, V. Rows are in the
    order of patient ids as text.

    Attributes:
        path: A file, a folder or a glob of event files.
        preset: Where a known source keeps its columns: a key of ``LAYOUTS``; the fields below override it.
        patient: Column of patient ids.
        code: Column of codes; several for a wide table.
        visit: Column of visits; needed for ``unit = "visit"``.
        version: Column of the coding system; codes are then kept apart by a prefix, as in ``9:250``.
        patients: File that lists all patients: those without a code are kept as rows of zeros, and events of others
            are dropped.
        person: Column of patient ids in that file.
        rollup: ``none``, ``icd9``, ``icd10``, or ``icd`` by the version of each code.
        min_patients: Fewest patients that a code must have to be a column.
        vocabulary: File of codes, one per line, that are the columns whether they occur or not.
        count: Whether columns count events rather than say whether there is one.
        unit: One row per ``patient`` or one row per ``visit``.
        delimiter: What separates cells, where the files' names do not say: one character, or ``tab``, ``semicolon``.
        encoding: Of text that is not UTF-8, such as ``cp1252``.
    """

    title: ClassVar[str] = "Codes"
    summary: ClassVar[str] = "diagnosis or procedure codes as events, to a patient x code matrix"

    path: str
    preset: str | None = None
    patient: str | None = None
    code: str | tuple[str, ...] | None = None
    visit: str | None = None
    version: str | None = None
    patients: str | None = None
    person: str | None = None
    rollup: str = "none"
    min_patients: int = 1
    vocabulary: str | None = None
    count: bool = False
    unit: str = "patient"
    delimiter: str | None = None
    encoding: str | None = None

    def read(self, folder: Path = Path()) -> LoadedRecords:
        """Read the events; paths are relative to ``folder``.

        Raises:
            InputError: A file is missing or lacks a column, an event has no patient, or an option is unknown.
        """
        layout = self.layout()
        files = find_tables(folder, self.path, layout.events)
        events = read_events(files, layout, self._format)
        listed = self._lists_of_patients(layout, folder)
        person = layout.person or layout.patient
        everybody = [read_patients(path, person, self._format) for path in listed]
        start = f"{quantity(events.rows, 'row')} of {quantity(len(files), 'file')}"
        known = np.unique(np.concatenate(everybody)) if everybody else None
        return self.count_up(events, layout, folder, everybody=known, start=start, files=files, listed=listed)

    def count_up(
        self,
        events: Events,
        layout: EventLayout,
        folder: Path,
        *,
        everybody: np.ndarray | None,
        start: str,
        files: Sequence[Path],
        listed: Sequence[Path],
    ) -> LoadedRecords:
        """Return the matrix of events that were read.

        Args:
            events: Who had which code.
            layout: What the columns are called, for errors.
            folder: Where the vocabulary is sought from.
            everybody: Ids of all patients, sorted; None takes those with an event.
            start: The first note: how much was read.
            files: Files of events.
            listed: Files that list all patients.

        Raises:
            InputError: None of the patients has an event, or the matrix would be too large.
        """
        names, column = _roll_up_codes(events, self.rollup)
        notes: list[str | CountNote] = [start]
        if events.blank:
            what = "blank code" if len(layout.code) == 1 else "empty code cell"
            notes.append(CountNote(events.blank, what, "dropped"))
        if self.rollup != "none":
            before = np.count_nonzero(np.bincount(events.code))
            notes.append(f"{before:,} codes rolled up to {len(names):,} ({self.rollup})")
        ids, patient = rows_of_patients(events, everybody, layout, listed)
        keep = patient >= 0
        if not keep.all():
            notes.append(CountNote(int((~keep).sum()), "event", "of patients whom the list of patients lacks dropped"))
        patient, column, visit = patient[keep], column[keep], events.visit[keep]
        names, column, more = self._choose_columns(names, column, patient, patients=len(ids), folder=folder)
        keep = column >= 0
        records = self._matrix(names, ids, patient[keep], column[keep], visit[keep])
        empty = len(ids) - int(np.count_nonzero(np.bincount(patient[keep], minlength=1)))
        if empty:
            more.append(CountNote(empty, "patient", "without a code kept as rows of zeros"))
        lists = [find_file(folder, self.vocabulary)] if self.vocabulary is not None else []
        sources = tuple(source_file(path) for path in (*files, *listed, *lists))
        return LoadedRecords(
            records, (*notes, *more), sources, warnings=events.warnings if self.rollup == "none" else ()
        )

    @property
    def _format(self) -> TableFormat:
        return TableFormat(delimiter=self.delimiter, encoding=self.encoding)

    def layout(self) -> EventLayout:
        """Return where the source keeps its columns: the preset's layout, with the options that were given."""
        if self.preset is not None and self.preset not in LAYOUTS:
            raise InputError(unknown_name("preset", self.preset, LAYOUTS))
        if self.unit not in ("patient", "visit"):
            raise InputError(unknown_name("unit", self.unit, ("patient", "visit")))
        layout = LAYOUTS[self.preset] if self.preset is not None else EventLayout()
        overrides = {key: getattr(self, key) for key in ("patient", "visit", "version", "person")}
        layout = replace(layout, **{key: value for key, value in overrides.items() if value is not None})
        if self.code is not None:
            layout = replace(layout, code=(self.code,) if isinstance(self.code, str) else tuple(self.code))
        if self.unit == "visit" and layout.visit is None:
            raise InputError("expected a visit column for unit = 'visit'", cure="Give its name as visit.")
        # Nothing asks for visits otherwise, and an event without one is no mistake then.
        return layout if self.unit == "visit" else replace(layout, visit=None)

    def _lists_of_patients(self, layout: EventLayout, folder: Path) -> tuple[Path, ...]:
        """Return the files that list all patients; none where those with an event are all."""
        if self.patients is not None:
            return (find_file(folder, self.patients),)
        if layout.patients is not None and (folder / self.path).is_dir():
            return find_tables(folder, self.path, (layout.patients,))
        return ()

    def _choose_columns(
        self, names: np.ndarray, column: np.ndarray, patient: np.ndarray, *, patients: int, folder: Path
    ) -> tuple[np.ndarray, np.ndarray, list[str | CountNote]]:
        """Return the columns, every event's column (-1: dropped), and notes, by vocabulary and fewest patients."""
        notes: list[str | CountNote] = []
        if self.vocabulary is not None:
            columns = _vocabulary(find_file(folder, self.vocabulary))
            if not np.isin(names, columns).any():
                raise InputError(
                    f"expected a code of the {len(names):,} in the data, found none of them",
                    file=find_file(folder, self.vocabulary),
                    cure="Write codes as the data do, with or without points, or after rollup as categories.",
                )
        else:
            pairs = np.sort(column * patients + patient)  # sorting is faster than hashing, here and below
            first = np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)]
            patients_having = np.bincount(pairs[first] // patients, minlength=len(names))
            columns = names[patients_having >= max(self.min_patients, 1)]
            rare = int(((patients_having > 0) & (patients_having < self.min_patients)).sum())
            if rare:
                notes.append(f"{quantity(rare, 'code')} with fewer than {self.min_patients:,} patients dropped")
            if not len(columns):
                raise InputError(
                    f"expected codes with at least {self.min_patients:,} patients, found none",
                    cure="Lower min_patients, or check the code column.",
                )
            notes.append(
                f"the {len(columns):,} code columns were taken from the data, not from a public list, so the list of "
                "columns itself says something about these patients"
            )
        at = np.searchsorted(columns, names)
        known = at < len(columns)
        known[known] = columns[at[known]] == names[known]
        out = np.where(known, at, -1)[column]
        if self.vocabulary is not None:
            notes.append(CountNote(int((out < 0).sum()), "event", "with a code outside the vocabulary dropped"))
        return columns, out, notes

    def _matrix(
        self, names: np.ndarray, ids: np.ndarray, patient: np.ndarray, column: np.ndarray, visit: np.ndarray
    ) -> Records:
        """Return the matrix: one row per patient or visit, patients without a code as one row of zeros."""
        row, owner = patient, np.arange(len(ids))
        if self.unit == "visit":
            width = int(visit.max(initial=0)) + 1
            without_code = np.setdiff1d(owner, patient)
            visits, at = np.unique(np.concatenate([patient * width + visit, without_code * width]), return_inverse=True)
            owner, row = visits // width, at[: len(patient)]
        if len(owner) * len(names) > MOST_CELLS:
            raise InputError(
                f"expected at most {MOST_CELLS:,} cells, found {len(owner):,} rows x {len(names):,} codes",
                cure="Roll codes up, raise min_patients, or give a vocabulary.",
            )
        cell, times = row * len(names) + column, np.ones(1, np.int64)
        if self.count:
            cell, times = np.unique(cell, return_counts=True)
        matrix = np.zeros(len(owner) * len(names), dtype=np.min_scalar_type(int(times.max(initial=1))))
        matrix[cell] = times
        kind = "count" if self.count else "binary"
        schema = Schema(tuple(Column(name, kind) for name in names.tolist()))  # type: ignore[arg-type]
        return Records(schema, matrix.reshape(len(owner), len(names)), np.empty((len(owner), 0)), ids[owner])


def _roll_up_codes(events: Events, how: str) -> tuple[np.ndarray, np.ndarray]:
    """Return sorted categories and every event's position among them."""
    used = np.flatnonzero(np.bincount(events.code, minlength=1))
    found = [events.codes[at] for at in used.tolist()]
    require_coding(found, how)
    categories = np.array([roll_up(text, version, how) for text, version in found])
    if not len(categories):
        raise InputError("expected at least one code, found only blank ones", cure="Check the code column.")
    names, category = np.unique(categories, return_inverse=True)
    return names, category[np.searchsorted(used, events.code)]


def _vocabulary(path: Path) -> np.ndarray:
    """Return the codes of a text file, one per line, sorted; empty lines and lines that begin with # are skipped."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError("expected a text file with one code per line", file=path) from problem
    codes: np.ndarray = np.unique([line for line in lines if line and not line.startswith("#")])
    if not len(codes):
        raise InputError("expected at least one code, found none", file=path)
    return codes
