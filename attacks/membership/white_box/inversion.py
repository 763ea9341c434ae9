"""Membership inference by inverting the generator: how well can its decoder reproduce this very record?"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthaudit.audit.errors import check_positive
from synthaudit.audit.knowledge import DecoderWeights, InsufficientKnowledge, Knowledge, Need, require_weights
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload

if TYPE_CHECKING:
    from torch import Tensor

BLOCK = 1_024
"""Targets inverted at once: 1,024 x 1,071 outputs of a decoder take 4 MB per layer."""


@dataclass(frozen=True)
class Inversion:
    """The latent code from which the decoder best reproduces the target, sought by gradient (Chen et al., CCS 2020).

    Score: ``max over z of log p(x | z) - prior_weight |z|^2 / 2``, GAN-Leaks in the white box. Adam climbs from the
    encoder's code, where there is an encoder, and from random starts, the same for every target; the greatest value
    found counts.

    Attributes:
        steps: Steps of Adam.
        random_starts: Random starts.
        lr: Adam's learning rate.
        prior_weight: Weight of the latent code's own log density; 0 asks for the best reconstruction alone, 1 for the
            mode of the posterior.
    """

    title: ClassVar[str] = "Inversion of the generator"
    question: ClassVar[str] = "Can the generator's decoder be led to say patients it was trained on more exactly?"
    source: ClassVar[str] = "Chen et al., GAN-Leaks, CCS 2020 (white box)"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.WEIGHTS})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and the generator's weights, and seeks the latent code that "
        "reproduces each target best."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    steps: int = 60
    random_starts: int = 2
    lr: float = 0.1
    prior_weight: float = 0.001

    def __post_init__(self) -> None:
        check_positive(steps=self.steps, random_starts=self.random_starts, lr=self.lr)
        if self.prior_weight < 0:
            raise ValueError(f"expected prior_weight >= 0, got {self.prior_weight}")

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the greatest value found, shape ``(n,)``.

        Raises:
            InsufficientKnowledge: The generator has no decoder, or one without a gradient.
        """
        import torch

        weights = require_weights(knowledge)
        if not isinstance(weights, DecoderWeights):
            raise InsufficientKnowledge("these weights do not decode: no noise can be sought behind a record")
        starts = rng.standard_normal((self.random_starts, weights.latent))
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # sums in one order whatever the machine
        try:
            blocks = [targets.take(slice(at, at + BLOCK)) for at in range(0, len(targets), BLOCK)]
            values = [self._maximize(weights, block, starts) for block in blocks]
        finally:
            torch.set_num_threads(threads)
        scores: np.ndarray = np.concatenate(values).astype(np.float64) if values else np.zeros(0)
        # A record far outside the training range can overflow a network; it is then as badly known as any.
        finite = scores[np.isfinite(scores)]
        scores[~np.isfinite(scores)] = finite.min() if finite.size else 0.0
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds

    def _maximize(self, weights: DecoderWeights, targets: Records, random_starts: np.ndarray) -> np.ndarray:
        """Return the greatest value over all starts, shape ``(b,)``."""
        import torch

        encoded = weights.latent_codes(targets)
        starts = [np.tile(start, (len(targets), 1)) for start in random_starts] + (
            [encoded] if encoded is not None else []
        )
        likelihood, best = weights.likelihood(targets), torch.full((len(targets),), -torch.inf)

        def objective(code: "Tensor") -> "Tensor":
            value: Tensor = likelihood(code) - 0.5 * self.prior_weight * code.square().sum(dim=1)
            return value

        for start in starts:
            code = torch.tensor(start, dtype=torch.float32, requires_grad=True)
            adam = torch.optim.Adam([code], lr=self.lr)
            for _ in range(self.steps):
                value = objective(code)
                best = torch.fmax(best, value.detach())
                (gradient,) = torch.autograd.grad(-value.sum(), code)
                code.grad = gradient
                adam.step()
            best = torch.fmax(best, objective(code).detach())
        values: np.ndarray = best.numpy()
        return values
