"""What a recipe is told when its training shall be differentially private. It imports no torch."""

import math
from dataclasses import dataclass
from typing import Literal

from synthaudit.audit.errors import check_choice, check_fraction, check_positive


@dataclass(frozen=True)
class Privacy:
    """A promise of (epsilon, delta), or a noise whose epsilon the accountant finds, and how to keep it.

    Attributes:
        epsilon: The promise; the noise that keeps it over all phases together is found. Either this or ``noise``.
        noise: Noise multiplier of the steps: standard deviation over clipping norm. 0 promises nothing, and says so.
        delta: Chance that the promise fails. It has no default: it must lie below one in the number of patients, and
            a default from their number would itself read it.
        clip: Norm to which the gradient of each record is clipped.
        rows: Number of patients, where it is public. Sampling rate and steps follow from it, never from the members.
        domain: ``schema`` takes bounds of numbers from the schema where they are declared; ``data`` takes them, and
            which values occur at all, from the members, as much code does, and is not covered.
        autoencoder: Noise of the autoencoder's steps as a multiple of the critic's: larger saves budget for the critic.
        counts: Noise of the counts that first biases come from, likewise. One release is cheap beside many steps.
        count_clip: Norm to which each record's yes/no units are scaled down before they are counted.
        tuned: Whether options were chosen by results on these members; that search is then listed as not covered.
    """

    epsilon: float | None = None
    noise: float | None = None
    delta: float | None = None
    clip: float = 1.0
    rows: int | None = None
    domain: Literal["schema", "data"] = "schema"
    autoencoder: float = 1.0
    counts: float = 4.0
    count_clip: float = 5.0
    tuned: bool = False

    def __post_init__(self) -> None:
        if (self.epsilon is None) == (self.noise is None):
            raise ValueError("expected privacy with either epsilon or noise, not both and not neither")
        if self.delta is None:
            raise ValueError("expected privacy with delta, below 1 / number of patients: set delta = 1e-5, say")
        check_fraction(delta=self.delta)
        if self.epsilon is not None:
            check_positive(epsilon=self.epsilon)
        if self.noise is not None and not (math.isfinite(self.noise) and self.noise >= 0):
            raise ValueError(f"expected noise >= 0, got {self.noise}")
        check_positive(
            clip=self.clip,
            rows=self.rows or 1,
            autoencoder=self.autoencoder,
            counts=self.counts,
            count_clip=self.count_clip,
        )
        check_choice(("schema", "data"), domain=self.domain)

    @property
    def failure(self) -> float:
        """The delta, which is always given."""
        return float(self.delta or 0.0)


def refuse(privacy: Privacy | None, title: str, **cures: tuple[bool, str]) -> None:
    """Raise ``ValueError`` naming the first option that couples records and what to set instead."""
    for option, (wrong, cure) in cures.items():
        if privacy is not None and wrong:
            raise ValueError(f"{title} cannot be private with this {option}: {cure}")
