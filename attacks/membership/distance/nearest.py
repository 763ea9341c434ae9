"""Membership inference by distance to the closest synthetic record (DCR).

A generator that memorises puts synthetic rows close to its training patients. The attack is the plainest one there is
and the weakest: little is shown by its failure (Ganev and De Cristofaro, 2023), and much by its success.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.attacker_scale import DISTANCES, Distance, nearest_on_attacker_scale
from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class DCR:
    """Minus the distance to the closest synthetic record (GAN-Leaks, full black box; Chen et al., CCS 2020).

    Score: ``-d(x, s_(1))``, or with k > 1 minus the mean distance to the k nearest synthetic rows.

    Attributes:
        metric: ``hamming``, ``cosine``, ``jaccard`` (binary tables), ``gower`` (any table), or ``auto`` by the schema.
        k: How many nearest rows the mean is over; all of them if there are fewer.
    """

    title: ClassVar[str] = "Distance to the closest record"
    question: ClassVar[str] = "Are patients who were in the training data closer to some synthetic record?"
    source: ClassVar[str] = "Chen et al., GAN-Leaks, CCS 2020"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and measures how near its nearest row comes to each target."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})

    metric: Distance = "auto"
    k: int = 1

    def __post_init__(self) -> None:
        check_choice(DISTANCES, metric=self.metric)
        check_positive(k=self.k)

    @property
    def rowwise(self) -> bool:
        """Whether the one nearest row decides."""
        return self.k == 1

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return minus the mean distance, shape ``(n,)``."""
        del rng  # nothing is drawn: tied rows are equally far
        neighbors = nearest_on_attacker_scale(targets, knowledge.synthetic, knowledge, k=self.k, metric=self.metric)
        scores: np.ndarray = -neighbors.distance.mean(axis=1, dtype=np.float64)
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


@dataclass(frozen=True)
class MeanDCR(DCR):
    """Minus the mean distance to the k nearest synthetic rows: steadier than ``DCR``, and blind to one lone copy.

    Score: ``-(d(x, s_(1)) + ... + d(x, s_(k))) / k``.
    """

    title: ClassVar[str] = "Mean distance to the closest records"
    question: ClassVar[str] = "Do synthetic records crowd around patients who were in the training data?"
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    k: int = 5
