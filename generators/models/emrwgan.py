"""EMR-WGAN: a Wasserstein GAN on the records themselves, without an autoencoder.

Zhang, Yan, Mesa, Sun & Malin (2020), "Ensuring electronic medical record simulation through better training, modeling,
and evaluation", JAMIA 27(1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from synthaudit.audit.errors import TrainingError, check_choice, check_positive
from synthaudit.generators.dp.options import Privacy, refuse
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.encoding.table_encoder import Sampling
from synthaudit.generators.models.recipe import Recipe

if TYPE_CHECKING:
    from synthaudit.generators.stacking.ensemble_data import EnsembleData
    from synthaudit.generators.training.fit import Network


@dataclass(frozen=True)
class EMRWGAN(Recipe):
    """A residual generator and a layer-normalised critic under a gradient penalty, optionally by class.

    Only the critic sees records, and it normalises each by itself: nothing couples the records of a batch.

    Attributes:
        latent: Width of the noise and of the generator's residual layers.
        layers: Residual layers before the output layer.
        critic_widths: Hidden widths of the critic.
        labels: Columns (binary or with levels) whose combined value chooses gain and shift of every normalisation, as
            sex x age band does in the paper; none is the unconditional model. Classes are drawn as often as members
            have them.
        steps: Generator steps of the game; the same for few members and many.
        epochs: Passes instead of steps, as papers count: one generator step a batch of members
            (the authors: 500 passes of 2,000 records at 1e-4).
        batch_size: Records a step.
        lr: Learning rate.
        betas: Adam's decay rates.
        weight_decay: L2 penalty.
        critic_steps: Critic steps a generator step.
        gradient_penalty: Weight of the gradient penalty, mixed for each record on its own.
        init_output_bias: Whether the output layer's bias begins at the members' log odds instead of at 0.
        sampling: How outputs become values.
        weight_clip: Bound on the critic's weights under privacy, where it takes the penalty's place.
        privacy: A promise of (epsilon, delta), and how to keep it; None trains without noise.
    """

    title: ClassVar[str] = "EMR-WGAN"
    summary: ClassVar[str] = "A Wasserstein GAN on the records themselves, with a layer-normalised critic."
    source: ClassVar[str] = "Zhang et al. (2020), JAMIA 27"

    latent: int = 128
    layers: int = 2
    critic_widths: tuple[int, ...] = (256, 128)
    labels: tuple[str, ...] = ()
    steps: int = 1500
    epochs: int | None = None
    batch_size: int = 250
    lr: float = 5e-4
    betas: tuple[float, float] = (0.5, 0.9)
    weight_decay: float = 1e-5
    critic_steps: int = 2
    gradient_penalty: float = 10.0
    init_output_bias: bool = True
    sampling: Sampling = "bernoulli"
    weight_clip: float = 0.05
    privacy: Privacy | None = None

    def __post_init__(self) -> None:
        check_positive(
            latent=self.latent,
            layers=self.layers,
            steps=self.steps,
            epochs=self.epochs or 1,
            batch_size=self.batch_size,
        )
        check_positive(lr=self.lr, critic_steps=self.critic_steps, gradient_penalty=self.gradient_penalty)
        check_positive(weight_clip=self.weight_clip)
        refuse(
            self.privacy,
            self.title,
            labels=(bool(self.labels), "shares of classes are counted among the members: leave labels out"),
        )
        check_choice(("bernoulli", "threshold"), sampling=self.sampling)

    def phases(self, rows: int) -> tuple[tuple[str, int, int], ...]:
        game = min(self.batch_size, rows)
        steps = self.steps if self.epochs is None else self.epochs * (rows // game)
        return (("critic", game, steps * self.critic_steps),)

    def notes(self) -> tuple[str, ...]:
        return (f"conditional on {', '.join(self.labels)}",) if self.labels else ()

    def network(self, layout: Layout, stack: int) -> Network:
        from synthaudit.generators.nets.critics import PerceptronCritic
        from synthaudit.generators.nets.heads import Head
        from synthaudit.generators.nets.layers import Linear, chain
        from synthaudit.generators.nets.residual import Residual
        from synthaudit.generators.training.conditional_gan import ClassCritic, Classes, ClassGenerator, Conditional
        from synthaudit.generators.training.gan import GanNetwork

        widths = (layout.width, *self.critic_widths, 1)
        if self.labels:
            missing = [name for name in self.labels if name not in layout.schema.position]
            if missing:
                raise TrainingError(f"EMR-WGAN is to be conditional on {', '.join(missing)}: no such column.")
            classes = Classes(layout, self.labels)
            by_class = ClassGenerator(stack, self.latent, self.layers, layout.width, classes)
            return Conditional(Head(layout), classes, stack, by_class, ClassCritic(stack, widths, classes))
        body = Residual(stack, self.latent, layers=self.layers, shortcut=True, batch_norm=True)
        maker = chain(body, Linear(stack, self.latent, layout.width))
        return GanNetwork(Head(layout), self.latent, maker, PerceptronCritic(stack, widths, layer_norm=True))

    def training_rows(self, members: int) -> int:
        if self.epochs is not None:
            return self.epochs * members
        return self.steps * min(self.batch_size, members) * (1 + self.critic_steps)

    def train(self, network: Network, stack: EnsembleData) -> None:
        from synthaudit.generators.training.conditional_gan import Conditional
        from synthaudit.generators.training.gan import Rules, adversary, play

        if isinstance(network, Conditional):
            network.learn_shares(stack)
        rules = Rules(
            objective="wasserstein-penalty",
            steps=self.steps,
            epochs=self.epochs,
            batch_size=self.batch_size,
            critic_steps=self.critic_steps,
            lr=self.lr,
            betas=self.betas,
            weight_decay=self.weight_decay,
            gradient_penalty=self.gradient_penalty,
            weight_clip=self.weight_clip,
        )
        play(adversary(network), stack, rules)
