"""What a table's columns are: kinds, levels, bounds, and what may be missing."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Literal, get_args

from synthaudit.audit.errors import InputError, unknown_name
from synthaudit.audit.records.dates import check_format

Kind = Literal["binary", "count", "continuous", "ordinal", "categorical"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Column:
    """One column: its name, its kind and what its values may be.

    Attributes:
        name: The column's name; codes are text, so ``0083`` and ``250.00`` survive.
        kind: ``binary`` (0 or 1), ``count`` (0, 1, 2, ...), ``continuous``, ``ordinal`` (ordered levels) or
            ``categorical`` (unordered levels).
        levels: The values of an ordinal or categorical column, as text, in order. Stored values are positions here.
        low: Smallest possible value of a numeric column, where it is public.
        high: Largest possible value of a numeric column, where it is public.
        integer: Whether a continuous column holds whole numbers only.
        missing: Whether a value may be missing.
        format: How a continuous column of dates is written, such as ``%d/%m/%Y``; its values are days since
            1970-01-01. None for numbers.
        other: The level that takes every value which is none of the others, such as rare ones; None where such a value
            is a mistake.
        originals: Pairs of code and name: what stands in the tables for the name or the levels that few patients have.
            Only what reads or writes tables looks there; a message or a result never does.
        public_names: Whether the name and all levels are public, such as those of a national list of codes. Other
            names, where few patients have them, are replaced by codes before anything is shown.
    """

    name: str
    kind: Kind
    levels: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    integer: bool = False
    missing: bool = False
    format: str | None = None
    other: str | None = None
    originals: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    public_names: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(unknown_name("kind", str(self.kind), (*KINDS, "date")), column=self.name)
        if self.kind in ("ordinal", "categorical"):
            if not self.levels:
                raise InputError(f"expected levels for a column of kind {self.kind}", column=self.name)
            if len(set(self.levels)) != len(self.levels):
                raise InputError("expected levels without repeats", column=self.name)
        elif self.levels:
            raise InputError(f"expected no levels for a column of kind {self.kind}", column=self.name)
        if self.low is not None and self.high is not None and not self.low <= self.high:
            raise InputError("expected low <= high", column=self.name)
        if self.other is not None and self.other not in self.levels:
            raise InputError("expected other to be one of the levels", column=self.name)
        if self.format is not None:
            if self.kind != "continuous":
                raise InputError(f"expected no date format for a column of kind {self.kind}", column=self.name)
            check_format(self.format, column=self.name)

    @property
    def original_name(self) -> str:
        """The column's name in the tables; not to be shown."""
        return dict(self.originals).get(self.name, self.name)

    @property
    def original_levels(self) -> tuple[str, ...]:
        """The levels as they stand in the tables; not to be shown."""
        known = dict(self.originals)
        return tuple(known.get(level, level) for level in self.levels)

    @property
    def declared_kind(self) -> str:
        """The kind as a ``schema.toml`` and a report state it: ``date`` for a column of dates."""
        return self.kind if self.format is None else "date"

    @property
    def is_code(self) -> bool:
        """Whether the column is kept in the integer block: binary or count, never missing."""
        return self.kind in ("binary", "count") and not self.missing

    @property
    def is_numeric(self) -> bool:
        """Whether the column's values are numbers rather than positions of levels."""
        return self.kind in ("binary", "count", "continuous")


@dataclass(frozen=True)
class Schema:
    """The columns of a table, in order.

    Attributes:
        columns: One entry per column; names are unique.
        inferred: Whether kinds, levels or bounds were guessed from the data rather than declared. A guess from real
            data is itself a release of their domain, so reports say so.
    """

    columns: tuple[Column, ...]
    inferred: bool = False

    def __post_init__(self) -> None:
        if not self.columns:
            raise InputError("expected at least one column, found none")
        if len(self.position) != len(self.columns):
            seen: set[str] = set()
            twice = next(c.name for c in self.columns if c.name in seen or seen.add(c.name))  # type: ignore[func-returns-value]
            raise InputError("expected every column name once, found it twice", column=twice)

    @classmethod
    def binary(cls, names: Iterable[str]) -> "Schema":
        """Return a schema of 0/1 columns, such as a patient x code matrix."""
        return cls(tuple(Column(name, "binary") for name in names))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Column names, in order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def position(self) -> dict[str, int]:
        """Column name to position."""
        return {column.name: at for at, column in enumerate(self.columns)}

    @cached_property
    def hidden_names(self) -> dict[str, str]:
        """Names of columns in the tables that must not be shown, and the code that stands for each."""
        return {c.original_name: c.name for c in self.columns if c.original_name != c.name}

    @cached_property
    def codes(self) -> tuple[int, ...]:
        """Positions of the columns kept in the integer block."""
        return tuple(at for at, column in enumerate(self.columns) if column.is_code)

    @cached_property
    def rest(self) -> tuple[int, ...]:
        """Positions of the columns kept in the floating-point block."""
        return tuple(at for at, column in enumerate(self.columns) if not column.is_code)

    @property
    def all_binary(self) -> bool:
        """Whether every column is 0 or 1 and never missing."""
        return all(column.kind == "binary" and not column.missing for column in self.columns)

    def __getitem__(self, name: str) -> Column:
        """Return a column by its name, or by the name that it has in the tables."""
        known = name if name in self.position else self.hidden_names.get(name, name)
        if known not in self.position:
            raise InputError(unknown_name("column", name, self.names[:200]))
        return self.columns[self.position[known]]

    def __len__(self) -> int:
        return len(self.columns)

    def select(self, names: Iterable[str]) -> "Schema":
        """Return the schema of the named columns, in the given order."""
        return Schema(tuple(self[name] for name in names), inferred=self.inferred)

    def to_json(self) -> str:
        """Return the schema as canonical JSON; ``Schema.from_json`` reads it back."""
        raw = asdict(self)
        for column in raw["columns"]:
            for key in (
                "format",
                "other",
                "originals",
                "public_names",
            ):  # a table without them keeps the fingerprint that it had
                if not column[key]:
                    del column[key]
        return json.dumps(raw, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Schema":
        """Read what ``to_json`` wrote."""
        raw = json.loads(text)
        columns = tuple(
            Column(
                **{
                    **column,
                    "levels": tuple(column["levels"]),
                    "originals": tuple((code, name) for code, name in column.get("originals", ())),
                }
            )
            for column in raw["columns"]
        )
        return cls(columns, inferred=raw["inferred"])

    def fingerprint(self) -> str:
        """Return a SHA-256 of what a schema shows, in hexadecimal: a hash of a rare name would let it be guessed."""
        shown = Schema(tuple(replace(column, originals=()) for column in self.columns), inferred=self.inferred)
        return hashlib.sha256(shown.to_json().encode()).hexdigest()
