"""A training step on real records: the seam between ordinary and private training of one loop."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import torch
from torch import Tensor

from synthaudit.generators.stacking.streams import ShuffledBatches


class TrainStep(Protocol):
    """Takes batches of members, and steps on their losses.

    Attributes:
        private: Whether each record needs a loss of its own, in one pass with a constant number of generated records.
        size: Records per step; the expected number where batches are Poisson samples.
        per_pass: Steps per pass over the members.
    """

    private: bool
    size: int
    per_pass: int

    def take(self) -> Tensor:
        """Return pool rows of the next batch, ``(K, b)``."""
        ...

    def step(self, losses: Tensor) -> None:
        """Take one optimiser step on losses of single records, ``(K, b)``."""
        ...

    def log(self, name: str, losses: Tensor) -> None:
        """Log the losses, as far as they may be known."""
        ...

    def suspended(self) -> AbstractContextManager[None]:
        """Return a context in which the networks may be used for other steps than this one's."""
        ...

    def close(self) -> None:
        """Release the networks."""
        ...


class SgdStep:
    """Ordinary steps on shuffled batches."""

    private = False

    def __init__(
        self, log: Callable[[str, Tensor], None], optimiser: torch.optim.Optimizer, batches: ShuffledBatches
    ) -> None:
        self._log, self._optimiser, self._batches = log, optimiser, batches
        self.size, self.per_pass = batches.size, batches.per_pass

    def take(self) -> Tensor:
        return self._batches.take()

    def step(self, losses: Tensor) -> None:
        self._optimiser.zero_grad(set_to_none=True)
        losses.mean(dim=1).sum().backward()  # no model's loss reaches another's parameters
        self._optimiser.step()

    def log(self, name: str, losses: Tensor) -> None:
        self._log(name, losses.mean(dim=1))

    def suspended(self) -> AbstractContextManager[None]:
        return nullcontext()

    def close(self) -> None:
        pass
