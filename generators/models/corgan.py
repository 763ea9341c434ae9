"""corGAN: a Wasserstein GAN over the codes of a convolutional autoencoder, which sees neighbouring columns together.

Torfi & Fox (2020), "CorGAN: correlation-capturing convolutional generative adversarial networks for generating
synthetic healthcare records", FLAIRS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.generators.dp.options import Privacy, refuse
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.encoding.table_encoder import Sampling
from synthaudit.generators.models.recipe import Recipe

if TYPE_CHECKING:
    from torch import nn

    from synthaudit.generators.stacking.ensemble_data import EnsembleData
    from synthaudit.generators.training.fit import Network

ColumnOrder = Literal["given", "sorted", "shuffled"]
Architecture = Literal["cnn", "mlp"]


@dataclass(frozen=True)
class CorGAN(Recipe):
    """A one-dimensional convolutional autoencoder, and generator and critic as perceptrons or convolutions.

    The public code has the convolutional autoencoder with perceptrons (``architecture="mlp"``); the paper describes
    convolutions throughout (``architecture="cnn"``). The critic's weights are clipped. The public code trains 100
    epochs of 512 records after one of the autoencoder; the fewer steps here reach the column means of 15,000 x 930 in
    about a minute of one core.

    Attributes:
        latent: Width of the noise and of the code.
        autoencoder: ``cnn`` (the paper) or ``mlp``.
        architecture: Generator and critic: ``mlp`` (the public code) or ``cnn`` (the paper).
        critic_widths: Hidden widths of the perceptron critic.
        column_order: Which columns are neighbours: as given, sorted by name (ICD order) or shuffled. What convolutions
            learn depends on it.
        column_bias: Whether the decoder ends in a bias of its own for each column; the published one shares a single
            bias among all of them, which leaves rates of rare codes to the convolutions.
        steps: Generator steps of the game; the same for few members and many.
        epochs: Passes instead of steps, as papers count: one generator step a batch of members.
        batch_size: Records a step.
        pretrain_epochs: Passes of the autoencoder before it (the public code: 1 with convolutions, 100 without).
        pretrain_batch_size: Records a step of those.
        lr: Learning rate of generator, critic and autoencoder.
        decoder_lr: Learning rate of the decoder during the game.
        weight_decay: L2 penalty.
        critic_steps: Critic steps a generator step.
        weight_clip: Bound on the critic's weights.
        init_output_bias: Whether the biases of the columns begin at the members' log odds instead of at 0.
        sampling: How outputs become values.
        privacy: A promise of (epsilon, delta), and how to keep it; None trains without noise.
        reference_quirks: Repeat the public code: bursts of 100 critic steps, all on the same records.
    """

    title: ClassVar[str] = "corGAN"
    summary: ClassVar[str] = "A Wasserstein GAN over the codes of a one-dimensional convolutional autoencoder."
    source: ClassVar[str] = "Torfi & Fox (2020), FLAIRS"

    latent: int = 128
    autoencoder: Architecture = "cnn"
    architecture: Architecture = "mlp"
    critic_widths: tuple[int, ...] = (256, 256, 256)
    column_order: ColumnOrder = "given"
    column_bias: bool = True
    steps: int = 250
    epochs: int | None = None
    batch_size: int = 250
    pretrain_epochs: int = 5
    pretrain_batch_size: int = 100
    lr: float = 1e-3
    decoder_lr: float = 1e-4
    weight_decay: float = 1e-4
    critic_steps: int = 5
    weight_clip: float = 0.01
    init_output_bias: bool = True
    sampling: Sampling = "bernoulli"
    privacy: Privacy | None = None
    reference_quirks: bool = False

    def __post_init__(self) -> None:
        check_positive(
            latent=self.latent,
            steps=self.steps,
            epochs=self.epochs or 1,
            batch_size=self.batch_size,
            lr=self.lr,
            weight_clip=self.weight_clip,
        )
        check_positive(pretrain_epochs=self.pretrain_epochs, pretrain_batch_size=self.pretrain_batch_size)
        check_positive(critic_steps=self.critic_steps)
        check_choice(("cnn", "mlp"), autoencoder=self.autoencoder, architecture=self.architecture)
        quirks = "bursts of steps on the same records are no draws by coins: set reference_quirks = false"
        refuse(self.privacy, self.title, reference_quirks=(self.reference_quirks, quirks))
        check_choice(("given", "sorted", "shuffled"), column_order=self.column_order)
        check_choice(("bernoulli", "threshold"), sampling=self.sampling)

    def rhythm(self, members: int) -> tuple[int, ...]:
        sizes = (min(self.pretrain_batch_size, members), min(self.batch_size, members))
        return (sizes[0], members // sizes[0], sizes[1], members // sizes[1])

    def phases(self, rows: int) -> tuple[tuple[str, int, int], ...]:
        first = min(self.pretrain_batch_size, rows)
        game = min(self.batch_size, rows)
        steps = self.steps if self.epochs is None else self.epochs * (rows // game)
        pretrain = ("autoencoder", first, self.pretrain_epochs * (rows // first))
        return (pretrain, ("critic", game, steps * self.critic_steps))

    def notes(self) -> tuple[str, ...]:
        quirk = ("reference quirk: bursts of critic steps on the same records",) if self.reference_quirks else ()
        return (f"columns stand in {self.column_order} order", *quirk)

    def network(self, layout: Layout, stack: int) -> Network:
        from synthaudit.generators.nets import convolution
        from synthaudit.generators.nets.critics import PerceptronCritic
        from synthaudit.generators.nets.heads import Head
        from synthaudit.generators.nets.layers import Bias, chain, perceptron
        from synthaudit.generators.nets.residual import Residual
        from synthaudit.generators.training.gan import GanNetwork

        order, private = unit_order(layout, self.column_order), self.privacy is not None
        encoder: nn.Module = perceptron(stack, (layout.width, self.latent), last="tanh", entry=True)
        decoder: nn.Module = perceptron(stack, (self.latent, layout.width))
        if self.autoencoder == "cnn":
            encoder = convolution.encoder(
                stack, layout.width, (4, 8, 16, 32, 64, self.latent), order=order, alone=private
            )
            decoder = convolution.decoder(
                stack, layout.width, (self.latent, 64, 32, 16, 8, 4), order=order, alone=private
            )
            decoder = chain(decoder, Bias(stack, layout.width)) if self.column_bias else decoder
        if self.architecture == "cnn":
            maker: nn.Module = convolution.generator(stack, self.latent, (64, 32, 16, 8, 4))
            critic: nn.Module = convolution.critic(stack, layout.width, (16, 32, 64, 128), order=order, alone=private)
        else:
            maker = Residual(stack, self.latent, layers=2, shortcut=True, batch_norm=True)
            critic = PerceptronCritic(stack, (layout.width, *self.critic_widths, 1))
        return GanNetwork(Head(layout), self.latent, maker, critic, encoder, decoder)

    def training_rows(self, members: int) -> int:
        pretrained = self.pretrain_epochs * members
        if self.epochs is not None:
            return pretrained + self.epochs * members
        return pretrained + self.steps * min(self.batch_size, members) * (1 + self.critic_steps)

    def train(self, network: Network, stack: EnsembleData) -> None:
        from synthaudit.generators.training.gan import Rules, adversary, play

        rules = Rules(
            objective="wasserstein-clip",
            steps=self.steps,
            epochs=self.epochs,
            batch_size=self.batch_size,
            critic_steps=self.critic_steps,
            lr=self.lr,
            decoder_lr=self.decoder_lr,
            weight_decay=self.weight_decay,
            pretrain_epochs=self.pretrain_epochs,
            pretrain_batch_size=self.pretrain_batch_size,
            weight_clip=self.weight_clip,
            bursts=self.reference_quirks,
        )
        play(adversary(network), stack, rules)


def unit_order(layout: Layout, order: ColumnOrder) -> np.ndarray | None:
    """Return the units in the order in which their columns shall stand, or None to leave them."""
    if order == "given":
        return None
    columns = np.arange(len(layout.schema))
    if order == "sorted":
        columns = np.array(sorted(columns, key=lambda at: layout.schema.names[at]))
    else:
        columns = np.random.default_rng(0).permutation(columns)  # one shuffle for all models and seeds: an option
    return np.concatenate([np.arange(layout.start[at], layout.start[at + 1]) for at in columns])
