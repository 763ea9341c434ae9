"""The statistician's bootstrap as a generator: perfect fidelity, no privacy."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.audit.records import Records
from synthaudit.generators.baselines.stored_values import StoredValues


@dataclass(frozen=True)
class Bootstrap(StoredValues):
    """Publishes members drawn with replacement."""

    title: ClassVar[str] = "Bootstrap"
    summary: ClassVar[str] = "Real rows drawn with replacement: perfect fidelity, no privacy."
    source: ClassVar[str] = "Efron (1979), Ann. Stat. 7; the 'resample' baseline of SynthEHRella (2025)"
    control: ClassVar[bool] = True
    note: ClassVar[str] = "holds its members and publishes them"

    def release(self, stored: Records, size: int, *, rng: np.random.Generator) -> Records:
        """Draw every row by itself."""
        return stored.take(rng.integers(len(stored), size=size))
