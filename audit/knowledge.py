"""What the attacker holds, as a value: every attack receives it, every row of the result records it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from synthaudit.audit.errors import AuditError
from synthaudit.audit.records import Records

if TYPE_CHECKING:
    from torch import Tensor


class Access(StrEnum):
    """How the attacker meets the generator."""

    SYNTHETIC = "synthetic rows only"
    SAMPLER = "generator as a sampler"
    WEIGHTS = "generator's weights"


class Need(StrEnum):
    """What an attack cannot do without; an attack that lacks one is a *not measured* row."""

    SYNTHETIC = "synthetic rows"
    REFERENCE = "reference records"
    SAMPLER = "the generator as a sampler"
    TRAINER = "the generator's recipe"
    WEIGHTS = "the generator's weights"


class InsufficientKnowledge(AuditError):
    """What an attacker turned out to need while it scored, such as targets enough to train on: a *not measured* row."""


class Trainer(Protocol):
    """The generator's recipe in the attacker's hands: it trains shadow models, and never says who the members are.

    One set of shadow models serves every attack on a system, so their randomness is the trainer's and no attack's.
    """

    @property
    def members(self) -> int:
        """Rows that the published generator was trained on; recipes are published with it."""
        ...

    @property
    def seed(self) -> int:
        """The seed of everything that is drawn for the shadow models."""
        ...

    def train(
        self, pool: Records, inclusion: np.ndarray, *, seeds: Sequence[int], size: int
    ) -> Sequence[Records | None]:
        """Train model k on the pool's rows where ``inclusion[k]`` (shape ``(K, n)``) is true; return K tables.

        Each holds ``size`` synthetic rows of one model; None stands for a model that its own checks do not trust.
        """
        ...


class Weights(Protocol):
    """The published generator's weights in the attacker's hands."""

    def signals(self, targets: Records) -> Mapping[str, np.ndarray]:
        """Return what the weights say of the targets: a name to one number a target, higher is better known."""
        ...


@runtime_checkable
class Decoder(Weights, Protocol):
    """Weights that turn noise into records, so that the noise behind a target can be sought."""

    @property
    def latent(self) -> int:
        """How many numbers the noise has; each is standard normal when the generator is sampled."""
        ...

    def codes(self, targets: Records) -> np.ndarray | None:
        """Return where an encoder puts the targets, shape ``(n, z)``; None where there is none."""
        ...

    def likelihood(self, targets: Records) -> "Callable[[Tensor], Tensor]":
        """Return the function from noise, shape ``(n, z)``, to log p(target | noise), ``(n,)``, differentiable."""
        ...


@dataclass(frozen=True)
class Knowledge:
    """What the attacker holds besides the targets.

    Attributes:
        synthetic: The synthetic table as published; of several releases, all their rows.
        reference: Real records of the same population, disjoint from members and holdout; or None.
        access: How the attacker meets the generator.
        trainer: The recipe, to train shadow models by; or None.
        weights: The generator's weights; or None.
        fresh: Rows that the attacker sampled from the generator itself, beyond the published ones; or None.
    """

    synthetic: Records
    reference: Records | None = None
    access: Access = Access.SYNTHETIC
    trainer: Trainer | None = None
    weights: Weights | None = None
    fresh: Records | None = None

    def lacks(self, needs: frozenset[Need]) -> str | None:
        """Return what is missing for an attack with these needs, or None if nothing is."""
        held = {Need.SYNTHETIC}
        if self.reference is not None and len(self.reference):
            held.add(Need.REFERENCE)
        if self.fresh is not None and len(self.fresh):
            held.add(Need.SAMPLER)
        if self.trainer is not None:
            held.add(Need.TRAINER)
        if self.weights is not None:
            held.add(Need.WEIGHTS)
        missing = sorted(need.value for need in needs if need not in held)
        return f"the attacker does not hold {' or '.join(missing)}" if missing else None
