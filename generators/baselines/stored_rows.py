"""Controls that hold their members and publish them: what differs is which rows a sample shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.audit.errors import TrainingError
from synthaudit.audit.protocols import Progress, Training
from synthaudit.audit.records import KINDS, Kind, Records, Schema
from synthaudit.audit.workload import Workload

HOLDS = Training(notes=("holds its members and publishes them",))


class StoredRows:
    """A recipe that keeps the members; a subclass says which of them a sample shows."""

    title: ClassVar[str]
    control: ClassVar[bool] = True
    kinds: ClassVar[frozenset[Kind]] = frozenset(KINDS)

    def choose(self, held: int, size: int, rng: np.random.Generator) -> np.ndarray:
        """Return positions among ``held`` rows, shape ``(size,)``."""
        raise NotImplementedError

    def fit(self, members: Records, *, seed: int, device: str = "cpu", progress: Progress | None = None) -> "HeldRows":
        """Keep the members. Raises ``TrainingError`` where there are none."""
        del seed, device, progress  # nothing is trained
        return HeldRows(self, some(members, self.title))

    def cost(self, work: Workload) -> float:
        """Return 0: nothing is trained."""
        del work
        return 0.0

    def restore(self, schema: Schema, state: Mapping[str, np.ndarray], training: Training) -> "HeldRows":
        """Put what was fitted together from its ``state``."""
        held = Records(schema, state["codes"], state["rest"], np.arange(len(state["codes"])))
        return HeldRows(self, held, training)


@dataclass(frozen=True, eq=False)
class HeldRows:
    """Members held for publication."""

    recipe: StoredRows
    members: Records
    training: Training = HOLDS

    @property
    def schema(self) -> Schema:
        """The columns of every sample."""
        return self.members.schema

    def state(self) -> Mapping[str, np.ndarray]:
        """Return the values that are held."""
        return {"codes": self.members.codes, "rest": self.members.rest}

    def sample(self, size: int, *, seed: int) -> Records:
        """Return ``size`` of the members' rows, as the recipe chooses them."""
        chosen = self.recipe.choose(len(self.members), size, np.random.default_rng(seed))
        return self.members.take(chosen).with_patients(np.arange(size))


def some(members: Records, title: str) -> Records:
    """Return the members. Raises ``TrainingError`` where there are none."""
    if not len(members):
        raise TrainingError(f"{title} was given no member to train on. Give it at least one row.")
    return members
