"""Variational autoencoders: one loop for the perceptron and the convolutional one (Kingma & Welling, 2014)."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from synthaudit.generators.nets.heads import Head
from synthaudit.generators.nets.layers import Layer, last_bias
from synthaudit.generators.stacking.ensemble_data import EnsembleData
from synthaudit.generators.stacking.streams import CounterRng
from synthaudit.generators.training.fit import Network
from synthaudit.generators.training.vae_gradients import Gradients

PROBES = 8  # fixed noise draws over which the bound of a target is averaged


class Noise(Layer):
    """Log standard deviation of each number around the decoder's output, learnt, ``(K, 1, r)``."""

    def __init__(self, stack: int, numbers: int) -> None:
        super().__init__()
        self.log = nn.Parameter(torch.zeros(stack, 1, numbers))

    floor = -4.0  # a constant column would drive the likelihood to infinity

    def forward(self, at: Tensor | None = None) -> Tensor:
        """Return it; with zeros ``at``, ``(K, b, r)``, one for each record, so that each has a slope of its own."""
        floored: Tensor = (self.log if at is None else self.log + at).clamp_min(self.floor)
        return floored


class VAENetwork(Network):
    """Encoder, decoder and the noise of the numbers.

    Args:
        head: Reads raw outputs.
        latent: Width of the code.
        encoder: Records to means and log variances, ``(K, b, 2z)``.
        decoder: Codes to raw outputs.
        noise: Spread of the numbers; None where there are none.
    """

    def __init__(self, head: Head, latent: int, encoder: nn.Module, decoder: nn.Module, noise: Noise | None) -> None:
        super().__init__()
        self.head, self.latent, self.encoder, self.decoder, self.noise = head, latent, encoder, decoder, noise
        self.apart = False  # whether numbers' noise has a slope for each record

    def generate(self, noise: Tensor) -> Tensor:
        return self.head.probabilities(self.decoder(noise))

    def miss(self, noise: Tensor, x: Tensor) -> Tensor:
        return self.head.miss(self.decoder(noise), x, noise=None if self.noise is None else self.noise())

    def codes(self, x: Tensor) -> Tensor:
        mean: Tensor = self.encoder(x).chunk(2, dim=-1)[0]
        return mean

    def output_bias(self) -> nn.Parameter | None:
        return last_bias(self.decoder)

    def spread(self) -> Tensor | None:
        return None if self.noise is None else self.noise()[:, 0].exp()

    def loss(self, x: Tensor, noise: Tensor, *, value: bool = True) -> Tensor:
        """Return the negative evidence bound of each record, ``(K, b)``; unreduced so that DP-SGD can clip each."""
        mean, logvar = self.encoder(x).chunk(2, dim=-1)  # (K, b, z) each
        deviation = (0.5 * logvar).exp()
        raw = self.decoder(torch.addcmul(mean, deviation, noise))
        miss = self.head.miss(raw, x, value=value, noise=None if self.noise is None else self._spread(raw))
        # exp(logvar) is the square of what is there already: one transcendental a code fewer.
        kl = 0.5 * (mean.square() + deviation.square() - 1 - logvar).sum(dim=-1)
        total: Tensor = miss + kl
        return total

    def _spread(self, raw: Tensor) -> Tensor | None:
        if self.noise is None or not self.apart:
            return None if self.noise is None else self.noise()
        spread: Tensor = self.noise(raw.new_zeros(*raw.shape[:2], self.noise.log.shape[-1]))
        return spread

    def signals(self, x: Tensor) -> Mapping[str, Tensor]:
        """Return the bound averaged over the same noise for every target, and the reconstruction from the mean code."""
        fixed = CounterRng([0], "probe", "cpu")
        bound = torch.zeros(x.shape[:-1])
        for draw in range(PROBES):
            bound -= self.loss(x, fixed.normal(draw, 1, self.latent).expand(len(x), x.shape[1], -1)) / PROBES
        mean, _ = self.encoder(x).chunk(2, dim=-1)
        return {"bound": bound, "reconstruction": -self.head.miss(self.decoder(mean), x)}


def train(network: VAENetwork, stack: EnsembleData, *, epochs: int, batch_size: int, lr: float) -> None:
    """Minimise the mean bound over batches by Adam."""
    optimiser = torch.optim.Adam(network.parameters(), lr=lr, fused=True)
    parts = [part for part in (network.encoder, network.decoder, network.noise) if part is not None]
    descent = stack.descent("bound", optimiser, parts, size=batch_size, purpose="batches")
    network.apart = descent.private
    noise = stack.stream("noise")
    gradients = None if descent.private else Gradients.of(network)
    for step, watched in enumerate(stack.course("bound", epochs * descent.per_pass)):
        rows = descent.take()
        x, draw = stack.records(rows), noise.normal(step, rows.shape[1], network.latent)
        if gradients is not None:
            loss = gradients.fill(x, draw, value=watched)
            optimiser.step()
            if watched:
                stack.note("bound", loss)
            continue
        losses = network.loss(x, draw, value=watched)
        descent.descend(losses)
        if watched:
            descent.tell("bound", losses)
    network.apart = False
    descent.close()
