"""Options of generative adversarial training. Imports no torch."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.generators.dp.options import Privacy, TrainingPhase
from synthaudit.generators.encoding.table_encoder import Sampling

Objective = Literal["bce", "boundary", "wasserstein-penalty", "wasserstein-clip"]


@dataclass(frozen=True)
class GanConfig:
    """What all GANs of the catalogue are trained by; a recipe adds its network's options, and may change a default.

    ``objective`` is fixed per recipe. ``bce`` is the non-saturating game of Goodfellow et al. (2014); ``boundary`` lets
    the generator seek the critic's decision boundary (Hjelm et al., 2018); ``wasserstein-*`` bound the critic's slope
    by a gradient penalty (Gulrajani et al., 2017) or by clipping its weights (Arjovsky et al., 2017).

    Attributes:
        latent: Width of the latent vectors.
        steps: Generator steps; the same for few members and many.
        epochs: Passes instead of steps, as papers count: one generator step per batch of members.
        batch_size: Records per step.
        lr: Learning rate of Adam.
        betas: Adam's decay rates.
        weight_decay: L2 penalty on every parameter.
        critic_steps: Critic steps before each generator step, each on a fresh batch.
        init_output_bias: Whether the output layer's bias begins at the members' log odds instead of at 0, which spares
            the epochs that would find them.
        sampling: How outputs become values.
        privacy: Differentially private training; None trains without noise.
    """

    title: ClassVar[str]
    objective: ClassVar[Objective] = "bce"

    latent: int = 128
    steps: int = 1500
    epochs: int | None = None
    batch_size: int = 250
    lr: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.9)
    weight_decay: float = 0.0
    critic_steps: int = 2
    init_output_bias: bool = True
    sampling: Sampling = "bernoulli"
    privacy: Privacy | None = None

    def __post_init__(self) -> None:
        check_positive(latent=self.latent, steps=self.steps, epochs=self.epochs or 1, batch_size=self.batch_size)
        check_positive(lr=self.lr, critic_steps=self.critic_steps)
        check_choice(("bernoulli", "threshold"), sampling=self.sampling)

    # What only some recipes have as an option.

    @property
    def autoencoder_epochs(self) -> int:
        """Passes of the autoencoder over the members before the game."""
        return 0

    @property
    def pretrain_batch_size(self) -> int:
        """Records per step of those."""
        return 100

    @property
    def pretrain_lr(self) -> float:
        """Learning rate of the autoencoder before the game."""
        return self.lr

    @property
    def decoder_lr(self) -> float:
        """Learning rate of the decoder in the game; 0 leaves it as pretrained."""
        return self.lr

    @property
    def gradient_penalty(self) -> float:
        """Weight of the gradient penalty."""
        return 10.0

    @property
    def penalty_per_batch(self) -> bool:
        """Whether the penalty mixes real and generated records by one weight per batch instead of one per record."""
        return False

    @property
    def weight_clip(self) -> float:
        """Bound on the critic's weights."""
        return 0.01

    @property
    def recalibration_batches(self) -> int:
        """Batches over which the generator's statistics are averaged afresh at the end."""
        return 50

    # What follows from the options.

    @property
    def clips_weights(self) -> bool:
        """Whether the critic's weights are clipped: a private one has no penalty, which mixes records."""
        private = self.privacy is not None
        return self.objective == "wasserstein-clip" or (private and self.objective == "wasserstein-penalty")

    def generator_steps(self, per_pass: int) -> int:
        """Return the generator's steps where a pass has ``per_pass`` batches."""
        return self.steps if self.epochs is None else self.epochs * per_pass

    def batch_schedule(self, members: int) -> tuple[int, ...]:
        """Return what must agree between models trained in one pass: batch sizes and batches per pass."""
        size = min(self.batch_size, members)
        return (size, members // size)

    def phases(self, rows: int) -> tuple[TrainingPhase, ...]:
        """Return the phases that see real records when ``rows`` patients train."""
        size = min(self.batch_size, rows)
        return (TrainingPhase("critic", size, self.generator_steps(rows // size) * self.critic_steps),)

    def training_rows(self, members: int) -> int:
        """Return how many rows, real or generated, training passes in all."""
        if self.epochs is not None:
            return self.epochs * members
        # A step of an adversarial pair: the generator's and so many of the critic's.
        return self.steps * min(self.batch_size, members) * (1 + self.critic_steps)


@dataclass(frozen=True)
class AutoencoderGanConfig(GanConfig):
    """The options of a GAN whose generator makes latent codes of an autoencoder that is trained first.

    Attributes:
        pretrain_epochs: Passes of the autoencoder over the members before the game.
        pretrain_batch_size: Records per step of those.
        reference_quirks: Whether to repeat the faults of the public code.
    """

    pretrain_epochs: int = 15
    pretrain_batch_size: int = 100
    reference_quirks: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(pretrain_epochs=self.pretrain_epochs, pretrain_batch_size=self.pretrain_batch_size)

    @property
    def autoencoder_epochs(self) -> int:
        return self.pretrain_epochs

    def batch_schedule(self, members: int) -> tuple[int, ...]:
        size = min(self.pretrain_batch_size, members)
        return (size, members // size, *super().batch_schedule(members))

    def phases(self, rows: int) -> tuple[TrainingPhase, ...]:
        if not self.autoencoder_epochs:
            return super().phases(rows)
        size = min(self.pretrain_batch_size, rows)
        return (TrainingPhase("autoencoder", size, self.autoencoder_epochs * (rows // size)), *super().phases(rows))

    def training_rows(self, members: int) -> int:
        return self.autoencoder_epochs * members + super().training_rows(members)
