"""Missing values for objects that cannot learn them: filled, and marked in a column beside or by a level."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.records import Records, to_frame

if TYPE_CHECKING:
    import pandas as pd

MARK = " is missing"
"""Ending of the column that says which numbers are missing."""

LEVEL = "(missing)"
"""The level that stands for a missing one."""


@dataclass(frozen=True)
class MarkedMissing:
    """Which columns have missing values, and what fills them.

    Attributes:
        numbers: Columns of numbers or dates, with the value that fills each: the middle one of those that are there.
        levels: Columns of levels.
    """

    numbers: dict[str, object]
    levels: tuple[str, ...]

    @classmethod
    def of(cls, records: Records) -> "MarkedMissing":
        """Return how to mark the missing values of these records."""
        frame = to_frame(records)
        absent = [column for column in records.schema.columns if frame[column.name].isna().any()]
        numbers: dict[str, object] = {}
        for column in absent:
            if column.is_numeric:
                known = np.sort(frame[column.name].dropna().to_numpy())
                numbers[column.name] = known[len(known) // 2] if len(known) else 0
        return cls(numbers, tuple(column.name for column in absent if not column.is_numeric))

    @property
    def marks(self) -> tuple[str, ...]:
        """Names of the columns of marks."""
        return tuple(f"{name}{MARK}" for name in self.numbers)

    def to_frame(self, records: Records) -> "pd.DataFrame":
        """Return records without missing values: numbers filled and marked, levels replaced."""
        frame = to_frame(records)
        for name, value in self.numbers.items():
            frame[f"{name}{MARK}"] = np.where(frame[name].isna(), "yes", "no")
            frame[name] = frame[name].fillna(value)
        for name in self.levels:
            frame[name] = frame[name].astype(object).fillna(LEVEL)
        return frame

    def restored(self, frame: "pd.DataFrame") -> "pd.DataFrame":
        """Return a sampled frame with missing values where their marks say so, and without the marks."""
        restored = frame.copy()
        for name in self.numbers:
            restored[name] = restored[name].where(restored[f"{name}{MARK}"] != "yes", None)
        for name in self.levels:
            restored[name] = restored[name].where(restored[name] != LEVEL, None)
        return restored.drop(columns=list(self.marks))
