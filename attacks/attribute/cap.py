"""Attribute inference by correct attribution probability (CAP): rows that agree in all known columns."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.attacker_scale import nearest_on_attacker_scale
from synthaudit.attacks.attribute.votes import vote
from synthaudit.audit.errors import check_positive
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.protocols import Guesses
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class CAP:
    """Votes of the synthetic rows whose known columns, the key, equal the target's (Elliot, 2014; Taub et al., 2018).

    Guess: the majority, or mean, among the rows with the target's key. Confidence: the share of them that agree with
    it, ``#{s: key and value equal} / #{s: key equal}``, which is the correct attribution probability; 0 where no row
    has the key, and the guess is then the most frequent value.

    Attributes:
        max_donors: How many rows with the key may vote, drawn at random if there are more.
    """

    title: ClassVar[str] = "Correct attribution probability"
    question: ClassVar[str] = "Do the synthetic records that match a patient on what is known agree on what is not?"
    source: ClassVar[str] = "Elliot, 2014; Taub et al., PSD 2018"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and some columns of each target, and copies the rest from the "
        "rows that agree in all of them."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})

    max_donors: int = 50

    def __post_init__(self) -> None:
        check_positive(max_donors=self.max_donors)

    def guess(self, targets: Records, known: np.ndarray, knowledge: Knowledge, *, rng: np.random.Generator) -> Guesses:
        """Guess every cell where ``known`` (shape ``(n, p)``) is false, from the rows with the same key."""
        # Equally near rows come in file order: shuffled, the first of them are a fair draw.
        donors = knowledge.synthetic.take(rng.permutation(len(knowledge.synthetic)))
        neighbors = nearest_on_attacker_scale(targets, donors, knowledge, k=self.max_donors, known=known)
        return vote(donors, neighbors.index, neighbors.distance == 0, scale=knowledge.units)

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.inference_seconds
