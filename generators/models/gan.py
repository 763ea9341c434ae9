"""A plain generative adversarial network: the weakest baseline of the family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.encoding.table_encoder import Sampling
from synthaudit.generators.models.recipe import Recipe

if TYPE_CHECKING:
    from synthaudit.generators.stacking.ensemble_data import EnsembleData
    from synthaudit.generators.training.fit import Network


@dataclass(frozen=True)
class GAN(Recipe):
    """Two small hidden layers with leaky ReLU on either side, no autoencoder, no normalisation, no view of the batch.

    Attributes:
        latent: Width of the noise.
        hidden: Hidden widths of the generator; the critic mirrors them.
        steps: Generator steps of the game; the same for few members and many.
        epochs: Passes instead of steps, as papers count: one generator step a batch of members.
        batch_size: Records a step.
        lr: Learning rate.
        critic_steps: Critic steps a generator step.
        init_output_bias: Whether the output layer's bias begins at the members' log odds instead of at 0.
        sampling: How outputs become values.
    """

    title: ClassVar[str] = "GAN"
    summary: ClassVar[str] = "A plain perceptron GAN on the table itself, with two small hidden layers."
    source: ClassVar[str] = "Goodfellow et al. (2014), NeurIPS"

    latent: int = 64
    hidden: tuple[int, ...] = (128, 128)
    steps: int = 3000
    epochs: int | None = None
    batch_size: int = 250
    lr: float = 2e-4
    critic_steps: int = 1
    init_output_bias: bool = False
    sampling: Sampling = "bernoulli"

    def __post_init__(self) -> None:
        check_positive(
            latent=self.latent, steps=self.steps, epochs=self.epochs or 1, batch_size=self.batch_size, lr=self.lr
        )
        check_positive(critic_steps=self.critic_steps)
        check_choice(("bernoulli", "threshold"), sampling=self.sampling)

    def network(self, layout: Layout, stack: int) -> Network:
        from synthaudit.generators.nets.critics import PerceptronCritic
        from synthaudit.generators.nets.heads import Head
        from synthaudit.generators.nets.layers import perceptron
        from synthaudit.generators.training.gan import GanNetwork

        return GanNetwork(
            Head(layout),
            self.latent,
            perceptron(stack, (self.latent, *self.hidden, layout.width), hidden="leaky"),
            PerceptronCritic(stack, (layout.width, *reversed(self.hidden), 1), hidden="leaky"),
        )

    def training_rows(self, members: int) -> int:
        if self.epochs is not None:
            return self.epochs * members
        return self.steps * min(self.batch_size, members) * (1 + self.critic_steps)

    def train(self, network: Network, stack: EnsembleData) -> None:
        from synthaudit.generators.training.gan import Rules, adversary, play

        rules = Rules(
            objective="bce",
            steps=self.steps,
            epochs=self.epochs,
            batch_size=self.batch_size,
            critic_steps=self.critic_steps,
            lr=self.lr,
            betas=(0.5, 0.9),
        )
        play(adversary(network), stack, rules)
