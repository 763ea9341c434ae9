"""Variational autoencoder for patient tables.

Members enter only through ``fit``; sampling sees a decoder and a seed, never a record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from audit.errors import check_choice, check_positive
from generators.encoding import Draw, Layout
from generators.recipe import Recipe

if TYPE_CHECKING:
    from generators.fitting import Network, Stack


@dataclass(frozen=True)
class VAE(Recipe):
    """Perceptron encoder and decoder around a Gaussian code; yes/no, shares and numbers each by their likelihood.

    The corGAN authors' baseline has these widths, trained 1,000 epochs, and rounds its outputs, which erases every code
    rarer than even odds: that is why published VAEs seem to lose rare codes.

    Attributes:
        latent: Width of the code.
        hidden: Widths between records and code; the decoder mirrors them.
        epochs: Passes over the members.
        batch_size: Records a step.
        lr: Learning rate.
        begin_at_odds: Whether the output layer's bias begins at the members' log odds instead of at 0, which spares
            the epochs that would find them.
        draw: How outputs become values.
    """

    title: ClassVar[str] = "VAE"
    summary: ClassVar[str] = "A variational autoencoder: an encoder and a decoder around a Gaussian code."
    source: ClassVar[str] = "Kingma & Welling (2014); sizes of Torfi & Fox (2020), corGAN's baseline"

    latent: int = 128
    hidden: tuple[int, ...] = (256,)
    epochs: int = 100
    batch_size: int = 500
    lr: float = 1e-3
    begin_at_odds: bool = True
    draw: Draw = "bernoulli"

    def __post_init__(self) -> None:
        check_positive(latent=self.latent, epochs=self.epochs, batch_size=self.batch_size, lr=self.lr)
        check_choice(("bernoulli", "threshold"), draw=self.draw)

    def network(self, layout: Layout, stack: int) -> Network:
        from generators.heads import Head
        from generators.stacked import perceptron
        from generators.variational import Noise, Variational

        return Variational(
            Head(layout),
            self.latent,
            perceptron(stack, (layout.width, *self.hidden, 2 * self.latent)),
            perceptron(stack, (self.latent, *reversed(self.hidden), layout.width)),
            Noise(stack, len(layout.reals)) if len(layout.reals) else None,
        )

    def train(self, network: Network, stack: Stack) -> None:
        from generators.variational import Variational, train

        if not isinstance(network, Variational):
            raise TypeError(f"expected the network of this recipe, got {type(network).__name__}")
        train(network, stack, epochs=self.epochs, batch_size=self.batch_size, lr=self.lr)
