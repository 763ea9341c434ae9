"""Rectangular tables: CSV, TSV, Parquet or Excel, one row per patient or several."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from synthaudit.audit.records.readers.loaded_records import LoadedRecords, find_file
from synthaudit.audit.records.readers.together import read_together
from synthaudit.audit.records.schema_file import read_schema
from synthaudit.audit.records.table_format import TableFormat


@dataclass(frozen=True)
class TableFile:
    """A table with one column per variable.

    Attributes:
        path: The file: .csv, .csv.gz, .tsv, .tsv.gz, .parquet, .xlsx (.xls, .xlsb, .ods), or .txt and .dat with a
            delimiter.
        schema: A ``schema.toml``; None infers every column.
        id: The column that says whose row it is; None makes every row a patient.
        drop: Columns to leave out.
        missing: Cells that mean "missing" besides empty ones and NA, NaN, NULL and their like.
        delimiter: What separates cells: one character, or ``tab``, ``semicolon``, ``bar``; None goes by the file's
            name, and takes semicolons in a .csv whose header has no comma.
        encoding: Of text that is not UTF-8, such as ``cp1252``.
        decimal: The mark before decimals, ``.`` or ``,``.
        sheet: Which sheet of an Excel file; None takes the only one.
    """

    title: ClassVar[str] = "Table"
    summary: ClassVar[str] = "CSV, TSV, Parquet or Excel, one row per patient or several"

    path: str
    schema: str | None = None
    id: str | None = None
    drop: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    delimiter: str | None = None
    encoding: str | None = None
    decimal: str = "."
    sheet: str | None = None

    def read(self, folder: Path = Path()) -> LoadedRecords:
        """Read the table; paths are relative to ``folder``.

        Raises:
            InputError: See ``read_text``, ``parse_records`` and ``infer_schema``.
        """
        declared = None if self.schema is None else read_schema(find_file(folder, self.schema))
        path = find_file(folder, self.path)
        table_format = TableFormat(self.delimiter, self.encoding, self.decimal, self.sheet)
        read = read_together(
            {"table": path}, declared, id=self.id, drop=self.drop, missing=self.missing, table_format=table_format
        )
        return read["table"]
