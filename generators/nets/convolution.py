"""Stacked one-dimensional convolutions for any number of columns.

Lengths are computed backwards from the table's width and met exactly by output padding: nothing is stretched and no
code is cropped. At 1,071 columns they are corGAN's published lengths: 1071, 534, 265, 87, 28, 8, 1 down and
1, 5, 21, 87, 265, 535, 1071 up. Activations have shape ``(K, channels, b, length)``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthaudit.generators.nets.layers import Activation, Layer
from synthaudit.generators.nets.unfold import overlap, windows


class Conv(Layer):
    """K convolutions as one batched product over all windows; ``transposed`` runs it backwards.

    With few channels torch's own grouped convolution spends most of its time in the backward pass; windows cost one
    copy, and three products do the rest. ``bias=False`` where a normalisation follows: it would cancel the bias, whose
    gradient is then rounding noise that Adam blows up to full steps.
    """

    def __init__(
        self,
        stack: int,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int = 1,
        *,
        padding: int = 0,
        extra: int = 0,
        transposed: bool = False,
        bias: bool = True,
    ) -> None:
        super().__init__()
        shape = (stack, inputs, outputs, kernel) if transposed else (stack, outputs, inputs, kernel)
        self.weight = nn.Parameter(torch.empty(shape))
        self.bias = nn.Parameter(torch.zeros(stack, outputs)) if bias else None
        self.stride, self.padding, self.extra, self.transposed = stride, padding, extra, transposed

    @torch.no_grad()
    def begin(self, rngs: Sequence[np.random.Generator]) -> None:
        inputs, kernel = self.weight.shape[1 if self.transposed else 2], self.weight.shape[3]
        # He (2015) for the units that reach one output; a transposed kernel spreads over its stride.
        fan = inputs * kernel / (self.stride if self.transposed else 1)
        for at, rng in enumerate(rngs):
            first = rng.standard_normal(self.weight.shape[1:], dtype=np.float32) * np.float32(np.sqrt(2 / fan))
            self.weight[at] = torch.from_numpy(first)

    def forward(self, x: Tensor) -> Tensor:
        return self._up(x) if self.transposed else self._down(x)

    def _down(self, x: Tensor) -> Tensor:
        stack, _, batch, _ = x.shape
        cut = windows(F.pad(x, (self.padding, self.padding)) if self.padding else x, self.weight.shape[3], self.stride)
        flat, weight = cut.flatten(2), self.weight.flatten(2)  # (K, channels * kernel, b * length), (K, out, same)
        y = torch.bmm(weight, flat) if self.bias is None else torch.baddbmm(self.bias.unsqueeze(-1), weight, flat)
        return y.view(stack, -1, batch, cut.shape[3])

    def _up(self, x: Tensor) -> Tensor:
        stack, _, batch, length = x.shape
        kernel = self.weight.shape[3]
        spread = torch.bmm(self.weight.flatten(2).transpose(1, 2), x.flatten(2)).view(stack, -1, batch, length)
        whole = (length - 1) * self.stride + kernel + self.extra
        y = overlap(spread, kernel, self.stride, whole)
        y = y[..., self.padding : whole - self.padding] if self.padding else y
        return y if self.bias is None else y + self.bias[:, :, None, None]


class ConvNorm(Layer):
    """Batch normalisation of each model's channels over its batch and length."""

    def __init__(self, stack: int, channels: int, *, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.gain = nn.Parameter(torch.ones(stack, channels))
        self.shift = nn.Parameter(torch.zeros(stack, channels))
        self.mean: Tensor
        self.variance: Tensor
        self.register_buffer("mean", torch.zeros(stack, channels))
        self.register_buffer("variance", torch.ones(stack, channels))

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


class FlattenChannels(nn.Module):
    """``(K, b, columns)`` to one channel, ``(K, 1, b, columns)``; with ``order``, columns change places first."""

    def __init__(self, order: np.ndarray | None = None) -> None:
        super().__init__()
        self.order: Tensor | None
        self.register_buffer("order", None if order is None else torch.from_numpy(order), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        x = x if self.order is None else x.index_select(-1, self.order)
        return x.unsqueeze(1)


class ToChannels(nn.Module):
    """``(K, channels, b, length)`` to ``(K, b, channels * length)``; ``order`` is undone."""

    def __init__(self, order: np.ndarray | None = None) -> None:
        super().__init__()
        self.back: Tensor | None
        self.register_buffer("back", None if order is None else torch.from_numpy(np.argsort(order)), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        flat = x.transpose(1, 2).reshape(x.shape[0], x.shape[2], x.shape[1] * x.shape[3])
        return flat if self.back is None else flat.index_select(-1, self.back)


class Spread(nn.Module):
    """``(K, b, channels)`` to channels of length 1, ``(K, channels, b, 1)``."""

    def forward(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2).contiguous().unsqueeze(-1)


@dataclass(frozen=True)
class Stage:
    """One layer of a plan: kernel, stride, and the columns that only output padding can reach."""

    kernel: int
    stride: int
    extra: int = 0


def plan_down(width: int, stages: Sequence[tuple[int, int]], *, padding: int = 0) -> list[Stage]:
    """Return the stages that fit a width, and a last one whose kernel takes the whole remaining length.

    >>> [stage.kernel for stage in plan_down(1071, [(5, 2), (5, 2), (5, 3), (5, 3), (5, 3)])]
    [5, 5, 5, 5, 5, 8]
    """
    plan, length = [], width
    for kernel, stride in stages:
        if length + 2 * padding < kernel:
            break
        plan.append(Stage(kernel, stride))
        length = (length + 2 * padding - kernel) // stride + 1
    return [*plan, Stage(length, 1)]


def plan_up(width: int, stages: Sequence[tuple[int, int]]) -> list[Stage]:
    """Return transposed stages from length 1 to exactly ``width``; the first kernel makes the smallest length.

    >>> [(stage.kernel, stage.extra) for stage in plan_up(1071, [(5, 4), (7, 4), (7, 3), (7, 2), (3, 2)])]
    [(5, 0), (5, 0), (7, 0), (7, 0), (7, 0), (3, 0)]
    """
    plan: list[Stage] = []
    length = width
    for kernel, stride in reversed(stages):
        if length < kernel:
            break
        before = (length - kernel) // stride + 1
        plan.insert(0, Stage(kernel, stride, length - kernel - (before - 1) * stride))
        length = before
    return [Stage(length, 1), *plan]


def encoder(
    stack: int,
    width: int,
    channels: Sequence[int],
    *,
    stages: Sequence[tuple[int, int]] = ((5, 2), (5, 2), (5, 3), (5, 3), (5, 3)),
    last: str = "tanh",
    order: np.ndarray | None = None,
    alone: bool = False,
) -> nn.Sequential:
    """Return corGAN's encoder, ``(K, b, width)`` to ``(K, b, channels[-1])``: leaky, normalised from the second on."""
    plan = plan_down(width, stages)
    used = [*channels[: len(plan) - 1], channels[-1]]
    parts: list[nn.Module] = [FlattenChannels(order)]
    inputs = 1
    for at, (stage, outputs) in enumerate(zip(plan, used, strict=True)):
        final = at == len(plan) - 1
        normed = at > 0 and not final
        parts.append(Conv(stack, inputs, outputs, stage.kernel, stage.stride, bias=not normed))
        parts += [(RecordNorm if alone else ConvNorm)(stack, outputs)] if normed else []
        parts.append(Activation(last if final else "leaky"))
        inputs = outputs
    return nn.Sequential(*parts, ToChannels())


def decoder(
    stack: int,
    width: int,
    channels: Sequence[int],
    *,
    stages: Sequence[tuple[int, int]] = ((5, 4), (7, 4), (7, 3), (7, 2), (3, 2)),
    order: np.ndarray | None = None,
    alone: bool = False,
) -> nn.Sequential:
    """Return corGAN's decoder, ``(K, b, channels[0])`` to raw outputs ``(K, b, width)``."""
    plan = plan_up(width, stages)
    used = [*channels[len(channels) - len(plan) :], 1]
    parts: list[nn.Module] = [Spread()]
    inputs = channels[0]
    for at, (stage, outputs) in enumerate(zip(plan, used[1:], strict=True)):
        final = at == len(plan) - 1
        normed = at > 0 and not final
        shape = (stage.kernel, stage.stride)
        parts.append(Conv(stack, inputs, outputs, *shape, extra=stage.extra, transposed=True, bias=not normed))
        parts += [(RecordNorm if alone else ConvNorm)(stack, outputs)] if normed else []
        parts += [] if final else [Activation("relu")]
        inputs = outputs
    return nn.Sequential(*parts, ToChannels(order))


def generator(stack: int, latent: int, channels: Sequence[int]) -> nn.Sequential:
    """Return corGAN's convolutional generator, ``(K, b, latent)`` to ``(K, b, latent)``.

    Noise is ``latent`` channels of length 1; lengths 4, 8, 16, ... double up to ``latent``, channels fall to 1.
    Raises ``ValueError`` unless ``latent`` is 4 doubled a few times.
    """
    doublings = int(np.log2(latent / 4)) if latent >= 4 else -1
    if doublings < 1 or 4 * 2**doublings != latent:
        raise ValueError(f"expected latent of 8, 16, 32, ... for a convolutional generator, got {latent}")
    used = [*channels[max(0, len(channels) - doublings) :], 1]
    parts: list[nn.Module] = [Spread(), Conv(stack, latent, used[0], 4, transposed=True, bias=False)]
    for at, (inputs, outputs) in enumerate(pairwise(used)):
        final = at == len(used) - 2
        parts += [ConvNorm(stack, inputs, eps=1e-4, momentum=0.01), Activation("leaky")]
        parts.append(Conv(stack, inputs, outputs, 4, 2, padding=1, transposed=True, bias=final))
    doubled = len(used) - 1
    if doubled != doublings:
        raise ValueError(f"expected at least {doublings} channels for latent {latent}, got {len(channels)}")
    return nn.Sequential(*parts, Activation("tanh"), ToChannels())


def critic(
    stack: int, width: int, channels: Sequence[int], *, order: np.ndarray | None = None, alone: bool = False
) -> nn.Sequential:
    """Return corGAN's convolutional critic, ``(K, b, width)`` to ``(K, b, 1)``: lengths 1071, 267, 66, 16, 3, 1."""
    plan = plan_down(width, [(8, 4)] * len(channels), padding=1)
    parts: list[nn.Module] = [FlattenChannels(order)]
    inputs = 1
    for at, stage in enumerate(plan[:-1]):
        parts.append(Conv(stack, inputs, channels[at], stage.kernel, stage.stride, padding=1, bias=at == 0))
        if at:
            norm = ConvNorm(stack, channels[at], eps=1e-4, momentum=0.01)
            parts.append(RecordNorm(stack, channels[at], eps=1e-4) if alone else norm)
        parts.append(Activation("leaky"))
        inputs = channels[at]
    return nn.Sequential(*parts, Conv(stack, inputs, 1, plan[-1].kernel), ToChannels())


class RecordNorm(Layer):
    """Normalisation of each record over its channels and length: nothing passes from one record to another."""

    def __init__(self, stack: int, channels: int, *, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.gain = nn.Parameter(torch.ones(stack, channels))
        self.shift = nn.Parameter(torch.zeros(stack, channels))

    def normal(self, x: Tensor) -> Tensor:
        """Return ``(K, channels, b, length)`` before gain and shift."""
        variance, mean = torch.var_mean(x, dim=(1, 3), correction=0, keepdim=True)
        return (x - mean) * (variance + self.eps).rsqrt()

    def forward(self, x: Tensor) -> Tensor:
        return self.normal(x) * self.gain[:, :, None, None] + self.shift[:, :, None, None]
