"""Encoder, decoder, generator and critic of one-dimensional convolutions, for any number of columns.

Lengths are planned so that every column is read and every output is written by weights: where a stride does not fit,
a convolution reads zeros behind the last column, and a transposed one leaves out what it writes behind it. The
published lengths, 1071, 534, 265, 87, 28, 8, 1 down and 1, 5, 21, 87, 265, 535, 1071 up, come from torch's rule, which
skips columns at the end instead and fills them from the bias alone; ``published=True`` keeps it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from torch import nn

from synthaudit.generators.nets.convolution import (
    Conv,
    ConvBatchNorm,
    ConvGroupNorm,
    FlattenChannels,
    ToChannels,
    UnitsToChannels,
)
from synthaudit.generators.nets.layers import Activation


@dataclass(frozen=True)
class Stage:
    """One layer of a plan.

    Attributes:
        kernel: Columns of a window.
        stride: Columns from one window to the next.
        output_padding: Columns at the end that only a bias reaches; of the published lengths.
        tail: Zeros read at the end, or columns written there and left out.
    """

    kernel: int
    stride: int
    output_padding: int = 0
    tail: int = 0


def plan_down(
    width: int, stages: Sequence[tuple[int, int]], *, padding: int = 0, published: bool = False
) -> list[Stage]:
    """Return the stages that fit a width, and a last one whose kernel takes the whole remaining length.

    >>> [(stage.kernel, stage.tail) for stage in plan_down(1071, [(5, 2), (5, 2), (5, 3), (5, 3), (5, 3)])]
    [(5, 0), (5, 1), (5, 0), (5, 1), (5, 0), (9, 0)]
    """
    plan, length = [], width
    for kernel, stride in stages:
        reach = length + 2 * padding - kernel
        if reach < 0:
            break
        tail = 0 if published else -reach % stride
        plan.append(Stage(kernel, stride, tail=tail))
        length = (reach + tail) // stride + 1
    return [*plan, Stage(length, 1)]


def plan_up(width: int, stages: Sequence[tuple[int, int]], *, published: bool = False) -> list[Stage]:
    """Return transposed stages from length 1 to exactly ``width``; the first kernel makes the smallest length.

    >>> [(stage.kernel, stage.tail) for stage in plan_up(930, [(5, 4), (7, 4), (7, 3), (7, 2), (3, 2)])]
    [(5, 0), (5, 2), (7, 3), (7, 2), (7, 0), (3, 1)]
    """
    plan: list[Stage] = []
    length = width
    for kernel, stride in reversed(stages):
        reach = length - kernel
        if reach < 0:
            break
        off = reach % stride
        if published:
            plan.insert(0, Stage(kernel, stride, output_padding=off))
            length = reach // stride + 1
        else:
            plan.insert(0, Stage(kernel, stride, tail=-reach % stride))
            length = -(-reach // stride) + 1
    return [Stage(length, 1), *plan]


def convolutional_encoder(
    models: int,
    width: int,
    channels: Sequence[int],
    *,
    stages: Sequence[tuple[int, int]] = ((5, 2), (5, 2), (5, 3), (5, 3), (5, 3)),
    last: str = "tanh",
    order: np.ndarray | None = None,
    per_record: bool = False,
    published: bool = False,
) -> nn.Sequential:
    """Return corGAN's encoder, ``(K, b, width)`` to ``(K, b, channels[-1])``: leaky, normalised from the second on."""
    plan = plan_down(width, stages, published=published)
    used = [*channels[: len(plan) - 1], channels[-1]]
    parts: list[nn.Module] = [ToChannels(order)]
    inputs = 1
    for at, (stage, outputs) in enumerate(zip(plan, used, strict=True)):
        final = at == len(plan) - 1
        normed = at > 0 and not final
        parts.append(Conv(models, inputs, outputs, stage.kernel, stage.stride, tail=stage.tail, bias=not normed))
        parts += [(ConvGroupNorm if per_record else ConvBatchNorm)(models, outputs)] if normed else []
        parts.append(Activation(last if final else "leaky"))
        inputs = outputs
    return nn.Sequential(*parts, FlattenChannels())


def convolutional_decoder(
    models: int,
    width: int,
    channels: Sequence[int],
    *,
    stages: Sequence[tuple[int, int]] = ((5, 4), (7, 4), (7, 3), (7, 2), (3, 2)),
    order: np.ndarray | None = None,
    per_record: bool = False,
    published: bool = False,
) -> nn.Sequential:
    """Return corGAN's decoder, ``(K, b, channels[0])`` to raw outputs ``(K, b, width)``."""
    plan = plan_up(width, stages, published=published)
    used = [*channels[len(channels) - len(plan) :], 1]
    parts: list[nn.Module] = [UnitsToChannels()]
    inputs = channels[0]
    for at, (stage, outputs) in enumerate(zip(plan, used[1:], strict=True)):
        final = at == len(plan) - 1
        normed = at > 0 and not final
        ends: dict[str, Any] = {"output_padding": stage.output_padding, "tail": stage.tail}
        parts.append(
            Conv(models, inputs, outputs, stage.kernel, stage.stride, **ends, transposed=True, bias=not normed)
        )
        parts += [(ConvGroupNorm if per_record else ConvBatchNorm)(models, outputs)] if normed else []
        parts += [] if final else [Activation("relu")]
        inputs = outputs
    return nn.Sequential(*parts, FlattenChannels(order))


def convolutional_generator(models: int, latent: int, channels: Sequence[int]) -> nn.Sequential:
    """Return corGAN's convolutional generator, ``(K, b, latent)`` to ``(K, b, latent)``.

    Noise is ``latent`` channels of length 1; lengths 4, 8, 16, ... double up to ``latent``, channels fall to 1.
    Raises ``ValueError`` unless ``latent`` is 4 doubled a few times.
    """
    doublings = int(np.log2(latent / 4)) if latent >= 4 else -1
    if doublings < 1 or 4 * 2**doublings != latent:
        raise ValueError(f"expected latent of 8, 16, 32, ... for a convolutional generator, got {latent}")
    used = [*channels[max(0, len(channels) - doublings) :], 1]
    parts: list[nn.Module] = [UnitsToChannels(), Conv(models, latent, used[0], 4, transposed=True, bias=False)]
    for at, (inputs, outputs) in enumerate(pairwise(used)):
        final = at == len(used) - 2
        parts += [ConvBatchNorm(models, inputs, eps=1e-4, momentum=0.01), Activation("leaky")]
        parts.append(Conv(models, inputs, outputs, 4, 2, padding=1, transposed=True, bias=final))
    doubled = len(used) - 1
    if doubled != doublings:
        raise ValueError(f"expected at least {doublings} channels for latent {latent}, got {len(channels)}")
    return nn.Sequential(*parts, Activation("tanh"), FlattenChannels())


def convolutional_critic(
    models: int,
    width: int,
    channels: Sequence[int],
    *,
    order: np.ndarray | None = None,
    per_record: bool = False,
    published: bool = False,
) -> nn.Sequential:
    """Return corGAN's convolutional critic, ``(K, b, width)`` to ``(K, b, 1)``; published: 1071, 267, 66, 16, 3, 1."""
    plan = plan_down(width, [(8, 4)] * len(channels), padding=1, published=published)
    parts: list[nn.Module] = [ToChannels(order)]
    inputs = 1
    for at, stage in enumerate(plan[:-1]):
        parts.append(
            Conv(models, inputs, channels[at], stage.kernel, stage.stride, padding=1, tail=stage.tail, bias=at == 0)
        )
        if at:
            norm = ConvBatchNorm(models, channels[at], eps=1e-4, momentum=0.01)
            parts.append(ConvGroupNorm(models, channels[at], eps=1e-4) if per_record else norm)
        parts.append(Activation("leaky"))
        inputs = channels[at]
    return nn.Sequential(*parts, Conv(models, inputs, 1, plan[-1].kernel), FlattenChannels())
