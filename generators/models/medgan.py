"""medGAN: an autoencoder learns the codes of patients, a generative adversarial network learns to make them.

Choi, Biswal, Malin, Duke, Stewart & Sun (2017), "Generating multi-label discrete patient records using generative
adversarial networks", MLHC. As the paper has it; the public code's defects only by ``reference_quirks``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.generators.dp.options import Privacy, refuse
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.encoding.table_encoder import Sampling
from synthaudit.generators.models.recipe import Recipe

if TYPE_CHECKING:
    from synthaudit.generators.stacking.ensemble_data import EnsembleData
    from synthaudit.generators.training.fit import Network
    from synthaudit.generators.training.gan import Objective


@dataclass(frozen=True)
class MedGAN(Recipe):
    """Autoencoder, residual generator of its codes, and a critic that also sees the average of its batch.

    The paper's ablations are fields: GAN is ``pretrain=False, minibatch_mode="none", shortcut=False,
    batch_norm=False``; GAN_P adds ``pretrain``; GAN_PD ``minibatch_mode="discrimination"``; GAN_PA
    ``minibatch_mode="average"``; medGAN all.
    The paper trained 1,000 epochs of 1,000 records after 100 epochs of 100.

    Attributes:
        latent: Width of the noise and of the autoencoder's code.
        critic_widths: Hidden widths of the critic.
        steps: Generator steps of the game; the same for few members and many.
        epochs: Passes instead of steps, as papers count: one generator step a batch of members.
        batch_size: Records a step of the game.
        pretrain_epochs: Passes of the autoencoder before it.
        pretrain_batch_size: Records a step of those.
        pretrain_lr: Learning rate of the autoencoder.
        lr: Learning rate of the game.
        betas: Adam's decay rates in the game. The published rates (1e-3; 0.9, 0.999) let the critic win for thousands
            of steps; a slower critic without momentum meets the generator after about a thousand.
        weight_decay: L2 penalty on every parameter.
        critic_steps: Critic steps a generator step.
        pretrain: Whether the autoencoder is trained first.
        minibatch_mode: What the critic sees of the rest of its batch: None is ``average``, and ``none`` under privacy.
        shortcut: Whether the generator's layers add their input.
        batch_norm: Whether the generator's layers are batch-normalised.
        recalibration_batches: Batches over which the generator's statistics are averaged at the end (the public code:
            1,000).
        init_output_bias: Whether the output layer's bias begins at the members' log odds instead of at 0, which spares
            the epochs that would find them.
        sampling: How outputs become values.
        privacy: A promise of (epsilon, delta), and how to keep it; None trains without noise.
        reference_quirks: Repeat the public code: the game sees the first ninth of the members only (its index fault),
            and the critic learns from a generator whose batch statistics lag.
    """

    title: ClassVar[str] = "medGAN"
    summary: ClassVar[str] = "A GAN that makes the codes of a pretrained autoencoder."
    source: ClassVar[str] = "Choi et al. (2017), MLHC"
    objective: ClassVar[Objective] = "bce"

    latent: int = 128
    critic_widths: tuple[int, ...] = (256, 128)
    steps: int = 1500
    epochs: int | None = None
    batch_size: int = 250
    pretrain_epochs: int = 15
    pretrain_batch_size: int = 100
    pretrain_lr: float = 1e-3
    lr: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.9)
    weight_decay: float = 1e-3
    critic_steps: int = 2
    pretrain: bool = True
    minibatch_mode: Literal["average", "discrimination", "none"] | None = None
    shortcut: bool = True
    batch_norm: bool = True
    recalibration_batches: int = 50
    init_output_bias: bool = True
    sampling: Sampling = "bernoulli"
    privacy: Privacy | None = None
    reference_quirks: bool = False

    def __post_init__(self) -> None:
        check_positive(
            latent=self.latent, steps=self.steps, epochs=self.epochs or 1, batch_size=self.batch_size, lr=self.lr
        )
        check_positive(pretrain_epochs=self.pretrain_epochs, pretrain_batch_size=self.pretrain_batch_size)
        check_positive(pretrain_lr=self.pretrain_lr)
        check_positive(critic_steps=self.critic_steps)
        if self.minibatch_mode is not None:
            check_choice(("average", "discrimination", "none"), minibatch_mode=self.minibatch_mode)
        mode = self.minibatch_mode
        seen = f"'{mode}' shows the critic a whole batch: set minibatch_mode = 'none' or leave it out"
        refuse(
            self.privacy,
            self.title,
            minibatch_mode=(mode not in (None, "none"), seen),
            reference_quirks=(self.reference_quirks, "set reference_quirks = false"),
        )
        check_choice(("bernoulli", "threshold"), sampling=self.sampling)

    def rhythm(self, members: int) -> tuple[int, ...]:
        first = -(-members // 9) if self.reference_quirks else members
        sizes = (min(self.pretrain_batch_size, members), min(self.batch_size, first))
        return (sizes[0], members // sizes[0], sizes[1], first // sizes[1], first if self.reference_quirks else 0)

    @property
    def effective_minibatch_mode(self) -> Literal["average", "discrimination", "none"]:
        """What the critic sees of its batch."""
        return self.minibatch_mode or ("average" if self.privacy is None else "none")

    def phases(self, rows: int) -> tuple[tuple[str, int, int], ...]:
        first = min(self.pretrain_batch_size, rows)
        game = min(self.batch_size, rows)
        steps = self.steps if self.epochs is None else self.epochs * (rows // game)
        game_phase = ("critic", game, steps * self.critic_steps)
        if not self.pretrain:
            return (game_phase,)
        return (("autoencoder", first, self.pretrain_epochs * (rows // first)), game_phase)

    def notes(self) -> tuple[str, ...]:
        return ("reference quirk: the game saw the first ninth of the members",) if self.reference_quirks else ()

    def network(self, layout: Layout, stack: int) -> Network:
        from synthaudit.generators.nets.critics import PerceptronCritic
        from synthaudit.generators.nets.heads import Head
        from synthaudit.generators.nets.layers import perceptron
        from synthaudit.generators.nets.residual import Residual
        from synthaudit.generators.training.gan import GanNetwork

        return GanNetwork(
            Head(layout),
            self.latent,
            Residual(stack, self.latent, layers=3, shortcut=self.shortcut, batch_norm=self.batch_norm),
            PerceptronCritic(stack, (layout.width, *self.critic_widths, 1), minibatch=self.effective_minibatch_mode),
            perceptron(stack, (layout.width, self.latent), last="tanh", entry=True),
            perceptron(stack, (self.latent, layout.width)),
        )

    def training_rows(self, members: int) -> int:
        pretrained = self.pretrain_epochs * members
        if self.epochs is not None:
            return pretrained + self.epochs * members
        return pretrained + self.steps * min(self.batch_size, members) * (1 + self.critic_steps)

    def train(self, network: Network, stack: EnsembleData) -> None:
        from synthaudit.generators.training.gan import Rules, adversary, play

        rules = Rules(
            objective=self.objective,
            steps=self.steps,
            epochs=self.epochs,
            batch_size=self.batch_size,
            critic_steps=self.critic_steps,
            lr=self.lr,
            betas=self.betas,
            pretrain_lr=self.pretrain_lr,
            weight_decay=self.weight_decay,
            pretrain_epochs=self.pretrain_epochs if self.pretrain else 0,
            pretrain_batch_size=self.pretrain_batch_size,
            shared_mix=True,
            inference=self.reference_quirks,
            recalibration_batches=self.recalibration_batches,
            first=-(-min(stack.counts) // 9) if self.reference_quirks else None,
        )
        play(adversary(network), stack, rules)
