"""A synthetic table whose leak is known, and what a recipe for one promises."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from synthaudit.audit.selftest.population import Population
from synthaudit.audit.selftest.strength import Strength

Truth = Literal["leak", "no leak", "invalid"]
"""What is true of a planted table: members leak, nobody does, or the audit's sides are not what they should be."""


@dataclass(frozen=True, eq=False)
class KnownTable:
    """A synthetic table of which the truth is known.

    Attributes:
        people: The sides that the audit is given.
        rows: Stored values, shape ``(m, p)``.
        strengths: How well an attacker who knows how it was made tells members from holdout patients.
        order: Order in which the columns are published; None for the members' own.
        undeclared: Columns of which the audit is told no kind, as where a user declares none.
    """

    people: Population
    rows: np.ndarray
    strengths: tuple[Strength, ...] = ()
    order: tuple[int, ...] | None = None
    undeclared: tuple[str, ...] = ()


class PlantedCase(Protocol):
    """A recipe of a table with a known leak, or with none. Adding one is a class and a line in ``CASES``."""

    @property
    def truth(self) -> Truth:
        """What is true of its tables."""
        ...

    @property
    def sentence(self) -> str:
        """What the table is, in plain words."""
        ...

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table. Raises ``CannotPlant`` where these patients do not allow it."""
        ...


def among_others(
    people: Population, leaked: np.ndarray, rows: int, rng: np.random.Generator, *, shuffled: bool = True
) -> np.ndarray:
    """Return the leaked rows among rows of other patients, ``rows`` in all; others repeat where they are too few."""
    fill, others = max(rows - len(leaked), 0), people.others
    some = rng.permutation(len(others))[:fill] if fill <= len(others) else rng.integers(len(others), size=fill)
    table = np.concatenate([others[some], leaked])
    return table[rng.permutation(len(table))] if shuffled else table
