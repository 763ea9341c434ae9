"""The domain of a table taken from its own rows, as most published code does; and what that gives away by itself.

Codes that nobody has are dropped, levels that never occur too, and bounds become the smallest and largest value. Who
sees which columns, levels and bounds the release has then knows of every record outside them that it was not in the
data, and of one that alone reaches them that it was, whatever noise the training added.
"""

from dataclasses import dataclass, replace

import numpy as np

from synthaudit.audit.records import Column, Records, Schema


@dataclass(frozen=True, eq=False)
class Domain:
    """A public schema, and the part of it that the data show.

    Attributes:
        public: The schema as declared.
        seen: The schema of what occurs.
    """

    public: Schema
    seen: Schema

    @classmethod
    def of(cls, records: Records) -> "Domain":
        """Return the domain that these rows show."""
        kept = [column for at, column in enumerate(records.schema.columns) if not _empty(records, at)]
        columns = kept or list(records.schema.columns[:1])
        return cls(records.schema, Schema(tuple(_shown(records, column) for column in columns), inferred=True))

    def restrict(self, records: Records) -> Records:
        """Return rows under the seen schema; a level that it lacks becomes its first, numbers stay as they are."""
        part = records.select(self.seen.names)
        rest = part.rest.copy()
        for at, position in enumerate(self.seen.rest):
            column = self.seen.columns[position]
            if not column.is_numeric:
                moved = _renumbered(part.rest[:, at], self.public[column.name].levels, column.levels)
                rest[:, at] = np.where(moved < 0, 0.0, moved)
        return Records(self.seen, part.codes, rest, part.patients)

    def embed(self, records: Records) -> Records:
        """Return rows of the seen schema under the public one; codes that were dropped are absent."""
        columns = {}
        for column in self.public.columns:
            if column.name not in self.seen.position:
                columns[column.name] = np.zeros(len(records)) if column.is_code else np.full(len(records), np.nan)
                continue
            values = records.column(column.name)
            levels = self.seen[column.name].levels
            columns[column.name] = values if column.is_numeric else _renumbered(values, levels, column.levels)
        return Records.of(self.public, columns, records.patients)

    def count_out_of_domain(self, records: Records) -> np.ndarray:
        """Return how many cells of each public row the seen domain cannot hold, shape ``(n,)``."""
        count = np.zeros(len(records))
        for column in self.public.columns:
            values = records.column(column.name)
            if column.name not in self.seen.position:
                count += (values > 0) if column.is_code else ~np.isnan(values)
                continue
            seen = self.seen[column.name]
            if not column.is_numeric:
                count += _renumbered(values, column.levels, seen.levels) < 0
            elif not column.is_code:
                low, high = (-np.inf if seen.low is None else seen.low), (np.inf if seen.high is None else seen.high)
                count += (values < low) | (values > high)
        return count


def _empty(records: Records, position: int) -> bool:
    values = records.column(records.schema.names[position])
    is_code = records.schema.columns[position].is_code
    return not (values > 0).any() if is_code else bool(np.isnan(values).all())


def _shown(records: Records, column: Column) -> Column:
    values = records.column(column.name)
    if column.is_code:
        return column
    values = values[~np.isnan(values)]
    if column.is_numeric:
        return column if column.kind == "binary" else replace(column, low=float(values.min()), high=float(values.max()))
    present = np.unique(values).astype(int)
    return replace(column, levels=tuple(column.levels[at] for at in present))


def _renumbered(values: np.ndarray, old: tuple[str, ...], new: tuple[str, ...]) -> np.ndarray:
    """Return positions of levels under other levels; -1 where there is none, NaN where the value is missing."""
    place = {level: at for at, level in enumerate(new)}
    table = np.array([place.get(level, -1) for level in old], dtype=np.float64)
    missing = np.isnan(values)
    moved = table[np.where(missing, 0, values).astype(int)]
    return np.where(missing, np.nan, moved)
