"""Membership inference by density ratio: synthetic rows are denser here than real patients are (DOMIAS)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.attacker_scale import require_reference
from synthaudit.attacks.kernel import Kernel
from synthaudit.attacks.levels import Levels
from synthaudit.audit.errors import check_positive
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload

BLOCK = 4_096
"""Targets scored at once from tables of levels: 4,096 x 1,071 float64 take 35 MB."""


@dataclass(frozen=True)
class DomiasKDE:
    """Log density of the synthetic rows over that of the reference, by a kernel (van Breugel et al., DOMIAS, 2023).

    The kernel is Aitchison and Aitken's on codes and levels and Gauss's on numbers; its cost and width maximise the
    leave-one-out likelihood of the reference and serve both densities, so that constants cancel. All is in log
    space: the published code divides densities that underflow beyond some twenty columns. Threat model: synthetic
    rows and reference records. Score: ``log p_S(x) - log p_R(x)``.
    """

    title: ClassVar[str] = "Density ratio, kernel"
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
        kernel = Kernel.fitted(reference, reference, synthetic, rng=rng)
        ours = kernel.log_sum(targets, synthetic) - np.log(len(synthetic))
        theirs = kernel.log_sum(targets, reference) - np.log(len(reference))
        scores: np.ndarray = ours - theirs
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


@dataclass(frozen=True)
class DomiasProduct:
    """The density ratio under independent columns: each code weighs what its rate differs by (DOMIAS, product form).

    Threat model: synthetic rows and reference records. Score: ``sum_j log p_S(x_j) - log p_R(x_j)``, numbers cut at
    quantiles. Rates are drawn towards the pooled rate by ``prior`` patients; a level that nobody held weighs nothing.

    Attributes:
        prior: Pseudo-patients added to either side at the pooled rate.
    """

    title: ClassVar[str] = "Density ratio, independent columns"
    question: ClassVar[str] = "Are this patient's codes commoner in the synthetic table than among real patients?"
    source: ClassVar[str] = "van Breugel et al., DOMIAS, AISTATS 2023, with product densities"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.REFERENCE})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and reference records, and compares their rates of each of a "
        "target's values."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset({"standard", "thorough"})

    prior: float = 1.0

    def __post_init__(self) -> None:
        check_positive(prior=self.prior)

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the log ratio, shape ``(n,)``."""
        del rng  # nothing is drawn
        reference = require_reference(knowledge)
        levels = Levels.of(knowledge.synthetic, reference)
        first, width = levels.first, int(levels.first[-1])
        ours, theirs = (
            np.bincount((first[:-1] + levels.encode(rows)).ravel(), minlength=width).astype(np.float64)
            for rows in (knowledge.synthetic, reference)
        )
        pooled = (ours + theirs + 0.5) / (
            len(knowledge.synthetic) + len(reference) + 0.5 * np.repeat(levels.sizes, levels.sizes)
        )
        weight = np.log((ours + self.prior * pooled) / (len(knowledge.synthetic) + self.prior))
        weight -= np.log((theirs + self.prior * pooled) / (len(reference) + self.prior))
        weight[ours + theirs == 0] = 0.0
        scores = np.empty(len(targets))
        for start in range(0, len(targets), BLOCK):
            rows = targets.take(slice(start, start + BLOCK))
            scores[start : start + BLOCK] = weight[first[:-1] + levels.encode(rows)].sum(axis=1)
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


@dataclass(frozen=True)
class DomiasTree:
    """The density ratio under a Chow-Liu tree: codes that go together are weighed together (DOMIAS, tree form).

    The tree is learned once from synthetic and reference rows pooled, so that the ratio compares numbers and not
    shapes. Threat model: synthetic rows and reference records. Score: ``sum_j log p_S(x_j | x_parent) -
    log p_R(x_j | x_parent)``, numbers cut at quantiles. Memory: 8 bytes a pair of levels, thrice; 110 MB for 1,071
    codes.

    Attributes:
        prior: Pseudo-patients added to each conditional at the pooled rate.
    """

    title: ClassVar[str] = "Density ratio, tree"
    question: ClassVar[str] = (
        "Are this patient's pairs of codes commoner in the synthetic table than among real patients?"
    )
    source: ClassVar[str] = "van Breugel et al., DOMIAS, AISTATS 2023, with the densities of Chow and Liu, 1968"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.REFERENCE})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and reference records, and compares their rates of each of a "
        "target's pairs of values."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    prior: float = 1.0

    def __post_init__(self) -> None:
        check_positive(prior=self.prior)

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the log ratio, shape ``(n,)``."""
        del rng  # nothing is drawn
        reference = require_reference(knowledge)
        levels = Levels.of(knowledge.synthetic, reference)
        ours, theirs = (levels.joint(levels.encode(rows)) for rows in (knowledge.synthetic, reference))
        parents = levels.tree(ours + theirs)
        table = self._table(levels, parents, ours, theirs)
        columns = np.arange(len(parents))
        scores = np.empty(len(targets))
        for start in range(0, len(targets), BLOCK):
            level = levels.encode(targets.take(slice(start, start + BLOCK)))
            given = np.where(parents >= 0, level[:, np.maximum(parents, 0)], 0)
            scores[start : start + BLOCK] = table[columns, given, level].sum(axis=1)
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds

    def _table(self, levels: Levels, parents: np.ndarray, ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
        """Return each column's log ratio given its parent's level, shape ``(p, top, top)``; the root has one parent."""
        top = int(levels.sizes.max())
        table = np.zeros((len(parents), top, top))
        for at, parent in enumerate(parents):  # over columns: each has its own number of levels
            own = slice(levels.first[at], levels.first[at + 1])
            if parent < 0:
                pairs = [np.diag(joint)[own][None, :] for joint in (ours, theirs)]
            else:
                pairs = [joint[levels.first[parent] : levels.first[parent + 1], own] for joint in (ours, theirs)]
            both = pairs[0] + pairs[1]
            pooled = (both + 0.5) / (both + 0.5).sum(axis=1, keepdims=True)
            first, second = (
                np.log((pair + self.prior * pooled) / (pair.sum(axis=1, keepdims=True) + self.prior)) for pair in pairs
            )
            table[at, : both.shape[0], : both.shape[1]] = np.where(both > 0, first - second, 0.0)
        return table
