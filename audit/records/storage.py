"""Records on disk: one NPZ file without pickle, bits packed, written whole or not at all."""

import json
import math
import struct
import tokenize
import zipfile
import zlib
from pathlib import Path

import numpy as np

from synthaudit.audit.errors import AuditError, InputError
from synthaudit.audit.files import read_file, replacing
from synthaudit.audit.memory import shortage_named
from synthaudit.audit.records.schema import Schema
from synthaudit.audit.records.table import Records

FORMAT = "synthaudit records 1"

MOST_BYTES = 2**34
"""Bytes that the arrays of one file may take in memory."""

MOST_PARTS = 10_000
"""Arrays that one file may hold."""

DAMAGE = (
    *(OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, IndexError),
    *(zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, OverflowError),
    *(SyntaxError, tokenize.TokenError),  # an array's header is Python
)
"""What NumPy and ``zipfile`` raise on damaged archives: any of their bytes may be wrong, lengths and flags included."""


def save_records(records: Records, path: Path, *, mode: int = 0o600) -> None:
    """Write records to ``path``, atomically: a reader sees the old file or the new one, never half of it.

    A block of zeros and ones is packed to one bit per cell: 46,520 x 1,071 codes take 6 MB on disk.

    Args:
        records: What to write.
        path: The file, usually ``.npz``; its folder must exist.
        mode: Permissions of the file; by default nobody but the owner reads it.

    Raises:
        InputError: The folder is missing or not writable.
    """
    packed = not records.codes.size or int(records.codes.max()) <= 1
    blocks = {
        "format": np.array(FORMAT),
        "schema": np.array(records.schema.to_json()),
        "codes": np.packbits(records.codes, axis=1) if packed else records.codes,
        "packed": np.array(packed),
        "rest": records.rest,
        "patients": records.patients if records.patients.dtype.kind in "iu" else records.patients.astype(str),
    }
    with replacing(path, mode=mode) as beside, beside.open("wb") as file:
        np.savez(file, allow_pickle=False, **blocks)


def load_records(path: Path) -> Records:
    """Read what ``save_records`` wrote.

    Raises:
        InputError: There is no such file, or it is damaged, or something else wrote it.
    """
    blocks = read_arrays(path)
    try:
        if str(blocks["format"]) != FORMAT:
            raise InputError("was written by another version", file=path, cure="Write the records again.")
        schema = Schema.from_json(str(blocks["schema"]))
        codes = blocks["codes"]
        if bool(blocks["packed"]):
            codes = np.unpackbits(codes, axis=1, count=len(schema.codes))
        return Records(schema, codes, blocks["rest"], blocks["patients"])
    except AuditError:
        raise
    except DAMAGE:
        raise _damaged(path) from None


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of an archive; each part must be as large as it states, so that no stated size costs memory.

    Raises:
        InputError: There is no such file, or it is damaged, or too large.
        MemoryShortageError: It is sound, and there is no room for it.
    """
    if not path.is_file():
        raise InputError("no such file", file=path)
    with shortage_named(f"while {path.name} was read"):
        try:
            require_stated_sizes(path)
            with np.load(path, allow_pickle=False) as blocks:
                return {name: blocks[name] for name in blocks.files}
        except DAMAGE:
            raise _damaged(path) from None


def require_stated_sizes(path: Path) -> None:
    """Raise ``ValueError`` where a part's array is not as large as the part, or all of them are larger than allowed."""
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > MOST_BYTES or len(parts) > MOST_PARTS:
            raise ValueError("expected a smaller archive")
        for part in parts:
            with archive.open(part) as file:
                version = np.lib.format.read_magic(file)
                read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
                shape, _, dtype = read(file)
            if dtype.hasobject or min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize > part.file_size:
                raise ValueError("expected an array of the size of its part")


def _damaged(path: Path) -> InputError:
    return InputError(
        "expected records written by this tool, found a damaged or foreign file",
        file=path,
        cure="Write the records again.",
    )


def load_json(path: Path) -> dict[str, object]:
    """Read a small JSON object that lies beside records, such as how a split was made."""
    try:
        content = json.loads(read_file(path).decode("utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as problem:
        raise InputError("expected a JSON object, found none", file=path) from problem
    if not isinstance(content, dict):
        raise InputError("expected a JSON object", file=path)
    return content
