"""What a training with a differential-privacy claim did with real records, line by line: the ledger behind an epsilon.

Every touch of real data is a line. Touches that the accountant pays for compose into one epsilon; what needs no paying
is public; what should have been paid for and was not makes the claim one about the training only.
"""

import math
from dataclasses import dataclass
from typing import Literal

Status = Literal["paid", "public", "not covered"]


@dataclass(frozen=True)
class DataAccess:
    """One way in which real records entered.

    Attributes:
        phase: What happened, such as ``autoencoder``, ``critic``, ``vocabulary`` or ``row count``.
        status: ``paid`` by the accountant, ``public`` knowledge, or ``not covered`` by the claim.
        mechanism: How it was protected, such as ``subsampled Gaussian``; empty where it was not.
        sampling_rate: Chance of a patient to be in a step's batch; None where there are no steps.
        noise: Noise multiplier: the noise's standard deviation over the clipping norm.
        clip: Norm to which each patient's gradient was clipped.
        steps: Steps on real records.
        epsilon: What this line would cost alone, at the ledger's delta; None where nothing finite, or not paid.
        why: Why a line is public or not covered, in words.
    """

    phase: str
    status: Status
    mechanism: str = ""
    sampling_rate: float | None = None
    noise: float | None = None
    clip: float | None = None
    steps: int | None = None
    epsilon: float | None = None
    why: str = ""


@dataclass(frozen=True)
class Ledger:
    """A claim of (epsilon, delta)-differential privacy and all that it rests on.

    Attributes:
        epsilon: What all paid lines cost together, by ``accountant``; None where no epsilon is finite: a step on real
            records added no noise.
        delta: The claim's delta.
        touches: Every touch of real records.
        accountant: Who composed the lines: its name and library.
        epsilon_cross_check: The same by another accountant that can only be larger; None for a claim from outside.
        unit: Whose presence is hidden.
        adjacency: Which tables the guarantee compares: ``add or remove one``, or ``replace one``.
        randomness: Where the noise came from.
    """

    epsilon: float | None
    delta: float
    touches: tuple[DataAccess, ...] = ()
    accountant: str = ""
    epsilon_cross_check: float | None = None
    unit: str = "patient"
    adjacency: Literal["add or remove one", "replace one"] = "add or remove one"
    randomness: str = ""

    @property
    def not_covered(self) -> tuple[DataAccess, ...]:
        """Touches that the claim does not pay for."""
        return tuple(touch for touch in self.touches if touch.status == "not covered")

    @property
    def scope(self) -> str:
        """``end to end`` if every touch is paid or public, else ``training only``."""
        return "training only" if self.not_covered else "end to end"


def replace_one(epsilon: float, delta: float) -> tuple[float, float]:
    """Return the guarantee against replacing one patient that follows from one against adding or removing one.

    A replacement is a removal and an addition: group privacy of two (Dwork & Roth, 2014, theorem 2.2 with delta).

    >>> replace_one(1.0, 0.0)
    (2.0, 0.0)
    """
    return 2 * epsilon, min(1.0, delta * (1 + math.exp(min(epsilon, 700.0))))
