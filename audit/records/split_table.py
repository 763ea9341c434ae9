"""One table on disk to members, holdout and reference on disk, by patient, for somebody else to train on the members.

Cells are copied as they stand: a number that was reformatted on one side would tell the sides apart.
"""

import csv
import gzip
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.files import replacing, write_atomically
from synthaudit.audit.records.column_names import is_patient_key
from synthaudit.audit.records.delimited import unpacked
from synthaudit.audit.records.excel import SHEETS
from synthaudit.audit.records.header import choose_delimiter
from synthaudit.audit.records.keys import parse_ids
from synthaudit.audit.records.readers.loaded_records import source_file
from synthaudit.audit.records.split import ROLES, assign_sides, side_sizes
from synthaudit.audit.records.stray_rows import require_header, require_no_summary
from synthaudit.audit.records.table_format import BYTE_ORDER_MARKS, TableFormat
from synthaudit.audit.records.text import match_columns, read_text
from synthaudit.audit.records.text_rows import TextRows

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = "synthaudit split 1"
MODE = 0o666
"""Permissions of the files, less the umask: who may read them is the custodian's choice."""

Write = Callable[[np.ndarray, Path], None]
"""Writes the rows at these places to a file."""


@dataclass(frozen=True)
class SideFile:
    """One side of a split on disk.

    Attributes:
        file: Where it lies.
        rows: Rows below the header.
        patients: Patients they belong to.
    """

    file: Path
    rows: int
    patients: int


def split_table(
    path: Path,
    out: Path,
    *,
    id: str | None = None,
    shares: Mapping[str, float],
    seed: int,
    table_format: TableFormat = TableFormat(),  # noqa: B008
) -> dict[str, SideFile]:
    """Write the sides of a table and ``split.json`` (counts, seed, digests) into a folder; return the sides by role.

    Sides have the format of their source. Those of a sheet are CSV: a workbook keeps texts, copies and a history
    outside of its cells, and must not reach anybody who is to see the members alone.

    Args:
        path: The table.
        out: The folder; made where it is missing.
        id: The column that says whose row it is; None makes every row a patient.
        shares: Patients of each role, as for ``split``; where fractions sum to 1, the last role takes the remainder.
        seed: Seed of the draw.
        table_format: How the table is to be read where its name does not say.

    Raises:
        InputError: The table cannot be read, the folder holds a split already, there are not enough patients, or
            ``id`` is None and a column looks like ids of patients with several rows.
    """
    table = read_text(path, table_format=table_format)
    require_header(table, path)
    require_no_summary(table, path)
    if id is None:
        _check_one_row_per_patient(table, path)
        patients: np.ndarray = np.arange(table.num_rows)
    else:
        id = match_columns(table.column_names, [id], path)[0]
        patients = parse_ids(table, id, file=path)
    sizes = _all_of_them(patients, shares)
    side = assign_sides(patients, sizes, seed=seed)
    ending, write = _writer(path, table, table_format)
    out.mkdir(parents=True, exist_ok=True)
    _check_new(out)
    sides = {}
    for at, role in enumerate(ROLES):
        rows = np.flatnonzero(side == at)
        if len(rows):
            sides[role] = SideFile(out / f"{role}{ending}", len(rows), len(np.unique(patients[rows])))
            write(rows, sides[role].file)
    about = {
        "format": FORMAT,
        "source": dict(zip(("name", "sha256"), source_file(path), strict=True)),
        "id": id,
        "seed": seed,
        "patients": len(np.unique(patients)),
        "rows": len(patients),
        "sides": {
            role: {
                "rows": s.rows,
                "patients": s.patients,
                **dict(zip(("file", "sha256"), source_file(s.file), strict=True)),
            }
            for role, s in sides.items()
        },
    }
    write_atomically(out / "split.json", (json.dumps(about, indent=2, ensure_ascii=False) + "\n").encode(), mode=MODE)
    return sides


def _check_one_row_per_patient(table: "pa.Table", path: Path) -> None:
    """Raise where a column named like an id repeats itself: rows of one patient would fall on two sides."""
    import pyarrow.compute as pc

    for name in table.column_names:
        if is_patient_key(name):
            distinct = pc.count_distinct(table.column(name), mode="all").as_py()
            if 1 < distinct < table.num_rows:
                raise InputError(
                    f"looks like ids of patients with several rows ({distinct:,} distinct in {table.num_rows:,} rows)",
                    file=path,
                    column=name,
                    cure=f"Name the column that says whose row it is, such as --id {name}.",
                )


def _all_of_them(patients: np.ndarray, shares: Mapping[str, float]) -> dict[str, int]:
    """Return patients of each role; nobody is left out where fractions sum to 1."""
    sizes = side_sizes(patients, members=shares["members"], holdout=shares["holdout"], reference=shares["reference"])
    fractions = [share for share in shares.values() if share]
    if all(isinstance(share, float) for share in fractions) and abs(sum(fractions) - 1) < 1e-9:
        last = "reference" if shares["reference"] else "holdout"
        sizes[last] += len(np.unique(patients)) - sum(sizes.values())
    return sizes


def _check_new(out: Path) -> None:
    there = sorted(child.name for child in out.iterdir() if child.name.split(".")[0] in (*ROLES, "split"))
    if there:
        raise InputError(
            "exists already in the output folder", file=there[0], cure="Choose another folder; nothing was written."
        )


def _writer(path: Path, table: "pa.Table", table_format: TableFormat) -> tuple[str, Write]:
    """Return the ending of the sides' files, and a function that writes rows of the source."""
    name = path.name.lower()
    if name.endswith(".parquet"):
        return ".parquet", _parquet_writer(path)
    if name.endswith(SHEETS):
        return ".csv", _sheet_writer(table)
    packed = name.endswith(".gz")
    ending = f".{name.split('.')[-2]}.gz" if packed else path.suffix.lower()
    content = unpacked(path)
    delimiter = choose_delimiter(table_format.decode(content, path), path, table_format)
    # Latin-1 is any bytes and back; of other encodings only the wide ones spell delimiter and quote otherwise.
    wide = (table_format.encoding or "").lower().startswith(("utf-16", "utf-32", "utf_16", "utf_32"))
    encoding = "utf-16" if content.startswith(BYTE_ORDER_MARKS) else table_format.encoding if wide else None
    rows = TextRows.of(content.decode(encoding or "latin-1"), delimiter)
    if len(rows) != table.num_rows:
        raise InputError(
            f"expected rows that can be told apart, found {table.num_rows:,} or {len(rows):,} by where quotes stand",
            file=path,
            cure="Quote every cell that contains a quote, and double the quotes in it.",
        )

    def write(places: np.ndarray, file: Path) -> None:
        text = (rows.header + "".join(rows.rows[at] for at in places.tolist())).encode(encoding or "latin-1")
        write_atomically(file, gzip.compress(text, mtime=0) if packed else text, mode=MODE)

    return ending, write


def _sheet_writer(table: "pa.Table") -> Write:
    """Return a function that writes rows of a sheet as CSV, with the texts that an audit of the sheet reads."""

    def write(places: np.ndarray, file: Path) -> None:
        stream = io.StringIO(newline="")
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(table.column_names)
        rows.writerows(zip(*(column.to_pylist() for column in table.take(places).columns), strict=True))
        write_atomically(file, stream.getvalue().encode(), mode=MODE)

    return write


def _parquet_writer(path: Path) -> Write:
    """Return a function that writes rows of a Parquet file, under the types and the metadata that it has."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    source = parquet.read_table(path)

    def write(places: np.ndarray, file: Path) -> None:
        with replacing(file, mode=MODE) as beside:
            parquet.write_table(source.take(pa.array(places)), beside)

    return write
