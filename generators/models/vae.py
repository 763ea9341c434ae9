"""Variational autoencoder for patient tables.

Members enter only through ``fit``; sampling sees a decoder and a seed, never a record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.generators.dp.options import Privacy, TrainingPhase
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.encoding.table_encoder import Sampling
from synthaudit.generators.models.recipe import Recipe

if TYPE_CHECKING:
    from synthaudit.generators.stacking.ensemble_data import EnsembleData
    from synthaudit.generators.training.vae import VAENetwork


@dataclass(frozen=True)
class VAE(Recipe["VAENetwork"]):
    """Perceptron encoder and decoder around a Gaussian code; yes/no, shares and numbers each by their likelihood.

    The corGAN authors' baseline has these widths, trained 1,000 epochs, and rounds its outputs, which erases every code
    rarer than even odds: that is why published VAEs seem to lose rare codes.

    Attributes:
        latent: Width of the code.
        architecture: ``mlp``, or ``cnn``: one-dimensional convolutions over neighbouring columns, as corGAN's authors
            tried.
        hidden: Widths between records (or convolutions) and code; the decoder mirrors them.
        channels: Channels of the convolutions; the last is the width that they end in.
        epochs: Passes over the members.
        batch_size: Records per step.
        lr: Learning rate.
        init_output_bias: Whether the output layer's bias begins at the members' log odds instead of at 0, which spares
            the epochs that would find them.
        sampling: How outputs become values.
        privacy: Differentially private training; None trains without noise.
    """

    title: ClassVar[str] = "VAE"
    summary: ClassVar[str] = "A variational autoencoder: an encoder and a decoder around a Gaussian code."
    source: ClassVar[str] = "Kingma & Welling (2014); sizes of Torfi & Fox (2020), corGAN's baseline"

    latent: int = 128
    architecture: Literal["mlp", "cnn"] = "mlp"
    hidden: tuple[int, ...] = (256,)
    channels: tuple[int, ...] = (16, 32, 64, 128, 256, 512)
    epochs: int = 60
    batch_size: int = 250
    lr: float = 1e-3
    init_output_bias: bool = True
    sampling: Sampling = "bernoulli"
    privacy: Privacy | None = None

    def __post_init__(self) -> None:
        check_positive(latent=self.latent, epochs=self.epochs, batch_size=self.batch_size, lr=self.lr)
        check_choice(("mlp", "cnn"), architecture=self.architecture)
        check_choice(("bernoulli", "threshold"), sampling=self.sampling)

    def network(self, layout: Layout, models: int) -> VAENetwork:
        from torch import nn

        from synthaudit.generators.nets.conv_networks import convolutional_decoder, convolutional_encoder
        from synthaudit.generators.nets.heads import Head
        from synthaudit.generators.nets.layers import Activation, Bias, LogScale, perceptron
        from synthaudit.generators.training.vae import VAENetwork

        convolutional, private = self.architecture == "cnn", self.privacy is not None
        ends = self.channels[-1] if convolutional else layout.width
        encoder = perceptron(models, (ends, *self.hidden, 2 * self.latent), sparse_input=not convolutional)
        decoder = perceptron(models, (self.latent, *reversed(self.hidden), ends))
        if convolutional:
            down = convolutional_encoder(models, layout.width, self.channels, last="leaky", per_record=private)
            up = convolutional_decoder(models, layout.width, self.channels[::-1], per_record=private)
            encoder = nn.Sequential(down, encoder)
            decoder = nn.Sequential(decoder, Activation("relu"), up, Bias(models, layout.width))
        log_scale = LogScale(models, len(layout.numeric)) if len(layout.numeric) else None
        return VAENetwork(Head(layout), self.latent, encoder, decoder, log_scale)

    def phases(self, rows: int) -> tuple[TrainingPhase, ...]:
        size = min(self.batch_size, rows)
        return (TrainingPhase("bound", size, self.epochs * (rows // size)),)

    def training_rows(self, members: int) -> int:
        return self.epochs * members

    def train(self, network: VAENetwork, data: EnsembleData) -> None:
        from synthaudit.generators.training.vae import train_vae

        train_vae(network, data, epochs=self.epochs, batch_size=self.batch_size, lr=self.lr)
