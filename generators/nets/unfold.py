"""Windows of a sequence and their overlapping sum: the two linear maps that turn a convolution into a product.

Each is the other's transpose, hence its derivative, so that gradients and gradients of gradients need no third.
"""

from typing import Any, cast

import torch
from torch import Tensor


def windows(x: Tensor, kernel: int, stride: int) -> Tensor:
    """Cut windows: ``(K, channels, b, length)`` to ``(K, channels * kernel, b, windows)``; a rest is left out."""
    return cast(Tensor, _Windows.apply(x, kernel, stride))


def overlap(cut: Tensor, kernel: int, stride: int, length: int) -> Tensor:
    """Add windows up where they lay: ``(K, channels * kernel, b, windows)`` to ``(K, channels, b, length)``."""
    return cast(Tensor, _Overlap.apply(cut, kernel, stride, length))


class _Windows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, kernel: int, stride: int) -> Tensor:
        models, channels, batch, length = x.shape
        ctx.shape = (kernel, stride, length)
        count = (length - kernel) // stride + 1
        whole = x.contiguous()
        steps = whole.stride()
        view = whole.as_strided(
            (models, channels, kernel, batch, count), (*steps[:2], 1, steps[2], stride), whole.storage_offset()
        )
        return view.reshape(models, channels * kernel, batch, count)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        return overlap(grads[0], *ctx.shape), None, None


class _Overlap(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, cut: Tensor, kernel: int, stride: int, length: int) -> Tensor:
        ctx.shape = (kernel, stride)
        models, rows, batch, count = cut.shape
        taps = cut.view(models, rows // kernel, kernel, batch, count)
        whole = cut.new_zeros(models, rows // kernel, batch, length)
        for at in range(kernel):
            whole[..., at : at + (count - 1) * stride + 1 : stride].add_(taps[:, :, at])
        return whole

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None, None]:
        return windows(grads[0], *ctx.shape), None, None, None
