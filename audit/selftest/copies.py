"""Members' rows in the table: as they are, all but, few among many, or only those of some members."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from synthaudit.audit.selftest.known_table import KnownTable, Truth, among_others
from synthaudit.audit.selftest.matching import best_agreement, found_in, surprise
from synthaudit.audit.selftest.population import CannotPlant, Population
from synthaudit.audit.selftest.strength import copy_strength, score_strengths

MOST_CELLS = 600_000
"""Cells of the longest table that is planted, unless twice the members have more."""


@dataclass(frozen=True)
class VerbatimCopies:
    """Members' rows, cell for cell, among rows of other patients.

    Attributes:
        share: Share of the members who are copied.
        size: Rows of the table, as a multiple of the members; fewer where columns are very many.
        filler: Other rows: all of them ``different``, or ``few`` that repeat, so that copies drown in duplicates.
        at_end: Whether the copies stand at the table's end.
        reordered: Whether the columns are published in another order.
    """

    truth: ClassVar[Truth] = "leak"

    share: float
    size: float = 1.0
    filler: Literal["different", "few"] = "different"
    at_end: bool = False
    reordered: bool = False

    @property
    def sentence(self) -> str:
        """What the table is, in plain words."""
        text = f"{self.share:.0%} of the members, row for row, among other patients' rows"
        longer = "up to " if self.size > 2 else ""
        text += f" in a table {longer}{self.size:g} times as long as the members'" if self.size != 1 else ""
        text += " that repeat each other" if self.filler == "few" else ""
        text += ", at the table's end" if self.at_end else ""
        return text + (", columns in another order" if self.reordered else "")

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        most = max(MOST_CELLS // people.members.shape[1], 2 * len(people.members))
        rows = min(round(self.size * len(people.members)), most)
        leaked = people.members[rng.permutation(len(people.members))[: round(self.share * len(people.members))]]
        if self.filler == "few":
            some = people.others[rng.permutation(len(people.others))[: max(len(people.others) // 40, 10)]]
            table = np.concatenate([some[rng.integers(len(some), size=rows - len(leaked))], leaked])
            table = table[rng.permutation(rows)]
        else:
            table = among_others(people, leaked, rows, rng, shuffled=not self.at_end)
        order = tuple(int(at) for at in rng.permutation(len(people.schema))) if self.reordered else None
        found = [found_in(side, table) for side in (people.members, people.holdout)]
        return KnownTable(people, table, (copy_strength(*found),), order)


@dataclass(frozen=True)
class ChosenCopies:
    """Rows of some members only: the least usual ones, or those with a rare value.

    Attributes:
        whom: ``outliers`` lie farthest from the middle of all patients; ``subgroup`` share one value.
        share: Share of the members who are copied, at most.
    """

    truth: ClassVar[Truth] = "leak"

    whom: Literal["outliers", "subgroup"]
    share: float = 0.03

    @property
    def sentence(self) -> str:
        """What the table is, in plain words."""
        who = "most unusual members" if self.whom == "outliers" else "members of one small group"
        return f"the rows of the {who} only ({self.share:.0%} of all at most), among other patients' rows"

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        count = max(round(self.share * len(people.members)), 1)
        if self.whom == "outliers":
            chosen = np.argsort(surprise(people, people.members).sum(axis=1))[-count:]
        else:
            chosen = self._group(people, count)
        table = among_others(people, people.members[chosen], len(people.members), rng)
        found = [found_in(side, table) for side in (people.members, people.holdout)]
        return KnownTable(people, table, (copy_strength(*found),))

    def _group(self, people: Population, count: int) -> np.ndarray:
        """Return the largest group that shares a value of one column and is small enough."""
        best = np.empty(0, dtype=np.int64)
        for at in range(people.members.shape[1]):
            values, counts = np.unique(people.members[:, at], return_counts=True)
            fits = np.flatnonzero((counts <= count) & ~np.isnan(values))
            if fits.size and counts[fits].max() > len(best):
                best = np.flatnonzero(people.members[:, at] == values[fits[counts[fits].argmax()]])
        if len(best) < 10:
            raise CannotPlant("no value is shared by few members, and by at least 10")
        return best


@dataclass(frozen=True)
class NearCopies:
    """Members' rows with one small change each, among rows of other patients.

    Attributes:
        change: ``float32`` stores numbers in single precision; ``one step`` adds one unit to one number; ``one
            rounded`` drops the last digits of one number; ``one flipped`` redraws one code or level per row.
        share: Share of the members who are copied.
    """

    truth: ClassVar[Truth] = "leak"

    change: Literal["float32", "one step", "one rounded", "one flipped"]
    share: float = 0.02

    @property
    def sentence(self) -> str:
        """What the table is, in plain words."""
        how = {
            "float32": "stored in single precision",
            "one step": "with one number raised by its smallest step",
            "one rounded": "with one number rounded",
            "one flipped": "with one code or level changed",
        }
        return f"{self.share:.0%} of the members, row for row but {how[self.change]}, among other patients' rows"

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        members = people.members
        chosen = rng.permutation(len(members))[: round(self.share * len(members))]
        if self.change == "one flipped":
            table = among_others(people, _flipped(people, members[chosen], rng), len(members), rng)
            same = [best_agreement(people, side, table, np.ones(side.shape)) for side in (members, people.holdout)]
            hits = [agreeing >= members.shape[1] - 1 for agreeing in same]
            return KnownTable(people, table, (copy_strength(*hits), *score_strengths(*same)))
        table = among_others(people, self._changed(people, members[chosen]), len(members), rng)
        hits = [found_in(self._changed(people, side), table) for side in (members, people.holdout)]
        return KnownTable(people, table, (copy_strength(*hits),))

    def _changed(self, people: Population, rows: np.ndarray) -> np.ndarray:
        """Return rows as they are published; the same for every row, so that an attacker can repeat it."""
        rows = rows.copy()
        if self.change == "float32":
            if not any(not people.schema.columns[at].integer for at in people.measurements):
                raise CannotPlant("no column holds numbers with decimals")
            rows[:, people.numbers] = rows[:, people.numbers].astype(np.float32).astype(np.float64)
            return rows
        at = _widest(people, whole=self.change == "one step")
        if self.change == "one step":
            rows[:, at] += 1
        else:
            digits = 1 - int(np.floor(np.log10(people.spread[at])))
            rows[:, at] = np.round(rows[:, at], digits)
        return rows


def _widest(people: Population, *, whole: bool) -> int:
    """Return the number with most distinct values; the whole number, where there is one and it is asked for."""
    if not people.numbers.size:
        raise CannotPlant("no column holds numbers")
    integer = [at for at in people.numbers if people.schema.columns[at].integer or at not in people.measurements]
    candidates = integer if whole and integer else list(people.numbers)
    return int(max(candidates, key=people.distinct))


def _flipped(people: Population, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return rows with one level changed each, to another that members have."""
    columns = [at for at in people.levels if people.distinct(at) > 1]
    if not columns:
        raise CannotPlant("no column holds codes or levels")
    rows = rows.copy()
    for row in rows:
        at = columns[rng.integers(len(columns))]
        values = people.members[:, at]
        row[at] = rng.choice(np.unique(values[~np.isnan(values) & (values != row[at])]))
    return rows
