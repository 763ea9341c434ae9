"""The gradient of a perceptron VAE's bound, written out: three large products a step, and no graph to build.

With records x, codes z = m + s e, raw outputs r and batch size b (Kingma & Welling, 2014, appendix B): the slope of the
mean bound in r is (sigmoid(r) - x) / b, in m it is dz + m / b, and in log s^2 it is dz e s / 2 + (s^2 - 1) / 2b.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from synthaudit.generators.nets.batched_matmul import product
from synthaudit.generators.nets.layers import Activation, Linear, SparseLinear
from synthaudit.generators.nets.sparse_linear import entered, gathered

if TYPE_CHECKING:
    from synthaudit.generators.training.vae import VAENetwork


class Gradients:
    """Writes the gradients of a network's mean bound into its parameters, as autograd would but for rounding.

    Activations and gradients are written to the same memory every step.
    """

    def __init__(self, network: "VAENetwork", encoder: Sequence[Linear], decoder: Sequence[Linear]) -> None:
        self._network, self._encoder, self._decoder = network, encoder, decoder
        self._kept: dict[str, Tensor] = {}

    @classmethod
    def of(cls, network: "VAENetwork") -> "Gradients | None":
        """Return the gradients of a network of perceptrons; None where a layer is of another kind."""
        parts = [_linears(network.encoder), _linears(network.decoder)]
        if parts[0] is None or parts[1] is None:
            return None
        return cls(network, parts[0], parts[1])

    @torch.no_grad()
    def fill(self, x: Tensor, noise: Tensor, *, value: bool = True) -> Tensor:
        """Write every ``.grad`` and return each model's mean bound, ``(K,)``; zeros without ``value``.

        Args:
            x: Encoded records, shape ``(K, b, d)``.
            noise: Standard normal numbers, ``(K, b, z)``.
            value: Whether the bound itself is wanted: no optimiser needs it.
        """
        batch = x.shape[1]
        into_encoder, code = self._forward("encoder", self._encoder, x)
        mean, logvar = code.chunk(2, dim=-1)  # (K, b, z) each
        deviation = (0.5 * logvar).exp()
        into_decoder, raw = self._forward("decoder", self._decoder, torch.addcmul(mean, deviation, noise))
        loss = torch.zeros(len(x), device=x.device)
        if value:
            kl = 0.5 * (mean.square() + deviation.square() - 1 - logvar).sum(dim=-1)
            loss = kl.mean(dim=1)
        miss, slope = self._outputs(raw, x, value)
        loss = loss + miss
        above = self._backward("decoder", self._decoder, into_decoder, slope, through=True)
        spread = (above * noise).mul_(deviation).add_(deviation.square().sub_(1), alpha=1 / batch).mul_(0.5)
        above = torch.cat([above.add_(mean, alpha=1 / batch), spread], dim=-1)
        self._backward("encoder", self._encoder, into_encoder, above, through=False)
        return loss

    def _outputs(self, raw: Tensor, x: Tensor, value: bool) -> tuple[Tensor, Tensor]:
        """Return each model's mean miss, ``(K,)``, and its slope in the raw outputs; the numbers' noise is learnt."""
        head, spread = self._network.head, self._network.noise
        if head.plain:
            miss = head.miss(raw, x).mean(dim=1) if value else raw.new_zeros(len(raw))
            return miss, raw.sigmoid_().sub_(x).mul_(1 / x.shape[1])
        with torch.enable_grad():  # shares and numbers: few units, whose slopes autograd knows
            leaf = raw.detach().requires_grad_()
            miss = head.miss(leaf, x, value=value, noise=None if spread is None else spread()).mean(dim=1)
            sources = [leaf] if spread is None else [leaf, spread.log]
            slopes = torch.autograd.grad(miss.sum(), sources)
        if spread is not None:
            spread.log.grad = slopes[1]
        return miss.detach(), slopes[0]

    def _forward(self, part: str, layers: Sequence[Linear], x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Return the input of every layer, and the output of the last."""
        inputs = [x]
        for at, layer in enumerate(layers):
            out = self._room(f"{part} {at}", (*x.shape[:2], layer.weight.shape[2]), x)
            if at == 0 and isinstance(layer, SparseLinear) and layer.selects(x):
                out.zero_()
                entered(x.numpy(), layer.weight.detach().numpy(), out.numpy())
            else:
                product(inputs[-1], layer.weight, out)
            if layer.bias is not None:
                out.add_(layer.bias)
            inputs.append(out.relu_() if at < len(layers) - 1 else out)
        return inputs[:-1], inputs[-1]

    def _backward(
        self, part: str, layers: Sequence[Linear], inputs: Sequence[Tensor], slope: Tensor, *, through: bool
    ) -> Tensor:
        """Write the layers' gradients and return the slope in the last input reached: the first's with ``through``."""
        for at in range(len(layers) - 1, -1, -1):
            layer, x = layers[at], inputs[at]
            if layer.weight.grad is None:
                layer.weight.grad = torch.empty_like(layer.weight)
            if at == 0 and isinstance(layer, SparseLinear) and layer.selects(x):
                gathered(x.numpy(), slope.numpy(), layer.weight.grad.numpy())
            else:
                product(x.transpose(1, 2), slope, layer.weight.grad)
            if layer.bias is not None:
                layer.bias.grad = slope.sum(dim=1, keepdim=True)
            if at or through:
                below = self._room(f"{part} slope {at}", x.shape, x)
                slope = product(slope, layer.weight.transpose(1, 2), below)
                if at:
                    slope.mul_(x > 0)  # x left a rectifier
        return slope

    def _room(self, name: str, shape: tuple[int, ...], like: Tensor) -> Tensor:
        """Return memory that is kept from step to step: fresh pages cost more than what is written to them."""
        kept = self._kept.get(name)
        if kept is None or kept.shape != shape:
            kept = self._kept[name] = like.new_empty(shape)
        return kept


def _linears(part: nn.Module) -> list[Linear] | None:
    """Return the linear layers of a rectified perceptron, or None where it is none."""
    layers = list(part) if isinstance(part, nn.Sequential) else []
    linears, between = layers[::2], layers[1::2]
    names = [layer.name if isinstance(layer, Activation) else "" for layer in between]
    if not layers or names != ["relu"] * (len(linears) - 1) + ["none"]:
        return None
    found = [layer for layer in linears if isinstance(layer, Linear)]
    return found if len(found) == len(linears) else None
