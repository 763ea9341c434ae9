"""Records as tables that others read: Arrow, pandas, and files of CSV, TSV or Parquet."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.files import replacing
from synthaudit.audit.records.dates import write_dates
from synthaudit.audit.records.parse import MISSING, parse_records
from synthaudit.audit.records.schema import Column, Schema
from synthaudit.audit.records.table import Records
from synthaudit.audit.records.text import as_text

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def to_table(records: Records, *, id: str | None = None) -> "pa.Table":
    """Return records as an Arrow table: levels and dates as text, whole numbers as integers, missing as null.

    Args:
        records: The rows.
        id: Name of a first column that holds the patient ids; None leaves them out, as a release does.
    """
    import pyarrow as pa

    arrays = {spec.original_name: _to_arrow(records.column(spec.name), spec) for spec in records.schema.columns}
    if id is not None:
        if id in arrays:
            raise InputError("expected an id column that is not in the table already", column=id)
        arrays = {id: pa.array(records.patients), **arrays}
    return pa.table(arrays)


def _to_arrow(values: np.ndarray, spec: Column) -> "pa.Array":
    """Return one column's stored values as an Arrow array of what a reader of the table sees."""
    import pyarrow as pa

    if values.dtype.kind == "u":
        return pa.array(values)
    lost = np.isnan(values)
    if not spec.is_numeric:
        positions = np.where(lost, 0, values).astype(np.int32)
        return pa.array(spec.original_levels, pa.string()).take(pa.array(positions, mask=lost))
    known = np.where(lost, 0, values)
    if spec.format is not None:
        return pa.array(write_dates(known, spec.format), pa.string(), mask=lost)
    if (spec.integer or spec.kind != "continuous") and (np.abs(known) < 2**63).all():
        return pa.array(known.astype(np.int64), mask=lost)
    return pa.array(known, mask=lost)


def write_table(records: Records, path: Path, *, id: str | None = None) -> None:
    """Write records as ``.csv``, ``.csv.gz``, ``.tsv`` or ``.parquet``, whole or not at all; ``read_text`` reads them.

    Raises:
        InputError: The ending is not one of these, or the folder is missing or not writable.
    """
    import pyarrow as pa
    import pyarrow.parquet as parquet
    from pyarrow import csv

    table = to_table(records, id=id)
    name = path.name.lower()
    if not name.endswith((".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet")):
        raise InputError("expected a name that ends in .csv, .csv.gz, .tsv or .parquet", file=path)
    with replacing(path) as beside:
        if name.endswith(".parquet"):
            parquet.write_table(table, beside)
            return
        options = csv.WriteOptions(delimiter="\t" if ".tsv" in name else ",")
        with pa.output_stream(beside, compression="gzip" if name.endswith(".gz") else None) as stream:
            csv.write_csv(table, stream, options)


def from_frame(
    frame: "pd.DataFrame", schema: Schema, *, id: str | None = None, missing: Sequence[str] = MISSING
) -> Records:
    """Return a pandas frame's rows as records under ``schema``; the index is ignored.

    Raises:
        InputError: As ``parse_records``; rows are counted as if a header stood above the frame.
    """
    import pyarrow as pa

    return parse_records(as_text(pa.Table.from_pandas(frame, preserve_index=False)), schema, id=id, missing=missing)


def to_frame(records: Records, *, id: str | None = None) -> "pd.DataFrame":
    """Return records as a pandas frame of numbers and level texts."""
    return to_table(records, id=id).to_pandas()
