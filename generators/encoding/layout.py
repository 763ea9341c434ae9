"""Which unit of a network means what: it follows from the schema alone.

| column | units |
|---|---|
| binary | one yes/no unit |
| count | a yes/no unit "above zero", and a number gated by it: the standardised log(1 + count) |
| continuous | one standardised number; where it may be missing, a yes/no unit "present" that gates it |
| ordinal, categorical | one unit per level, one more for "missing" where allowed; exactly one of them is on |
| binary or count that may be missing | three states (zero, more, missing), one of them on; a count adds its number |

The count is a hurdle because the mean of log(1 + c) is not the log of the mean: one unit per count would lose a third
of the rate of a code that most patients lack. A gated number is 0, its mean, wherever its gate is off.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from synthaudit.audit.records import Column, Records, Schema


@dataclass(frozen=True, eq=False)
class Layout:
    """Which unit of a network means what; it follows from the schema alone, never from a value.

    Attributes:
        schema: The columns.
        start: First unit of each column, shape ``(p + 1,)``; the last entry is the width.
        binary: Units that are yes or no, each by itself.
        groups: Units of which exactly one is on, one array per column.
        numeric: Units that are numbers.
        gates: For each number the unit that must be on for it to count, or -1.
        numeric_columns: For each number the position of its column.
    """

    schema: Schema
    start: np.ndarray
    binary: np.ndarray
    groups: tuple[np.ndarray, ...]
    numeric: np.ndarray
    gates: np.ndarray
    numeric_columns: np.ndarray

    @classmethod
    def of(cls, schema: Schema) -> "Layout":
        """Lay the units of a schema out, columns in order."""
        start, binary, groups, numeric, gates, numeric_columns = [0], [], [], [], [], []
        for position, column in enumerate(schema.columns):
            at, states = start[-1], states_of(column)
            gate = -1
            if states == 1:
                binary.append(at)
                gate = at
            elif states:
                groups.append(np.arange(at, at + states))
                gate = at + 1
            at += states
            if column.kind in ("count", "continuous"):
                numeric.append(at)
                gates.append(gate)
                numeric_columns.append(position)
                at += 1
            start.append(at)
        return cls(
            schema,
            np.array(start),
            np.array(binary, dtype=np.int64),
            tuple(groups),
            np.array(numeric, dtype=np.int64),
            np.array(gates, dtype=np.int64),
            np.array(numeric_columns, dtype=np.int64),
        )

    @property
    def width(self) -> int:
        """Units in all."""
        return int(self.start[-1])

    @property
    def all_binary(self) -> bool:
        """Whether the units are exactly the stored codes: a table of 0/1 columns."""
        return self.schema.all_binary

    @cached_property
    def padded_groups(self) -> tuple[np.ndarray, np.ndarray]:
        """Units of the groups as one array ``(groups, largest)``, and where it is real rather than padding."""
        largest = max((len(group) for group in self.groups), default=0)
        units = np.zeros((len(self.groups), largest), dtype=np.int64)
        real = np.zeros(units.shape, dtype=bool)
        for at, group in enumerate(self.groups):
            units[at, : len(group)] = group
            real[at, : len(group)] = True
        return units, real

    def indicators(self, records: Records) -> np.ndarray:
        """Return the yes/no units, shape ``(n, d)``, uint8, numbers left at 0.

        A table of 0/1 columns is returned as it is stored, without a copy: 46,520 x 1,071 stay at 50 MB.
        """
        if self.all_binary:
            return records.codes
        units = np.zeros((len(records), self.width), dtype=np.uint8)
        firsts = self.start[list(self.schema.codes)]
        units[:, firsts] = records.codes > 0
        rows = np.arange(len(records))
        for at, position in enumerate(self.schema.rest):
            column, values = self.schema.columns[position], records.rest[:, at]
            first, states = self.start[position], states_of(column)
            if states == 1:
                units[:, first] = ~np.isnan(values)
            elif states:
                units[rows, first + _state(column, values)] = 1
        return units

    def numbers(self, records: Records) -> np.ndarray:
        """Return the numbers before scaling, shape ``(n, r)``, float32: values, log(1 + count); NaN where gated off."""
        numbers = np.full((len(records), len(self.numeric)), np.nan, dtype=np.float32)
        where_code = {position: at for at, position in enumerate(self.schema.codes)}
        where_rest = {position: at for at, position in enumerate(self.schema.rest)}
        counts = [at for at, owner in enumerate(self.numeric_columns) if int(owner) in where_code]
        if counts:
            codes = records.codes[:, [where_code[int(self.numeric_columns[at])] for at in counts]]
            numbers[:, counts] = np.where(codes > 0, np.log1p(codes.astype(np.float32)), np.nan)
        for at, owner in enumerate(self.numeric_columns):
            if int(owner) not in where_rest:
                continue
            values = records.rest[:, where_rest[int(owner)]]
            if self.schema.columns[int(owner)].kind == "count":
                values = np.where(values > 0, np.log1p(np.maximum(values, 0)), np.nan)
            numbers[:, at] = values
        return numbers


def states_of(column: Column) -> int:
    """Return how many yes/no units a column takes."""
    if column.kind in ("ordinal", "categorical"):
        return len(column.levels) + column.missing
    if column.kind == "continuous":
        return int(column.missing)
    return 1 if not column.missing else 3


def _state(column: Column, values: np.ndarray) -> np.ndarray:
    """Return which of a column's states each value is in, shape ``(n,)``; missing is the last."""
    missing = np.isnan(values)
    levels = np.where(missing, 0, values).astype(np.int64)
    if column.kind in ("binary", "count"):
        levels = np.minimum(levels, 1)
    return np.where(missing, states_of(column) - 1, levels)
