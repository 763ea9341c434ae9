"""Recipes that train nothing: they store the members' values, and a sample shows some of them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.audit.protocols import Progress, Training
from synthaudit.audit.records import KINDS, Kind, Records, Schema
from synthaudit.audit.workload import Workload
from synthaudit.generators.members import require_members


class StoredValues(ABC):
    """Base of the recipes that store members; a subclass says what of them, and what a sample shows of that."""

    title: ClassVar[str]
    control: ClassVar[bool] = False
    kinds: ClassVar[frozenset[Kind]] = frozenset(KINDS)
    note: ClassVar[str]  # what a report states of every such generator

    @abstractmethod
    def release(self, stored: Records, size: int, *, rng: np.random.Generator) -> Records:
        """Return ``size`` rows made from what is stored."""

    def store(self, members: Records) -> Records:
        """Return what is stored of the members: their rows as they are."""
        return members

    def fit(
        self, members: Records, *, seed: int, device: str = "cpu", progress: Progress | None = None
    ) -> "FittedStoredValues":
        """Store the members. Raises ``TrainingError`` where there are none."""
        del seed, device, progress  # nothing is trained
        return FittedStoredValues(self, self.store(require_members(members, self.title)), Training(notes=(self.note,)))

    def cost(self, work: Workload) -> float:
        """Return 0: nothing is trained."""
        del work
        return 0.0

    def restore(self, schema: Schema, state: Mapping[str, np.ndarray], training: Training) -> "FittedStoredValues":
        """Put what was fitted together from its ``state``."""
        stored = Records(schema, state["codes"], state["rest"], np.arange(len(state["codes"])))
        return FittedStoredValues(self, stored, training)


@dataclass(frozen=True, eq=False)
class FittedStoredValues:
    """Stored values, and the recipe that says what a sample shows of them."""

    recipe: StoredValues
    stored: Records
    training: Training

    @property
    def schema(self) -> Schema:
        """The columns of every sample."""
        return self.stored.schema

    def state(self) -> Mapping[str, np.ndarray]:
        """Return the stored values."""
        return {"codes": self.stored.codes, "rest": self.stored.rest}

    def sample(self, size: int, *, seed: int) -> Records:
        """Return ``size`` rows as the recipe releases them, each a patient of its own."""
        rows = self.recipe.release(self.stored, size, rng=np.random.default_rng(seed))
        return rows.with_patients(np.arange(size))


def shuffled_rounds(rows: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Return ``size`` positions below ``rows``: each once, in random order, before any comes again."""
    rounds = [rng.permutation(rows) for _ in range(max(1, -(-size // rows)))]
    return np.concatenate(rounds)[:size]
