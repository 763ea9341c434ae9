"""The statistician's bootstrap as a generator: perfect fidelity, no privacy."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from audit.protocols import Progress, Training
from audit.records import KINDS, Kind, Records
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
        return BootstrapRows(some(members, self.title))


@dataclass(frozen=True, eq=False)
class BootstrapRows:
    """Members held for resampling."""

    members: Records
    training: Training = HOLDS

    def sample(self, size: int, *, seed: int) -> Records:
        """Return ``size`` members drawn with replacement."""
        chosen = np.random.default_rng(seed).integers(len(self.members), size=size)
        return self.members.take(chosen).with_patients(np.arange(size))
