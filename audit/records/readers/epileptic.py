"""UCI's Epileptic Seizure Recognition table: 178 samples of one second of EEG, grouped by recording.

Each of 500 recordings was cut into 23 rows. Rows of one recording resemble each other, so they belong to one patient:
a split by row would put pieces of the same recording on both sides (Andrzejak et al., 2001; UCI data set 388).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.parse import parse_records
from synthaudit.audit.records.readers.loaded_records import LoadedRecords, find_file, quantity, source_file
from synthaudit.audit.records.schema import Column, Schema
from synthaudit.audit.records.table import Records
from synthaudit.audit.records.text import match_columns, read_text

SAMPLES = 178
CLASSES = 5
ROW_ID = r"^X\d+\.V\d+\.\d+$"


@dataclass(frozen=True)
class EpilepticSeizures:
    """The table as UCI publishes it: an id such as ``X21.V1.791``, columns X1 to X178, and a class y from 1 to 5.

    Attributes:
        path: The file, usually ``data.csv``.
        seizure: Whether the class becomes the binary column ``seizure`` (y = 1), the medical question, rather than
            five levels.
    """

    title: ClassVar[str] = "Epileptic seizures"
    summary: ClassVar[str] = "UCI's 178-column EEG table, grouped by recording"

    path: str
    seizure: bool = True

    def read(self, folder: Path = Path()) -> LoadedRecords:
        """Read the table; the path is relative to ``folder``.

        Raises:
            InputError: A column is missing, or a row's id does not name its recording.
        """
        import pyarrow.compute as pc

        path = find_file(folder, self.path)
        table = read_text(path)
        names = [f"X{at}" for at in range(1, SAMPLES + 1)]
        own = match_columns(table.column_names, [*names, "y"], path)
        ids = pc.fill_null(table.column(0), "")
        bad = ~pc.match_substring_regex(ids, ROW_ID).to_numpy()
        if bad.any():
            raise InputError(
                f"expected ids such as X21.V1.791 in the first column ({int(bad.sum()):,} rows have another form)",
                file=path,
                row=int(bad.argmax()) + 2,
                cure="Bring the file as UCI publishes it.",
            )
        recording = pc.replace_substring_regex(ids, r"^X\d+\.", "")
        levels = tuple(str(at) for at in range(1, CLASSES + 1))
        samples = tuple(Column(name, "continuous", integer=True) for name in names)
        schema = Schema((*samples, Column("y", "categorical", levels=levels)))
        read = parse_records(table.select(own).rename_columns([*names, "y"]), schema, file=path)
        patients = np.asarray(recording.to_numpy()).astype(str)
        if self.seizure:
            codes = (read.column("y") == 0).astype(np.uint8)[:, None]  # position 0 is class 1
            schema = Schema((*samples, Column("seizure", "binary")))
            records = Records(schema, codes, read.rest[:, :SAMPLES].copy(), patients)
        else:
            records = read.with_patients(patients)
        notes = (
            f"{quantity(len(records), 'row')} of {quantity(len(np.unique(patients)), 'recording')}, kept together",
        )
        return LoadedRecords(records, notes, (source_file(path),))
