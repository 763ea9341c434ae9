"""Real patients for plants: members, holdout, reference, and others of whom honest tables are made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records import Records, Schema
from synthaudit.audit.records.sampling import one_row_per_patient
from synthaudit.audit.records.schema import Column

MOST = 2000
"""Members, and holdout patients, at most; half as many for the reference."""
MOST_OTHERS = 6000
"""Other patients, at most."""
FEWEST = 50
"""Members below which a self-test would say nothing."""


class CannotPlant(Exception):
    """Why a leak cannot be planted in a table; the text is the reason."""


@dataclass(frozen=True, eq=False)
class Population:
    """The patients of one real table, in four parts; one row per patient.

    Attributes:
        schema: The columns.
        members: Stored values in the order of the columns, NaN for missing, shape ``(n, p)``.
        holdout: The control group, likewise.
        reference: The attacker's own records, likewise.
        others: Patients on no side, likewise: what an honest generator would publish at best.
    """

    schema: Schema
    members: np.ndarray
    holdout: np.ndarray
    reference: np.ndarray
    others: np.ndarray

    @classmethod
    def of(cls, records: Records, *, seed: int) -> "Population":
        """Return the table's patients, parted at random; of a patient with several rows, one at random.

        Raises:
            InputError: The table has too few patients.
        """
        rng = np.random.default_rng([seed, 1])
        order = rng.permutation(one_row_per_patient(records, rng))
        side = min(MOST, 2 * len(order) // 7)
        if side < FEWEST:
            raise InputError(
                f"expected at least {-(-7 * FEWEST // 2)} patients for a self-test, found {len(order):,}",
                cure="Use a larger table of the same kind: verdicts on so few would all be inconclusive.",
            )
        ends = np.cumsum([side, side, side // 2, MOST_OTHERS])
        return cls(records.schema, *np.split(records.take(order[: ends[-1]]).dense(), ends[:3]))

    @cached_property
    def numbers(self) -> np.ndarray:
        """Positions of columns of numbers other than 0 and 1."""
        return np.array([at for at, column in enumerate(self.schema.columns) if _is_number(column)], dtype=np.int64)

    @cached_property
    def measurements(self) -> np.ndarray:
        """Positions of continuous columns."""
        kinds = [column.kind for column in self.schema.columns]
        return np.array([at for at, kind in enumerate(kinds) if kind == "continuous"], dtype=np.int64)

    @cached_property
    def levels(self) -> np.ndarray:
        """Positions of columns of levels, codes among them."""
        return np.setdiff1d(np.arange(len(self.schema)), self.numbers)

    @cached_property
    def flags(self) -> np.ndarray:
        """Positions of columns of 0 and 1 that are never missing."""
        is_flag = [column.kind == "binary" and not column.missing for column in self.schema.columns]
        return np.flatnonzero(is_flag)

    @cached_property
    def spread(self) -> np.ndarray:
        """Difference of the 95 % and 5 % quantiles of each number among reference and others; 1 where that is 0."""
        spread = np.ones(len(self.schema))
        strangers = np.concatenate([self.reference, self.others])
        for at in self.numbers:
            values = strangers[:, at][~np.isnan(strangers[:, at])]
            if values.size:
                low, high = np.quantile(values, [0.05, 0.95])
                spread[at] = high - low or np.ptp(values) or 1.0
        return spread

    def distinct(self, column: int) -> int:
        """Return how many values a column has among the members."""
        values = self.members[:, column]
        return len(np.unique(values[~np.isnan(values)]))

    def with_key(self, column: Column, keys: np.ndarray) -> "Population":
        """Return the population with a further column that no two patients of the three sides share a value of."""
        ends = np.cumsum([len(self.members), len(self.holdout), len(self.reference)])
        parts = np.split(keys[: ends[-1]], ends[:2])
        sides = zip((self.members, self.holdout, self.reference), parts, strict=True)
        members, holdout, reference = (np.column_stack([side, key]) for side, key in sides)
        others = np.column_stack([self.others, np.full(len(self.others), np.nan)])
        schema = Schema((*self.schema.columns, column), inferred=self.schema.inferred)
        return Population(schema, members, holdout, reference, others)


def _is_number(column: Column) -> bool:
    return column.kind in ("continuous", "count")


def fitting_schema(schema: Schema, tables: Sequence[np.ndarray]) -> Schema:
    """Return the schema, loosened where published values ask for it, as it would be where all kinds were inferred."""
    published = np.concatenate([table for table in tables if table.size])
    columns = []
    for at, column in enumerate(schema.columns):
        values = published[:, at]
        known = values[~np.isnan(values)]
        if len(known) < len(values):
            column = replace(column, missing=True)
        if column.is_numeric and known.size:
            column = _loosened(column, known)
        columns.append(column)
    return Schema(tuple(columns), inferred=schema.inferred)


def _loosened(column: Column, known: np.ndarray) -> Column:
    whole = bool((known == np.rint(known)).all())
    if column.kind == "binary" and not np.isin(known, (0, 1)).all():
        column = replace(column, kind="continuous", integer=whole)
    if column.kind == "count" and (known.min() < 0 or not whole):
        column = replace(column, kind="continuous", integer=whole)
    low, high = column.low, column.high
    low = None if low is not None and known.min() < low else low
    high = None if high is not None and known.max() > high else high
    return replace(column, integer=column.integer and whole, low=low, high=high)


def as_records(schema: Schema, rows: np.ndarray) -> Records:
    """Return stored values as records."""
    return Records.of(schema, {name: rows[:, at] for at, name in enumerate(schema.names)})
