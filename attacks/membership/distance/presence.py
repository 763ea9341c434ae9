"""Presence disclosure, medGAN's membership attack: 'this patient was in it, for a synthetic record is within h'.

Its rules are fixed beforehand. Sparse records match in any population, so its hit rate among members means nothing
without its hit rate in the holdout.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.attacker_scale import nearest_on_attacker_scale
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class PresenceDisclosure:
    """Minus the fewest columns in which a synthetic row differs, and claims within h (Choi et al., 2017, appendix F).

    Score: ``-min over s of #{j: x_j != s_j}``. On a table that is not all binary a column differs by its Gower part,
    between 0 and 1, so the distance is ``p`` times Gower's: equal to Hamming's on binary columns, and ``within h``
    reads 'h columns' worth of difference' on any table.

    Attributes:
        max_differences: The distances h within which the attacker claims 'member'.
    """

    title: ClassVar[str] = "Presence disclosure"
    question: ClassVar[str] = (
        "If somebody claims 'this patient was in it' whenever a synthetic record matches, how often is that right?"
    )
    source: ClassVar[str] = "Choi et al., medGAN, MLHC 2017, appendix F"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and each target's whole record, and claims a member where a row "
        "differs in at most h columns."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})
    rowwise: ClassVar[bool] = True

    max_differences: tuple[int, ...] = (0, 1, 2, 5)

    def __post_init__(self) -> None:
        if (
            not self.max_differences
            or any(h < 0 for h in self.max_differences)
            or len(set(self.max_differences)) != len(self.max_differences)
        ):
            raise ValueError(f"expected max_differences >= 0, each once, got {self.max_differences}")

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return minus the number of differing columns, shape ``(n,)``."""
        del rng  # nothing is drawn: tied rows are equally far
        if targets.schema.all_binary:
            apart = (
                nearest_on_attacker_scale(targets, knowledge.synthetic, knowledge, metric="hamming")
                .distance[:, 0]
                .astype(np.float64)
            )
        else:
            share = (
                nearest_on_attacker_scale(targets, knowledge.synthetic, knowledge, metric="gower")
                .distance[:, 0]
                .astype(np.float64)
            )
            # A mean over p columns times p again: a whole number of columns must come out as that number.
            apart = np.round(share * len(targets.schema), 9)
        scores: np.ndarray = 0.0 - apart  # not -apart, which would write an exact match as -0.0
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds

    def claims(self) -> Mapping[str, float]:
        """Return one rule per distance, such as ``within 2``."""
        return {f"within {h}": 0.0 - h for h in self.max_differences}
