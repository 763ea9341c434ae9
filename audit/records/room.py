"""How much memory a table will take, judged by its file before it is read."""

import contextlib
import os
import struct
from pathlib import Path

from synthaudit.audit.memory import MIB

IN_MEMORY = 10
"""Bytes that reading takes for each byte of text: 6 to 10 were measured, on numbers and on zeros and ones."""

CELL = 48
"""Bytes that a cell of a Parquet file takes while it is turned to text and read."""

DENSEST = 1032
"""Bytes to which deflate can unpack one byte at most."""

LEAST = 48 * MIB
"""Bytes that reading the smallest file takes: code, threads and buffers."""


def bytes_to_read(path: Path) -> int:
    """Return about how many bytes of memory it takes to read a table; a file that does not say is taken as it is."""
    if path.is_dir():
        return LEAST + sum(_parquet_bytes(part) for part in path.rglob("*.parquet"))
    try:
        size = path.stat().st_size
    except OSError:  # its reader says what is wrong
        return LEAST
    name = path.name.lower()
    if name.endswith(".parquet"):
        return LEAST + max(size, _parquet_bytes(path))
    return LEAST + IN_MEMORY * max(size, _unpacked_size(path) if name.endswith(".gz") else 0)


def _parquet_bytes(path: Path) -> int:
    import pyarrow.parquet as parquet

    with contextlib.suppress(Exception):  # a damaged file is its reader's to name
        about = parquet.read_metadata(path)
        return int(about.num_rows) * int(about.num_columns) * CELL
    return 0


def _unpacked_size(path: Path) -> int:
    """Return the size that a gzip file states at its end, modulo 4 GiB; never more than its bytes can hold."""
    with contextlib.suppress(OSError, struct.error), path.open("rb") as file:
        packed = file.seek(-4, os.SEEK_END)
        return min(int(struct.unpack("<I", file.read(4))[0]), DENSEST * packed)
    return 0
