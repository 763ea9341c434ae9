"""Records as a network sees them, and back: one encoding for every kind of column.

| column | units |
|---|---|
| binary | one yes/no unit |
| count | a yes/no unit "above zero", and a number gated by it: the standardised log(1 + count) |
| continuous | one standardised number; where it may be missing, a yes/no unit "present" that gates it |
| ordinal, categorical | one unit a level, one more for "missing" where allowed; exactly one of them is on |
| binary or count that may be missing | three states (zero, more, missing), one of them on; a count adds its number |

The count is a hurdle because the mean of log(1 + c) is not the log of the mean: one unit a count would lose a third of
the rate of a code that most patients lack. A gated number is 0, its mean, wherever its gate is off.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from audit.errors import check_choice
from audit.records import Records, Schema
from audit.records.schema import Column

Draw = Literal["bernoulli", "threshold"]
Scaling = Literal["data", "public"]


@dataclass(frozen=True, eq=False)
class Layout:
    """Which unit of a network means what; it follows from the schema alone, never from a value.

    Attributes:
        schema: The columns.
        start: First unit of each column, shape ``(p + 1,)``; the last entry is the width.
        alone: Units that are yes or no by themselves.
        groups: Units of which exactly one is on, one array a column.
        reals: Units that are numbers.
        gates: For each number the unit that must be on for it to count, or -1.
        owners: For each number the position of its column.
    """

    schema: Schema
    start: np.ndarray
    alone: np.ndarray
    groups: tuple[np.ndarray, ...]
    reals: np.ndarray
    gates: np.ndarray
    owners: np.ndarray

    @classmethod
    def of(cls, schema: Schema) -> "Layout":
        """Lay the units of a schema out, columns in order."""
        start, alone, groups, reals, gates, owners = [0], [], [], [], [], []
        for position, column in enumerate(schema.columns):
            at, states = start[-1], _states(column)
            gate = -1
            if states == 1:
                alone.append(at)
                gate = at
            elif states:
                groups.append(np.arange(at, at + states))
                gate = at + 1
            at += states
            if column.kind in ("count", "continuous"):
                reals.append(at)
                gates.append(gate)
                owners.append(position)
                at += 1
            start.append(at)
        return cls(
            schema,
            np.array(start),
            np.array(alone, dtype=np.int64),
            tuple(groups),
            np.array(reals, dtype=np.int64),
            np.array(gates, dtype=np.int64),
            np.array(owners, dtype=np.int64),
        )

    @property
    def width(self) -> int:
        """Units in all."""
        return int(self.start[-1])

    @property
    def plain(self) -> bool:
        """Whether the units are exactly the stored codes: a table of 0/1 columns."""
        return self.schema.all_binary

    @cached_property
    def padded(self) -> tuple[np.ndarray, np.ndarray]:
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
        if self.plain:
            return records.codes
        units = np.zeros((len(records), self.width), dtype=np.uint8)
        firsts = self.start[list(self.schema.codes)]
        units[:, firsts] = records.codes > 0
        rows = np.arange(len(records))
        for at, position in enumerate(self.schema.rest):
            column, values = self.schema.columns[position], records.rest[:, at]
            first, states = self.start[position], _states(column)
            if states == 1:
                units[:, first] = ~np.isnan(values)
            elif states:
                units[rows, first + _state(column, values)] = 1
        return units

    def numbers(self, records: Records) -> np.ndarray:
        """Return the numbers before scaling, shape ``(n, r)``, float32: values, log(1 + count); NaN where gated off."""
        numbers = np.full((len(records), len(self.reals)), np.nan, dtype=np.float32)
        where_code = {position: at for at, position in enumerate(self.schema.codes)}
        where_rest = {position: at for at, position in enumerate(self.schema.rest)}
        counts = [at for at, owner in enumerate(self.owners) if int(owner) in where_code]
        if counts:
            codes = records.codes[:, [where_code[int(self.owners[at])] for at in counts]]
            numbers[:, counts] = np.where(codes > 0, np.log1p(codes.astype(np.float32)), np.nan)
        for at, owner in enumerate(self.owners):
            if int(owner) not in where_rest:
                continue
            values = records.rest[:, where_rest[int(owner)]]
            if self.schema.columns[int(owner)].kind == "count":
                values = np.where(values > 0, np.log1p(np.maximum(values, 0)), np.nan)
            numbers[:, at] = values
        return numbers


def _states(column: Column) -> int:
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
    return np.where(missing, _states(column) - 1, levels)


@dataclass(frozen=True, eq=False)
class Encoding:
    """A layout, and the scale of its numbers as seen in one model's members.

    Attributes:
        layout: Which unit means what.
        centre: Mean of each number among the members, shape ``(r,)``.
        spread: Standard deviation likewise; 1 where a number never varies.
        low: Smallest value that is drawn, in the column's own terms: public bounds where the schema has them.
        high: Largest value that is drawn.
    """

    layout: Layout
    centre: np.ndarray
    spread: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, records: Records, *, scaling: Scaling = "data", layout: Layout | None = None) -> "Encoding":
        """Fit the scale of the numbers; ``scaling="public"`` reads the schema's bounds only and never a value.

        Raises ``ValueError`` where public bounds are asked for and the schema has none.
        """
        check_choice(("data", "public"), scaling=scaling)
        layout = layout or Layout.of(records.schema)
        columns = [records.schema.columns[int(owner)] for owner in layout.owners]
        shape = (4, len(columns))
        if not columns:
            return cls(layout, *np.zeros(shape))
        if scaling == "public":
            return cls(layout, *np.array([_public(column) for column in columns]).T)
        numbers = layout.numbers(records).astype(np.float64)
        present = ~np.isnan(numbers)
        seen = present.any(axis=0)
        filled = np.where(present, numbers, 0.0)
        total = np.maximum(present.sum(axis=0), 1)
        centre = filled.sum(axis=0) / total
        deviation = np.sqrt((np.where(present, numbers - centre, 0.0) ** 2).sum(axis=0) / total)
        spread = np.where(deviation > 1e-6 * np.maximum(1.0, np.abs(centre)), deviation, 1.0)
        low = np.where(seen, np.where(present, numbers, np.inf).min(axis=0), 0.0)
        high = np.where(seen, np.where(present, numbers, -np.inf).max(axis=0), 0.0)
        for at, column in enumerate(columns):
            if column.kind == "count":
                low[at], high[at] = 1.0, max(1.0, float(np.rint(np.expm1(high[at]))))
            low[at] = low[at] if column.low is None else max(column.low, 1.0 if column.kind == "count" else column.low)
            high[at] = high[at] if column.high is None else column.high
        return cls(layout, centre, spread, low, high)

    @property
    def bounds_from_data(self) -> tuple[str, ...]:
        """Names of columns whose bounds were taken from the members, hence released with the model."""
        columns = (self.layout.schema.columns[int(owner)] for owner in self.layout.owners)
        return tuple(
            column.name for column in columns if column.high is None or (column.low is None and column.kind != "count")
        )

    def draw(
        self,
        outputs: np.ndarray,
        rng: np.random.Generator,
        *,
        how: Draw = "bernoulli",
        noise: np.ndarray | None = None,
    ) -> Records:
        """Turn probabilities and standardised numbers, shape ``(m, d)``, into rows that obey the schema.

        Yes/no units are drawn with their probability and whole numbers are rounded up with theirs, so that means
        survive: rounding at 0.5 would erase every code rarer than even odds. ``how="threshold"`` rounds all the same,
        as the published code does. ``noise``, shape ``(r,)``, is the standard deviation to add to each number, for
        models whose output is a mean.
        """
        check_choice(("bernoulli", "threshold"), how=how)
        layout, sampled = self.layout, how == "bernoulli"
        on = np.zeros(outputs.shape, dtype=bool)
        if layout.plain:
            on = (rng.random(outputs.shape, dtype=np.float32) if sampled else 0.5) <= outputs
            on &= outputs > 0
            return Records(layout.schema, on.astype(np.uint8), np.empty((len(on), 0)), np.arange(len(on)))
        if len(layout.alone):
            chance = outputs[:, layout.alone]
            limit = rng.random(chance.shape, dtype=np.float32) if sampled else np.float32(0.5)
            on[:, layout.alone] = (limit <= chance) & (chance > 0)
        if layout.groups:
            self._draw_groups(outputs, on, rng, sampled)
        numbers = self._draw_numbers(outputs, rng, sampled, noise)
        return self._assemble(on, numbers)

    def _draw_groups(self, outputs: np.ndarray, on: np.ndarray, rng: np.random.Generator, sampled: bool) -> None:
        units, real = self.layout.padded
        chance = np.where(real, outputs[:, units], 0.0).astype(np.float64)  # (m, groups, largest)
        if sampled:
            total = chance.cumsum(axis=2)
            limit = rng.random(chance.shape[:2]) * total[:, :, -1]
            choice = (total <= limit[:, :, None]).sum(axis=2)
            choice = np.minimum(choice, real.sum(axis=1) - 1)
        else:
            choice = np.where(real, chance, -1.0).argmax(axis=2)
        on[np.arange(len(on))[:, None], units[np.arange(len(units)), choice]] = True

    def _draw_numbers(
        self, outputs: np.ndarray, rng: np.random.Generator, sampled: bool, noise: np.ndarray | None
    ) -> np.ndarray:
        standard = outputs[:, self.layout.reals].astype(np.float64)
        if noise is not None and sampled and standard.size:
            standard = standard + noise * rng.standard_normal(standard.shape)
        values = standard * self.spread + self.centre
        columns = [self.layout.schema.columns[int(owner)] for owner in self.layout.owners]
        counts = np.array([column.kind == "count" for column in columns], dtype=bool)
        whole = np.array([column.kind == "count" or column.integer for column in columns], dtype=bool)
        # A clip before expm1 keeps an untrained network's wild number from overflowing.
        values[:, counts] = np.expm1(np.clip(values[:, counts], 0.0, 40.0))
        low = np.where(whole, np.ceil(self.low), self.low)
        high = np.where(whole, np.floor(self.high), self.high)
        values = np.clip(values, self.low, self.high)
        if whole.any():
            shift = rng.random((len(values), int(whole.sum()))) if sampled else 0.5
            values[:, whole] = np.floor(values[:, whole] + shift)
        within: np.ndarray = np.clip(values, low, np.maximum(low, high))
        return within

    def _assemble(self, on: np.ndarray, numbers: np.ndarray) -> Records:
        layout, schema = self.layout, self.layout.schema
        number_of = {int(owner): at for at, owner in enumerate(layout.owners)}
        codes = on[:, layout.start[list(schema.codes)]].astype(np.int64)
        for at, position in enumerate(schema.codes):
            if position in number_of:
                codes[:, at] *= numbers[:, number_of[position]].astype(np.int64)
        rest = np.empty((len(on), len(schema.rest)))
        for at, position in enumerate(schema.rest):
            column, first = schema.columns[position], layout.start[position]
            states = _states(column)
            state = on[:, first : first + states].argmax(axis=1).astype(np.float64) if states else np.zeros(len(on))
            if column.kind == "continuous":
                value = numbers[:, number_of[position]]
                missing = ~on[:, first] if states else np.zeros(len(on), dtype=bool)
            else:
                value, missing = state, (state == states - 1) & column.missing
                if column.kind == "count":
                    value = np.where(state == 1, numbers[:, number_of[position]], 0.0)
            rest[:, at] = np.where(missing, np.nan, value)
        smallest = np.min_scalar_type(int(codes.max(initial=1)))
        return Records(schema, codes.astype(smallest), rest, np.arange(len(on)))


def _public(column: Column) -> tuple[float, float, float, float]:
    """Return centre, spread, low and high of a column from its declared bounds."""
    low = max(column.low or 0.0, 1.0) if column.kind == "count" else column.low
    if low is None or column.high is None:
        raise ValueError(f"expected public low and high for column '{column.name}'")
    ends = (np.log1p(low), np.log1p(column.high)) if column.kind == "count" else (low, column.high)
    # The range as six standard deviations: about unit variance for a bell within its bounds.
    return (ends[0] + ends[1]) / 2, max((ends[1] - ends[0]) / 6, 1e-6), low, column.high
