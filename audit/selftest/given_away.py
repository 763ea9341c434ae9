"""One column of the members given away: beside what an attacker can know of them, or as a key of their own."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from synthaudit.audit.records.schema import Column
from synthaudit.audit.selftest.known_table import KnownTable, Truth, among_others
from synthaudit.audit.selftest.matching import found_in, guesses
from synthaudit.audit.selftest.population import CannotPlant, Population
from synthaudit.audit.selftest.strength import copy_strength, secret_strength

CARRIERS = 40
"""Members with the secret code, at least."""


@dataclass(frozen=True)
class GivenAway:
    """Rows of strangers into which some columns of a member are written: what is known of the member, and a secret.

    Attributes:
        secret: What the secret is: a ``number``, a ``level`` or a ``code``.
        known: Columns known of a member, at most.
    """

    truth: ClassVar[Truth] = "leak"

    secret: Literal["number", "level", "code"]
    known: int = 3

    @property
    def sentence(self) -> str:
        """What the table is, in plain words."""
        return f"strangers' rows with up to {self.known} known columns and one secret {self.secret} of each member"

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        secret = self._secret(people)
        known = self._known(people, secret)
        table = people.others[rng.integers(len(people.others), size=len(people.members))].copy()
        columns = [*known, secret]
        table[:, columns] = people.members[:, columns]
        table = table[rng.permutation(len(table))]
        hits = []
        for side in (people.members, people.holdout):
            asked_for = side[side[:, secret] == 1] if self.secret == "code" else side[~np.isnan(side[:, secret])]
            near = np.abs(guesses(asked_for, table, known, secret) - asked_for[:, secret])
            hits.append(near <= (0.005 * people.spread[secret] if self.secret == "number" else 0))
        strength = secret_strength(*hits)
        return KnownTable(people, table, () if strength is None else (strength,))

    def _secret(self, people: Population) -> int:
        if self.secret == "number":
            if not people.numbers.size:
                raise CannotPlant("no column holds numbers")
            return int(max(people.numbers, key=people.distinct))
        if self.secret == "level":
            levels = [at for at in people.levels if at not in people.flags and people.distinct(at) >= 2]
            if not levels:
                raise CannotPlant("no column holds named levels")
            return int(min(levels, key=lambda at: _largest_share(people.members[:, at])))
        carriers = (people.members[:, people.flags] == 1).sum(axis=0)
        enough = people.flags[carriers >= min(CARRIERS, len(people.members) // 10)]
        if not enough.size:
            raise CannotPlant("no code has enough carriers")
        return int(min(enough, key=lambda at: abs((people.members[:, at] == 1).mean() - 0.05)))

    def _known(self, people: Population, secret: int) -> list[int]:
        """Return the known columns: the fewest of many values that tell most members apart, or frequent codes."""
        order = sorted((at for at in range(len(people.schema)) if at != secret), key=lambda at: self._use(people, at))
        known: list[int] = []
        for at in order[: self.known]:
            known.append(at)
            if len(np.unique(people.members[:, known], axis=0)) > 0.95 * len(people.members):
                break
        if len(np.unique(people.members[:, known], axis=0)) < 0.05 * len(people.members):
            raise CannotPlant(f"{self.known} columns hardly tell one patient from another")
        return known

    @staticmethod
    def _use(people: Population, at: int) -> float:
        """Return how little a column tells people apart: the chance that two of them agree."""
        _, counts = np.unique(people.members[:, at], return_counts=True)
        return float(((counts / counts.sum()) ** 2).sum())


def _largest_share(column: np.ndarray) -> float:
    known = column[~np.isnan(column)]
    _, counts = np.unique(known, return_counts=True)
    return float(counts.max() / len(known))


@dataclass(frozen=True)
class KeyColumn:
    """A column of numbers that only one person has, published with other people's rows.

    Attributes:
        kind: ``number``, nine digits as of a social security number; ``text``, as of an account.
        declared: Whether a user has declared its kind, so that nobody refuses it.
    """

    truth: ClassVar[Truth] = "leak"

    kind: Literal["number", "text"]
    declared: bool = False

    @property
    def sentence(self) -> str:
        """What the table is, in plain words."""
        what = "a nine-digit number" if self.kind == "number" else "an account, letters and digits,"
        declared = ", its column declared" if self.declared else ""
        return f"other patients' rows, with {what} that only one member has on each{declared}"

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        count = len(people.members) + len(people.holdout) + len(people.reference)
        keys = rng.choice(899_999_999, size=count, replace=False) + 100_000_000
        name = "ssn" if self.kind == "number" else "account"
        while name in people.schema.names:
            name += "_2"
        if self.kind == "number":
            keyed = people.with_key(Column(name, "continuous", integer=True), keys.astype(np.float64))
        else:
            levels = tuple(sorted(f"AC-{key}" for key in keys))
            column = Column(name, "categorical", levels=levels)
            keyed = people.with_key(column, rng.permutation(count).astype(np.float64))
        rows = among_others(people, people.others[:0], len(people.members), rng)
        table = np.column_stack([rows, rng.permutation(keyed.members[:, -1])])
        found = [found_in(side[:, -1:], table[:, -1:]) for side in (keyed.members, keyed.holdout)]
        strength = copy_strength(*found, what="members' keys")
        return KnownTable(keyed, table, (strength,), undeclared=() if self.declared else (name,))
