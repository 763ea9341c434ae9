"""Membership inference by the distance to the nearest synthetic rows.

A generator that memorises puts synthetic rows close to its training patients. The measure is the plainest one there
is, and the weakest: passing it says little (Ganev and De Cristofaro, 2023), failing it says everything.
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
    """Minus the mean distance to the k nearest synthetic rows (GAN-Leaks full black box; Chen et al., CCS 2020).

    Threat model: synthetic rows only. Score: ``-mean of the k smallest d(x, s)``.

    Attributes:
        metric: ``hamming``, ``cosine``, ``jaccard`` (binary tables), ``gower`` (any table), or ``auto`` by the schema.
        k: How many nearest rows the mean is over; all of them if there are fewer.
    """

    title: ClassVar[str] = "Nearest synthetic record"
    question: ClassVar[str] = "Are patients who were in the training data closer to some synthetic record?"
    source: ClassVar[str] = "Chen et al., GAN-Leaks, CCS 2020"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and measures how near its nearest row comes to each target."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset({"standard", "thorough"})

    metric: Distance = "auto"
    k: int = 1

    def __post_init__(self) -> None:
        check_choice(DISTANCES, metric=self.metric)
        check_positive(k=self.k)

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return minus the mean distance, shape ``(n,)``."""
        del rng  # nothing is drawn: tied rows are equally far
        found = nearest_on_attacker_scale(targets, knowledge.synthetic, knowledge, k=self.k, metric=self.metric)
        scores: np.ndarray = -found.distance.mean(axis=1, dtype=np.float64)
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


@dataclass(frozen=True)
class MeanDCR(DCR):
    """``DCR`` over a neighbourhood: less upset by one chance neighbour, blind to one lone copy.

    Threat model: synthetic rows only. Score: ``-mean of the k smallest d(x, s)``.
    """

    title: ClassVar[str] = "Mean of the nearest synthetic records"
    question: ClassVar[str] = "Do synthetic records crowd around patients who were in the training data?"
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    k: int = 5
