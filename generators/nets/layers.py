"""Layers of K independent networks at once: every parameter and statistic has the model as its first dimension.

A single network is K = 1 of the same code, so no model differs by being trained beside others. Activations have shape
``(K, b, width)``. First weights come from each model's own seed.

A layer in which each record is by itself gives the gradients of single records in closed form, which private training
needs: for a linear layer the squared norm is the product of the squared norms of input and output gradient (Goodfellow,
2015, "Efficient per-example gradient computations").
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Layer(nn.Module):
    """A layer of K models: draws its first weights, and knows the gradients of single records where it can.

    Attributes:
        per_record: Whether a record's output depends on that record alone, and ``per_sample_grads`` is implemented.
        dp_stackable: Whether the gradients of all records of K models fit in memory at once.
    """

    per_record: ClassVar[bool] = False
    dp_stackable: ClassVar[bool] = True

    @torch.no_grad()
    def reset_parameters(self, rngs: Sequence[np.random.Generator]) -> None:
        """Draw first weights, model k from ``rngs[k]``."""

    def per_sample_grads(self, x: Tensor, grad: Tensor) -> dict[nn.Parameter, Tensor]:
        """Return the gradient of each record, ``(K, b, ...)`` per parameter, from the input and the output's gradient.

        Raises ``ValueError`` where records are mixed.
        """
        raise ValueError(f"expected a layer in which each record is by itself, got {type(self).__name__}")

    def squared_norms(self, x: Tensor, grad: Tensor) -> dict[nn.Parameter, Tensor]:
        """Return squared norms of each record's gradient, ``(K, b)`` per parameter."""
        grads = self.per_sample_grads(x, grad)
        return {parameter: own.square().flatten(2).sum(dim=-1) for parameter, own in grads.items()}

    def write_weighted_grads(self, x: Tensor, out: Tensor, grad: Tensor) -> None:
        """Write ``.grad`` of every parameter from an output gradient whose records are weighted already."""
        del out
        for parameter, own in self.per_sample_grads(x, grad).items():
            parameter.grad = own.sum(dim=1).view_as(parameter)


class Linear(Layer):
    """K linear maps as one batched product: ``(K, b, inputs)`` to ``(K, b, outputs)``; Xavier-uniform first weights."""

    per_record = True

    def __init__(self, models: int, inputs: int, outputs: int, *, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(models, inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(models, 1, outputs)) if bias else None

    @torch.no_grad()
    def reset_parameters(self, rngs: Sequence[np.random.Generator]) -> None:
        inputs, outputs = self.weight.shape[1:]
        limit = np.sqrt(6.0 / (inputs + outputs))
        for at, rng in enumerate(rngs):
            first = rng.uniform(-limit, limit, (inputs, outputs)).astype(np.float32)
            self.weight[at] = torch.from_numpy(first)

    def forward(self, x: Tensor) -> Tensor:
        if self.bias is None:
            return torch.bmm(x, self.weight)
        return torch.baddbmm(self.bias, x, self.weight)

    def per_sample_grads(self, x: Tensor, grad: Tensor) -> dict[nn.Parameter, Tensor]:
        grads = {self.weight: torch.einsum("kbi,kbo->kbio", x, grad)}
        return grads if self.bias is None else {**grads, self.bias: grad}

    def squared_norms(self, x: Tensor, grad: Tensor) -> dict[nn.Parameter, Tensor]:
        squared = grad.square().sum(dim=-1)
        norms = {self.weight: x.square().sum(dim=-1) * squared}
        return norms if self.bias is None else {**norms, self.bias: squared}

    def write_weighted_grads(self, x: Tensor, out: Tensor, grad: Tensor) -> None:
        self.weight.grad = torch.bmm(x.transpose(1, 2), grad)
        if self.bias is not None:
            self.bias.grad = grad.sum(dim=1, keepdim=True)


class BatchNorm(Layer):
    """Batch normalisation of K networks, each over its own batch and with its own moving statistics."""

    def __init__(
        self, models: int, width: int, *, eps: float = 1e-3, momentum: float = 0.01, affine: bool = True
    ) -> None:
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.gain = nn.Parameter(torch.ones(models, width)) if affine else None
        self.shift = nn.Parameter(torch.zeros(models, width)) if affine else None
        self.mean: Tensor
        self.variance: Tensor
        self.register_buffer("mean", torch.zeros(models, width))
        self.register_buffer("variance", torch.ones(models, width))

    def forward(self, x: Tensor) -> Tensor:
        models, batch, width = x.shape
        flat = x.transpose(0, 1).reshape(batch, models * width)
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
        return normal.view(batch, models, width).transpose(0, 1)


class LayerNorm(Layer):
    """Layer normalisation: each record by itself, so that no record touches another's gradient."""

    per_record = True

    def __init__(self, models: int, width: int, *, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.gain = nn.Parameter(torch.ones(models, 1, width))
        self.shift = nn.Parameter(torch.zeros(models, 1, width))

    def forward(self, x: Tensor) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], eps=self.eps) * self.gain + self.shift

    def per_sample_grads(self, x: Tensor, grad: Tensor) -> dict[nn.Parameter, Tensor]:
        return {self.gain: grad * F.layer_norm(x, x.shape[-1:], eps=self.eps), self.shift: grad}


class SparseLinear(Linear):
    """The linear map that records enter by: on a CPU, mostly empty records are summed code by code.

    A patient has a dozen of a thousand codes, so the product with a dense batch multiplies zeros, forwards and in the
    weights' gradient: two of the five large products of an autoencoder. Generated records are dense and go the
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
        models, batch, inputs = x.shape
        model, row, unit = x.nonzero(as_tuple=True)
        starts = torch.zeros(models * batch + 1, dtype=torch.int64)
        torch.cumsum(torch.bincount(model * batch + row, minlength=models * batch), dim=0, out=starts[1:])
        summed = F.embedding_bag(
            model * inputs + unit,
            self.weight.flatten(0, 1),
            starts[:-1],
            mode="sum",
            per_sample_weights=x[model, row, unit],
        ).view(models, batch, -1)
        return summed if self.bias is None else summed + self.bias

    def write_weighted_grads(self, x: Tensor, out: Tensor, grad: Tensor) -> None:
        if x.requires_grad:
            super().write_weighted_grads(x, out, grad)
            return
        parameters = [self.weight] if self.bias is None else [self.weight, self.bias]
        for parameter, own in zip(parameters, torch.autograd.grad(out, parameters, grad), strict=True):
            parameter.grad = own


class Bias(Layer):
    """One bias per unit, ``(K, b, width)`` to the same."""

    per_record = True

    def __init__(self, models: int, width: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(models, 1, width))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.bias

    def per_sample_grads(self, x: Tensor, grad: Tensor) -> dict[nn.Parameter, Tensor]:
        return {self.bias: grad}


class LogScale(Layer):
    """Log standard deviation of each number around a decoder's output, learnt, ``(K, 1, r)``."""

    per_record = True
    floor = -4.0  # a constant column would drive the likelihood to infinity

    def __init__(self, models: int, numbers: int) -> None:
        super().__init__()
        self.log = nn.Parameter(torch.zeros(models, 1, numbers))

    def forward(self, zeros: Tensor | None = None) -> Tensor:
        """Return it; with ``zeros``, ``(K, b, r)``, once per record, so that each has a gradient of its own."""
        floored: Tensor = (self.log if zeros is None else self.log + zeros).clamp_min(self.floor)
        return floored

    def per_sample_grads(self, x: Tensor, grad: Tensor) -> dict[nn.Parameter, Tensor]:
        return {self.log: grad * (self.log >= self.floor)}


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
    models: int, widths: Sequence[int], *, hidden: str = "relu", last: str = "none", sparse_input: bool = False
) -> nn.Sequential:
    """Return linear layers with an activation after each; with ``sparse_input`` the first is a ``SparseLinear``."""
    parts: list[nn.Module] = []
    for at, (inputs, outputs) in enumerate(pairwise(widths)):
        kind = SparseLinear if sparse_input and at == 0 else Linear
        parts += [kind(models, inputs, outputs), Activation(last if at == len(widths) - 2 else hidden)]
    return nn.Sequential(*parts)


def last_bias(network: nn.Module) -> nn.Parameter | None:
    """Return the bias that each output unit has of its own in the last layer, or None."""
    layers = [layer for layer in network.modules() if isinstance(layer, Layer)]
    return layers[-1].bias if layers and isinstance(layers[-1], Linear | Bias) else None


def extract_model(network: nn.Module, at: int) -> dict[str, Tensor]:
    """Return the parameters and statistics of one model, still with a leading dimension of 1, on the CPU."""
    return {name: value[at : at + 1].detach().cpu().clone() for name, value in network.state_dict().items()}
