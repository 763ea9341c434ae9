"""How the losses of real records move weights: the seam between ordinary and private training of one loop."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import torch
from torch import Tensor

from synthaudit.generators.stacking.streams import ShuffledBatches


class TrainStep(Protocol):
    """Takes batches of members, and steps on their losses.

    Attributes:
        private: Whether each record has a loss of its own, in one pass with a constant number of made records.
        size: Records a step; where they join by coins, the number expected.
        per_pass: Steps a pass over the members.
    """

    private: bool
    size: int
    per_pass: int

    def take(self) -> Tensor:
        """Return pool rows of the next batch, ``(K, b)``."""
        ...

    def descend(self, losses: Tensor) -> None:
        """Step down the mean of losses, ``(K, b)``, kept apart by record."""
        ...

    def tell(self, name: str, losses: Tensor) -> None:
        """Note how it goes, as far as that may be known."""
        ...

    def paused(self) -> AbstractContextManager[None]:
        """Return a context in which the parts may be used for what is no step of theirs."""
        ...

    def close(self) -> None:
        """Let go of the parts."""
        ...


class SgdStep:
    """Ordinary steps on shuffled batches."""

    private = False

    def __init__(
        self, note: Callable[[str, Tensor], None], optimiser: torch.optim.Optimizer, batches: ShuffledBatches
    ) -> None:
        self._note, self._optimiser, self._batches = note, optimiser, batches
        self.size, self.per_pass = batches.size, batches.per_pass

    def take(self) -> Tensor:
        return self._batches.take()

    def descend(self, losses: Tensor) -> None:
        self._optimiser.zero_grad(set_to_none=True)
        losses.mean(dim=1).sum().backward()  # no model's loss reaches another's parameters
        self._optimiser.step()

    def tell(self, name: str, losses: Tensor) -> None:
        self._note(name, losses.mean(dim=1))

    def paused(self) -> AbstractContextManager[None]:
        return nullcontext()

    def close(self) -> None:
        pass
