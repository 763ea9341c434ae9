"""EMR-WGAN by class: the label columns of a generated record are set to the class that the latent vector chooses.

The last latent number is the class's quantile, so a conditional generator is sampled like any other.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from synthaudit.generators.nets.conditional import ConditionalCritic, ConditionalGenerator, LabelClasses
from synthaudit.generators.nets.heads import Head
from synthaudit.generators.stacking.ensemble_data import EnsembleData
from synthaudit.generators.training.gan import GanNetwork


class ConditionalGanNetwork(GanNetwork):
    """Generator and critic by class; the last latent number chooses the class."""

    def __init__(
        self, head: Head, classes: LabelClasses, models: int, generator: ConditionalGenerator, critic: ConditionalCritic
    ) -> None:
        super().__init__(head, generator.last.weight.shape[1] + 1, generator, critic)
        self.classes = classes
        self.cumulative_shares: Tensor
        self.register_buffer("cumulative_shares", torch.ones(models, classes.count).cumsum(dim=1) / classes.count)

    def count_classes(self, data: EnsembleData) -> None:
        """Set the shares of the classes to those among each model's members."""
        shares = data.means(self.classes.shares)  # (K, classes)
        self.cumulative_shares.copy_(shares.cumsum(dim=1))

    def raw_output(self, latent: Tensor) -> Tensor:
        chance = torch.special.ndtr(latent[..., -1].contiguous())
        chosen = torch.searchsorted(self.cumulative_shares, chance).clamp_max(self.classes.count - 1)  # (K, b)
        shares = F.one_hot(chosen, self.classes.count).to(latent.dtype)
        raw = self.generator(latent[..., :-1], shares)
        return torch.where(self.classes.labelled, self.classes.patterns[chosen], raw)
