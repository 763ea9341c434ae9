"""Which canaries are inserted, by fair coins."""

from dataclasses import dataclass

import numpy as np

from synthaudit.audit.records import Records
from synthaudit.audit.suite.plan import DPAuditPlan
from synthaudit.audit.suite.tasks.dp.canary_design import Canaries, draw_canaries


@dataclass(frozen=True, eq=False)
class CanaryAssignment:
    """Which canaries are inserted: one fair coin per canary, or per pair of them.

    Attributes:
        canaries: All made-up records; in pairs, slot j holds records 2j and 2j + 1.
        inserted: Which records are in, shape ``(records,)``, bool.
        heads: Result of each coin, shape ``(m,)``, bool: the record is in, or the first of the two is.
        paired: Whether a coin chooses between two.
    """

    canaries: Canaries
    inserted: np.ndarray
    heads: np.ndarray
    paired: bool

    @classmethod
    def toss(cls, plan: DPAuditPlan, like: Records, *, patients: int, rng: np.random.Generator) -> "CanaryAssignment":
        """Draw canaries and toss a coin for each."""
        paired = plan.insertion == "paired"
        size = 2 * plan.canaries if paired else plan.canaries
        records = draw_canaries(
            like, size, own_columns=plan.unique_code_canaries, law=plan.canary_distribution, patients=patients, rng=rng
        )
        heads = rng.random(plan.canaries) < 0.5
        inserted = np.stack([heads, ~heads], axis=1).ravel() if paired else heads
        return cls(records, inserted, heads, paired)

    def per_coin(self, scores: dict[str, np.ndarray]) -> np.ndarray:
        """Return the attackers' scores by coin, shape ``(attacks, m)``: scores, or differences in pairs."""
        table = np.stack(list(scores.values()))
        return table[:, ::2] - table[:, 1::2] if self.paired else table
