"""One-dimensional convolutions of K networks at once. Activations have shape ``(K, channels, b, length)``."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthaudit.generators.nets.layers import Layer
from synthaudit.generators.nets.unfold import overlap, windows


class Conv(Layer):
    """K convolutions as one batched product over all windows; ``transposed`` runs it backwards.

    With few channels torch's own grouped convolution spends most of its time in the backward pass; windows cost one
    copy, and three products do the rest. ``bias=False`` where a normalisation follows: it would cancel the bias, whose
    gradient is then rounding noise that Adam blows up to full steps.

    Attributes:
        stride: Columns from one window to the next.
        padding: Zeros on both sides, or of a transposed one columns that are left out on both sides.
        output_padding: Columns at the end of a transposed one that only the bias reaches.
        tail: Further zeros at the end, or of a transposed one further columns there that are left out.
        transposed: Whether it goes from windows to columns.
    """

    per_record = True
    dp_stackable = False  # a kernel's gradient per record and model: too much memory side by side

    def __init__(
        self,
        models: int,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int = 1,
        *,
        padding: int = 0,
        output_padding: int = 0,
        tail: int = 0,
        transposed: bool = False,
        bias: bool = True,
    ) -> None:
        super().__init__()
        shape = (models, inputs, outputs, kernel) if transposed else (models, outputs, inputs, kernel)
        self.weight = nn.Parameter(torch.empty(shape))
        self.bias = nn.Parameter(torch.zeros(models, outputs)) if bias else None
        self.stride, self.padding, self.tail = stride, padding, tail
        self.output_padding, self.transposed = output_padding, transposed

    @torch.no_grad()
    def reset_parameters(self, rngs: Sequence[np.random.Generator]) -> None:
        inputs, kernel = self.weight.shape[1 if self.transposed else 2], self.weight.shape[3]
        # He (2015) for the units that reach one output; a transposed kernel spreads over its stride.
        fan = inputs * kernel / (self.stride if self.transposed else 1)
        for at, rng in enumerate(rngs):
            first = rng.standard_normal(self.weight.shape[1:], dtype=np.float32) * np.float32(np.sqrt(2 / fan))
            self.weight[at] = torch.from_numpy(first)

    def forward(self, x: Tensor) -> Tensor:
        return self._up(x) if self.transposed else self._down(x)

    def _down(self, x: Tensor) -> Tensor:
        models, _, batch, _ = x.shape
        cut = windows(self._padded(x), self.weight.shape[3], self.stride)
        flat, weight = cut.flatten(2), self.weight.flatten(2)  # (K, channels * kernel, b * length), (K, out, same)
        y = torch.bmm(weight, flat) if self.bias is None else torch.baddbmm(self.bias.unsqueeze(-1), weight, flat)
        return y.view(models, -1, batch, cut.shape[3])

    def _up(self, x: Tensor) -> Tensor:
        models, _, batch, length = x.shape
        kernel = self.weight.shape[3]
        spread = torch.bmm(self.weight.flatten(2).transpose(1, 2), x.flatten(2)).view(models, -1, batch, length)
        whole = (length - 1) * self.stride + kernel + self.output_padding
        y = overlap(spread, kernel, self.stride, whole)
        y = y[..., self.padding : whole - self.padding - self.tail] if self.padding or self.tail else y
        return y if self.bias is None else y + self.bias[:, :, None, None]

    def _padded(self, x: Tensor) -> Tensor:
        return F.pad(x, (self.padding, self.padding + self.tail)) if self.padding or self.tail else x

    def per_sample_grads(self, x: Tensor, grad: Tensor) -> dict[nn.Parameter, Tensor]:
        kernel = self.weight.shape[3]
        if self.transposed:
            cut = windows(self._padded(grad), kernel, self.stride)[..., : x.shape[3]]
            weight = torch.einsum("kibl,kobl->kbio", x, cut)
        else:
            cut = windows(self._padded(x), kernel, self.stride)
            weight = torch.einsum("kobl,kcbl->kboc", grad, cut)
        grads = {self.weight: weight}
        return grads if self.bias is None else {**grads, self.bias: grad.sum(dim=-1).transpose(1, 2)}


class ConvBatchNorm(Layer):
    """Batch normalisation of each model's channels over its batch and length."""

    def __init__(self, models: int, channels: int, *, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.gain = nn.Parameter(torch.ones(models, channels))
        self.shift = nn.Parameter(torch.zeros(models, channels))
        self.mean: Tensor
        self.variance: Tensor
        self.register_buffer("mean", torch.zeros(models, channels))
        self.register_buffer("variance", torch.ones(models, channels))

    def forward(self, x: Tensor) -> Tensor:
        normal = F.batch_norm(
            x.reshape(1, x.shape[0] * x.shape[1], -1),
            self.mean.view(-1),
            self.variance.view(-1),
            self.gain.view(-1),
            self.shift.view(-1),
            training=self.training and x.shape[2] * x.shape[3] > 1,
            momentum=self.momentum,
            eps=self.eps,
        )
        return normal.view(x.shape)


class ConvGroupNorm(Layer):
    """Normalisation of each record over its channels and length: torch's ``GroupNorm`` with one group."""

    per_record = True

    def __init__(self, models: int, channels: int, *, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.gain = nn.Parameter(torch.ones(models, channels))
        self.shift = nn.Parameter(torch.zeros(models, channels))

    def normal(self, x: Tensor) -> Tensor:
        """Return ``(K, channels, b, length)`` before gain and shift."""
        variance, mean = torch.var_mean(x, dim=(1, 3), correction=0, keepdim=True)
        return (x - mean) * (variance + self.eps).rsqrt()

    def forward(self, x: Tensor) -> Tensor:
        return self.normal(x) * self.gain[:, :, None, None] + self.shift[:, :, None, None]

    def per_sample_grads(self, x: Tensor, grad: Tensor) -> dict[nn.Parameter, Tensor]:
        return {
            self.gain: (grad * self.normal(x)).sum(dim=-1).transpose(1, 2),
            self.shift: grad.sum(dim=-1).transpose(1, 2),
        }


class ToChannels(nn.Module):
    """``(K, b, columns)`` to one channel, ``(K, 1, b, columns)``; with ``order``, columns change places first."""

    def __init__(self, order: np.ndarray | None = None) -> None:
        super().__init__()
        self.order: Tensor | None
        self.register_buffer("order", None if order is None else torch.from_numpy(order), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        x = x if self.order is None else x.index_select(-1, self.order)
        return x.unsqueeze(1)


class FlattenChannels(nn.Module):
    """``(K, channels, b, length)`` to ``(K, b, channels * length)``; ``order`` is undone."""

    def __init__(self, order: np.ndarray | None = None) -> None:
        super().__init__()
        self.back: Tensor | None
        self.register_buffer("back", None if order is None else torch.from_numpy(np.argsort(order)), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        flat = x.transpose(1, 2).reshape(x.shape[0], x.shape[2], x.shape[1] * x.shape[3])
        return flat if self.back is None else flat.index_select(-1, self.back)


class UnitsToChannels(nn.Module):
    """``(K, b, channels)`` to channels of length 1, ``(K, channels, b, 1)``."""

    def forward(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2).contiguous().unsqueeze(-1)
