"""The statistician's bootstrap as a generator: perfect fidelity, no privacy."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.generators.baselines.stored_rows import StoredRows


@dataclass(frozen=True)
class Bootstrap(StoredRows):
    """Publishes members drawn with replacement."""

    title: ClassVar[str] = "Bootstrap"
    summary: ClassVar[str] = "Real rows drawn with replacement: perfect fidelity, no privacy."
    source: ClassVar[str] = "Efron (1979), Ann. Stat. 7; the 'resample' baseline of SynthEHRella (2025)"

    def choose(self, held: int, size: int, rng: np.random.Generator) -> np.ndarray:
        """Draw every row by itself."""
        return rng.integers(held, size=size)
