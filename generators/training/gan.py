"""Generative adversarial training: one loop for every member of the medGAN family.

A generator makes latent codes (or outputs), a decoder turns them into outputs, a critic tells them from records.
Real records reach the autoencoder and the critic only, through losses that are kept per record until the last mean,
so that a private step can clip each.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthaudit.generators.nets.heads import Head
from synthaudit.generators.nets.layers import BatchNorm, last_bias
from synthaudit.generators.stacking.ensemble_data import EnsembleData
from synthaudit.generators.stacking.streams import CounterRng
from synthaudit.generators.training.fit import Network

Objective = Literal["bce", "boundary", "wasserstein-penalty", "wasserstein-clip"]


@dataclass(frozen=True)
class Rules:
    """How to play the game.

    Attributes:
        objective: ``bce`` is the non-saturating game of Goodfellow et al. (2014); ``boundary`` lets the generator seek
            the critic's boundary (Hjelm et al., 2018); ``wasserstein-*`` bound the critic's slope by a gradient
            penalty (Gulrajani et al., 2017) or by clipping its weights (Arjovsky et al., 2017).
        steps: Generator steps.
        epochs: Passes instead of steps, one generator step a batch of members; None goes by ``steps``.
        batch_size: Records a step.
        critic_steps: Critic steps before each generator step, each on a fresh batch.
        lr: Learning rate of Adam.
        betas: Adam's decay rates.
        weight_decay: L2 penalty on every parameter.
        decoder_lr: Learning rate of the decoder in the game; None is ``lr``, 0 leaves it as pretrained.
        pretrain_lr: Learning rate of the autoencoder before it; None is ``lr``.
        pretrain_epochs: Passes of the autoencoder over the members before the game.
        pretrain_batch_size: Records a step of those.
        gradient_penalty: Weight of the gradient penalty.
        shared_mix: Whether the penalty's mixing weight is one a batch (as published for medWGAN) or one a record.
        weight_clip: Bound on the critic's weights.
        inference: Whether the critic is shown what the generator makes with its moving statistics (the public medGAN
            code) rather than with the batch's own, as in its own step. The two differ as long as the moving statistics
            lag, and the critic then learns that difference: in a short training the generator never recovers.
        recalibration_batches: Batches of noise over which the generator's statistics are averaged afresh at the end.
        bursts: Whether the critic takes 100 steps before each of the first 25 generator steps and every 500th, and all
            its steps before a generator step see the same records (the public corGAN code).
        first: Members that the game may use, from the first on; None is all.
    """

    objective: Objective
    steps: int
    batch_size: int
    critic_steps: int
    lr: float
    epochs: int | None = None
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.0
    decoder_lr: float | None = None
    pretrain_lr: float | None = None
    pretrain_epochs: int = 0
    pretrain_batch_size: int = 100
    gradient_penalty: float = 10.0
    shared_mix: bool = False
    weight_clip: float = 0.01
    inference: bool = False
    recalibration_batches: int = 50
    bursts: bool = False
    first: int | None = None

    def bounded(self, private: bool) -> bool:
        """Return whether the critic's weights are clipped: a private one has no penalty, which mixes records."""
        return self.objective == "wasserstein-clip" or (private and self.objective == "wasserstein-penalty")


class GanNetwork(Network):
    """Generator, critic, and the autoencoder they may share.

    Args:
        head: Reads raw outputs.
        latent: Width of the noise.
        generator: Noise to latent codes, or to raw outputs where there is no decoder.
        critic: Shown outputs, shape ``(K, b, d)``, to one raw number each, ``(K, b, 1)``.
        encoder: Records to latent codes.
        decoder: Latent codes to raw outputs.
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

    def raw(self, noise: Tensor) -> Tensor:
        """Return raw outputs, shape ``(K, m, d)``."""
        code: Tensor = self.generator(noise)
        return code if self.decoder is None else self.decoder(code)

    def generate(self, noise: Tensor) -> Tensor:
        return self.head.probabilities(self.raw(noise))

    def miss(self, noise: Tensor, x: Tensor) -> Tensor:
        return self.head.miss(self.raw(noise), x)

    def output_bias(self) -> nn.Parameter | None:
        return last_bias(self.generator if self.decoder is None else self.decoder)

    def judge(self, shown: Tensor) -> Tensor:
        """Return the critic's raw opinion, shape ``(K, b)``; higher is more real."""
        opinion: Tensor = self.critic(shown)
        return opinion.squeeze(-1)

    def signals(self, x: Tensor) -> Mapping[str, Tensor]:
        read = {"critic": self.judge(x)}
        if self.encoder is not None and self.decoder is not None:
            read["reconstruction"] = -self.head.miss(self.decoder(self.encoder(x)), x)
        return read


def adversary(network: Network) -> GanNetwork:
    """Return the network as what it is. Raises ``TypeError`` if another recipe built it."""
    if not isinstance(network, GanNetwork):
        raise TypeError(f"expected generator and critic, got {type(network).__name__}")
    return network


def play(network: GanNetwork, stack: EnsembleData, rules: Rules) -> None:
    """Pretrain the autoencoder where there is one, then train critic and generator in turn."""
    if network.encoder is not None and rules.pretrain_epochs:
        pretrain(network, stack, rules)
    makers = [network.generator] + ([network.decoder] if network.decoder is not None else [])
    maker = _adam(rules, *zip(makers, (rules.lr, rules.decoder_lr), strict=False))
    critic = stack.descent(
        "critic",
        _adam(rules, (network.critic, rules.lr)),
        [network.critic],
        size=rules.batch_size,
        purpose="game",
        first=rules.first,
    )
    noise, mix = stack.stream("noise"), stack.stream("mix")
    drawn = 0
    steps = rules.steps if rules.epochs is None else rules.epochs * critic.per_pass
    for step, watched in enumerate(stack.course("game", steps)):
        _switch(makers, not rules.inference)
        burst = rules.bursts and (step < 25 or step % 500 == 0)
        for at in range(100 if burst else rules.critic_steps):
            if at == 0 or not rules.bursts:
                real = stack.records(critic.take())
            with torch.no_grad():
                fake = network.head.shown(network.raw(noise.normal(drawn, critic.size, network.latent)))
            if critic.private:
                losses = apart_losses(network, real, fake, rules)
            else:
                losses = _critic_losses(network, real, fake, rules, mix.uniform(drawn, critic.size, 1))
            drawn += 1
            critic.descend(losses)
            if rules.bounded(critic.private):
                with torch.no_grad():
                    for parameter in network.critic.parameters():
                        parameter.clamp_(-rules.weight_clip, rules.weight_clip)
        _switch(makers, True)
        network.critic.requires_grad_(False)
        with critic.paused():  # the generator sees the critic's slopes and no record: post-processing
            fake = network.head.shown(network.raw(noise.normal(drawn, critic.size, network.latent)))
            drawn += 1
            made = _maker_loss(network.judge(fake), rules)
            _step(maker, made)
        network.critic.requires_grad_(True)
        if watched:
            critic.tell("critic", losses)
            stack.note("generator", made)
    critic.close()
    _settle(network, noise, drawn, critic.size, rules.recalibration_batches)


@torch.no_grad()
def _settle(network: GanNetwork, noise: CounterRng, drawn: int, size: int, batches: int) -> None:
    """Replace moving statistics, which remember earlier weights, by plain averages under the final ones."""
    norms = [layer for layer in network.modules() if isinstance(layer, BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for at in range(batches if norms else 0):
        for norm in norms:
            norm.momentum = 1 / (at + 1)
        network.raw(noise.normal(drawn + at, size, network.latent))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def pretrain(network: GanNetwork, stack: EnsembleData, rules: Rules) -> None:
    """Train the autoencoder to give records back."""
    if network.encoder is None or network.decoder is None:
        raise ValueError("expected an autoencoder to pretrain")
    optimiser = _adam(rules, (network.encoder, rules.pretrain_lr), (network.decoder, rules.pretrain_lr))
    parts = [network.encoder, network.decoder]
    descent = stack.descent("autoencoder", optimiser, parts, size=rules.pretrain_batch_size, purpose="autoencoder")
    for watched in stack.course("autoencoder", rules.pretrain_epochs * descent.per_pass):
        x = stack.records(descent.take())
        losses = network.head.miss(network.decoder(network.encoder(x)), x, value=watched)
        descent.descend(losses)
        if watched:
            descent.tell("autoencoder", losses)
    descent.close()
    network.encoder.requires_grad_(False)


def apart_losses(network: GanNetwork, real: Tensor, fake: Tensor, rules: Rules) -> Tensor:
    """Return a loss for each real and each made record, ``(K, b + made)``, from one pass: each is clipped alone.

    The number of made records must not follow the batch: a patient who leaves would take one along.
    """
    opinion = network.judge(torch.cat([real, fake], dim=1))
    signs = torch.ones(opinion.shape[1], device=opinion.device)
    signs[: real.shape[1]] = -1
    return F.softplus(signs * opinion) if rules.objective in ("bce", "boundary") else signs * opinion


def _critic_losses(network: GanNetwork, real: Tensor, fake: Tensor, rules: Rules, mix: Tensor) -> Tensor:
    """Return the critic's loss of each pair of a real and a made record, shape ``(K, b)``."""
    on_real, on_fake = network.judge(real), network.judge(fake)
    if rules.objective in ("bce", "boundary"):
        return F.softplus(-on_real) + F.softplus(on_fake)
    loss: Tensor = on_fake - on_real
    if rules.objective == "wasserstein-clip":
        return loss
    weight = mix[:, :1] if rules.shared_mix else mix
    between = (weight * real + (1 - weight) * fake).requires_grad_(True)
    (slope,) = torch.autograd.grad(network.judge(between).sum(), between, create_graph=True)
    steepness = (slope.square().sum(dim=-1) + 1e-12).sqrt()  # (K, b); the root's slope at 0 is infinite
    return loss + rules.gradient_penalty * (steepness - 1).square()


def _maker_loss(opinion: Tensor, rules: Rules) -> Tensor:
    """Return each model's generator loss, shape ``(K,)``, from the critic's opinion of what it made."""
    if rules.objective == "bce":
        return F.softplus(-opinion).mean(dim=1)
    if rules.objective == "boundary":
        # log D - log(1 - D) is the logit itself (Baowaly et al., 2019, eq. of medBGAN).
        return 0.5 * opinion.square().mean(dim=1)
    return -opinion.mean(dim=1)


def _switch(makers: Iterable[nn.Module], training: bool) -> None:
    for part in makers:
        part.train(training)


def _adam(rules: Rules, *parts: tuple[nn.Module, float | None]) -> torch.optim.Adam:
    groups = [{"params": list(part.parameters()), "lr": rules.lr if lr is None else lr} for part, lr in parts]
    return torch.optim.Adam(groups, betas=rules.betas, weight_decay=rules.weight_decay, fused=True)


def _step(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step on the sum over models: no model's loss reaches another's parameters."""
    optimiser.zero_grad(set_to_none=True)
    loss.sum().backward()
    optimiser.step()
