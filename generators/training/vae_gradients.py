"""The gradient of a perceptron VAE's bound, written out: three large products a step, and no graph to build.

With records x, codes z = m + s e, raw outputs r and batch size b (Kingma & Welling, 2014, appendix B): the slope of the
mean bound in r is (sigmoid(r) - x) / b, in m it is dz + m / b, and in log s^2 it is dz e s / 2 + (s^2 - 1) / 2b.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from synthaudit.generators.nets import sparse_linear
from synthaudit.generators.nets.batched_matmul import batched_matmul
from synthaudit.generators.nets.heads import Head
from synthaudit.generators.nets.layers import Activation, Linear, LogScale, SparseLinear


class VAEGradients:
    """Writes the gradients of the mean negative bound into the parameters, as autograd would but for rounding.

    Activations and gradients are written to the same memory every step.
    """

    def __init__(
        self, encoder: Sequence[Linear], decoder: Sequence[Linear], head: Head, log_scale: LogScale | None
    ) -> None:
        self._encoder, self._decoder, self._head, self._log_scale = encoder, decoder, head, log_scale
        self._buffers: dict[str, Tensor] = {}

    @classmethod
    def of(
        cls, encoder: nn.Module, decoder: nn.Module, head: Head, log_scale: LogScale | None
    ) -> "VAEGradients | None":
        """Return the gradients of two perceptrons; None where a layer is of another kind."""
        linears = [_linears(encoder), _linears(decoder)]
        if linears[0] is None or linears[1] is None:
            return None
        return cls(linears[0], linears[1], head, log_scale)

    @torch.no_grad()
    def write(self, x: Tensor, noise: Tensor, *, value: bool = True) -> Tensor:
        """Write every ``.grad`` and return each model's mean negative bound, ``(K,)``; zeros without ``value``.

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
        nll, slope = self._outputs(raw, x, value)
        loss = loss + nll
        above = self._backward("decoder", self._decoder, into_decoder, slope, through=True)
        spread = (above * noise).mul_(deviation).add_(deviation.square().sub_(1), alpha=1 / batch).mul_(0.5)
        above = torch.cat([above.add_(mean, alpha=1 / batch), spread], dim=-1)
        self._backward("encoder", self._encoder, into_encoder, above, through=False)
        return loss

    def _outputs(self, raw: Tensor, x: Tensor, value: bool) -> tuple[Tensor, Tensor]:
        """Return each model's mean negative log-likelihood, ``(K,)``, and its slope in the raw outputs."""
        head, log_scale = self._head, self._log_scale
        if head.all_binary:
            nll = head.nll(raw, x).mean(dim=1) if value else raw.new_zeros(len(raw))
            return nll, raw.sigmoid_().sub_(x).mul_(1 / x.shape[1])
        with torch.enable_grad():  # shares and numbers: few units, whose slopes autograd knows
            leaf = raw.detach().requires_grad_()
            scale = None if log_scale is None else log_scale()
            nll = head.nll(leaf, x, value=value, log_scale=scale).mean(dim=1)
            slopes = torch.autograd.grad(nll.sum(), [leaf] if log_scale is None else [leaf, log_scale.log])
        if log_scale is not None:
            log_scale.log.grad = slopes[1]
        return nll.detach(), slopes[0]

    def _forward(self, part: str, layers: Sequence[Linear], x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Return the input of every layer, and the output of the last."""
        inputs = [x]
        for at, layer in enumerate(layers):
            out = self._buffer(f"{part} {at}", (*x.shape[:2], layer.weight.shape[2]), x)
            if at == 0 and isinstance(layer, SparseLinear) and layer.selects(x):
                out.zero_()
                sparse_linear.forward(x.numpy(), layer.weight.detach().numpy(), out.numpy())
            else:
                batched_matmul(inputs[-1], layer.weight, out)
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
                sparse_linear.weight_grad(x.numpy(), slope.numpy(), layer.weight.grad.numpy())
            else:
                batched_matmul(x.transpose(1, 2), slope, layer.weight.grad)
            if layer.bias is not None:
                layer.bias.grad = slope.sum(dim=1, keepdim=True)
            if at or through:
                below = self._buffer(f"{part} slope {at}", x.shape, x)
                slope = batched_matmul(slope, layer.weight.transpose(1, 2), below)
                if at:
                    slope.mul_(x > 0)  # x left a rectifier
        return slope

    def _buffer(self, name: str, shape: tuple[int, ...], like: Tensor) -> Tensor:
        """Return memory that is reused from step to step: fresh pages cost more than what is written to them."""
        buffer = self._buffers.get(name)
        if buffer is None or buffer.shape != shape:
            buffer = self._buffers[name] = like.new_empty(shape)
        return buffer


def _linears(part: nn.Module) -> list[Linear] | None:
    """Return the linear layers of a rectified perceptron, or None where it is none."""
    layers = list(part) if isinstance(part, nn.Sequential) else []
    linears, between = layers[::2], layers[1::2]
    names = [layer.name if isinstance(layer, Activation) else "" for layer in between]
    if not layers or names != ["relu"] * (len(linears) - 1) + ["none"]:
        return None
    found = [layer for layer in linears if isinstance(layer, Linear)]
    return found if len(found) == len(linears) else None
