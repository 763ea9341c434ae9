"""CorGAN's membership attack: 'this patient was in it, for a synthetic record is similar enough'."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.attacker_scale import nearest_on_attacker_scale
from synthaudit.attacks.feature_encoder import FeatureEncoder
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload

BLOCK = 1_024
"""Targets compared at once on mixed tables: 1,024 x 50,000 similarities take 200 MB."""


@dataclass(frozen=True)
class CosineThreshold:
    """The largest cosine similarity to a synthetic row, and claims above fixed thresholds (Torfi and Fox, 2020).

    Score: ``max over s of x.s / (|x| |s|)``, 0 for a record without codes. On a table that is not all binary the cosine
    is taken between encoded rows: numbers standardised, one column per category.

    Attributes:
        thresholds: The similarities from which the attacker claims 'member'.
    """

    title: ClassVar[str] = "Cosine threshold"
    question: ClassVar[str] = (
        "If somebody claims 'this patient was in it' whenever a synthetic record is similar, how often is that right?"
    )
    source: ClassVar[str] = "Torfi and Fox, CorGAN, FLAIRS 2020"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and each target's whole record, and claims a member where a row "
        "is similar enough."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    thresholds: tuple[float, ...] = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)

    def __post_init__(self) -> None:
        if not self.thresholds or any(not 0 < t <= 1 for t in self.thresholds):
            raise ValueError(f"expected thresholds in (0, 1], got {self.thresholds}")

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the largest similarity, shape ``(n,)``."""
        del rng  # nothing is drawn: tied rows are equally similar
        if targets.schema.all_binary:
            similarity = (
                1.0 - nearest_on_attacker_scale(targets, knowledge.synthetic, knowledge, metric="cosine").distance[:, 0]
            )
        else:
            similarity = _encoded_similarity(targets, knowledge)
        # Identical rows must reach the threshold 1 whatever the last bit of a square root.
        scores: np.ndarray = np.round(similarity.astype(np.float64), 6)
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds

    def claims(self) -> Mapping[str, float]:
        """Return one rule per threshold, such as ``similarity 0.9``."""
        return {f"similarity {threshold:g}": float(threshold) for threshold in self.thresholds}


def _encoded_similarity(targets: Records, knowledge: Knowledge) -> np.ndarray:
    """Return each target's largest cosine similarity between encoded rows, shape ``(n,)``."""
    features = FeatureEncoder.fit(targets.schema, knowledge.units)
    base = _unit(features.dense(knowledge.synthetic)).T
    best = np.empty(len(targets))
    for start in range(0, len(targets), BLOCK):  # over blocks of targets
        block = _unit(features.dense(targets.take(slice(start, start + BLOCK))))
        best[start : start + BLOCK] = (block @ base).max(axis=1)
    return best


def _unit(rows: np.ndarray) -> np.ndarray:
    """Return rows of length 1; a zero row stays zero, similar to nothing."""
    exact = rows.astype(np.float64)  # in float32 a copy's similarity misses 1 by a millionth, and the threshold with it
    length = np.linalg.norm(exact, axis=1, keepdims=True)
    units: np.ndarray = np.divide(exact, length, out=np.zeros_like(exact), where=length > 0)
    return units
