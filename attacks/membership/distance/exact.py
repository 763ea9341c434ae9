"""Membership inference by exact match: the synthetic table holds this very record."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.records.row_identity import row_numbers
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class ExactMatch:
    """Number of synthetic rows that equal the target in every column.

    Score: ``#{s: s = x}``, or 1 where there is one, without ``count_copies``. Two missing values are equal. No test is
    more powerful against outright copying: a generator that emits training rows with probability lambda is caught, at
    no false positive, with rate ``1 - (1 - lambda / n) ** m`` wherever fresh records do not collide.

    Attributes:
        count_copies: Whether three copies score more than one.
    """

    title: ClassVar[str] = "Exact match"
    question: ClassVar[str] = "Does the synthetic table contain training patients' records word for word?"
    source: ClassVar[str] = "Chen et al., GAN-Leaks, CCS 2020 (distance zero)"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})
    threat_model: ClassVar[str] = "The attacker holds the synthetic table and counts the rows that equal each target."
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    count_copies: bool = True

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the number of identical synthetic rows, shape ``(n,)``."""
        del rng  # nothing is drawn
        target, synthetic = row_numbers(targets, knowledge.synthetic)
        distinct = 1 + max(target.max(initial=-1), synthetic.max(initial=-1))
        copies = np.bincount(synthetic, minlength=distinct)[target]
        scores: np.ndarray = (copies if self.count_copies else copies > 0).astype(np.float64)
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds
