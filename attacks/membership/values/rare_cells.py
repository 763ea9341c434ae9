"""Membership inference by shared rare cells: one synthetic row repeats what few patients have."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.membership.values.frequencies import reference_frequencies
from synthaudit.audit.knowledge import Knowledge, Need, require_reference
from synthaudit.audit.records import Records
from synthaudit.audit.records.cell_values import cell_values
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class RareCellAgreement:
    """How improbable the cells are that a single synthetic row shares with the target.

    Score: ``max_s sum_j 1[x_j = s_j] (-log f_j(x_j))`` with the reference's frequencies f. Two missing values are equal
    and weigh by their own frequency; so do two zeros of a code, which weigh next to nothing. It sees generators that
    put members' cells together anew (trees, language models, oversampling), whose rows lie near no member.

    Attributes:
        normalized: Whether the score is divided by ``sum_j -log f_j(x_j)``, the weight of all the target's cells.
    """

    title: ClassVar[str] = "Rare-cell agreement"
    question: ClassVar[str] = "Does one synthetic row repeat several of a training patient's rare values exactly?"
    source: ClassVar[str] = "After Ward et al., When Tables Leak, 2025 (exact values in synthetic cells)"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.REFERENCE})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and reference records, and looks for the synthetic row that shares the "
        "rarest values with each target."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})
    rowwise: ClassVar[bool] = True

    normalized: bool = False

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the weight of the cells shared with the row that shares most, shape ``(n,)``."""
        del rng  # nothing is drawn
        # The kernels' compiler takes half a second to import; a command that only lists attacks should not wait for it.
        from synthaudit.audit.neighbours.agreement import weighted_agreement

        reference = require_reference(knowledge)

        def rarity(column: str, values: np.ndarray) -> np.ndarray:
            weights: np.ndarray = -np.log(reference_frequencies(reference, column, values))
            return weights

        scores = weighted_agreement(targets, knowledge.synthetic, rarity)
        if self.normalized:
            scores = scores / np.sum([rarity(name, cell_values(targets, name)) for name in targets.columns], axis=0)
        # Rows that share equal weights must tie, in whatever order their sums were made.
        rounded: np.ndarray = np.round(scores, 9)
        return rounded

    def cost(self, work: Workload) -> float:
        """Return seconds on one core: a quarter of the comparisons falls on values that every sixteenth row has."""
        return 4 * work.comparison_seconds + 2e-8 * work.columns * work.reference
