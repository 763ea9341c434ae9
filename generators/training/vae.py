"""Variational autoencoders: one loop for the perceptron and the convolutional one (Kingma & Welling, 2014)."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from synthaudit.generators.nets.heads import Head
from synthaudit.generators.nets.layers import LogScale, last_bias
from synthaudit.generators.stacking.ensemble_data import EnsembleData
from synthaudit.generators.stacking.streams import CounterRng
from synthaudit.generators.training.network import Network
from synthaudit.generators.training.vae_gradients import VAEGradients

PROBES = 8  # fixed noise draws over which the bound of a target is averaged


class VAENetwork(Network):
    """Encoder, decoder and the scale of the numbers.

    Args:
        head: Reads raw outputs.
        latent: Width of the code.
        encoder: Records to means and log variances, ``(K, b, 2z)``.
        decoder: Codes to raw outputs.
        log_scale: Log standard deviation of the numbers; None where there are none.
    """

    def __init__(
        self, head: Head, latent: int, encoder: nn.Module, decoder: nn.Module, log_scale: LogScale | None
    ) -> None:
        super().__init__()
        self.head, self.latent, self.encoder, self.decoder, self.log_scale = head, latent, encoder, decoder, log_scale

    def generate(self, latent: Tensor) -> Tensor:
        return self.head.probabilities(self.decoder(latent))

    def nll(self, latent: Tensor, x: Tensor) -> Tensor:
        return self.head.nll(self.decoder(latent), x, log_scale=None if self.log_scale is None else self.log_scale())

    def encode(self, x: Tensor) -> Tensor:
        mean: Tensor = self.encoder(x).chunk(2, dim=-1)[0]
        return mean

    def output_bias(self) -> nn.Parameter | None:
        return last_bias(self.decoder)

    def numeric_std(self) -> Tensor | None:
        return None if self.log_scale is None else self.log_scale()[:, 0].exp()

    def loss(self, x: Tensor, noise: Tensor, *, value: bool = True, per_record_scale: bool = False) -> Tensor:
        """Return the negative evidence lower bound of each record, ``(K, b)``; unreduced so that DP-SGD can clip each.

        Args:
            x: Encoded records, shape ``(K, b, d)``.
            noise: Standard normal numbers, ``(K, b, z)``.
            value: Whether the value is wanted; the gradient is whole without.
            per_record_scale: Whether the scale of the numbers has a gradient per record.
        """
        mean, logvar = self.encoder(x).chunk(2, dim=-1)  # (K, b, z) each
        deviation = (0.5 * logvar).exp()
        raw = self.decoder(torch.addcmul(mean, deviation, noise))
        log_scale = None
        if self.log_scale is not None:
            zeros = raw.new_zeros(*raw.shape[:2], self.log_scale.log.shape[-1]) if per_record_scale else None
            log_scale = self.log_scale(zeros)
        nll = self.head.nll(raw, x, value=value, log_scale=log_scale)
        # exp(logvar) is the square of what is there already: one transcendental per latent number fewer.
        kl = 0.5 * (mean.square() + deviation.square() - 1 - logvar).sum(dim=-1)
        total: Tensor = nll + kl
        return total

    def signals(self, x: Tensor) -> Mapping[str, Tensor]:
        """Return the bound averaged over the same noise for every target, and the reconstruction from the mean code."""
        fixed = CounterRng([0], "probe", "cpu")
        bound = torch.zeros(x.shape[:-1])
        for draw in range(PROBES):
            bound -= self.loss(x, fixed.normal(draw, 1, self.latent).expand(len(x), x.shape[1], -1)) / PROBES
        mean, _ = self.encoder(x).chunk(2, dim=-1)
        return {"bound": bound, "reconstruction": -self.head.nll(self.decoder(mean), x)}


def train_vae(network: VAENetwork, data: EnsembleData, *, epochs: int, batch_size: int, lr: float) -> None:
    """Minimise the mean negative bound over batches by Adam."""
    optimiser = torch.optim.Adam(network.parameters(), lr=lr, fused=True)
    parts = [part for part in (network.encoder, network.decoder, network.log_scale) if part is not None]
    train_step = data.make_step("bound", optimiser, parts, size=batch_size, purpose="batches")
    noise = data.stream("noise")
    gradients = None
    if not train_step.private:
        gradients = VAEGradients.of(network.encoder, network.decoder, network.head, network.log_scale)
    for step, logged in enumerate(data.training_steps("bound", epochs * train_step.per_pass)):
        rows = train_step.take()
        x, draw = data.records(rows), noise.normal(step, rows.shape[1], network.latent)
        if gradients is not None:
            loss = gradients.write(x, draw, value=logged)
            optimiser.step()
            if logged:
                data.log("bound", loss)
            continue
        losses = network.loss(x, draw, value=logged, per_record_scale=train_step.private)
        train_step.step(losses)
        if logged:
            train_step.log("bound", losses)
    train_step.close()
