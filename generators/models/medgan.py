"""medGAN: an autoencoder learns the codes of patients, a generative adversarial network learns to make them.

Choi, Biswal, Malin, Duke, Stewart & Sun (2017), "Generating multi-label discrete patient records using generative
adversarial networks", MLHC. As the paper has it; the public code's defects only by ``reference_quirks``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.generators.dp.options import check_no_coupling
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.models.recipe import Recipe
from synthaudit.generators.training.gan_config import AutoencoderGanConfig

if TYPE_CHECKING:
    from synthaudit.generators.stacking.ensemble_data import EnsembleData
    from synthaudit.generators.training.gan import GanNetwork


@dataclass(frozen=True)
class MedGAN(AutoencoderGanConfig, Recipe["GanNetwork"]):
    """Autoencoder, residual generator of its codes, and a critic that also sees the average of its batch.

    The paper's ablations are fields: GAN is ``pretrain=False, minibatch_mode="none", shortcut=False,
    batch_norm=False``; GAN_P adds ``pretrain``; GAN_PD ``minibatch_mode="discrimination"``; GAN_PA
    ``minibatch_mode="average"``; medGAN all. The paper trained 1,000 epochs of 1,000 records after 100 epochs of 100.

    The published learning rates (1e-3; 0.9, 0.999) let the critic win for thousands of steps; a slower critic without
    momentum meets the generator after about a thousand. With ``reference_quirks`` the game sees the first ninth of the
    members only (the public code's index fault), and the critic learns from a generator whose batch statistics lag.

    Attributes:
        critic_widths: Hidden widths of the critic.
        pretrain: Whether the autoencoder is trained first.
        pretrain_lr: Learning rate of the autoencoder.
        minibatch_mode: What the critic sees of the rest of its batch: None is ``average``, and ``none`` under privacy.
        shortcut: Whether the generator's layers add their input.
        batch_norm: Whether the generator's layers are batch-normalised.
        recalibration_batches: Batches over which the generator's statistics are averaged at the end (the public code:
            1,000).
    """

    title: ClassVar[str] = "medGAN"
    summary: ClassVar[str] = "A GAN that makes the codes of a pretrained autoencoder."
    source: ClassVar[str] = "Choi et al. (2017), MLHC"

    critic_widths: tuple[int, ...] = (256, 128)
    weight_decay: float = 1e-3
    pretrain: bool = True
    pretrain_lr: float = 1e-3
    minibatch_mode: Literal["average", "discrimination", "none"] | None = None
    shortcut: bool = True
    batch_norm: bool = True
    recalibration_batches: int = 50

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(pretrain_lr=self.pretrain_lr)
        mode = self.minibatch_mode
        if mode is not None:
            check_choice(("average", "discrimination", "none"), minibatch_mode=mode)
        whole_batch = f"'{mode}' shows the critic a whole batch: set minibatch_mode = 'none' or leave it out"
        check_no_coupling(
            self.privacy,
            self.title,
            minibatch_mode=(mode not in (None, "none"), whole_batch),
            reference_quirks=(self.reference_quirks, "set reference_quirks = false"),
        )

    @property
    def autoencoder_epochs(self) -> int:
        return self.pretrain_epochs if self.pretrain else 0

    @property
    def penalty_per_batch(self) -> bool:
        return True

    @property
    def effective_minibatch_mode(self) -> Literal["average", "discrimination", "none"]:
        """What the critic sees of its batch."""
        return self.minibatch_mode or ("average" if self.privacy is None else "none")

    def batch_schedule(self, members: int) -> tuple[int, ...]:
        if not self.reference_quirks:
            return super().batch_schedule(members)
        from synthaudit.generators.training.reference_gan import first_ninth

        pretraining, first = super().batch_schedule(members)[:2], first_ninth(members)
        size = min(self.batch_size, first)
        return (*pretraining, size, first // size, first)

    def notes(self) -> tuple[str, ...]:
        return ("reference quirk: the game saw the first ninth of the members",) if self.reference_quirks else ()

    def network(self, layout: Layout, models: int) -> GanNetwork:
        from synthaudit.generators.nets.critics import PerceptronCritic
        from synthaudit.generators.nets.heads import Head
        from synthaudit.generators.nets.layers import perceptron
        from synthaudit.generators.nets.residual import Residual
        from synthaudit.generators.training.gan import GanNetwork

        widths = (layout.width, *self.critic_widths, 1)
        return GanNetwork(
            Head(layout),
            self.latent,
            Residual(models, self.latent, layers=3, shortcut=self.shortcut, batch_norm=self.batch_norm),
            PerceptronCritic(models, widths, minibatch_mode=self.effective_minibatch_mode),
            perceptron(models, (layout.width, self.latent), last="tanh", sparse_input=True),
            perceptron(models, (self.latent, layout.width)),
        )

    def train(self, network: GanNetwork, data: EnsembleData) -> None:
        from synthaudit.generators.training.gan import GanTraining
        from synthaudit.generators.training.reference_gan import MedGANReferenceTraining

        training = MedGANReferenceTraining if self.reference_quirks else GanTraining
        training(network, data, self).train()
