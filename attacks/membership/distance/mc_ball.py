"""Membership inference by Monte-Carlo integration: synthetic rows counted in a ball around the target."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.attacker_scale import DISTANCES, Distance, nearest_on_attacker_scale
from synthaudit.audit.errors import check_choice, check_fraction
from synthaudit.audit.knowledge import Knowledge, Need, require_reference
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class MonteCarloBall:
    """Share of synthetic rows within a radius of the target: an estimate of the generator's density there.

    Score: ``#{s: d(x, s) <= e} / m`` (Hilprecht et al., PoPETs 2019). The radius e is a quantile of the reference
    records' distances to their nearest synthetic row. Public tools take it from the targets, which lets one target's
    score depend on the others.

    Attributes:
        metric: The distance; ``auto`` by the schema.
        radius_quantile: Quantile of the reference distances at which the radius lies; one half is the paper's choice.
    """

    title: ClassVar[str] = "Monte-Carlo ball"
    question: ClassVar[str] = "Do more synthetic records fall near patients who were in the training data?"
    source: ClassVar[str] = "Hilprecht et al., PoPETs 2019"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.REFERENCE})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and reference records that fix a radius, and counts the rows "
        "within it of each target."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    metric: Distance = "auto"
    radius_quantile: float = 0.5

    def __post_init__(self) -> None:
        check_choice(DISTANCES, metric=self.metric)
        check_fraction(radius_quantile=self.radius_quantile)

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the share of synthetic rows inside the ball, shape ``(n,)``."""
        del rng  # nothing is drawn
        reference = require_reference(knowledge)
        apart = nearest_on_attacker_scale(reference, knowledge.synthetic, knowledge, metric=self.metric).distance[:, 0]
        # A distance that occurs, not one between two: integers stay integers.
        radius = float(np.quantile(apart, self.radius_quantile, method="higher"))
        inside = nearest_on_attacker_scale(
            targets, knowledge.synthetic, knowledge, metric=self.metric, radii=(radius,)
        ).within[:, 0]
        scores: np.ndarray = inside.astype(np.float64) / len(knowledge.synthetic)
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds
