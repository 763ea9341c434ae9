"""The ledger behind an epsilon: every access to real records of a training that claims differential privacy.

Accesses that the accountant covers compose into one epsilon. What is public needs no accounting. An access that should
have been accounted for and was not makes the claim one about the training only.
"""

from dataclasses import dataclass
from typing import Literal

Status = Literal["accounted", "public", "not covered"]


@dataclass(frozen=True)
class DataAccess:
    """One way in which real records entered a training.

    Attributes:
        phase: What happened, such as ``autoencoder``, ``critic``, ``vocabulary`` or ``row count``.
        status: ``accounted`` for in epsilon, ``public`` knowledge, or ``not covered`` by the claim.
        mechanism: How it was protected, such as ``subsampled Gaussian``; empty where it was not.
        sampling_rate: Chance of a patient to be in a step's batch; None where there are no steps.
        noise_multiplier: Standard deviation of the noise over the clipping norm.
        max_grad_norm: Norm to which each patient's gradient was clipped.
        steps: Steps on real records.
        epsilon: Epsilon of this access alone, at the ledger's delta; None where none is finite, or it is not accounted.
        reason: Why an access is public or not covered, in words.
    """

    phase: str
    status: Status
    mechanism: str = ""
    sampling_rate: float | None = None
    noise_multiplier: float | None = None
    max_grad_norm: float | None = None
    steps: int | None = None
    epsilon: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Ledger:
    """A claim of (epsilon, delta)-differential privacy and all that it rests on.

    Attributes:
        epsilon: Epsilon of all accounted accesses together, by ``accountant``; None where none is finite: a step on
            real records added no noise.
        delta: The claim's delta.
        accesses: Every access to real records.
        accountant: Name and library of the accountant that composed the accesses.
        epsilon_cross_check: The same by another accountant that can only be larger; None for a claim from outside.
        unit: Whose presence is hidden.
        adjacency: Which tables the guarantee compares: ``add or remove one``, or ``replace one``.
        randomness: Where the noise came from.
    """

    epsilon: float | None
    delta: float
    accesses: tuple[DataAccess, ...] = ()
    accountant: str = ""
    epsilon_cross_check: float | None = None
    unit: str = "patient"
    adjacency: Literal["add or remove one", "replace one"] = "add or remove one"
    randomness: str = ""

    @property
    def not_covered(self) -> tuple[DataAccess, ...]:
        """Accesses that the claim should cover and does not."""
        return tuple(access for access in self.accesses if access.status == "not covered")

    @property
    def scope(self) -> str:
        """``end to end`` if every access is accounted or public, else ``training only``."""
        return "training only" if self.not_covered else "end to end"
