"""What the attacker holds, as a value: every attack receives it, every row of the result records it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from synthaudit.audit.errors import AuditError
from synthaudit.audit.records import NumericScale, Records

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
    """What an attack turned out to need while it scored, such as targets enough to train on: a *not measured* row."""


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
        """The seed of everything random about the shadow models."""
        ...

    def train(
        self, pool: Records, inclusion: np.ndarray, *, seeds: Sequence[int], size: int
    ) -> Sequence[Records | None]:
        """Train model k on the pool's rows where ``inclusion[k]`` (shape ``(K, n)``) is true; return K tables.

        Each holds ``size`` synthetic rows of one model; None stands for a model that its own checks do not trust.
        """
        ...


@runtime_checkable
class GeneratorWeights(Protocol):
    """The published generator's weights in the attacker's hands."""

    def signals(self, targets: Records) -> Mapping[str, np.ndarray]:
        """Return named scores of the targets, one number per target, shape ``(n,)``: higher is better known."""
        ...


@runtime_checkable
class DecoderWeights(GeneratorWeights, Protocol):
    """Weights that decode a latent code into a record, so that the code behind a target can be sought."""

    @property
    def latent(self) -> int:
        """The width z of a latent code; each entry is standard normal when the generator is sampled."""
        ...

    def latent_codes(self, targets: Records) -> np.ndarray | None:
        """Return the encoder's latent code of each target, shape ``(n, z)``; None where there is no encoder."""
        ...

    def likelihood(self, targets: Records) -> "Callable[[Tensor], Tensor]":
        """Return the function from latent codes, ``(n, z)``, to log p(target | code), ``(n,)``, differentiable."""
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
        fresh_samples: Rows that the attacker sampled from the generator itself, beyond the published ones; or None.
        scale: Quantiles of numbers among real records that are not members; None takes the reference's.
    """

    synthetic: Records
    reference: Records | None = None
    access: Access = Access.SYNTHETIC
    trainer: Trainer | None = None
    weights: GeneratorWeights | None = None
    fresh_samples: Records | None = None
    scale: NumericScale | None = None

    @cached_property
    def units(self) -> NumericScale:
        """The scale of numbers: the one given, else the reference's; who holds no real record has only the rows."""
        if self.scale is not None:
            return self.scale
        return NumericScale.of(self.real if self.real is not None else self.synthetic)

    @property
    def real(self) -> Records | None:
        """The reference records, or None where there is not one."""
        return self.reference if self.reference is not None and len(self.reference) else None

    def lacks(self, needs: frozenset[Need]) -> str | None:
        """Return what is missing for an attack with these needs, or None if nothing is."""
        available = {
            Need.SYNTHETIC: True,
            Need.REFERENCE: self.real is not None,
            Need.SAMPLER: self.fresh_samples is not None and len(self.fresh_samples) > 0,
            Need.TRAINER: self.trainer is not None,
            Need.WEIGHTS: self.weights is not None,
        }
        missing = sorted(need.value for need in needs if not available[need])
        return f"the attacker does not hold {' or '.join(missing)}" if missing else None


def require_reference(knowledge: Knowledge) -> Records:
    """Return the reference records; ``ValueError`` where the attacker holds none (ask ``Knowledge.lacks`` first)."""
    if knowledge.real is None:
        raise ValueError(f"expected reference records: {knowledge.lacks(frozenset({Need.REFERENCE}))}")
    return knowledge.real


def require_fresh_samples(knowledge: Knowledge) -> Records:
    """Return the rows sampled from the generator; ``ValueError`` where the attacker holds none."""
    if knowledge.fresh_samples is None:
        raise ValueError(f"expected fresh rows: {knowledge.lacks(frozenset({Need.SAMPLER}))}")
    return knowledge.fresh_samples


def require_trainer(knowledge: Knowledge) -> Trainer:
    """Return the recipe; ``ValueError`` where the attacker does not hold it."""
    if knowledge.trainer is None:
        raise ValueError(f"expected a trainer: {knowledge.lacks(frozenset({Need.TRAINER}))}")
    return knowledge.trainer


def require_weights(knowledge: Knowledge) -> GeneratorWeights:
    """Return the generator's weights; ``ValueError`` where the attacker does not hold them."""
    if knowledge.weights is None:
        raise ValueError(f"expected weights: {knowledge.lacks(frozenset({Need.WEIGHTS}))}")
    return knowledge.weights
