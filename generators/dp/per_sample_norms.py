"""Per-sample gradient norms by closed forms, without making the gradients: ghost clipping (Li et al., 2022).

Each layer knows its own closed form; the same forms serve opacus for one model and K models side by side.
"""

from collections.abc import Sequence

from opacus.grad_sample import register_norm_sampler
from torch import Tensor, nn

from synthaudit.generators.nets.layers import Layer


def per_record_layers(networks: Sequence[nn.Module]) -> list[Layer]:
    """Return the layers with weights of their own.

    Raises:
        ValueError: One of them mixes records, or has no closed form.
    """
    layers = []
    for network in networks:
        for name, layer in network.named_modules():
            weights, buffers = list(layer.parameters(recurse=False)), list(layer.buffers(recurse=False))
            if isinstance(layer, Layer) and layer.per_record:
                layers += [layer] if weights or buffers else []
            elif weights or (isinstance(layer, Layer) and buffers):
                raise ValueError(
                    f"expected layers in which each record is by itself, got {type(layer).__name__} at '{name}': "
                    "statistics of a batch would carry one record into another's gradient"
                )
    return layers


def register_with_opacus(layers: Sequence[Layer]) -> None:
    """Let opacus compute norms of these kinds of layers by their own closed forms."""
    register_norm_sampler(list({type(layer) for layer in layers}))(_opacus_norms)


def _opacus_norms(layer: Layer, activations: list[Tensor], grads: Tensor) -> dict[nn.Parameter, Tensor]:
    """Return norms, ``(b,)`` per parameter: opacus hands over a single model with the second dimension put first."""
    squared = layer.squared_norms(activations[0].transpose(0, 1), grads.transpose(0, 1))
    return {parameter: value[0].sqrt() for parameter, value in squared.items()}
