"""Gradient descent with clipped and noisy steps, right and in the ways that published code gets wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from known_systems import ClosedForm, NoisySum, clipped

from synthaudit.audit.ledger import DataAccess, Ledger
from synthaudit.audit.protocols import Progress, Training
from synthaudit.audit.records import Records
from synthaudit.audit.statistics.epsilon import gdp_epsilon

Wrong = Literal["", "noise divided by the batch twice", "accumulator not zeroed", "first phase unpaid", "no noise"]
RATE = 1e-3
"""Small, so that the weights hardly move and each step's noise and gradient count alike in the end."""


@dataclass(frozen=True)
class NoisyDescent(ClosedForm):
    """Column means by full-batch descent: ``steps`` Gaussian mechanisms, together ``sqrt(steps)/sigma``-GDP.

    Attributes:
        steps: Steps that the ledger pays for.
        sigma: Noise over the clipping norm.
        wrong: What is wrong with the code; the ledger knows nothing of it.
    """

    title: ClassVar[str] = "Noisy descent"
    summary: ClassVar[str] = "Column means learned by clipped and noisy gradients."
    source: ClassVar[str] = "Abadi et al., CCS 2016"

    steps: int = 25
    sigma: float = 5.0
    wrong: Wrong = ""
    privacy: bool = True

    @property
    def mu(self) -> float:
        """What the ledger claims."""
        return float(np.sqrt(self.steps) / self.sigma)

    def fit(self, members: Records, *, seed: int, device: str = "cpu", progress: Progress | None = None) -> NoisySum:
        """Descend, one step a phase and a row."""
        rng, size = np.random.default_rng([seed, 0]), len(members)
        weights, summed = np.zeros(members.codes.shape[1]), np.zeros(members.codes.shape[1])
        unpaid = 16 * self.steps if self.wrong == "first phase unpaid" else 0
        for _ in range(unpaid + self.steps):
            gradient = clipped(weights - members.codes, 1.0).sum(axis=0)
            summed = summed + gradient if self.wrong == "accumulator not zeroed" else gradient
            noise = self.sigma * rng.standard_normal(len(weights))
            noise = noise / size if self.wrong == "noise divided by the batch twice" else noise
            noise = 0.0 * noise if self.wrong == "no noise" else noise
            weights = weights - RATE * (summed + noise) / size
        epsilon = gdp_epsilon(self.mu, delta=1e-5)
        paid = DataAccess("descent", "accounted", "Gaussian", 1.0, self.sigma, 1.0, self.steps, epsilon)
        ledger = Ledger(epsilon, 1e-5, (paid, DataAccess("row count", "public")), "closed form")
        return NoisySum(members.schema, np.clip(weights, 0, 1), Training(ledger=ledger), weights)

    def fit_stack(
        self,
        pool: Records,
        inclusion: np.ndarray,
        *,
        seeds: Sequence[int],
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> tuple[NoisySum, ...]:
        """Fit one model a row of ``inclusion``."""
        return tuple(self.fit(pool.take(chosen), seed=seed) for chosen, seed in zip(inclusion, seeds, strict=True))
