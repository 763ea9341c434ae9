"""Options of differentially private training (DP-SGD; Abadi et al., 2016). Imports no torch."""

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

from synthaudit.audit.errors import check_choice, check_fraction, check_positive


class TrainingPhase(NamedTuple):
    """A phase of training that sees real records: its name, records per step, and steps."""

    name: str
    batch_size: int
    steps: int


@dataclass(frozen=True)
class Privacy:
    """Parameters of differentially private training: a claimed epsilon, or a noise whose epsilon the accountant finds.

    Attributes:
        epsilon: The claimed epsilon, for which the noise over all phases is found; either this or ``noise_multiplier``.
        noise_multiplier: Standard deviation of each step's noise over the clipping norm. With 0 no epsilon is claimed.
        delta: Probability with which the guarantee may fail. It has to be given: it must lie below one in the number of
            patients, and a default from their number would itself read it.
        max_grad_norm: Norm to which the gradient of each record is clipped.
        num_patients: Number of patients, where it is public. Sampling rate and steps follow from it, never from the
            members.
        domain: ``schema`` takes bounds of numbers from the schema where they are declared; ``data`` takes them, and
            which values occur at all, from the members, as much code does, and is not covered.
        autoencoder_noise_scale: Noise of the autoencoder's steps as a multiple of the critic's: larger saves budget for
            the critic.
        bias_noise_scale: Noise of the counts that first biases come from, likewise: one release is cheap beside many
            steps.
        bias_max_norm: Norm to which each record's yes/no units are scaled down before they are counted.
        tuned: Whether options were chosen by results on these members; that search is then listed as not covered.
    """

    epsilon: float | None = None
    noise_multiplier: float | None = None
    delta: float = 0.0
    max_grad_norm: float = 1.0
    num_patients: int | None = None
    domain: Literal["schema", "data"] = "schema"
    autoencoder_noise_scale: float = 1.0
    bias_noise_scale: float = 4.0
    bias_max_norm: float = 5.0
    tuned: bool = False

    def __post_init__(self) -> None:
        if (self.epsilon is None) == (self.noise_multiplier is None):
            raise ValueError("expected privacy with either epsilon or noise_multiplier, not both and not neither")
        if not self.delta:
            raise ValueError("expected privacy with delta, below 1 / number of patients: set delta = 1e-5, say")
        check_fraction(delta=self.delta)
        if self.epsilon is not None:
            check_positive(epsilon=self.epsilon)
        noise = self.noise_multiplier
        if noise is not None and not (math.isfinite(noise) and noise >= 0):
            raise ValueError(f"expected noise_multiplier >= 0, got {noise}")
        check_positive(
            max_grad_norm=self.max_grad_norm,
            num_patients=self.num_patients or 1,
            autoencoder_noise_scale=self.autoencoder_noise_scale,
            bias_noise_scale=self.bias_noise_scale,
            bias_max_norm=self.bias_max_norm,
        )
        check_choice(("schema", "data"), domain=self.domain)


def check_no_coupling(privacy: Privacy | None, title: str, **cures: tuple[bool, str]) -> None:
    """Raise ``ValueError`` naming the first option that couples records and what to set instead."""
    for option, (wrong, cure) in cures.items():
        if privacy is not None and wrong:
            raise ValueError(f"{title} cannot be private with this {option}: {cure}")
