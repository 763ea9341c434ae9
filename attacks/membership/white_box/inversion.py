"""Membership inference by inverting the generator: how well can its decoder be made to say this very record?"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthaudit.audit.errors import check_positive
from synthaudit.audit.knowledge import Decoder, InsufficientKnowledge, Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload

if TYPE_CHECKING:
    from torch import Tensor

BLOCK = 1_024
"""Targets whose noise is sought at once: 1,024 x 1,071 outputs of a decoder take 4 MB a layer."""


@dataclass(frozen=True)
class Inversion:
    """The noise from which the decoder best says the target, sought by gradient (GAN-Leaks white box; Chen et al.).

    Adam climbs ``log p(x | z) + prior x log p(z)`` from the encoder's code, where there is an encoder, and from random
    starts, the same for every target; the best value found counts. Threat model: the generator's weights. Score:
    ``max over z of log p(x | G(z)) - prior |z|^2 / 2``.

    Attributes:
        steps: Steps of the climb.
        starts: Random starts.
        rate: Adam's step.
        prior: Weight of the noise's own density, the paper's; 0 asks for the best reconstruction alone, 1 for the mode.
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
    starts: int = 2
    rate: float = 0.1
    prior: float = 0.001

    def __post_init__(self) -> None:
        check_positive(steps=self.steps, starts=self.starts, rate=self.rate)
        if self.prior < 0:
            raise ValueError(f"expected prior >= 0, got {self.prior}")

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the best value that the climb reached, shape ``(n,)``.

        Raises:
            InsufficientKnowledge: The generator has no decoder, or one that nothing can be learned from.
        """
        import torch

        weights = knowledge.weights
        if weights is None:
            raise ValueError(f"expected weights: {knowledge.lacks(frozenset({Need.WEIGHTS}))}")
        if not isinstance(weights, Decoder):
            raise InsufficientKnowledge("these weights do not decode: no noise can be sought behind a record")
        drawn = rng.standard_normal((self.starts, weights.latent))
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # sums in one order whatever the machine
        try:
            blocks = [targets.take(slice(at, at + BLOCK)) for at in range(0, len(targets), BLOCK)]
            found = [self._climbed(weights, block, drawn) for block in blocks]
        finally:
            torch.set_num_threads(threads)
        scores: np.ndarray = np.concatenate(found).astype(np.float64) if found else np.zeros(0)
        # A record far outside the training range can overflow a network; it is then as badly known as any.
        finite = scores[np.isfinite(scores)]
        scores[~np.isfinite(scores)] = finite.min() if finite.size else 0.0
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds

    def _climbed(self, weights: Decoder, targets: Records, drawn: np.ndarray) -> np.ndarray:
        """Return the best value over all starts, shape ``(b,)``."""
        import torch

        encoded = weights.codes(targets)
        starts = [np.tile(start, (len(targets), 1)) for start in drawn] + ([encoded] if encoded is not None else [])
        likelihood, best = weights.likelihood(targets), torch.full((len(targets),), -torch.inf)

        def value(noise: "Tensor") -> "Tensor":
            total: Tensor = likelihood(noise) - 0.5 * self.prior * noise.square().sum(dim=1)
            return total

        for start in starts:
            noise = torch.tensor(start, dtype=torch.float32, requires_grad=True)
            adam = torch.optim.Adam([noise], lr=self.rate)
            for _ in range(self.steps):
                reached = value(noise)
                best = torch.fmax(best, reached.detach())
                (gradient,) = torch.autograd.grad(-reached.sum(), noise)
                noise.grad = gradient
                adam.step()
            best = torch.fmax(best, value(noise).detach())
        found: np.ndarray = best.numpy()
        return found
