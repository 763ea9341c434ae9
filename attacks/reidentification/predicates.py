"""Predicates over a table, such as 'age at least 89 and code E045', and how many patients each describes."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from synthaudit.audit.records import Records

BLOCK = 6_000_000
"""Cells compared at once: 48 MB."""
LOWEST = -1e300
"""Below every number and above a missing value, which is compared as minus infinity."""


@dataclass(frozen=True, eq=False)
class Predicates:
    """Conjunctions of intervals, one per row: every chosen column lies between its two ends.

    Attributes:
        columns: Positions of the columns, shape ``(q, c)``.
        low: Lower ends, same shape; minus infinity at both ends asks for a missing value.
        high: Upper ends, same shape.
    """

    columns: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def __len__(self) -> int:
        return len(self.columns)

    def take(self, rows: np.ndarray) -> "Predicates":
        """Return the chosen predicates."""
        return Predicates(self.columns[rows], self.low[rows], self.high[rows])

    def distinct(self) -> "Predicates":
        """Return each predicate once, in the order of first appearance."""
        order = np.argsort(self.columns, axis=1)
        sides = [np.take_along_axis(side, order, axis=1) for side in (self.columns, self.low, self.high)]
        _, first = np.unique(np.concatenate(sides, axis=1), axis=0, return_index=True)
        return self.take(np.sort(first))

    def and_also(self, other: "Predicates") -> "Predicates":
        """Return these predicates and then the others, of as many columns."""
        mine, theirs = ((one.columns, one.low, one.high) for one in (self, other))
        return Predicates(*(np.concatenate(pair) for pair in zip(mine, theirs, strict=True)))

    def count_patients(self, records: Records) -> np.ndarray:
        """Return how many patients have a row that satisfies each predicate, shape ``(q,)``."""
        counts = np.zeros(len(self), np.intp)
        for start, satisfied in self._in_blocks(records):
            counts[start : start + satisfied.shape[1]] = satisfied.sum(axis=0)
        return counts

    def satisfied(self, records: Records) -> np.ndarray:
        """Return which patients have a row that satisfies each predicate, shape ``(patients, q)``, bool."""
        found = np.zeros((len(np.unique(records.patients)), len(self)), bool)
        for start, satisfied in self._in_blocks(records):
            found[:, start : start + satisfied.shape[1]] = satisfied
        return found

    def _in_blocks(self, records: Records) -> Iterator[tuple[int, np.ndarray]]:
        """Yield the first predicate of each block, and which patients satisfy the block's, shape ``(patients, b)``."""
        _, owner = np.unique(records.patients, return_inverse=True)
        order = np.argsort(owner, kind="stable")
        starts = np.flatnonzero(np.diff(owner[order], prepend=-1))
        step = max(BLOCK // max(len(records), 1), 1)
        for start in range(0, len(self) if len(records) else 0, step):  # over blocks of predicates
            part = self.take(np.arange(start, min(start + step, len(self))))
            satisfied = np.ones((len(records), len(part)), dtype=bool)
            for slot in range(self.columns.shape[1]):
                values = column_values(records, part.columns[:, slot])
                satisfied &= (values >= part.low[:, slot]) & (values <= part.high[:, slot])
            yield start, np.logical_or.reduceat(satisfied[order], starts, axis=0)


def column_values(records: Records, columns: np.ndarray) -> np.ndarray:
    """Return chosen columns of all rows, shape ``(n, len(columns))``, float64; a missing value is minus infinity."""
    schema = records.schema
    place = np.empty(len(schema), np.intp)
    place[list(schema.codes)] = np.arange(len(schema.codes))
    place[list(schema.rest)] = np.arange(len(schema.rest))
    coded = np.isin(columns, schema.codes)
    values = np.empty((len(records), len(columns)))
    values[:, coded] = records.codes[:, place[columns[coded]]]
    rest = records.rest[:, place[columns[~coded]]]
    values[:, ~coded] = np.where(np.isnan(rest), -np.inf, rest)
    return values


def informative_columns(rows: Records, number: int, rng: np.random.Generator) -> np.ndarray:
    """Return a few columns of each row at random, codes that the row has before codes it lacks, shape ``(n, number)``.

    That a patient lacks one of a thousand codes describes everybody.
    """
    key = rng.random((len(rows), len(rows.schema)))
    key[:, rows.schema.codes] += rows.codes == 0
    number = min(number, len(rows.schema))
    return np.argsort(key, axis=1)[:, :number]


def row_values(rows: Records, columns: np.ndarray) -> np.ndarray:
    """Return each row's own chosen cells, shape of ``columns``, float64; a missing value is minus infinity."""
    values = rows.dense()
    values[np.isnan(values)] = -np.inf
    return np.take_along_axis(values, columns, axis=1)
