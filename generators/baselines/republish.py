"""The worst release there is: real rows, published again. Attacks must catch it, or they catch nothing."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.audit.records import Records
from synthaudit.generators.baselines.stored_values import StoredValues, shuffled_rounds


@dataclass(frozen=True)
class Republish(StoredValues):
    """Publishes its members as they are: each once, in random order, before any is repeated."""

    title: ClassVar[str] = "Republication"
    summary: ClassVar[str] = "Real rows as they are: the positive control, which every attack must catch."
    source: ClassVar[str] = "control of this tool"
    control: ClassVar[bool] = True
    note: ClassVar[str] = "holds its members and publishes them"

    def release(self, stored: Records, size: int, *, rng: np.random.Generator) -> Records:
        """Take whole rounds of the members, each in its own random order."""
        return stored.take(shuffled_rounds(len(stored), size, rng))
