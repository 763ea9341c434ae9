"""Critics: networks that tell generated records from real ones."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from synthaudit.generators.nets.layers import Activation, Layer, LayerNorm, Linear, SparseLinear

MinibatchMode = Literal["average", "discrimination", "none"]


class PerceptronCritic(nn.Module):
    """A perceptron, ``(K, b, d)`` to ``(K, b, 1)``, that may see the rest of its batch.

    With ``minibatch_mode="average"`` the mean of the batch stands beside each record (Choi et al., 2017, section 3.4).
    Its share of the first layer is the same for the whole batch, so it is computed once and not for each record.
    """

    def __init__(
        self,
        models: int,
        widths: Sequence[int],
        *,
        minibatch_mode: MinibatchMode = "none",
        hidden: str = "relu",
        layer_norm: bool = False,
    ) -> None:
        super().__init__()
        self.first = SparseLinear(models, widths[0], widths[1])
        self.average = Linear(models, widths[0], widths[1], bias=False) if minibatch_mode == "average" else None
        self.discrimination = (
            MinibatchDiscrimination(models, widths[-2]) if minibatch_mode == "discrimination" else None
        )
        rest: list[nn.Module] = [Activation(hidden)]
        for at in range(1, len(widths) - 2):
            rest += [LayerNorm(models, widths[at])] if layer_norm else []
            rest += [Linear(models, widths[at], widths[at + 1]), Activation(hidden)]
        rest += [LayerNorm(models, widths[-2])] if layer_norm else []
        self.rest = nn.Sequential(*rest)
        self.last = Linear(models, widths[-2] + (self.discrimination.kernels if self.discrimination else 0), widths[-1])

    def forward(self, x: Tensor) -> Tensor:
        first = self.first(x)
        if self.average is not None:
            first = first + self.average(x.mean(dim=1, keepdim=True))
        features = self.rest(first)
        if self.discrimination is not None:
            features = torch.cat([features, self.discrimination(features)], dim=-1)
        logits: Tensor = self.last(features)
        return logits


class MinibatchDiscrimination(Layer):
    """Minibatch discrimination: how close each record's features lie to the others' (Salimans et al., 2016, eq. 2)."""

    kernels, depth = 16, 8

    def __init__(self, models: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(models, width, self.kernels * self.depth))

    @torch.no_grad()
    def reset_parameters(self, rngs: Sequence[np.random.Generator]) -> None:
        for at, rng in enumerate(rngs):
            first = rng.standard_normal(self.weight.shape[1:], dtype=np.float32) * 0.05
            self.weight[at] = torch.from_numpy(first)

    def forward(self, features: Tensor) -> Tensor:
        models, batch, _ = features.shape
        kernels = torch.bmm(features, self.weight).view(models, batch, self.kernels, self.depth)
        by_kernel = kernels.permute(0, 2, 1, 3).reshape(models * self.kernels, batch, self.depth)
        distance = torch.cdist(by_kernel, by_kernel, p=1.0)  # (K x kernels, b, b)
        near = torch.exp(-distance).sum(dim=-1) - 1
        return near.view(models, self.kernels, batch).transpose(1, 2)
