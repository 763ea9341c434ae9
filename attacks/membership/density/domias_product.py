"""Membership inference by density ratio (DOMIAS), under independent columns."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.discretizer import Discretizer
from synthaudit.audit.errors import check_positive
from synthaudit.audit.knowledge import Knowledge, Need, require_reference
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload

BLOCK = 4_096
"""Targets scored at once: 4,096 x 1,071 float64 take 35 MB."""


@dataclass(frozen=True)
class DomiasProduct:
    """The density ratio of DOMIAS with products of column densities: each value weighs what its rates differ by.

    Score: ``sum_j log p_S(x_j) - log p_R(x_j)``, numbers cut at quantiles. Rates are shrunk towards the pooled rate; a
    level that no row has weighs nothing.

    Attributes:
        pseudocount: Patients added to either side at the pooled rate.
    """

    title: ClassVar[str] = "DOMIAS, independent columns"
    question: ClassVar[str] = "Are this patient's codes commoner in the synthetic table than among real patients?"
    source: ClassVar[str] = "van Breugel et al., DOMIAS, AISTATS 2023, with product densities"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.REFERENCE})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and reference records, and compares their rates of each of a "
        "target's values."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    pseudocount: float = 1.0

    def __post_init__(self) -> None:
        check_positive(pseudocount=self.pseudocount)

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the log ratio, shape ``(n,)``."""
        del rng  # nothing is drawn
        reference = require_reference(knowledge)
        levels = Discretizer.fit(reference.schema, knowledge.units)
        weight = self._log_ratios(levels, knowledge.synthetic, reference)
        scores = np.empty(len(targets))
        for start in range(0, len(targets), BLOCK):
            rows = targets.take(slice(start, start + BLOCK))
            scores[start : start + BLOCK] = weight[levels.positions(rows)].sum(axis=1)
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds

    def _log_ratios(self, levels: Discretizer, synthetic: Records, reference: Records) -> np.ndarray:
        """Return ``log p_S - log p_R`` of every level of every column, shape ``(L,)``."""
        in_synthetic, in_reference = (
            np.bincount(levels.positions(rows).ravel(), minlength=int(levels.offsets[-1])).astype(np.float64)
            for rows in (synthetic, reference)
        )
        pooled = (in_synthetic + in_reference + 0.5) / (
            len(synthetic) + len(reference) + 0.5 * np.repeat(levels.sizes, levels.sizes)
        )
        ratios: np.ndarray = np.log((in_synthetic + self.pseudocount * pooled) / (len(synthetic) + self.pseudocount))
        ratios -= np.log((in_reference + self.pseudocount * pooled) / (len(reference) + self.pseudocount))
        ratios[in_synthetic + in_reference == 0] = 0.0
        return ratios
