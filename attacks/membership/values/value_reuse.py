"""Membership inference by reused values: numbers that almost nobody has, and the synthetic table has."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.membership.values.frequencies import reference_frequencies
from synthaudit.audit.errors import check_positive
from synthaudit.audit.knowledge import InsufficientKnowledge, Knowledge, Need, require_reference
from synthaudit.audit.records import Records
from synthaudit.audit.records.cell_values import MISSING, cell_values, counts_of
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class ValueReuse:
    """How much oftener the synthetic table holds the target's exact values than reference records do.

    Score: ``sum_j log(e + c_j(x_j) / (m f_j(x_j)))`` over the columns with more than ``min_distinct`` different values
    in the reference: c counts the m synthetic rows with the value, and f is its frequency in the reference. With ``e =
    q / (1 - q)`` it is the log likelihood ratio of a count that is Poisson's, with mean m f, plus 1 with probability
    1 - q where the target is a member. A column's values need not come from one row, so that columns shuffled within
    the members, or sampled one by one, give them away too. Not measured where every column has few values: there each
    value is everybody's.

    Attributes:
        min_distinct: Different values in the reference that a column must exceed.
        floor: What a value counts that the synthetic table lacks: e. Small where few of the members' cells are lost.
    """

    title: ClassVar[str] = "Value reuse"
    question: ClassVar[str] = "Does the synthetic table reuse training patients' exact values, column by column?"
    source: ClassVar[str] = "After Ward et al., When Tables Leak, 2025 (exact values in synthetic cells)"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.REFERENCE})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and reference records, and counts in both how often each of a target's "
        "exact values occurs."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    min_distinct: int = 50
    floor: float = 0.05

    def __post_init__(self) -> None:
        check_positive(min_distinct=self.min_distinct, floor=self.floor)

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the sum of log ratios, shape ``(n,)``.

        Raises:
            InsufficientKnowledge: No column has enough different values in the reference.
        """
        del rng  # nothing is drawn
        reference, synthetic = require_reference(knowledge), knowledge.synthetic
        scores, columns = np.zeros(len(targets)), 0
        for column in targets.schema.columns:
            if column.kind == "binary":
                continue
            real = cell_values(reference, column.name)
            if len(np.unique(real[real != MISSING])) <= self.min_distinct:
                continue
            values, owner = np.unique(cell_values(targets, column.name), return_inverse=True)
            counts, _ = counts_of(values, cell_values(synthetic, column.name))
            expected = len(synthetic) * reference_frequencies(reference, column.name, values)
            scores += np.log(self.floor + counts / expected)[owner]
            columns += 1
        if not columns:
            raise InsufficientKnowledge(
                f"no column has more than {self.min_distinct} different values in the {len(reference):,} reference "
                "records: a value that many patients share gives nobody away"
            )
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core: every column of the three tables is sorted."""
        return 2e-7 * work.columns * (work.targets + work.synthetic + work.reference)
