"""Membership inference by the data plagiarism index: are the neighbours synthetic rows or real people?"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.attacker_scale import DISTANCES, Distance, nearest_on_attacker_scale, subsample
from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.audit.knowledge import Knowledge, Need, require_reference
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class DPI:
    """Share of synthetic rows among the k nearest of synthetic and reference rows together (data plagiarism index).

    Score: ``#{synthetic among the k nearest} / k``. Both sets are cut to equal size at random, and the shares of
    several such subsamples are averaged. Rows tied for the last places share them in proportion, so that integer
    distances do not decide by file order; each side's ties are counted up to k.

    Attributes:
        metric: The distance; ``auto`` by the schema.
        k: How many neighbours are looked at.
        repeats: How many random subsamples of equal size are averaged.
    """

    title: ClassVar[str] = "Data plagiarism index"
    question: ClassVar[str] = "Are the records most like this patient mostly synthetic?"
    source: ClassVar[str] = "Ward et al., data plagiarism index, 2024"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.REFERENCE})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and reference records, and counts which of the two are each "
        "target's nearest neighbours."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    metric: Distance = "auto"
    k: int = 5
    repeats: int = 4

    def __post_init__(self) -> None:
        check_choice(DISTANCES, metric=self.metric)
        check_positive(k=self.k, repeats=self.repeats)

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the share of synthetic neighbours, shape ``(n,)``."""
        reference, synthetic = require_reference(knowledge), knowledge.synthetic
        size = min(len(reference), len(synthetic))
        repeats = self.repeats if len(reference) != len(synthetic) else 1
        total = np.zeros(len(targets))
        for _ in range(repeats):
            ours, theirs = (
                nearest_on_attacker_scale(
                    targets, subsample(rows, size, rng), knowledge, k=self.k, metric=self.metric
                ).distance
                for rows in (synthetic, reference)
            )
            total += _share(ours, theirs)
        return total / repeats

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


def _share(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Return the share of the first side among the k smallest of both, shape ``(n,)``; sorted inputs ``(n, k)``."""
    k = ours.shape[1]
    border = np.sort(np.concatenate([ours, theirs], axis=1), axis=1)[:, k - 1 : k]
    certain = [(side < border).sum(axis=1) for side in (ours, theirs)]
    tied = [(side == border).sum(axis=1) for side in (ours, theirs)]
    places = k - certain[0] - certain[1]
    share: np.ndarray = (certain[0] + places * tied[0] / (tied[0] + tied[1])) / k
    return share
