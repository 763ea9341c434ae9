"""Membership inference by distance to the nearest synthetic row, relative to how far apart records lie there."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.euclidean_rows import EuclideanRows
from synthaudit.audit.errors import check_positive
from synthaudit.audit.knowledge import Knowledge, Need, require_reference
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class LocalDistance:
    """How much nearer the nearest synthetic row is than the target's other neighbours, synthetic and real.

    Score: ``w scale(x) - log d(x, s_(1))``, the scale half the mean of ``log d(x, r_(1..k))`` over the nearest
    reference records and half that of ``log d(x, s_(2..k+1))`` over the next synthetic rows. Distances are Euclidean:
    numbers in standard deviations of the reference, a differing category 1. It joins the calibrated distance of
    GAN-Leaks, the ratio of NNDR and DOMIAS with nearest neighbours: whole tables on both sides, and a scale from 2 k
    distances instead of one. A weight w below 1 keeps some of the plain distance, which tells more where noise of one
    size was added to all patients.

    Attributes:
        k: Neighbours of either kind that the scale is taken from.
        weight: Weight w of the scale, above 0; 1 is a pure ratio.
        min_distance: Distance below which two records count as the same, in standard deviations.
    """

    title: ClassVar[str] = "Distance relative to the neighbourhood"
    question: ClassVar[str] = "Is one synthetic record nearer to this patient than patients there are to each other?"
    source: ClassVar[str] = "After Chen et al., GAN-Leaks, CCS 2020; Zhao et al., CTAB-GAN, ACML 2021"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.REFERENCE})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and reference records, and compares each target's distance to the "
        "nearest row with its distances to other rows and records."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    k: int = 5
    weight: float = 0.9
    min_distance: float = 0.01

    def __post_init__(self) -> None:
        check_positive(k=self.k, weight=self.weight, min_distance=self.min_distance)

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the relative nearness, shape ``(n,)``."""
        del rng  # nothing is drawn
        reference = require_reference(knowledge)
        rows = EuclideanRows.fit(reference.schema, knowledge.units)
        real, synthetic = (
            np.log(np.maximum(rows.distances(targets, base, k), self.min_distance))
            for base, k in ((reference, self.k), (knowledge.synthetic, self.k + 1))
        )
        # A table of one row has no other: the scale is then the reference's alone.
        others = synthetic[:, 1:].mean(axis=1) if synthetic.shape[1] > 1 else real.mean(axis=1)
        scale = (real.mean(axis=1) + others) / 2
        # Equal distances must tie, in whatever order their means were taken.
        scores: np.ndarray = np.round(self.weight * scale - synthetic[:, 0], 9)
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core: a dense product of 2 x 10^10 multiplications per second."""
        pairs = work.targets * (work.synthetic + work.reference)
        return work.comparison_seconds + pairs * work.columns / 2e10
