"""EMR-WGAN: a Wasserstein GAN on the records themselves, without an autoencoder.

Zhang, Yan, Mesa, Sun & Malin (2020), "Ensuring electronic medical record simulation through better training, modeling,
and evaluation", JAMIA 27(1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from synthaudit.audit.errors import TrainingError, check_positive
from synthaudit.generators.dp.options import check_no_coupling
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.models.recipe import Recipe
from synthaudit.generators.training.gan_config import GanConfig, Objective

if TYPE_CHECKING:
    from synthaudit.generators.stacking.ensemble_data import EnsembleData
    from synthaudit.generators.training.gan import GanNetwork


@dataclass(frozen=True)
class EMRWGAN(GanConfig, Recipe["GanNetwork"]):
    """A residual generator and a layer-normalised critic under a gradient penalty, optionally by class.

    Only the critic sees records, and it normalises each by itself: nothing couples the records of a batch. The authors
    train 500 passes of 2,000 records at a learning rate of 1e-4.

    Attributes:
        layers: Residual layers before the output layer.
        critic_widths: Hidden widths of the critic.
        labels: Columns (binary or with levels) whose combined value chooses gain and shift of every normalisation, as
            sex x age band does in the paper; none is the unconditional model. Classes are drawn as often as members
            have them.
        gradient_penalty: Weight of the gradient penalty, mixed for each record on its own.
        weight_clip: Bound on the critic's weights under privacy, where it takes the penalty's place.
    """

    title: ClassVar[str] = "EMR-WGAN"
    summary: ClassVar[str] = "A Wasserstein GAN on the records themselves, with a layer-normalised critic."
    source: ClassVar[str] = "Zhang et al. (2020), JAMIA 27"
    objective: ClassVar[Objective] = "wasserstein-penalty"

    layers: int = 2
    critic_widths: tuple[int, ...] = (256, 128)
    labels: tuple[str, ...] = ()
    lr: float = 5e-4
    weight_decay: float = 1e-5
    gradient_penalty: float = 10.0
    weight_clip: float = 0.05

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(layers=self.layers, gradient_penalty=self.gradient_penalty, weight_clip=self.weight_clip)
        check_no_coupling(
            self.privacy,
            self.title,
            labels=(bool(self.labels), "shares of classes are counted among the members: leave labels out"),
        )

    def notes(self) -> tuple[str, ...]:
        return (f"conditional on {', '.join(self.labels)}",) if self.labels else ()

    def network(self, layout: Layout, models: int) -> GanNetwork:
        from torch import nn

        from synthaudit.generators.nets.conditional import ConditionalCritic, ConditionalGenerator, LabelClasses
        from synthaudit.generators.nets.critics import PerceptronCritic
        from synthaudit.generators.nets.heads import Head
        from synthaudit.generators.nets.layers import Linear
        from synthaudit.generators.nets.residual import Residual
        from synthaudit.generators.training.conditional_gan import ConditionalGanNetwork
        from synthaudit.generators.training.gan import GanNetwork

        widths = (layout.width, *self.critic_widths, 1)
        if self.labels:
            missing = [name for name in self.labels if name not in layout.schema.position]
            if missing:
                raise TrainingError(f"EMR-WGAN is to be conditional on {', '.join(missing)}: no such column.")
            classes = LabelClasses(layout, self.labels)
            by_class = ConditionalGenerator(models, self.latent, self.layers, layout.width, classes)
            critic = ConditionalCritic(models, widths, classes)
            return ConditionalGanNetwork(Head(layout), classes, models, by_class, critic)
        residual = Residual(models, self.latent, layers=self.layers, shortcut=True, batch_norm=True)
        generator = nn.Sequential(residual, Linear(models, self.latent, layout.width))
        return GanNetwork(Head(layout), self.latent, generator, PerceptronCritic(models, widths, layer_norm=True))

    def train(self, network: GanNetwork, data: EnsembleData) -> None:
        from synthaudit.generators.training.conditional_gan import ConditionalGanNetwork
        from synthaudit.generators.training.gan import GanTraining

        if isinstance(network, ConditionalGanNetwork):
            network.count_classes(data)
        GanTraining(network, data, self).train()
