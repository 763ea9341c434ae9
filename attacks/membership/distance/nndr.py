"""Membership inference by the nearest-neighbour distance ratio (NNDR): one synthetic row is near and stands alone."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.attacker_scale import DISTANCES, Distance, nearest_on_attacker_scale
from synthaudit.audit.errors import check_choice
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class NNDR:
    """Minus the distance to the nearest synthetic row over that to the k-th (Zhao et al., CTAB-GAN, 2021).

    Score: ``-d(x, s_(1)) / d(x, s_(k))``; 0, the highest, where both are 0. A copy of a patient in an empty region has
    a ratio near 0; a patient in a crowd has one near 1 whether copied or not.

    Attributes:
        metric: The distance; ``auto`` by the schema.
        k: Which neighbour the first is compared with.
    """

    title: ClassVar[str] = "Nearest-neighbour distance ratio"
    question: ClassVar[str] = "Does one synthetic record stand out as this patient's, closer than all others?"
    source: ClassVar[str] = "Zhao et al., CTAB-GAN, ACML 2021"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and compares each target's distance to the nearest row with that "
        "to the next."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    metric: Distance = "auto"
    k: int = 2

    def __post_init__(self) -> None:
        check_choice(DISTANCES, metric=self.metric)
        if self.k < 2:
            raise ValueError(f"expected k >= 2, got {self.k}")

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return minus the ratio, in [-1, 0], shape ``(n,)``."""
        del rng  # nothing is drawn: tied rows are equally far
        distance = nearest_on_attacker_scale(
            targets, knowledge.synthetic, knowledge, k=self.k, metric=self.metric
        ).distance
        first, last = distance[:, 0].astype(np.float64), distance[:, -1].astype(np.float64)
        scores: np.ndarray = 0.0 - np.divide(first, last, out=np.zeros(len(targets)), where=last > 0)
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds
