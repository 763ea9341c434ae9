"""Layers of K independent networks at once: every parameter and statistic has the model as its first dimension.

A single network is K = 1 of the same code, so no model differs by being trained beside others. Activations have shape
``(K, b, width)``. First weights come from each model's own seed.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthaudit.generators.stacking.streams import generators


class Layer(nn.Module):
    """A stacked layer that knows how its first weights are drawn."""

    @torch.no_grad()
    def begin(self, rngs: Sequence[np.random.Generator]) -> None:
        """Draw first weights, model k from ``rngs[k]``."""


class Linear(Layer):
    """K linear maps as one batched product: ``(K, b, inputs)`` to ``(K, b, outputs)``; Xavier-uniform first weights."""

    def __init__(self, stack: int, inputs: int, outputs: int, *, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(stack, inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(stack, 1, outputs)) if bias else None

    @torch.no_grad()
    def begin(self, rngs: Sequence[np.random.Generator]) -> None:
        inputs, outputs = self.weight.shape[1:]
        limit = np.sqrt(6.0 / (inputs + outputs))
        for at, rng in enumerate(rngs):
            first = rng.uniform(-limit, limit, (inputs, outputs)).astype(np.float32)
            self.weight[at] = torch.from_numpy(first)

    def forward(self, x: Tensor) -> Tensor:
        if self.bias is None:
            return torch.bmm(x, self.weight)
        return torch.baddbmm(self.bias, x, self.weight)


class BatchNorm(Layer):
    """Batch normalisation of K networks, each over its own batch and with its own moving statistics."""

    def __init__(
        self, stack: int, width: int, *, eps: float = 1e-3, momentum: float = 0.01, affine: bool = True
    ) -> None:
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.gain = nn.Parameter(torch.ones(stack, width)) if affine else None
        self.shift = nn.Parameter(torch.zeros(stack, width)) if affine else None
        self.mean: Tensor
        self.variance: Tensor
        self.register_buffer("mean", torch.zeros(stack, width))
        self.register_buffer("variance", torch.ones(stack, width))

    def forward(self, x: Tensor) -> Tensor:
        stack, batch, width = x.shape
        flat = x.transpose(0, 1).reshape(batch, stack * width)
        normal = F.batch_norm(
            flat,
            self.mean.view(-1),
            self.variance.view(-1),
            None if self.gain is None else self.gain.view(-1),
            None if self.shift is None else self.shift.view(-1),
            # One row has no variance: it is judged by the moving statistics.
            training=self.training and batch > 1,
            momentum=self.momentum,
            eps=self.eps,
        )
        return normal.view(batch, stack, width).transpose(0, 1)


class LayerNorm(Layer):
    """Layer normalisation: each record by itself, so that no record touches another's gradient."""

    def __init__(self, stack: int, width: int, *, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.gain = nn.Parameter(torch.ones(stack, 1, width))
        self.shift = nn.Parameter(torch.zeros(stack, 1, width))

    def forward(self, x: Tensor) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], eps=self.eps) * self.gain + self.shift


class SparseLinear(Linear):
    """The linear map that records enter by: on a CPU, mostly empty records are summed code by code.

    A patient has a dozen of a thousand codes, so the product with a dense batch multiplies zeros, forwards and in the
    weights' gradient: two of the five large products of an autoencoder. What a network made is dense and goes the
    ordinary way. Both ways give the same numbers but for rounding.
    """

    sparse = 0.1  # share of non-zeros below which summing wins; measured at 100 to 1,071 columns

    def selects(self, x: Tensor) -> bool:
        """Whether codes are summed: records lie on a CPU and are mostly empty, judged by each model's first four."""
        first = x[:, :4]
        return x.device.type == "cpu" and bool(first.count_nonzero() <= self.sparse * first.numel())

    def forward(self, x: Tensor) -> Tensor:
        if x.requires_grad or not self.selects(x):
            return super().forward(x)
        stack, batch, inputs = x.shape
        model, row, unit = x.nonzero(as_tuple=True)
        starts = torch.zeros(stack * batch + 1, dtype=torch.int64)
        torch.cumsum(torch.bincount(model * batch + row, minlength=stack * batch), dim=0, out=starts[1:])
        summed = F.embedding_bag(
            model * inputs + unit,
            self.weight.flatten(0, 1),
            starts[:-1],
            mode="sum",
            per_sample_weights=x[model, row, unit],
        ).view(stack, batch, -1)
        return summed if self.bias is None else summed + self.bias


class Bias(Layer):
    """One bias a unit, ``(K, b, width)`` to the same."""

    def __init__(self, stack: int, width: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(stack, 1, width))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.bias


class Activation(nn.Module):
    """A pointwise function by its name: ``relu``, ``tanh``, ``leaky`` (slope 0.2) or ``none``."""

    def __init__(self, name: str) -> None:
        super().__init__()
        functions: dict[str, Callable[[Tensor], Tensor]] = {
            "relu": F.relu,
            "tanh": torch.tanh,
            "leaky": lambda x: F.leaky_relu(x, 0.2),
            "none": lambda x: x,
        }
        self.name, self._function = name, functions[name]

    def forward(self, x: Tensor) -> Tensor:
        return self._function(x)


def perceptron(
    stack: int, widths: Sequence[int], *, hidden: str = "relu", last: str = "none", entry: bool = False
) -> nn.Sequential:
    """Return linear layers of the given widths with an activation after each; with ``entry``, records enter."""
    parts: list[nn.Module] = []
    for at, (inputs, outputs) in enumerate(pairwise(widths)):
        kind = SparseLinear if entry and at == 0 else Linear
        parts += [kind(stack, inputs, outputs), Activation(last if at == len(widths) - 2 else hidden)]
    return nn.Sequential(*parts)


def begin(network: nn.Module, seeds: Sequence[int]) -> None:
    """Draw the first weights of every layer in order, each model from its own seed."""
    rngs = generators(seeds, "first weights")
    for layer in network.modules():
        if isinstance(layer, Layer):
            layer.begin(rngs)


def chain(*parts: nn.Module) -> nn.Sequential:
    """Return the parts one after the other."""
    return nn.Sequential(*parts)


def last_bias(network: nn.Module) -> nn.Parameter | None:
    """Return the bias that each output unit has of its own in the last layer, or None."""
    layers = [layer for layer in network.modules() if isinstance(layer, Layer)]
    return layers[-1].bias if layers and isinstance(layers[-1], Linear | Bias) else None


def one_of(network: nn.Module, at: int) -> dict[str, Tensor]:
    """Return the parameters and statistics of one model, still with a leading dimension of 1, on the CPU."""
    return {name: value[at : at + 1].detach().cpu().clone() for name, value in network.state_dict().items()}


@torch.no_grad()
def clip_gradients(parameters: Sequence[nn.Parameter], limit: float) -> None:
    """Scale each model's gradient down to norm ``limit``; other models in the stack do not matter."""
    grads = [parameter.grad for parameter in parameters if parameter.grad is not None]
    norms = torch.stack([grad.flatten(1).square().sum(dim=1) for grad in grads]).sum(dim=0).sqrt()  # (K,)
    scale = (limit / norms.clamp_min(1e-12)).clamp_max(1.0)
    for grad in grads:
        grad.mul_(scale.view(-1, *[1] * (grad.dim() - 1)))
