"""Linkability: two halves of a record, from different sources, joined by the synthetic table."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.attacker_scale import nearest_on_attacker_scale, sample_patients
from synthaudit.audit.errors import check_positive
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.neighbours import Neighbors
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class Linkability:
    """Whether the two halves of a record have the same nearest synthetic rows (Giomi et al., Anonymeter, 2023).

    An attempt is a target, by one of its rows. It succeeds if a synthetic row is among the k nearest to both halves.
    Columns are dealt to the halves by their entropy, so that both tell patients apart about equally well: a half that
    many patients share links nobody, whatever the table gives away. Equally near rows are taken in a random order.

    Attributes:
        k: How many synthetic rows are nearest to a half.
        max_attempts: Targets attempted, at most, drawn at random if there are more.
    """

    title: ClassVar[str] = "Linkability"
    question: ClassVar[str] = "Does the synthetic table join two data sets that hold different facts about a patient?"
    source: ClassVar[str] = "Giomi et al., Anonymeter, PoPETs 2023"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table, one half of each target's columns from one source and the other "
        "half from another, and joins them by their nearest rows."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})

    k: int = 1
    max_attempts: int = 2_000

    def __post_init__(self) -> None:
        check_positive(k=self.k, max_attempts=self.max_attempts)

    def attempt(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return whether each chosen target's halves are linked, shape ``(attempts,)``."""
        width = len(targets.schema)
        if width < 2:
            return np.zeros(len(sample_patients(targets, self.max_attempts, rng)), dtype=bool)  # no halves, no link
        half, donors, chosen = self.split_and_sample(targets, knowledge, rng)
        first, second = (found.index for found in self.nearest_to_halves(chosen, donors, half, knowledge))
        linked: np.ndarray = (first[:, :, None] == second[:, None, :]).any(axis=(1, 2))
        return linked

    def split_and_sample(
        self, targets: Records, knowledge: Knowledge, rng: np.random.Generator
    ) -> tuple[np.ndarray, Records, Records]:
        """Return one half of the columns, the synthetic rows in random order, and who is attempted."""
        known = knowledge.synthetic if knowledge.reference is None else knowledge.reference
        half = equal_half(column_entropies(known), rng)
        donors = knowledge.synthetic.take(rng.permutation(len(knowledge.synthetic)))
        return half, donors, sample_patients(targets, self.max_attempts, rng)

    def nearest_to_halves(
        self, chosen: Records, rows: Records, half: np.ndarray, knowledge: Knowledge
    ) -> tuple[Neighbors, Neighbors]:
        """Return the rows nearest to either half of each chosen target."""
        first, second = (
            nearest_on_attacker_scale(chosen, rows, knowledge, k=self.k, known=np.tile(side, (len(chosen), 1)))
            for side in (half, ~half)
        )
        return first, second

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.search_seconds


def equal_half(entropies: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return which columns are in the first of two halves with about the same entropy, shape ``(p,)``, bool.

    Columns are dealt from the largest entropy to the smallest, the first to one half, two to the other, and so on.

    >>> equal_half(np.array([0.1, 5.0, 4.0, 3.0, 2.0]), np.random.default_rng(0)).tolist()
    [False, False, True, True, False]
    """
    order = np.lexsort((rng.permutation(len(entropies)), -entropies))
    half = np.zeros(len(entropies), dtype=bool)
    half[order] = np.isin(np.arange(len(entropies)) % 4, (1, 2))
    return half


def column_entropies(records: Records) -> np.ndarray:
    """Return the entropy of each column's values in nats, missing ones as a value of their own, shape ``(p,)``."""
    rates = records.codes.mean(axis=0, dtype=np.float64) if len(records) else np.zeros(records.codes.shape[1])
    entropies = np.zeros(len(records.schema))
    for place, position in enumerate(records.schema.codes):
        if records.schema.columns[position].kind == "binary":
            entropies[position] = _entropy(np.array([rates[place], 1 - rates[place]]))
        else:
            entropies[position] = _entropy(np.unique(records.codes[:, place], return_counts=True)[1])
    for place, position in enumerate(records.schema.rest):
        entropies[position] = _entropy(np.unique(records.rest[:, place], return_counts=True)[1])
    return entropies


def _entropy(weights: np.ndarray) -> float:
    shares = weights[weights > 0] / max(weights.sum(), 1e-300)
    return float(-(shares * np.log(shares)).sum())
