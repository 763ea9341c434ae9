"""The statistician's bootstrap as a generator: perfect fidelity, no privacy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from audit.protocols import Progress, Training
from audit.records import KINDS, Kind, Records, Schema
from generators.republish import HOLDS, some


@dataclass(frozen=True)
class Bootstrap:
    """Publishes members drawn with replacement."""

    title: ClassVar[str] = "Bootstrap"
    summary: ClassVar[str] = "Real rows drawn with replacement: perfect fidelity, no privacy."
    source: ClassVar[str] = "Efron (1979), Ann. Stat. 7; the 'resample' baseline of SynthEHRella (2025)"
    control: ClassVar[bool] = True
    kinds: ClassVar[frozenset[Kind]] = frozenset(KINDS)

    def fit(
        self, members: Records, *, seed: int, device: str = "cpu", progress: Progress | None = None
    ) -> "BootstrapRows":
        """Keep the members. Raises ``TrainingError`` where there are none."""
        del seed, device, progress  # nothing is trained
        return BootstrapRows(self, some(members, self.title))

    def restore(self, schema: Schema, state: Mapping[str, np.ndarray], training: Training) -> "BootstrapRows":
        """Put what was fitted together from its ``state``."""
        return BootstrapRows(
            self, Records(schema, state["codes"], state["rest"], np.arange(len(state["codes"]))), training
        )


@dataclass(frozen=True, eq=False)
class BootstrapRows:
    """Members held for resampling."""

    recipe: Bootstrap
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
        """Return ``size`` members drawn with replacement."""
        chosen = np.random.default_rng(seed).integers(len(self.members), size=size)
        return self.members.take(chosen).with_patients(np.arange(size))
