"""Membership inference by density ratio (DOMIAS), with kernel density estimates."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.kernel import Kernel
from synthaudit.audit.knowledge import Knowledge, Need, require_reference
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class DomiasKDE:
    """Log density of the synthetic rows over that of the reference records, by kernel (van Breugel et al., 2023).

    Score: ``log p_S(x) - log p_R(x)``, equation 2 of the paper in log space: its published code divides densities that
    underflow beyond some twenty columns. One kernel serves both densities, so that constants cancel: Aitchison and
    Aitken's on codes and levels, Gauss's on numbers, of the bandwidth that maximises the leave-one-out likelihood of
    the reference.
    """

    title: ClassVar[str] = "DOMIAS, kernel density"
    question: ClassVar[str] = "Are synthetic records denser around this patient than real patients are?"
    source: ClassVar[str] = "van Breugel et al., DOMIAS, AISTATS 2023"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.REFERENCE})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and reference records, and compares their kernel densities at "
        "each target."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"standard", "thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the log ratio, shape ``(n,)``."""
        reference, synthetic = require_reference(knowledge), knowledge.synthetic
        kernel = Kernel.fit(reference, knowledge.units, rng=rng)
        in_synthetic = kernel.log_sum(targets, synthetic) - np.log(len(synthetic))
        in_reference = kernel.log_sum(targets, reference) - np.log(len(reference))
        scores: np.ndarray = in_synthetic - in_reference
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds
