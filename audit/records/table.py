"""Patients' rows in memory: one small integer block for codes, one floating-point block for the rest."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from synthaudit.audit.records.schema import Schema


@dataclass(frozen=True, eq=False)
class Records:
    """A schema, the values under it, and whose row each is.

    Binary and count columns lie together in ``codes`` as the smallest unsigned integer that holds them, so that
    46,520 x 1,071 diagnosis codes take 50 MB. All others lie in ``rest``: numbers as they are, ordinal and
    categorical values as positions of their levels, a missing value as NaN. Both blocks are read-only.

    Attributes:
        schema: The columns, in order.
        codes: Binary and count values, shape ``(n, len(schema.codes))``, unsigned integers.
        rest: All other values, shape ``(n, len(schema.rest))``, float64.
        patients: Whose row each is, shape ``(n,)``, integers or text; a patient may own several rows.
    """

    schema: Schema
    codes: np.ndarray
    rest: np.ndarray
    patients: np.ndarray = field(repr=False)

    def __post_init__(self) -> None:
        rows = len(self.patients)
        expected = {"codes": (rows, len(self.schema.codes)), "rest": (rows, len(self.schema.rest))}
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"expected {name} of shape {shape}, got {getattr(self, name).shape}")
        if self.codes.dtype.kind != "u" or self.rest.dtype != np.float64:
            raise ValueError(f"expected unsigned codes and float64 rest, got {self.codes.dtype} and {self.rest.dtype}")
        for block in (self.codes, self.rest, self.patients):
            block.flags.writeable = False

    @classmethod
    def binary(cls, names: Iterable[str], matrix: np.ndarray, patients: np.ndarray | None = None) -> "Records":
        """Return records of 0/1 columns from a matrix of shape ``(n, p)``."""
        codes = np.ascontiguousarray(matrix, dtype=np.uint8)
        ids = np.arange(len(codes)) if patients is None else patients
        return cls(Schema.binary(names), codes, np.empty((len(codes), 0)), ids)

    @classmethod
    def of(cls, schema: Schema, columns: Mapping[str, np.ndarray], patients: np.ndarray | None = None) -> "Records":
        """Return records from one array of stored values per column (level positions, NaN for missing)."""
        rows = len(columns[schema.names[0]])
        values = [np.asarray(columns[schema.names[at]]) for at in schema.codes]
        top = max((int(v.max()) for v in values if rows), default=0)
        codes = np.empty((rows, len(values)), dtype=np.min_scalar_type(max(top, 1)))
        for at, value in enumerate(values):
            codes[:, at] = value
        rest = np.empty((rows, len(schema.rest)))
        for at, position in enumerate(schema.rest):
            rest[:, at] = columns[schema.names[position]]
        return cls(schema, codes, rest, np.arange(rows) if patients is None else np.asarray(patients))

    @classmethod
    def concat(cls, parts: Sequence["Records"]) -> "Records":
        """Return the rows of several records under one schema, in order."""
        first = parts[0]
        if any(part.schema.names != first.schema.names for part in parts):
            raise ValueError("expected records under one schema")
        ids = [part.patients for part in parts]
        if len({part.dtype.kind for part in ids}) > 1:
            ids = [part.astype(str) for part in ids]
        return cls(
            first.schema,
            np.concatenate([part.codes for part in parts]),
            np.concatenate([part.rest for part in parts]),
            np.concatenate(ids),
        )

    def __len__(self) -> int:
        return len(self.patients)

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names, in order."""
        return self.schema.names

    def take(self, rows: np.ndarray | slice) -> "Records":
        """Return the chosen rows, by position, mask or slice."""
        return Records(self.schema, self.codes[rows], self.rest[rows], self.patients[rows])

    def select(self, names: Iterable[str]) -> "Records":
        """Return the named columns, in the given order."""
        schema = self.schema.select(names)
        where_code = {position: at for at, position in enumerate(self.schema.codes)}
        where_rest = {position: at for at, position in enumerate(self.schema.rest)}
        chosen = [self.schema.position[name] for name in schema.names]
        codes = self.codes[:, [where_code[position] for position in chosen if position in where_code]]
        rest = self.rest[:, [where_rest[position] for position in chosen if position in where_rest]]
        return Records(schema, codes, rest, self.patients)

    def column(self, name: str) -> np.ndarray:
        """Return one column's stored values, shape ``(n,)``."""
        position = self.schema.position[self.schema[name].name]
        if self.schema.columns[position].is_code:
            values: np.ndarray = self.codes[:, self.schema.codes.index(position)]
        else:
            values = self.rest[:, self.schema.rest.index(position)]
        return values

    def dense(self) -> np.ndarray:
        """Return all values in column order, shape ``(n, p)``, float64; for narrow tables."""
        values = np.empty((len(self), len(self.schema)))
        values[:, list(self.schema.codes)] = self.codes
        values[:, list(self.schema.rest)] = self.rest
        return values

    def with_patients(self, patients: np.ndarray) -> "Records":
        """Return the same rows under other patient ids."""
        return Records(self.schema, self.codes, self.rest, patients)

    def fingerprint(self) -> str:
        """Return a SHA-256 of schema, values and patient ids, in hexadecimal."""
        digest = hashlib.sha256(self.schema.fingerprint().encode())
        ids = self.patients if self.patients.dtype.kind in "iu" else np.char.encode(self.patients.astype(str), "utf-8")
        for block in (self.codes, self.rest, ids):
            digest.update(f"{block.dtype}{block.shape}".encode())
            digest.update(np.ascontiguousarray(block).tobytes())
        return digest.hexdigest()
