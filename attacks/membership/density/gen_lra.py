"""Membership inference by a local likelihood ratio (Gen-LRA): are the rows near the target likelier if it was in?"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.attacker_scale import nearest_on_attacker_scale
from synthaudit.attacks.kernel import Kernel
from synthaudit.audit.errors import check_positive
from synthaudit.audit.knowledge import Knowledge, Need, require_reference
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class GenLRA:
    """How much the target, added to the reference, raises the likelihood of the synthetic rows near it.

    Score: ``sum over s of log p_{R+x}(s) - log p_R(s)``, s the k synthetic rows nearest to x. The published code refits
    a density per target; a kernel density has a closed form, ``p_{R+x}(s) = (r p_R(s) + K(s, x)) / (r + 1)``.

    Attributes:
        k: How many synthetic rows near the target count.
    """

    title: ClassVar[str] = "Local likelihood ratio (Gen-LRA)"
    question: ClassVar[str] = (
        "Do the synthetic records near this patient make more sense if the patient was in the data?"
    )
    source: ClassVar[str] = "Ward et al., Gen-LRA, 2025"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.REFERENCE})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and reference records, and asks whether the rows near a target "
        "are likelier with it added to these."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    k: int = 10

    def __post_init__(self) -> None:
        check_positive(k=self.k)

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the sum of log likelihood ratios, shape ``(n,)``."""
        reference, synthetic = require_reference(knowledge), knowledge.synthetic
        kernel = Kernel.fit(reference, knowledge.units, rng=rng)
        neighbors = nearest_on_attacker_scale(targets, synthetic, knowledge, k=self.k).index
        before = kernel.log_sum(synthetic, reference)[neighbors]  # log r p_R(s), up to the kernel's constant
        gain = np.logaddexp(before, kernel.log_pairs(targets, synthetic, neighbors)) - before
        scores: np.ndarray = (gain - np.log1p(1 / len(reference))).sum(axis=1)
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds
