"""Norms of each record's gradient in closed form, layer by layer, without making the gradients.

For a linear layer the squared norm is the product of the squared norms of input and slope (Goodfellow, 2015); what a
layer cannot say in closed form is refused. The same forms serve opacus's ghost clipping and K stacked models.
"""

from typing import Any

import torch
from opacus.grad_sample import register_norm_sampler
from torch import Tensor, nn
from torch.nn import functional as F

from synthaudit.generators.nets.convolution import Conv, RecordNorm
from synthaudit.generators.nets.layers import Bias, Layer, LayerNorm, Linear, SparseLinear
from synthaudit.generators.nets.unfold import windows
from synthaudit.generators.training.vae import Noise

CLOSED = (Linear, SparseLinear, Bias, LayerNorm, Noise, Conv, RecordNorm)


def layers_of(parts: list[nn.Module]) -> list[Layer]:
    """Return the layers with weights of their own.

    Raises:
        ValueError: One of them mixes records, or has no closed form.
    """
    found = []
    for part in parts:
        for name, layer in part.named_modules():
            if not list(layer.parameters(recurse=False)) and not list(layer.buffers(recurse=False)):
                continue
            if type(layer) in CLOSED:
                found.append(layer)
            elif list(layer.parameters(recurse=False)) or type(layer).__name__ in ("BatchNorm", "ConvNorm"):
                raise ValueError(
                    f"expected layers in which each record is by itself, got {type(layer).__name__} at '{name}': "
                    "statistics of a batch would carry one record into another's gradient"
                )
    return found  # type: ignore[return-value]


def squares(layer: nn.Module, x: Tensor, slope: Tensor) -> dict[nn.Parameter, Tensor]:
    """Return squared norms of each record's gradient, ``(K, b)`` a parameter, from a layer's input and slope."""
    if isinstance(layer, Linear):
        squared = slope.square().sum(dim=-1)
        found = {layer.weight: x.square().sum(dim=-1) * squared}
        return found if layer.bias is None else {**found, layer.bias: squared}
    return {name: grad.square().flatten(2).sum(dim=-1) for name, grad in _each(layer, x, slope).items()}


def fill(layer: nn.Module, x: Tensor, out: Tensor, slope: Tensor) -> None:
    """Write the layer's gradients from slopes that are weighted already."""
    if isinstance(layer, SparseLinear) and not x.requires_grad:
        parameters = [layer.weight] if layer.bias is None else [layer.weight, layer.bias]
        for parameter, grad in zip(parameters, torch.autograd.grad(out, parameters, slope), strict=True):
            parameter.grad = grad
    elif isinstance(layer, Linear):
        layer.weight.grad = torch.bmm(x.transpose(1, 2), slope)
        if layer.bias is not None:
            layer.bias.grad = slope.sum(dim=1, keepdim=True)
    else:
        for parameter, grad in _each(layer, x, slope).items():
            parameter.grad = grad.sum(dim=1).view_as(parameter)


def _each(layer: nn.Module, x: Tensor, slope: Tensor) -> dict[nn.Parameter, Tensor]:
    """Return each record's gradient, ``(K, b, ...)`` a parameter: for layers of few weights."""
    if isinstance(layer, Bias):
        return {layer.bias: slope}
    if isinstance(layer, Noise):
        return {layer.log: slope * (layer.log >= layer.floor)}
    if isinstance(layer, LayerNorm):
        return {layer.gain: slope * F.layer_norm(x, x.shape[-1:], eps=layer.eps), layer.shift: slope}
    if isinstance(layer, RecordNorm):
        return {
            layer.gain: (slope * layer.normal(x)).sum(dim=-1).transpose(1, 2),
            layer.shift: slope.sum(dim=-1).transpose(1, 2),
        }
    if isinstance(layer, Conv):
        pad, kernel = layer.padding, layer.weight.shape[3]
        if layer.transposed:
            cut = windows(F.pad(slope, (pad, pad)), kernel, layer.stride)[..., : x.shape[3]]
            grad = torch.einsum("kibl,kobl->kbio", x, cut)
        else:
            cut = windows(F.pad(x, (pad, pad)), kernel, layer.stride)
            grad = torch.einsum("kobl,kcbl->kboc", slope, cut)
        found = {layer.weight: grad}
        return found if layer.bias is None else {**found, layer.bias: slope.sum(dim=-1).transpose(1, 2)}
    raise ValueError(f"expected a layer with a closed form, got {type(layer).__name__}")


@register_norm_sampler(list(CLOSED))  # type: ignore[untyped-decorator]
def _norms(layer: nn.Module, activations: list[Tensor], slopes: Tensor) -> dict[nn.Parameter, Any]:
    """Tell opacus the norms, ``(b,)``: it hands over a single model with the second dimension put first."""
    found = squares(layer, activations[0].transpose(0, 1), slopes.transpose(0, 1))
    return {parameter: value[0].sqrt() for parameter, value in found.items()}
