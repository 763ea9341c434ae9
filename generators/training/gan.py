"""Generative adversarial training: one loop for every member of the medGAN family.

A generator makes latent codes (or outputs), a decoder turns them into outputs, a critic tells them from records.
Real records reach the autoencoder and the critic only, through losses that are kept per record until the last mean,
so that a private step can clip each.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthaudit.generators.nets.heads import Head
from synthaudit.generators.nets.layers import BatchNorm, last_bias
from synthaudit.generators.stacking.ensemble_data import EnsembleData
from synthaudit.generators.training.gan_config import GanConfig
from synthaudit.generators.training.network import Network


class GanNetwork(Network):
    """Generator, critic, and the autoencoder they may share.

    Args:
        head: Reads raw outputs.
        latent: Width of the latent vectors.
        generator: Latent vectors to codes, or to raw outputs where there is no decoder.
        critic: Outputs, shape ``(K, b, d)``, to one logit each, ``(K, b, 1)``.
        encoder: Records to codes.
        decoder: Codes to raw outputs.
    """

    def __init__(
        self,
        head: Head,
        latent: int,
        generator: nn.Module,
        critic: nn.Module,
        encoder: nn.Module | None = None,
        decoder: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.head, self.latent = head, latent
        self.generator, self.critic, self.encoder, self.decoder = generator, critic, encoder, decoder

    @property
    def generators(self) -> list[nn.Module]:
        """The networks that make a record from a latent vector."""
        return [self.generator] if self.decoder is None else [self.generator, self.decoder]

    def raw_output(self, latent: Tensor) -> Tensor:
        """Return raw outputs, shape ``(K, m, d)``."""
        code: Tensor = self.generator(latent)
        return code if self.decoder is None else self.decoder(code)

    def generate(self, latent: Tensor) -> Tensor:
        return self.head.probabilities(self.raw_output(latent))

    def fake(self, latent: Tensor) -> Tensor:
        """Return generated records as the critic sees them, shape ``(K, m, d)``."""
        return self.head.soft_output(self.raw_output(latent))

    def nll(self, latent: Tensor, x: Tensor) -> Tensor:
        return self.head.nll(self.raw_output(latent), x)

    def output_bias(self) -> nn.Parameter | None:
        return last_bias(self.generators[-1])

    def logits(self, records: Tensor) -> Tensor:
        """Return the critic's raw output, shape ``(K, b)``; higher is more real."""
        logits: Tensor = self.critic(records)
        return logits.squeeze(-1)

    def signals(self, x: Tensor) -> Mapping[str, Tensor]:
        signals = {"critic": self.logits(x)}
        if self.encoder is not None and self.decoder is not None:
            signals["reconstruction"] = -self.head.nll(self.decoder(self.encoder(x)), x)
        return signals


class GanTraining:
    """One training of critic and generator in turn (Goodfellow et al., 2014, algorithm 1).

    A subclass may override how many steps the critic takes, on which records, and which members take part.
    """

    def __init__(self, network: GanNetwork, data: EnsembleData, config: GanConfig) -> None:
        self.network, self.data, self.config = network, data, config

    def train(self) -> None:
        """Pretrain the autoencoder where there is one, then train critic and generator in turn."""
        if self.config.autoencoder_epochs:
            pretrain_autoencoder(self.network, self.data, self.config)
        self._prepare_game()
        for step, logged in enumerate(self.data.training_steps("game", self.steps)):
            for repeat in range(self.critic_steps(step)):
                critic_losses = self._train_critic(self.real_records(repeat))
            generator_losses = self._train_generator()
            if logged:
                self.critic_step.log("critic", critic_losses)
                self.data.log("generator", generator_losses)
        self.critic_step.close()
        self._recalibrate_batch_norm()

    def critic_steps(self, step: int) -> int:
        """Return the critic's steps before a step of the generator."""
        del step
        return self.config.critic_steps

    def real_records(self, repeat: int) -> Tensor:
        """Return the real records of a critic step, the ``repeat``-th before this generator step, ``(K, b, d)``."""
        del repeat
        return self.data.records(self.critic_step.take())

    def first_members(self) -> int | None:
        """Return how many of each model's members the game may use, from the first on; None for all."""
        return None

    def fake_for_critic(self, latent: Tensor) -> Tensor:
        """Return generated records that the critic learns from."""
        return self.network.fake(latent)

    def _prepare_game(self) -> None:
        config, network, data = self.config, self.network, self.data
        self.generator_optimiser = adam(
            config, list(zip(network.generators, (config.lr, config.decoder_lr), strict=False))
        )
        self.critic_step = data.make_step(
            "critic",
            adam(config, [(network.critic, config.lr)]),
            [network.critic],
            size=config.batch_size,
            purpose="game",
            first=self.first_members(),
        )
        self.steps = config.generator_steps(self.critic_step.per_pass)
        self._latents, self._mix, self._draws = data.stream("noise"), data.stream("mix"), 0

    def _train_critic(self, real: Tensor) -> Tensor:
        """Take one step of the critic and return its losses, ``(K, b)`` or more where generated records have theirs."""
        size, config = self.critic_step.size, self.config
        with torch.no_grad():
            fake = self.fake_for_critic(self._latents.normal(self._draws, size, self.network.latent))
        if self.critic_step.private:
            losses = per_record_critic_losses(self.network, real, fake, config)
        else:
            losses = paired_critic_losses(self.network, real, fake, self._mix.uniform(self._draws, size, 1), config)
        self._draws += 1
        self.critic_step.step(losses)
        if config.clips_weights:
            with torch.no_grad():
                for parameter in self.network.critic.parameters():
                    parameter.clamp_(-config.weight_clip, config.weight_clip)
        return losses

    def _train_generator(self) -> Tensor:
        """Take one step of the generator and return its losses, ``(K,)``: the critic's post-processing, no record."""
        self.network.critic.requires_grad_(False)
        with self.critic_step.suspended():
            fake = self.network.fake(self._latents.normal(self._draws, self.critic_step.size, self.network.latent))
            self._draws += 1
            losses = generator_loss(self.network.logits(fake), self.config)
            self.generator_optimiser.zero_grad(set_to_none=True)
            losses.sum().backward()  # no model's loss reaches another's parameters
            self.generator_optimiser.step()
        self.network.critic.requires_grad_(True)
        return losses

    @torch.no_grad()
    def _recalibrate_batch_norm(self) -> None:
        """Replace moving statistics, which remember earlier weights, by plain averages under the final ones."""
        norms = [layer for layer in self.network.modules() if isinstance(layer, BatchNorm)]
        momenta = [norm.momentum for norm in norms]
        for at in range(self.config.recalibration_batches if norms else 0):
            for norm in norms:
                norm.momentum = 1 / (at + 1)
            self.network.raw_output(self._latents.normal(self._draws + at, self.critic_step.size, self.network.latent))
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum


def pretrain_autoencoder(network: GanNetwork, data: EnsembleData, config: GanConfig) -> None:
    """Train the autoencoder to reconstruct records."""
    if network.encoder is None or network.decoder is None:
        raise ValueError("expected an autoencoder to pretrain")
    networks = [network.encoder, network.decoder]
    optimiser = adam(config, [(part, config.pretrain_lr) for part in networks])
    train_step = data.make_step(
        "autoencoder", optimiser, networks, size=config.pretrain_batch_size, purpose="autoencoder"
    )
    for logged in data.training_steps("autoencoder", config.autoencoder_epochs * train_step.per_pass):
        x = data.records(train_step.take())
        losses = network.head.nll(network.decoder(network.encoder(x)), x, value=logged)
        train_step.step(losses)
        if logged:
            train_step.log("autoencoder", losses)
    train_step.close()
    network.encoder.requires_grad_(False)


def per_record_critic_losses(network: GanNetwork, real: Tensor, fake: Tensor, config: GanConfig) -> Tensor:
    """Return a loss for each real and each generated record, ``(K, b + m)``, from one pass: each is clipped alone.

    The number of generated records must not follow the batch: a patient who leaves would take one along.
    """
    logits = network.logits(torch.cat([real, fake], dim=1))
    signs = torch.ones(logits.shape[1], device=logits.device)
    signs[: real.shape[1]] = -1
    return F.softplus(signs * logits) if config.objective in ("bce", "boundary") else signs * logits


def paired_critic_losses(network: GanNetwork, real: Tensor, fake: Tensor, mix: Tensor, config: GanConfig) -> Tensor:
    """Return the critic's loss of each pair of a real and a generated record, shape ``(K, b)``.

    ``mix``, shape ``(K, b, 1)``, are the weights at which the gradient penalty mixes the two.
    """
    on_real, on_fake = network.logits(real), network.logits(fake)
    if config.objective in ("bce", "boundary"):
        return F.softplus(-on_real) + F.softplus(on_fake)
    loss: Tensor = on_fake - on_real
    if config.objective == "wasserstein-clip":
        return loss
    weight = mix[:, :1] if config.penalty_per_batch else mix
    between = (weight * real + (1 - weight) * fake).requires_grad_(True)
    (slope,) = torch.autograd.grad(network.logits(between).sum(), between, create_graph=True)
    steepness = (slope.square().sum(dim=-1) + 1e-12).sqrt()  # (K, b); the root's slope at 0 is infinite
    return loss + config.gradient_penalty * (steepness - 1).square()


def generator_loss(logits: Tensor, config: GanConfig) -> Tensor:
    """Return each model's generator loss, shape ``(K,)``, from the critic's logits of what it made."""
    if config.objective == "bce":
        return F.softplus(-logits).mean(dim=1)
    if config.objective == "boundary":
        # log D - log(1 - D) is the logit itself (Baowaly et al., 2019, eq. of medBGAN).
        return 0.5 * logits.square().mean(dim=1)
    return -logits.mean(dim=1)


def adam(config: GanConfig, networks: list[tuple[nn.Module, float]]) -> torch.optim.Adam:
    """Return Adam over networks, each with its learning rate."""
    groups = [{"params": list(network.parameters()), "lr": lr} for network, lr in networks]
    return torch.optim.Adam(groups, betas=config.betas, weight_decay=config.weight_decay, fused=True)
