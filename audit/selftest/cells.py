"""Members' cells in other combinations: values survive, rows do not."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from synthaudit.audit.selftest.known_table import KnownTable, Truth, among_others
from synthaudit.audit.selftest.matching import best_agreement, found_in, reuse, surprise
from synthaudit.audit.selftest.population import CannotPlant, Population
from synthaudit.audit.selftest.strength import Strength, score_strengths


def cell_strengths(people: Population, table: np.ndarray) -> tuple[Strength, ...]:
    """Return the strength of two attackers on exact values: rare cells of one row, and values reused anywhere."""
    sides = (people.members, people.holdout)
    cells = [best_agreement(people, side, table, surprise(people, side)) for side in sides]
    values = [reuse(people, side, table) for side in sides]
    return (*score_strengths(*cells), *score_strengths(*values))


@dataclass(frozen=True)
class RecombinedCells:
    """A table of members' cells, whose rows are nobody's.

    Attributes:
        how: ``shuffled columns`` permutes every column on its own; ``half redrawn`` keeps a random half of each
            member's cells and redraws the rest; ``swapped`` exchanges a fifth of the columns among the members;
            ``spliced`` joins half a member's columns to half a stranger's; ``merged pairs`` joins the halves of two
            members.
    """

    truth: ClassVar[Truth] = "leak"

    how: Literal["shuffled columns", "half redrawn", "swapped", "spliced", "merged pairs"]

    @property
    def sentence(self) -> str:
        """What the table is, in plain words."""
        return {
            "shuffled columns": "all the members' cells, each column shuffled on its own",
            "half redrawn": "every member's row with half of its cells redrawn from the members' columns",
            "swapped": "every member's row with a fifth of the columns exchanged among the members",
            "spliced": "half of the columns of a member joined to half of another patient's",
            "merged pairs": "half of the columns of a member joined to half of another member's",
        }[self.how]

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        members = people.members
        rows, columns = len(members), len(people.schema)
        if columns < 2 or (self.how in ("spliced", "merged pairs") and columns < 4):
            raise CannotPlant("too few columns to recombine")
        if self.how == "shuffled columns":
            table = rng.permuted(members, axis=0)
        elif self.how == "half redrawn":
            table = np.where(rng.random(members.shape) < 0.5, rng.permuted(members, axis=0), members)
        elif self.how == "swapped":
            table = np.where(rng.permutation(columns) < max(columns // 5, 1), rng.permuted(members, axis=0), members)
        else:
            strangers = people.others if self.how == "spliced" else members
            other = strangers[rng.integers(len(strangers), size=rows)]
            table = np.where(rng.permutation(columns) < columns // 2, members, other)
        table = table[rng.permutation(rows)]
        return KnownTable(people, table, cell_strengths(people, table))


@dataclass(frozen=True)
class EmptiedCells:
    """Members' rows with cells suppressed: emptied, or set to 0 where they are codes, among rows of other patients.

    Attributes:
        share: Share of the members who are published so.
        cells: Share of their cells that is suppressed.
    """

    truth: ClassVar[Truth] = "leak"

    share: float = 0.1
    cells: float = 0.2

    @property
    def sentence(self) -> str:
        """What the table is, in plain words."""
        return f"{self.share:.0%} of the members, row for row but {self.cells:.0%} of the cells, among others"

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        members = people.members
        leaked = members[rng.permutation(len(members))[: round(self.share * len(members))]].copy()
        emptied = rng.random(leaked.shape) < self.cells
        leaked[emptied] = np.nan
        leaked[:, people.flags] = np.nan_to_num(leaked[:, people.flags])
        table = among_others(people, leaked, len(members), rng)
        return KnownTable(people, table, cell_strengths(people, table))


@dataclass(frozen=True)
class RareLevels:
    """Rows of other patients into which carriers of rare values have lent a third of their cells."""

    truth: ClassVar[Truth] = "leak"
    sentence: ClassVar[str] = "every member with a rare value lends it, and a third of the other cells, to a stranger"

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        rare = np.zeros(people.members.shape, dtype=bool)
        for at in people.levels:
            values, counts = np.unique(people.members[:, at], return_counts=True)
            few = values[(counts < 0.01 * len(people.members)) & ~np.isnan(values)]
            rare[:, at] = np.isin(people.members[:, at], few)
        carriers = np.flatnonzero(rare.any(axis=1))
        if len(carriers) < 10:
            raise CannotPlant("fewer than 10 members have a rare level or code")
        lent = rare[carriers] | (rng.random((len(carriers), len(people.schema))) < 1 / 3)
        strangers = people.others[rng.integers(len(people.others), size=len(carriers))]
        leaked = np.where(lent, people.members[carriers], strangers)
        table = among_others(people, leaked, len(people.members), rng)
        return KnownTable(people, table, cell_strengths(people, table))


@dataclass(frozen=True)
class MissingPatterns:
    """Which of a member's cells are missing, put on the rows of other patients."""

    truth: ClassVar[Truth] = "leak"
    sentence: ClassVar[str] = "other patients' rows, with cells missing exactly where the members' are"

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        gaps = np.isnan(people.members)
        can_miss = [at for at in range(len(people.schema)) if gaps[:, at].any()]
        if len(can_miss) < 3:
            raise CannotPlant("fewer than 3 columns have missing cells")
        table = people.others[rng.integers(len(people.others), size=len(gaps))].copy()
        for at in can_miss:
            known = people.others[:, at][~np.isnan(people.others[:, at])]
            empty = np.isnan(table[:, at])
            table[empty, at] = rng.choice(known, size=int(empty.sum()))
        table[gaps] = np.nan
        table = table[rng.permutation(len(table))]
        scores = [_pattern_ratio(people, side, table) for side in (people.members, people.holdout)]
        return KnownTable(people, table, tuple(score_strengths(*scores)))


def _pattern_ratio(people: Population, targets: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Return 1 for a pattern of gaps that the table has, less how usual it is among strangers."""
    strangers = np.concatenate([people.reference, people.others])
    patterns = [np.isnan(rows).astype(np.float64) for rows in (targets, table, strangers)]
    here = found_in(patterns[0], patterns[1]).astype(np.float64)
    usual = np.array([(patterns[2] == pattern).all(axis=1).mean() for pattern in patterns[0]])
    scores: np.ndarray = here - usual
    return scores
