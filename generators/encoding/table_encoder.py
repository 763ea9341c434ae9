"""Records as a network sees them, and back: one encoding for every kind of column.

A layout says which unit means what; an encoding adds the scale of the numbers, and draws.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from synthaudit.audit.errors import check_choice
from synthaudit.audit.records import Column, Records
from synthaudit.generators.encoding.layout import Layout, states_of

Sampling = Literal["bernoulli", "threshold"]
Scaling = Literal["data", "declared", "public"]


@dataclass(frozen=True, eq=False)
class TableEncoder:
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
    def of(cls, records: Records, *, scaling: Scaling = "data", layout: Layout | None = None) -> "TableEncoder":
        """Fit the scale of the numbers; ``scaling="public"`` reads the schema's bounds only and never a value.

        ``scaling="declared"`` does so for the columns that have bounds, and takes the others' scale from the records.

        Raises ``ValueError`` where public bounds are asked for and the schema has none.
        """
        check_choice(("data", "declared", "public"), scaling=scaling)
        layout = layout or Layout.of(records.schema)
        columns = [records.schema.columns[int(owner)] for owner in layout.numeric_columns]
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
            if scaling == "declared" and bounded(column):
                centre[at], spread[at], low[at], high[at] = _public(column)
            low[at] = low[at] if column.low is None else max(column.low, 1.0 if column.kind == "count" else column.low)
            high[at] = high[at] if column.high is None else column.high
        return cls(layout, centre, spread, low, high)

    @property
    def bounds_from_data(self) -> tuple[str, ...]:
        """Names of columns whose bounds were taken from the members, hence released with the model."""
        columns = (self.layout.schema.columns[int(owner)] for owner in self.layout.numeric_columns)
        return tuple(column.name for column in columns if not bounded(column))

    def decode(
        self,
        outputs: np.ndarray,
        rng: np.random.Generator,
        *,
        sampling: Sampling = "bernoulli",
        numeric_std: np.ndarray | None = None,
    ) -> Records:
        """Turn probabilities and standardised numbers, shape ``(m, d)``, into rows that obey the schema.

        Yes/no units are drawn with their probability and whole numbers are rounded up with theirs, so that means
        survive: rounding at 0.5 would erase every code rarer than even odds. ``sampling="threshold"`` rounds all the
        same, as the published code does. ``numeric_std``, shape ``(r,)``, is the standard deviation to add to each
        number, for models whose output is a mean.
        """
        check_choice(("bernoulli", "threshold"), sampling=sampling)
        layout, random = self.layout, sampling == "bernoulli"
        on = np.zeros(outputs.shape, dtype=bool)
        if layout.all_binary:
            on = (rng.random(outputs.shape, dtype=np.float32) if random else 0.5) <= outputs
            on &= outputs > 0
            return Records(layout.schema, on.astype(np.uint8), np.empty((len(on), 0)), np.arange(len(on)))
        if len(layout.binary):
            chance = outputs[:, layout.binary]
            limit = rng.random(chance.shape, dtype=np.float32) if random else np.float32(0.5)
            on[:, layout.binary] = (limit <= chance) & (chance > 0)
        if layout.groups:
            self._draw_groups(outputs, on, rng, random)
        numbers = self._draw_numbers(outputs, rng, random, numeric_std)
        return self._assemble(on, numbers)

    def _draw_groups(self, outputs: np.ndarray, on: np.ndarray, rng: np.random.Generator, random: bool) -> None:
        units, real = self.layout.padded_groups
        chance = np.where(real, outputs[:, units], 0.0).astype(np.float64)  # (m, groups, largest)
        if random:
            total = chance.cumsum(axis=2)
            limit = rng.random(chance.shape[:2]) * total[:, :, -1]
            choice = (total <= limit[:, :, None]).sum(axis=2)
            choice = np.minimum(choice, real.sum(axis=1) - 1)
        else:
            choice = np.where(real, chance, -1.0).argmax(axis=2)
        on[np.arange(len(on))[:, None], units[np.arange(len(units)), choice]] = True

    def _draw_numbers(
        self, outputs: np.ndarray, rng: np.random.Generator, random: bool, numeric_std: np.ndarray | None
    ) -> np.ndarray:
        standard = outputs[:, self.layout.numeric].astype(np.float64)
        if numeric_std is not None and random and standard.size:
            standard = standard + numeric_std * rng.standard_normal(standard.shape)
        values = standard * self.spread + self.centre
        columns = [self.layout.schema.columns[int(owner)] for owner in self.layout.numeric_columns]
        counts = np.array([column.kind == "count" for column in columns], dtype=bool)
        whole = np.array([column.kind == "count" or column.integer for column in columns], dtype=bool)
        # A clip before expm1 keeps an untrained network's wild number from overflowing.
        values[:, counts] = np.expm1(np.clip(values[:, counts], 0.0, 40.0))
        low = np.where(whole, np.ceil(self.low), self.low)
        high = np.where(whole, np.floor(self.high), self.high)
        values = np.clip(values, self.low, self.high)
        if whole.any():
            shift = rng.random((len(values), int(whole.sum()))) if random else 0.5
            values[:, whole] = np.floor(values[:, whole] + shift)
        within: np.ndarray = np.clip(values, low, np.maximum(low, high))
        return within

    def _assemble(self, on: np.ndarray, numbers: np.ndarray) -> Records:
        layout, schema = self.layout, self.layout.schema
        number_of = {int(owner): at for at, owner in enumerate(layout.numeric_columns)}
        codes = on[:, layout.start[list(schema.codes)]].astype(np.int64)
        for at, position in enumerate(schema.codes):
            if position in number_of:
                codes[:, at] *= numbers[:, number_of[position]].astype(np.int64)
        rest = np.empty((len(on), len(schema.rest)))
        for at, position in enumerate(schema.rest):
            column, first = schema.columns[position], layout.start[position]
            states = states_of(column)
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


def bounded(column: Column) -> bool:
    """Return whether the schema says how small and how large a number may be; counts begin at 0."""
    return column.high is not None and (column.low is not None or column.kind == "count")


def _public(column: Column) -> tuple[float, float, float, float]:
    """Return centre, spread, low and high of a column from its declared bounds."""
    low = max(column.low or 0.0, 1.0) if column.kind == "count" else column.low
    if low is None or column.high is None:
        raise ValueError(f"expected public low and high for column '{column.name}'")
    ends = (np.log1p(low), np.log1p(column.high)) if column.kind == "count" else (low, column.high)
    # The range as six standard deviations: about unit variance for a bell within its bounds.
    return (ends[0] + ends[1]) / 2, max((ends[1] - ends[0]) / 6, 1e-6), low, column.high
