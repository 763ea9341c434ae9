"""Membership inference from column means alone: the tracing attack."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthaudit.attacks.attacker_scale import plausible_rows
from synthaudit.attacks.feature_encoder import FeatureEncoder
from synthaudit.audit.knowledge import Knowledge, Need, require_reference
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload

if TYPE_CHECKING:
    import scipy.sparse as sp


@dataclass(frozen=True)
class Tracing:
    """How far the target leans the way the synthetic means lean away from the population's (Homer et al., 2008).

    Score: ``sum_j (x_j - p_j) (s_j - p_j) / v_j`` with synthetic means s, reference means p and variances v, over
    encoded columns (Dwork et al., 2015, with the weights of Sankararaman et al., 2009). Each of thousands of columns
    says almost nothing; their sum tells members apart even where no synthetic row resembles a patient. Against a
    generator of independent columns, trained on n patients, with m rows and d columns, its AUC is ``Phi(sqrt(d / 2n) /
    sqrt(1 + n / m))``.
    """

    title: ClassVar[str] = "Tracing"
    question: ClassVar[str] = "Do the synthetic column averages, taken together, point at the patients behind them?"
    source: ClassVar[str] = "Homer et al., PLoS Genetics 2008; Dwork et al., FOCS 2015"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.REFERENCE})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and reference records, and compares their column means in the "
        "direction of each target."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the weighted inner product, shape ``(n,)``."""
        del rng  # nothing is drawn
        reference = require_reference(knowledge)
        features = FeatureEncoder.fit(reference.schema, knowledge.units)
        real, synthetic = features.sparse(reference), features.sparse(plausible_rows(knowledge))
        lean = np.asarray(synthetic.mean(axis=0)).ravel() - np.asarray(real.mean(axis=0)).ravel()
        weight = lean / _variance(real, synthetic)
        # The centre of the target moves all scores alike; only x @ weight tells targets apart.
        centre = float(np.asarray(real.mean(axis=0)).ravel() @ weight)
        scores: np.ndarray = features.sparse(targets).astype(np.float64) @ weight - centre
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


def _variance(real: "sp.csr_matrix", synthetic: "sp.csr_matrix") -> np.ndarray:
    """Return the population variance of every column over synthetic and reference rows, shape ``(d,)``, above 0.

    Half a patient is added on either side: a code that no row has must not weigh infinitely.
    """
    rows = real.shape[0] + synthetic.shape[0]
    total = np.asarray(real.sum(axis=0) + synthetic.sum(axis=0)).ravel()
    squares = np.asarray(real.multiply(real).sum(axis=0) + synthetic.multiply(synthetic).sum(axis=0)).ravel()
    mean = (total + 0.5) / (rows + 1)
    variance = (squares + 0.5) / (rows + 1) - mean**2
    floored: np.ndarray = np.maximum(variance, 0.25 / (rows + 1))
    return floored
