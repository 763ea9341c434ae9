"""What a re-identification attack promises."""

from typing import ClassVar, Protocol, runtime_checkable

import numpy as np

from audit.knowledge import Knowledge, Need
from audit.records import Records


@runtime_checkable
class ReidentificationAttack(Protocol):
    """An adversary who points at one patient: each try succeeds or fails, and it never learns which side it is on.

    The caller attempts the members, and as many holdout patients as there are members, with generators of the same
    seed: whatever is drawn from synthetic rows alone is then the same on both sides, and so is the number of tries.
    Only what succeeds more often on members than on the holdout is the generator's doing.
    """

    title: ClassVar[str]
    question: ClassVar[str]
    source: ClassVar[str]
    needs: ClassVar[frozenset[Need]]

    def attempt(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return whether each try succeeded against these targets, shape ``(tries,)``, bool; empty if none was made."""
        ...
