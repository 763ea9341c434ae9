"""Linkability: two halves of a record, held by different people, brought together by the synthetic table."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.attacker_scale import nearest_on_attacker_scale, one_row_each
from synthaudit.audit.errors import check_positive
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class Linkability:
    """Two halves of a record are linked if their nearest synthetic rows are the same (Giomi et al., 2023).

    Threat model: synthetic rows; one attacker holds half of the columns of every target, another holds the rest.
    A try is a target, by one of its rows: it succeeds if a synthetic row is among the k nearest to both halves.
    Columns are halved at random, and equally near rows are taken in a random order.

    Attributes:
        k: How many synthetic rows are nearest to a half.
        tries: Targets tried, at most, drawn at random if there are more.
    """

    title: ClassVar[str] = "Linking two halves"
    question: ClassVar[str] = "Does the synthetic table join two data sets that hold different facts about a patient?"
    source: ClassVar[str] = "Giomi et al., Anonymeter, PoPETs 2023"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table, one half of each target's columns from one source and the other "
        "half from another, and joins them by their nearest rows."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"standard", "thorough"})

    k: int = 1
    tries: int = 2_000

    def __post_init__(self) -> None:
        check_positive(k=self.k, tries=self.tries)

    def attempt(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return whether the two halves of each tried target meet, shape ``(tries,)``."""
        width = len(targets.schema)
        if width < 2:
            return np.zeros(0, dtype=bool)  # there are no two halves
        half = rng.permutation(width) < width // 2
        donors = knowledge.synthetic.take(rng.permutation(len(knowledge.synthetic)))
        tried = one_row_each(targets, self.tries, rng)
        first, second = (
            nearest_on_attacker_scale(tried, donors, knowledge, k=self.k, known=np.tile(side, (len(tried), 1))).index
            for side in (half, ~half)
        )
        linked: np.ndarray = (first[:, :, None] == second[:, None, :]).any(axis=(1, 2))
        return linked

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.search_seconds
