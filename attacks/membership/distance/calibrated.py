"""Membership inference by distance to the synthetic rows, calibrated by reference records.

A record near the synthetic data may simply live where patients are many. Its distance to other real records says how
crowded its region is; what remains after the comparison is the generator's own doing.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from synthaudit.attacks.attacker_scale import DISTANCES, Distance, nearest_on_attacker_scale, subsample
from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.audit.knowledge import Knowledge, Need, require_reference
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class CalibratedDistance:
    """Distance to the nearest reference record over distance to the nearest synthetic one (GAN-Leaks, calibrated).

    Score: ``log d(x, R) - log d(x, S)``, or ``d(x, R) - d(x, S)`` as a difference; each distance is a mean over the k
    nearest. The nearest of many is nearer than the nearest of few, which moves all scores nearly alike; cutting the
    larger table to the size of the smaller, as is often done, throws away most of a leak of few rows.

    Attributes:
        metric: The distance; ``auto`` by the schema.
        form: ``ratio``, the sharper one at low false positive rates, or ``difference``.
        k: How many nearest rows each mean is over.
        repeats: How many random subsamples of equal size are averaged; 0 compares the whole tables.
        min_distance: Distance below which two records count as the same, for the ratio.
    """

    title: ClassVar[str] = "Calibrated distance"
    question: ClassVar[str] = "Is the patient closer to the synthetic records than to real patients like them?"
    source: ClassVar[str] = "Chen et al., GAN-Leaks, CCS 2020 (calibrated)"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.REFERENCE})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and reference records, and compares each target's distance to the "
        "one with that to the other."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    metric: Distance = "auto"
    form: Literal["difference", "ratio"] = "ratio"
    k: int = 1
    repeats: int = 0
    min_distance: float = 1e-6

    def __post_init__(self) -> None:
        check_choice(DISTANCES, metric=self.metric)
        check_choice(("ratio", "difference"), form=self.form)
        check_positive(k=self.k, min_distance=self.min_distance)
        if self.repeats < 0:
            raise ValueError(f"expected repeats >= 0, got {self.repeats}")

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the calibrated nearness, shape ``(n,)``."""
        reference = require_reference(knowledge)
        size = min(len(reference), len(knowledge.synthetic))
        to_synthetic = self._distance(targets, knowledge.synthetic, size, knowledge, rng)
        to_reference = self._distance(targets, reference, size, knowledge, rng)
        scores: np.ndarray = to_reference - to_synthetic
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds

    def _distance(
        self, targets: Records, base: Records, size: int, knowledge: Knowledge, rng: np.random.Generator
    ) -> np.ndarray:
        """Return the (log) distance to ``size`` rows of ``base``, averaged over subsamples, shape ``(n,)``."""
        cut = self.repeats > 0 and size < len(base)
        repeats = self.repeats if cut else 1
        total = np.zeros(len(targets))
        for _ in range(repeats):
            rows = subsample(base, size, rng) if cut else base
            neighbors = nearest_on_attacker_scale(targets, rows, knowledge, k=self.k, metric=self.metric)
            distance = neighbors.distance.mean(axis=1, dtype=np.float64)
            total += np.log(np.maximum(distance, self.min_distance)) if self.form == "ratio" else distance
        return total / repeats
