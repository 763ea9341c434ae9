"""A plain generative adversarial network: the weakest baseline of the family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.models.recipe import Recipe
from synthaudit.generators.training.gan_config import GanConfig

if TYPE_CHECKING:
    from synthaudit.generators.stacking.ensemble_data import EnsembleData
    from synthaudit.generators.training.gan import GanNetwork


@dataclass(frozen=True)
class GAN(GanConfig, Recipe["GanNetwork"]):
    """Two small hidden layers with leaky ReLU on either side, no autoencoder, no normalisation, no view of the batch.

    Attributes:
        hidden: Hidden widths of the generator; the critic mirrors them.
    """

    title: ClassVar[str] = "GAN"
    summary: ClassVar[str] = "A plain perceptron GAN on the table itself, with two small hidden layers."
    source: ClassVar[str] = "Goodfellow et al. (2014), NeurIPS"

    latent: int = 64
    hidden: tuple[int, ...] = (128, 128)
    steps: int = 3000
    critic_steps: int = 1
    init_output_bias: bool = False

    def network(self, layout: Layout, models: int) -> GanNetwork:
        from synthaudit.generators.nets.critics import PerceptronCritic
        from synthaudit.generators.nets.heads import Head
        from synthaudit.generators.nets.layers import perceptron
        from synthaudit.generators.training.gan import GanNetwork

        return GanNetwork(
            Head(layout),
            self.latent,
            perceptron(models, (self.latent, *self.hidden, layout.width), hidden="leaky"),
            PerceptronCritic(models, (layout.width, *reversed(self.hidden), 1), hidden="leaky"),
        )

    def train(self, network: GanNetwork, data: EnsembleData) -> None:
        from synthaudit.generators.training.gan import GanTraining

        GanTraining(network, data, self).train()
