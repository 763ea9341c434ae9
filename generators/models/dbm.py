"""Deep Boltzmann machine: layers of yes/no units, each explaining the layer below; the baseline of the medGAN paper.

Salakhutdinov & Hinton (2009), "Deep Boltzmann machines", AISTATS; sizes of Choi et al. (2017), appendix B: four layers
with the records', 128 units each, persistent contrastive divergence with 20 Gibbs steps, 100 records per step,
learning rate 0.01, 100 passes per layer, 1,000 Gibbs steps per sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.encoding.table_encoder import Sampling
from synthaudit.generators.models.recipe import Recipe

if TYPE_CHECKING:
    from synthaudit.generators.stacking.ensemble_data import EnsembleData
    from synthaudit.generators.training.rbm import BoltzmannMachine


@dataclass(frozen=True)
class DBM(Recipe["BoltzmannMachine"]):
    """Restricted Boltzmann machines trained one on the other and joined, as Salakhutdinov and Hinton pretrain theirs.

    Attributes:
        hidden: Units of each hidden layer.
        epochs: Passes per layer (published: 100).
        batch_size: Records per step, and chains that persist.
        gibbs_steps: Gibbs steps of the chains between updates (published: 20).
        sample_steps: Gibbs steps before a row is drawn (published: 1,000).
        lr: Learning rate; it falls linearly to a tenth (published: 0.01).
        init_output_bias: Whether the biases of the records' units begin at the members' log odds instead of at 0.
        sampling: How outputs become values.
    """

    title: ClassVar[str] = "DBM"
    summary: ClassVar[str] = "A deep Boltzmann machine: layers of yes/no units sampled by Gibbs steps."
    source: ClassVar[str] = "Salakhutdinov & Hinton (2009), AISTATS; Choi et al. (2017), appendix B"

    hidden: tuple[int, ...] = (128, 128, 128)
    epochs: int = 20
    batch_size: int = 100
    gibbs_steps: int = 5
    sample_steps: int = 200
    lr: float = 0.1
    init_output_bias: bool = True
    sampling: Sampling = "bernoulli"

    def __post_init__(self) -> None:
        check_positive(epochs=self.epochs, batch_size=self.batch_size, gibbs_steps=self.gibbs_steps, lr=self.lr)
        check_positive(
            sample_steps=self.sample_steps, **{f"hidden[{at}]": width for at, width in enumerate(self.hidden)}
        )
        check_choice(("bernoulli", "threshold"), sampling=self.sampling)
        if not self.hidden:
            raise ValueError("expected at least one hidden layer")

    def network(self, layout: Layout, models: int) -> BoltzmannMachine:
        from synthaudit.generators.nets.heads import Head
        from synthaudit.generators.training.rbm import BoltzmannMachine

        return BoltzmannMachine(Head(layout), models, layout.width, self.hidden, self.sample_steps)

    def training_rows(self, members: int) -> int:
        return self.epochs * members

    def train(self, network: BoltzmannMachine, data: EnsembleData) -> None:
        from synthaudit.generators.training.rbm import train_dbm

        train_dbm(
            network, data, epochs=self.epochs, batch_size=self.batch_size, gibbs_steps=self.gibbs_steps, lr=self.lr
        )
