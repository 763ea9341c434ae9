"""A folder of Parquet files that are parts of one table, as DuckDB, Spark and the Hub of data sets write it."""

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from synthaudit.audit.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

SPLIT = re.compile(r"^(train|test|validation|valid|dev)\b|[-_](train|test|validation|valid|dev)[-_.]", re.IGNORECASE)
"""How a file of one split of a data set is called."""


def parts_of(folder: Path) -> tuple[Path, ...]:
    """Return the Parquet files in a folder and below it, in the order of their names; hidden ones are left out.

    Raises:
        InputError: There is none, or they belong to several splits of a data set.
    """
    parts = sorted(
        path
        for path in folder.rglob("*.parquet")
        if not any(part[0] in "._" for part in path.relative_to(folder).parts)
    )
    if not parts:
        raise InputError("expected a file, or a folder of Parquet files, found a folder without any", file=folder)
    splits = sorted({_split(path) for path in parts} - {""})
    if len(splits) > 1:
        raise InputError(
            f"expected one table, found the splits {', '.join(splits)}",
            file=folder,
            cure="Name one file, or put the files of one split into a folder of their own.",
        )
    return tuple(parts)


def read_parts(folder: Path) -> "pa.Table":
    """Return the rows of all parts, one after the other.

    Raises:
        InputError: A part is damaged, or has other columns than the first.
    """
    import pyarrow as pa
    import pyarrow.parquet as parquet

    tables: list[pa.Table] = []
    for path in parts_of(folder):
        try:
            table = parquet.ParquetFile(path).read()
            table.validate(full=True)  # or bytes that are no text would come to light later
        except (pa.ArrowException, OSError, UnicodeDecodeError):
            raise InputError(
                "expected a Parquet file, found a damaged one", file=path, cure="Export it again."
            ) from None
        if tables and set(table.column_names) != set(tables[0].column_names):
            raise InputError(
                "expected the columns of the folder's other files", file=path, cure="Keep one table per folder."
            )
        tables.append(table.select(tables[0].column_names) if tables else table)
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException:
        raise InputError(
            "expected the same types in all files of the folder", file=folder, cure="Export it again."
        ) from None


def digest_of(folder: Path) -> str:
    """Return a SHA-256 of all parts, in hexadecimal."""
    digest = hashlib.sha256()
    for path in parts_of(folder):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _split(path: Path) -> str:
    match = SPLIT.search(path.name)
    return (match[1] or match[2]).lower() if match else ""
