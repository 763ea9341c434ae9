"""What a network's raw outputs mean: probabilities of the yes/no units, shares of a group, numbers."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthaudit.generators.encoding.layout import Layout


class BernoulliNLL(torch.autograd.Function):
    """Bernoulli negative log-likelihood from logits, summed over units: ``(K, b, d)`` to ``(K, b)``.

    One pass gives the gradient, sigmoid(raw) - x. The value costs a second transcendental per unit and no optimiser
    needs it, so it is computed only where asked for and is 0 elsewhere.
    """

    @staticmethod
    def forward(ctx: Any, raw: Tensor, x: Tensor, value: bool) -> Tensor:
        ctx.save_for_backward(torch.sigmoid(raw).sub_(x))
        if value:
            return F.binary_cross_entropy_with_logits(raw, x, reduction="none").sum(dim=-1)
        return raw.new_zeros(raw.shape[:-1])

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        (slope,) = ctx.saved_tensors
        return slope * grads[0].unsqueeze(-1), None, None


class Head(nn.Module):
    """Reads raw outputs of shape ``(K, b, d)`` by a layout. It has no parameters."""

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        self.all_binary = layout.all_binary
        self._binary: Tensor
        self._units: Tensor
        self._real: Tensor
        self._numbers: Tensor
        self._gated: Tensor
        self._gates: Tensor
        self._free: Tensor
        self._gate_of: Tensor
        units, real = layout.padded_groups
        tables = {
            "binary": layout.binary,
            "units": units,
            "real": real,
            "numbers": layout.numeric,
            "gated": layout.numeric[layout.gates >= 0],
            "gates": layout.gates[layout.gates >= 0],
            "free": layout.gates < 0,
            "gate_of": layout.gates.clip(0),
        }
        for name, table in tables.items():
            self.register_buffer(f"_{name}", torch.from_numpy(table.copy()), persistent=False)

    def probabilities(self, raw: Tensor) -> Tensor:
        """Return chances of the yes/no units and the numbers as they are, shape ``(K, b, d)``."""
        if self.all_binary:
            return torch.sigmoid(raw)
        out = raw.clone()
        out[..., self._binary] = torch.sigmoid(raw[..., self._binary])
        if self._units.numel():
            shares = raw[..., self._units].masked_fill(~self._real, -torch.inf).softmax(dim=-1)
            out[..., self._units[self._real]] = shares[..., self._real]
        return out

    def sample(self, chance: Tensor, uniform: Tensor, normal: Tensor) -> Tensor:
        """Draw encoded records from ``probabilities`` with given noise, all of shape ``(K, b, d)``."""
        out = (uniform < chance).to(chance.dtype)
        if self._units.numel():
            shares = chance[..., self._units].masked_fill(~self._real, 0.0).cumsum(dim=-1)
            limit = uniform[..., self._units[:, :1]] * shares[..., -1:]
            choice = (shares <= limit).sum(dim=-1, keepdim=True).clamp_max(shares.shape[-1] - 1)
            picked = torch.zeros_like(shares).scatter_(-1, choice, 1.0)
            out[..., self._units[self._real]] = picked[..., self._real]
        if self._numbers.numel():
            gate = torch.where(self._free, 1.0, out[..., self._gate_of])
            out[..., self._numbers] = (chance[..., self._numbers] + normal[..., self._numbers]) * gate
        return out

    def soft_output(self, raw: Tensor) -> Tensor:
        """Return what a critic is shown: as ``probabilities``, with each gated number scaled by its gate.

        Encoded records hold 0 where a gate is off, so a number's expectation given a soft gate is number x chance.
        """
        out = self.probabilities(raw)
        if self.all_binary or not self._gated.numel():
            return out
        gated = out[..., self._gated] * out[..., self._gates]
        return out.index_copy(-1, self._gated, gated)

    def nll(self, raw: Tensor, x: Tensor, *, value: bool = True, log_scale: Tensor | None = None) -> Tensor:
        """Return the negative log-likelihood of each record, shape ``(K, b)``, unreduced so that DP-SGD can clip each.

        Numbers are Gaussian around the output, with standard deviation exp(``log_scale``), shape ``(K, 1, r)``, or 1.
        ``value=False`` leaves the value of the Bernoulli part out; the gradient is whole.
        """
        if self.all_binary:
            return BernoulliNLL.apply(raw, x, value)  # type: ignore[no-any-return]
        total = raw.new_zeros(raw.shape[:-1])
        if self._binary.numel():
            total = total + BernoulliNLL.apply(raw[..., self._binary], x[..., self._binary], value)
        if self._units.numel():
            logs = raw[..., self._units].masked_fill(~self._real, -torch.inf).log_softmax(dim=-1)
            total = total - (logs.masked_fill(~self._real, 0.0) * (x[..., self._units] * self._real)).sum(dim=(-1, -2))
        if self._numbers.numel():
            gate = torch.where(self._free, 1.0, x[..., self._gate_of])
            off = raw[..., self._numbers] - x[..., self._numbers]
            loss = 0.5 * off.square() if log_scale is None else 0.5 * (off * torch.exp(-log_scale)).square() + log_scale
            total = total + (loss * gate).sum(dim=-1)
        return total
