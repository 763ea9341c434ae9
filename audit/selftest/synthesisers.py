"""Generators that learn too much: sequential trees, an overtrained autoencoder, marginals of few members."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from synthaudit.audit.selftest.blurred import distance_strengths
from synthaudit.audit.selftest.cells import cell_strengths
from synthaudit.audit.selftest.known_table import KnownTable, Truth
from synthaudit.audit.selftest.population import CannotPlant, Population, as_records

Source = Literal["members", "others"]
MOST_COLUMNS = 300
"""Columns beyond which trees one after another take too long."""


def _truth(source: Source) -> Truth:
    return "leak" if source == "members" else "no leak"


def _graded(people: Population, table: np.ndarray, source: Source) -> KnownTable:
    if source == "others":
        return KnownTable(people, table)
    return KnownTable(people, table, (*cell_strengths(people, table), *distance_strengths(people, table)))


@dataclass(frozen=True)
class SequentialTrees:
    """CART synthesis, as synthpop's: each column drawn from the leaf of a tree on the columns before it.

    Attributes:
        leaf: Fewest patients in a leaf.
        source: On whom the trees are grown.
    """

    leaf: int
    source: Source = "members"

    @property
    def truth(self) -> Truth:
        """What is true of its tables."""
        return _truth(self.source)

    @property
    def sentence(self) -> str:
        """What the table is, in plain words."""
        whom = "the members" if self.source == "members" else "other patients"
        return f"CART synthesis, column by column, from trees grown on {whom} to leaves of {self.leaf}"

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

        real = people.members if self.source == "members" else people.others
        if not 2 <= real.shape[1] <= MOST_COLUMNS:
            raise CannotPlant(f"trees want 2 to {MOST_COLUMNS} columns")
        size = len(people.members)
        filled = np.where(np.isnan(real), -1e6, real)
        made, rows = np.empty((size, real.shape[1])), np.empty((size, real.shape[1]))
        rows[:, 0] = real[rng.integers(len(real), size=size), 0]
        made[:, 0] = np.where(np.isnan(rows[:, 0]), -1e6, rows[:, 0])
        for at in range(1, real.shape[1]):
            grow = DecisionTreeRegressor if at in people.numbers else DecisionTreeClassifier
            tree = grow(min_samples_leaf=self.leaf, random_state=int(rng.integers(2**31)))
            tree.fit(filled[:, :at], filled[:, at])
            rows[:, at] = _donor_values(tree.apply(filled[:, :at]), tree.apply(made[:, :at]), real[:, at], rng)
            made[:, at] = np.where(np.isnan(rows[:, at]), -1e6, rows[:, at])
        return _graded(people, rows, self.source)


def _donor_values(leaves: np.ndarray, wanted: np.ndarray, values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return, for each wanted leaf, the value of a patient in it, at random."""
    order = np.argsort(leaves, kind="stable")
    first = np.searchsorted(leaves[order], wanted)
    last = np.searchsorted(leaves[order], wanted, side="right")
    chosen: np.ndarray = values[order[first + (rng.random(len(wanted)) * (last - first)).astype(np.int64)]]
    return chosen


@dataclass(frozen=True)
class TrainedVAE:
    """A variational autoencoder that saw the same patients too often.

    Attributes:
        epochs: Passes over the patients.
        source: On whom it was trained.
    """

    epochs: int
    source: Source = "members"

    @property
    def truth(self) -> Truth:
        """What is true of its tables."""
        return _truth(self.source)

    @property
    def sentence(self) -> str:
        """What the table is, in plain words."""
        whom = "the members" if self.source == "members" else "other patients"
        return f"a variational autoencoder trained {self.epochs} times over {whom}"

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        from synthaudit.audit.errors import TrainingError
        from synthaudit.generators.models.vae import VAE

        real = people.members if self.source == "members" else people.others
        seed = int(rng.integers(2**31))
        try:
            model = VAE(latent=32, epochs=self.epochs).fit(as_records(people.schema, real), seed=seed)
        except TrainingError as error:
            raise CannotPlant(str(error)) from None
        return _graded(people, model.sample(len(people.members), seed=seed + 1).dense(), self.source)


@dataclass(frozen=True)
class FewMembersMarginals:
    """Independent columns whose values come from few members only.

    Attributes:
        members: Share of the members whose values are used.
    """

    truth: ClassVar[Truth] = "leak"

    members: float = 0.05

    @property
    def sentence(self) -> str:
        """What the table is, in plain words."""
        return f"independent columns, drawn from the values of {self.members:.0%} of the members alone"

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        count = max(round(self.members * len(people.members)), 10)
        some = people.members[rng.permutation(len(people.members))[:count]]
        table = rng.permuted(some[rng.integers(len(some), size=len(people.members))], axis=0)
        return _graded(people, table, "members")
