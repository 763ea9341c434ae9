"""The worst release there is: real rows, published again. Attacks must catch it, or they catch nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from audit.errors import TrainingError
from audit.protocols import Progress, Training
from audit.records import KINDS, Kind, Records, Schema

HOLDS = Training(notes=("holds its members and publishes them",))


@dataclass(frozen=True)
class Republish:
    """Publishes its members as they are: each once, in random order, before any is repeated."""

    title: ClassVar[str] = "Republication"
    summary: ClassVar[str] = "Real rows as they are: the positive control, which every attack must catch."
    source: ClassVar[str] = "control of this tool"
    control: ClassVar[bool] = True
    kinds: ClassVar[frozenset[Kind]] = frozenset(KINDS)

    def fit(
        self, members: Records, *, seed: int, device: str = "cpu", progress: Progress | None = None
    ) -> "RepublishedRows":
        """Keep the members. Raises ``TrainingError`` where there are none."""
        del seed, device, progress  # nothing is trained
        return RepublishedRows(self, some(members, self.title))

    def restore(self, schema: Schema, state: Mapping[str, np.ndarray], training: Training) -> "RepublishedRows":
        """Put what was fitted together from its ``state``."""
        return RepublishedRows(
            self, Records(schema, state["codes"], state["rest"], np.arange(len(state["codes"]))), training
        )


@dataclass(frozen=True, eq=False)
class RepublishedRows:
    """Members held for publication."""

    recipe: Republish
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
        """Return ``size`` rows: whole rounds of the members, each in its own random order."""
        rng = np.random.default_rng(seed)
        held = len(self.members)
        rounds = [rng.permutation(held) for _ in range(max(1, -(-size // held)))]
        return self.members.take(np.concatenate(rounds)[:size]).with_patients(np.arange(size))


def some(members: Records, title: str) -> Records:
    """Return the members. Raises ``TrainingError`` where there are none."""
    if not len(members):
        raise TrainingError(f"{title} was given no member to train on. Give it at least one row.")
    return members
