"""Attribute inference by nearest neighbours: the synthetic rows most like the target fill in what is unknown."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.attacker_scale import DISTANCES, Distance, nearest_on_attacker_scale
from synthaudit.attacks.attribute.votes import vote
from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.protocols import Guesses
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class NearestDonors:
    """Votes of the k synthetic rows nearest on the known columns (Choi et al., medGAN, 2017, section 4.4).

    Guess: the donors' majority (binary and level columns) or mean (numbers and counts). Confidence: the share of the
    votes for the guess; for numbers, how little the donors disagree. Known columns may differ from target to target.
    Equally near rows are taken in a random order, so the place of a row in the synthetic file decides nothing.

    Attributes:
        k: How many donors vote; one was the strongest in the paper.
        metric: The distance on the known columns; ``auto`` by the schema.
    """

    title: ClassVar[str] = "Nearest donors"
    question: ClassVar[str] = (
        "Can somebody who knows part of a patient's record read the rest off the most similar synthetic records?"
    )
    source: ClassVar[str] = "Choi et al., medGAN, MLHC 2017, section 4.4"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and some columns of each target, and copies the rest from the "
        "nearest rows."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})

    k: int = 1
    metric: Distance = "auto"

    def __post_init__(self) -> None:
        check_choice(DISTANCES, metric=self.metric)
        check_positive(k=self.k)

    def guess(self, targets: Records, known: np.ndarray, knowledge: Knowledge, *, rng: np.random.Generator) -> Guesses:
        """Guess every cell where ``known`` (shape ``(n, p)``) is false, from the donors' values."""
        # The kernel breaks ties by row number: shuffled rows make that a fair draw, the same for any batch of targets.
        donors = knowledge.synthetic.take(rng.permutation(len(knowledge.synthetic)))
        neighbors = nearest_on_attacker_scale(targets, donors, knowledge, k=self.k, metric=self.metric, known=known)
        return vote(donors, neighbors.index, scale=knowledge.units)

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.inference_seconds
