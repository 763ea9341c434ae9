"""corGAN: a Wasserstein GAN over the codes of a convolutional autoencoder, which sees neighbouring columns together.

Torfi & Fox (2020), "CorGAN: correlation-capturing convolutional generative adversarial networks for generating
synthetic healthcare records", FLAIRS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.generators.dp.options import check_no_coupling
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.models.recipe import Recipe
from synthaudit.generators.training.gan_config import AutoencoderGanConfig, Objective

if TYPE_CHECKING:
    from torch import nn

    from synthaudit.generators.stacking.ensemble_data import EnsembleData
    from synthaudit.generators.training.gan import GanNetwork

ColumnOrder = Literal["given", "sorted", "shuffled"]
Architecture = Literal["cnn", "mlp"]


@dataclass(frozen=True)
class CorGAN(AutoencoderGanConfig, Recipe["GanNetwork"]):
    """A one-dimensional convolutional autoencoder, and generator and critic as perceptrons or convolutions.

    The public code has the convolutional autoencoder with perceptrons (``architecture="mlp"``); the paper describes
    convolutions throughout (``architecture="cnn"``). The critic's weights are clipped. The public code trains 100
    epochs of 512 records after one of the autoencoder (100 without convolutions); the fewer steps here reach the column
    means of 15,000 x 930 in about a minute of one core. With ``reference_quirks`` the critic warms up by 100 steps, all
    on the same records, as in the public code, and layers have its lengths, which at most widths leave some columns
    unread and others to the bias alone.

    Attributes:
        autoencoder: ``cnn`` (the paper) or ``mlp``.
        architecture: Generator and critic: ``mlp`` (the public code) or ``cnn`` (the paper).
        critic_widths: Hidden widths of the perceptron critic.
        column_order: Which columns are neighbours: as given, sorted by name (ICD order) or shuffled. What convolutions
            learn depends on it.
        column_bias: Whether the decoder ends in a bias of its own for each column; the published one shares a single
            bias among all of them, which leaves rates of rare codes to the convolutions.
        decoder_lr: Learning rate of the decoder during the game.
        weight_clip: Bound on the critic's weights.
    """

    title: ClassVar[str] = "corGAN"
    summary: ClassVar[str] = "A Wasserstein GAN over the codes of a one-dimensional convolutional autoencoder."
    source: ClassVar[str] = "Torfi & Fox (2020), FLAIRS"
    objective: ClassVar[Objective] = "wasserstein-clip"

    autoencoder: Architecture = "cnn"
    architecture: Architecture = "mlp"
    critic_widths: tuple[int, ...] = (256, 256, 256)
    column_order: ColumnOrder = "given"
    column_bias: bool = True
    steps: int = 250
    pretrain_epochs: int = 5
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    decoder_lr: float = 1e-4
    weight_decay: float = 1e-4
    critic_steps: int = 5
    weight_clip: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(weight_clip=self.weight_clip)
        check_choice(("cnn", "mlp"), autoencoder=self.autoencoder, architecture=self.architecture)
        check_choice(("given", "sorted", "shuffled"), column_order=self.column_order)
        same_records = "steps on the same records are no Poisson samples: set reference_quirks = false"
        check_no_coupling(self.privacy, self.title, reference_quirks=(self.reference_quirks, same_records))

    def notes(self) -> tuple[str, ...]:
        quirk = (
            ("reference quirk: critic warm-up, steps on the same records, lengths that skip columns",)
            if self.reference_quirks
            else ()
        )
        return (f"columns stand in {self.column_order} order", *quirk)

    def network(self, layout: Layout, models: int) -> GanNetwork:
        from torch import nn

        from synthaudit.generators.nets.conv_networks import (
            convolutional_critic,
            convolutional_decoder,
            convolutional_encoder,
            convolutional_generator,
        )
        from synthaudit.generators.nets.critics import PerceptronCritic
        from synthaudit.generators.nets.heads import Head
        from synthaudit.generators.nets.layers import Bias, perceptron
        from synthaudit.generators.nets.residual import Residual
        from synthaudit.generators.training.gan import GanNetwork

        order = unit_order(layout, self.column_order)
        form: dict[str, Any] = {
            "order": order,
            "per_record": self.privacy is not None,
            "published": self.reference_quirks,
        }
        encoder: nn.Module = perceptron(models, (layout.width, self.latent), last="tanh", sparse_input=True)
        decoder: nn.Module = perceptron(models, (self.latent, layout.width))
        if self.autoencoder == "cnn":
            encoder = convolutional_encoder(models, layout.width, (4, 8, 16, 32, 64, self.latent), **form)
            decoder = convolutional_decoder(models, layout.width, (self.latent, 64, 32, 16, 8, 4), **form)
            decoder = nn.Sequential(decoder, Bias(models, layout.width)) if self.column_bias else decoder
        if self.architecture == "cnn":
            generator: nn.Module = convolutional_generator(models, self.latent, (64, 32, 16, 8, 4))
            critic: nn.Module = convolutional_critic(models, layout.width, (16, 32, 64, 128), **form)
        else:
            generator = Residual(models, self.latent, layers=2, shortcut=True, batch_norm=True)
            critic = PerceptronCritic(models, (layout.width, *self.critic_widths, 1))
        return GanNetwork(Head(layout), self.latent, generator, critic, encoder, decoder)

    def training_rows(self, members: int) -> int:
        pretrained = self.pretrain_epochs * members
        if self.epochs is not None:
            return pretrained + self.epochs * members
        return pretrained + self.steps * min(self.batch_size, members) * (1 + self.critic_steps)

    def train(self, network: GanNetwork, data: EnsembleData) -> None:
        from synthaudit.generators.training.gan import GanTraining
        from synthaudit.generators.training.reference_gan import CorGANReferenceTraining

        training = CorGANReferenceTraining if self.reference_quirks else GanTraining
        training(network, data, self).train()


def unit_order(layout: Layout, order: ColumnOrder) -> np.ndarray | None:
    """Return the units in the order in which their columns shall stand, or None to leave them."""
    if order == "given":
        return None
    columns = np.arange(len(layout.schema))
    if order == "sorted":
        columns = np.array(sorted(columns, key=lambda at: layout.schema.columns[at].original_name))
    else:
        columns = np.random.default_rng(0).permutation(columns)  # one shuffle for all models and seeds: an option
    return np.concatenate([np.arange(layout.start[at], layout.start[at + 1]) for at in columns])
