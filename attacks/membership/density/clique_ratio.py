"""Membership inference by density ratio on cliques: the attack on generators that publish marginals of few columns."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.discretizer import Discretizer
from synthaudit.attacks.membership.density.chow_liu import column_information, count_level_pairs
from synthaudit.attacks.membership.density.cliques import grow_cliques
from synthaudit.audit.errors import check_positive
from synthaudit.audit.knowledge import Knowledge, Need, require_reference
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class CliqueRatio:
    """Log density of the synthetic rows over that of the reference, as products over cliques of two and three columns.

    Score: ``sum_j log p_S(x_j | parents of j) - log p_R(x_j | parents of j)``, summed over several widths of the
    intervals that numbers are cut into. MST, PrivBayes, AIM and their kin sample from counts of few columns together;
    a member is in these counts, once in each. The cliques are chosen as such a generator chooses them, from the
    synthetic rows alone: each column with the one or two that tell most about it, and two only where the synthetic
    rows bear it out. Chances are shrunk towards those given fewer columns.

    Attributes:
        parents: Columns that each is given, at most: cliques have one more.
        bins: Intervals per number, one density for each entry; published bins are unknown, and one entry is near.
        strength: Rows' worth of trust in the shorter condition.
    """

    title: ClassVar[str] = "Density ratio on cliques"
    question: ClassVar[str] = "Are this patient's pairs and triples of values commoner in the synthetic table?"
    source: ClassVar[str] = "Golob et al., MAMA-MIA, 2024; Andrey et al., TAMIS, 2025"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.REFERENCE})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and reference records, guesses from the former which columns the "
        "generator counted together, and compares how often each target's values occur together in both."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"standard", "thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    parents: int = 2
    bins: tuple[int, ...] = (6, 10, 20)
    strength: float = 3.0

    def __post_init__(self) -> None:
        check_positive(parents=self.parents, strength=self.strength)
        if not self.bins or any(one < 2 for one in self.bins):
            raise ValueError(f"expected bins >= 2, got {self.bins}")

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the log ratio, shape ``(n,)``."""
        del rng  # nothing is drawn
        reference = require_reference(knowledge)
        scores = np.zeros(len(targets))
        widths = [Discretizer.fit(reference.schema, knowledge.units, bins) for bins in self.bins]
        for levels in widths if widths[0].cuts else widths[:1]:  # without numbers, all are the same
            ours, synthetic, real = (
                levels.encode(rows).astype(np.int64) for rows in (targets, knowledge.synthetic, reference)
            )
            information = column_information(levels, count_level_pairs(levels, synthetic))
            for clique in grow_cliques(
                synthetic, levels.sizes, information, parents=self.parents, strength=self.strength
            ):
                scores += clique.log_chances(ours, synthetic, self.strength)[-1]
                scores -= clique.log_chances(ours, real, self.strength)[-1]
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core: every cell is counted some ten times, and every pair of columns weighed."""
        cells = work.columns * (work.targets + 4 * work.synthetic + work.reference)
        return 2e-7 * len(self.bins) * cells + 1e-7 * work.columns**2
