"""Members' rows moved a little: noise on every number, interpolation, another unit, fewer digits."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from synthaudit.audit.selftest.cells import cell_strengths
from synthaudit.audit.selftest.honest import jittered
from synthaudit.audit.selftest.known_table import KnownTable, Truth, among_others
from synthaudit.audit.selftest.matching import found_in, least_distance
from synthaudit.audit.selftest.population import CannotPlant, Population
from synthaudit.audit.selftest.strength import Strength, copy_strength, score_strengths

SENTINEL = 999_999.0


def distance_strengths(people: Population, table: np.ndarray) -> tuple[Strength, ...]:
    """Return the strength of the distance to the nearest row, alone and less the distance to strangers."""
    sides, strangers = (people.members, people.holdout), np.concatenate([people.reference, people.others])
    near = [-least_distance(people, side, table) for side in sides]
    usual = [-least_distance(people, side, strangers) for side in sides]
    ratios = [np.log((1e-6 - b) / (1e-6 - a)) for a, b in zip(near, usual, strict=True)]
    return (*score_strengths(*near), *score_strengths(*ratios))


@dataclass(frozen=True)
class Jitter:
    """Members' rows with normal noise on every number and some levels redrawn, among rows of other patients.

    Attributes:
        noise: Standard deviation of the noise, as a share of the column's; and share of levels redrawn.
        share: Share of the members who are published so.
        sentinels: Rows of 999999 in every number beside them.
    """

    truth: ClassVar[Truth] = "leak"

    noise: float
    share: float = 1.0
    sentinels: int = 0

    @property
    def sentence(self) -> str:
        """What the table is, in plain words."""
        who = "every member's row" if self.share == 1 else f"the rows of {self.share:.0%} of the members"
        text = f"{who} with {self.noise:.0%} noise on every number and {self.noise:.0%} of the levels redrawn"
        return text + (f", beside {self.sentinels} rows of 999999" if self.sentinels else "")

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        members = people.members
        if self.sentinels and not people.numbers.size:
            raise CannotPlant("no column holds numbers")
        rows = members[rng.permutation(len(members))[: round(self.share * len(members))]]
        redrawn = rng.random(rows.shape) < self.noise
        redrawn[:, people.numbers] = False
        rows = jittered(people, np.where(redrawn, rng.permuted(rows, axis=0), rows), self.noise, rng)
        extreme = among_others(people, rows[:0], self.sentinels, rng)
        extreme[:, people.numbers] = SENTINEL
        rows = among_others(people, rows, len(members) - self.sentinels, rng)
        table = np.concatenate([rows, extreme])
        return KnownTable(people, table, distance_strengths(people, rows))


@dataclass(frozen=True)
class Interpolation:
    """SMOTE: points between two members who are near each other, or two other patients.

    Attributes:
        source: Between whom.
    """

    source: Literal["members", "others"] = "members"

    @property
    def truth(self) -> Truth:
        """What is true of its tables."""
        return "leak" if self.source == "members" else "no leak"

    @property
    def sentence(self) -> str:
        """What the table is, in plain words."""
        whom = "members" if self.source == "members" else "other patients"
        return f"SMOTE: rows at random places between two {whom} who are alike"

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        real = people.members if self.source == "members" else people.others
        size = len(people.members)
        enough = len(real) >= size
        first = real[rng.permutation(len(real))[:size] if enough else rng.integers(len(real), size=size)]
        second = _neighbour(people, first, real, rng)
        table = np.where(rng.random(first.shape) < 0.5, first, second)
        place = rng.random((size, 1))
        between = first + place * (second - first)
        for at in people.numbers:
            column = people.schema.columns[at]
            whole = column.integer or column.kind == "count"
            values = np.round(between[:, at]) if whole else between[:, at]
            table[:, at] = np.where(np.isnan(values), first[:, at], values)
        if self.source == "others":
            return KnownTable(people, table)
        return KnownTable(people, table, (*distance_strengths(people, table), *cell_strengths(people, table)))


def _neighbour(people: Population, rows: np.ndarray, real: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return one of each row's five nearest others, by scaled values with gaps filled."""
    from sklearn.neighbors import NearestNeighbors

    centre = np.nan_to_num(np.nanmedian(real, axis=0))
    scaled = [np.where(np.isnan(part), centre, part) / people.spread for part in (real, rows)]
    places = NearestNeighbors(n_neighbors=6).fit(scaled[0]).kneighbors(scaled[1], return_distance=False)
    chosen: np.ndarray = real[places[np.arange(len(rows)), rng.integers(1, 6, size=len(rows))]]
    return chosen


@dataclass(frozen=True)
class OtherScale:
    """Members' rows in another unit or with fewer digits, among rows of other patients treated likewise.

    Attributes:
        how: ``thousandfold`` multiplies the column of most values by 1,000; ``whole numbers`` rounds all numbers.
        share: Share of the members who are copied.
    """

    truth: ClassVar[Truth] = "leak"

    how: Literal["thousandfold", "whole numbers"]
    share: float = 0.1

    @property
    def sentence(self) -> str:
        """What the table is, in plain words."""
        how = "one column in a unit 1,000 times smaller" if self.how == "thousandfold" else "all numbers made whole"
        return f"{self.share:.0%} of the members, row for row, among other patients' rows, with {how}"

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        if not people.numbers.size:
            raise CannotPlant("no column holds numbers")
        members = people.members
        leaked = members[rng.permutation(len(members))[: round(self.share * len(members))]]
        table = self._changed(people, among_others(people, leaked, len(members), rng))
        found = [found_in(self._changed(people, side), table) for side in (members, people.holdout)]
        return KnownTable(people, table, (copy_strength(*found),))

    def _changed(self, people: Population, rows: np.ndarray) -> np.ndarray:
        rows = rows.copy()
        if self.how == "thousandfold":
            at = max(people.numbers, key=people.distinct)
            rows[:, at] = rows[:, at] * 1000
        else:
            rows[:, people.numbers] = np.round(rows[:, people.numbers])
        return rows
