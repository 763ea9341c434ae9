"""The worst release there is: real rows, published again. Attacks must catch it, or they catch nothing."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.generators.baselines.stored_rows import StoredRows


@dataclass(frozen=True)
class Republish(StoredRows):
    """Publishes its members as they are: each once, in random order, before any is repeated."""

    title: ClassVar[str] = "Republication"
    summary: ClassVar[str] = "Real rows as they are: the positive control, which every attack must catch."
    source: ClassVar[str] = "control of this tool"

    def choose(self, held: int, size: int, rng: np.random.Generator) -> np.ndarray:
        """Take whole rounds of the members, each in its own random order."""
        rounds = [rng.permutation(held) for _ in range(max(1, -(-size // held)))]
        return np.concatenate(rounds)[:size]
