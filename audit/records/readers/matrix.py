"""Matrices without a header: NPZ (scipy sparse, or one dense array) and NPY, with names and ids beside them."""

import math
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.memory import require_memory
from synthaudit.audit.records.readers.loaded_records import LoadedRecords, find_file, source_file
from synthaudit.audit.records.schema import Column, Schema
from synthaudit.audit.records.storage import DAMAGE, require_stated_sizes
from synthaudit.audit.records.table import Records

PICKLE = "Arrays of objects and pickles run code when they are read, so they are refused: save plain numbers."


@dataclass(frozen=True)
class MatrixFile:
    """One array, one row per patient or several, one column per variable; 0/1, counts or numbers.

    Attributes:
        path: ``.npz`` of ``scipy.sparse.save_npz`` or with one dense array, or ``.npy``.
        names: File of column names, one per line; None names them c0001, c0002, ....
        ids: File of patient ids, one per line; None makes every row a patient.
    """

    title: ClassVar[str] = "Matrix"
    summary: ClassVar[str] = "NPZ (scipy sparse or dense) or NPY, with names and ids in text files"

    path: str
    names: str | None = None
    ids: str | None = None

    def read(self, folder: Path = Path()) -> LoadedRecords:
        """Read the matrix; paths are relative to ``folder``.

        Raises:
            InputError: A file is missing or damaged, holds objects, NaN or no cells, or names and ids do not fit.
        """
        path = find_file(folder, self.path)
        values = _check_array(_array(path), path)
        rows, width = values.shape
        digits = max(4, len(str(width)))
        names = [f"c{at:0{digits}d}" for at in range(1, width + 1)]
        files = [path]
        if self.names is not None:
            files.append(find_file(folder, self.names))
            names = _lines(files[-1], width, "column")
        patients: np.ndarray = np.arange(rows)
        if self.ids is not None:
            files.append(find_file(folder, self.ids))
            patients = np.array(_lines(files[-1], rows, "row"), dtype=str)
        columns, blocks = _type_columns(names, values)
        notes = ("kinds of columns were inferred from the matrix, not declared",)
        records = Records(Schema(columns, inferred=True), *blocks, patients)
        return LoadedRecords(records, notes, tuple(source_file(file) for file in files))


MOST_BYTES = 2**33
"""Bytes that an array may take in memory: a file of a few MB can state a shape of any size."""


def _array(path: Path) -> np.ndarray:
    """Return the array of a file, dense."""
    cure = "Save it with scipy.sparse.save_npz or numpy.save."
    try:
        found = np.load(path, allow_pickle=False, mmap_mode="r")
        if isinstance(found, np.ndarray):
            _require_room(found.shape, found.dtype, path)
            return np.array(found)
        with found as file:
            _require_small_parts(path)
            require_stated_sizes(path)
            names = set(file.files)
            if "format" in names and "shape" in names:
                return _sparse(path)
            if len(names) != 1:
                raise InputError(f"expected one array, found {len(names)}", file=path, cure=cure)
            return np.asarray(file[names.pop()])
    except InputError:
        raise
    except DAMAGE as problem:
        if isinstance(problem, ValueError) and ("pickle" in str(problem).lower() or "object" in str(problem).lower()):
            raise InputError(
                "expected an array of numbers, found objects or a pickle", file=path, cure=PICKLE
            ) from None
        raise InputError("expected a NumPy file, found a damaged or foreign one", file=path, cure=cure) from None


def _require_small_parts(path: Path) -> None:
    """Raise where the parts of an archive state more bytes than may be unpacked."""
    with zipfile.ZipFile(path) as archive:
        stated = sum(part.file_size for part in archive.infolist())
    if stated > MOST_BYTES:
        raise InputError(f"expected at most {MOST_BYTES // 2**30} GiB, found {stated / 2**30:,.0f} GiB", file=path)


def _require_room(shape: tuple[int, ...], dtype: np.dtype[Any], path: Path) -> None:
    size = math.prod(shape) * dtype.itemsize
    if size > MOST_BYTES:
        raise InputError(
            f"expected at most {MOST_BYTES // 2**30} GiB, found an array of {size / 2**30:,.0f} GiB",
            file=path,
            cure="Leave out columns that few patients have, or audit fewer patients.",
        )
    require_memory(2 * size, f"to read {path.name}")


def _sparse(path: Path) -> np.ndarray:
    """Return a scipy.sparse matrix, dense, after every index was held against the shape.

    Compiled code follows the indices, so a wrong one would read or write foreign memory.
    """
    from scipy import sparse

    matrix: Any = sparse.load_npz(path)  # reads without pickle
    if matrix.dtype.kind not in "biuf":
        raise InputError("expected numbers", file=path, cure=PICKLE)
    if not isinstance(matrix.shape, tuple) or len(matrix.shape) != 2 or min(matrix.shape) < 1:
        raise InputError("expected a table of rows and columns", file=path)
    _require_valid_indices(matrix, path)
    kept = np.dtype(np.uint8) if matrix.dtype.kind in "bu" else matrix.dtype
    _require_room(matrix.shape, kept, path)
    if matrix.dtype.kind == "f" and not np.isfinite(matrix.data).all():
        return np.asarray(matrix.toarray())
    matrix = matrix.tocoo()
    matrix.sum_duplicates()
    if matrix.dtype.kind in "biu" and matrix.nnz and matrix.data.min() >= 0:
        matrix = matrix.astype(np.min_scalar_type(int(matrix.data.max())))
    elif matrix.dtype.kind == "f" and np.isin(matrix.data, (0, 1)).all():
        matrix = matrix.astype(np.uint8)
    return np.asarray(matrix.toarray())


def _require_valid_indices(matrix: Any, path: Path) -> None:
    """Raise unless every index lies inside the shape and every pointer is in order."""
    try:
        if matrix.format in ("csr", "csc", "bsr"):
            # ``check_format`` looks at the pointers' lengths only; before it follows them they must not lead outside.
            pointers, entries = matrix.indptr, len(matrix.indices)
            if pointers[0] != 0 or (np.diff(pointers.astype(np.int64)) < 0).any() or pointers[-1] > entries:
                raise ValueError
            matrix.check_format(full_check=True)
        elif matrix.format == "coo":
            for places, length in ((matrix.row, matrix.shape[0]), (matrix.col, matrix.shape[1])):
                if len(places) != len(matrix.data) or (len(places) and (places.min() < 0 or places.max() >= length)):
                    raise ValueError
        elif matrix.format == "dia":
            if matrix.data.ndim != 2 or len(matrix.data) != len(matrix.offsets):
                raise ValueError
        else:
            raise ValueError
    except (ValueError, IndexError):
        raise InputError(
            "expected a sparse matrix, found indices that lie outside its shape or are not in order",
            file=path,
            cure="Save it again with scipy.sparse.save_npz.",
        ) from None


def _check_array(values: np.ndarray, path: Path) -> np.ndarray:
    """Return the array if it is a table of numbers."""
    if values.ndim != 2 or not values.size:
        raise InputError(f"expected a table of rows and columns, found an array of shape {values.shape}", file=path)
    if values.dtype.kind not in "biuf":
        raise InputError("expected numbers", file=path, cure=PICKLE)
    if values.dtype.kind == "f":
        bad = ~np.isfinite(values).all(axis=1)
        if bad.any():
            raise InputError(
                f"expected finite numbers, found NaN or infinity in {int(bad.sum()):,} rows, the first of which is "
                f"row {int(bad.argmax()) + 1} of the array",
                file=path,
                cure="Fill or drop them, or bring the data as a table, where an empty cell is a missing value.",
            )
    return values


def _type_columns(names: list[str], values: np.ndarray) -> tuple[tuple[Column, ...], tuple[np.ndarray, np.ndarray]]:
    """Return columns and the two blocks: 0/1 is binary, other whole numbers from 0 count, the rest is continuous."""
    if values.dtype.kind in "bu" or (values.dtype.kind == "i" and values.min() >= 0):
        code = np.ones(values.shape[1], dtype=bool)
        whole = code
    else:
        whole = (values == np.rint(values)).all(axis=0)
        code = whole & (values.min(axis=0) >= 0) & (values.max(axis=0) < 2**32)
    top = values.max(axis=0)
    columns = tuple(
        Column(
            name,
            ("binary" if top[at] <= 1 else "count") if code[at] else "continuous",
            integer=bool(whole[at] & ~code[at]),
        )
        for at, name in enumerate(names)
    )
    highest = int(top[code].max()) if code.any() else 1
    dtype = np.min_scalar_type(max(highest, 1))
    return columns, (np.ascontiguousarray(values[:, code], dtype=dtype), values[:, ~code].astype(np.float64))


def _lines(path: Path, expected: int, what: str) -> list[str]:
    """Return the lines of a text file, one for every column or row."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError(f"expected a text file with one line per {what}", file=path) from problem
    if len(lines) != expected:
        raise InputError(f"expected {expected:,} lines, one per {what} of the matrix, found {len(lines):,}", file=path)
    return [line.strip() for line in lines]
