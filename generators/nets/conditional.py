"""Generator and critic by class of patients: every normalisation has a gain and a shift per class.

A class is a combination of values of label columns (Zhang et al., 2020). The critic reads it off the label columns.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthaudit.audit.errors import TrainingError
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.nets.layers import BatchNorm, Layer, Linear

MAX_CLASSES = 64  # classes; each needs members enough to learn from
LABEL_LOGIT = 20.0  # log odds of a label that is set


class LabelClasses(nn.Module):
    """Which class a record is of, read off its units."""

    def __init__(self, layout: Layout, labels: Sequence[str]) -> None:
        super().__init__()
        binary = set(layout.binary.tolist())
        self.columns: list[list[int]] = []
        self.kinds: list[bool] = []
        count = 1
        for name in labels:
            position = layout.schema.position[name]
            units = list(range(int(layout.start[position]), int(layout.start[position + 1])))
            if layout.schema.columns[position].kind in ("count", "continuous"):
                raise TrainingError(f"EMR-WGAN is conditional on columns with levels; '{name}' is a number.")
            single = len(units) == 1 and units[0] in binary
            self.columns.append(units)
            self.kinds.append(single)
            count *= 2 if single else len(units)
        if count > MAX_CLASSES:
            raise TrainingError(
                f"EMR-WGAN takes at most {MAX_CLASSES} classes, these labels make {count}. Name fewer labels."
            )
        self.count = count
        patterns = torch.zeros(count, layout.width)
        for at in range(count):
            rest = at
            for units, single in zip(reversed(self.columns), reversed(self.kinds), strict=True):
                rest, level = divmod(rest, 2 if single else len(units))
                patterns[at, units] = -LABEL_LOGIT
                if not single or level:
                    patterns[at, units[0 if single else level]] = LABEL_LOGIT
        self.patterns: Tensor
        self.labelled: Tensor
        self.register_buffer("patterns", patterns, persistent=False)
        self.register_buffer("labelled", patterns[0] != 0, persistent=False)

    def shares(self, x: Tensor) -> Tensor:
        """Return shares of the classes, ``(K, b, classes)``: products of the label units, one-hot for a record."""
        shares = torch.ones((*x.shape[:-1], 1), device=x.device)
        for units, single in zip(self.columns, self.kinds, strict=True):
            part = x[..., units]
            levels = torch.cat([1 - part, part], dim=-1) if single else part
            shares = (shares[..., :, None] * levels[..., None, :]).flatten(-2)
        return shares


class ConditionalAffine(Layer):
    """A gain and a shift for each class, applied to normalised activations."""

    def __init__(self, models: int, classes: int, width: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(models, classes, width))
        self.shift = nn.Parameter(torch.zeros(models, classes, width))

    def forward(self, normal: Tensor, shares: Tensor) -> Tensor:
        return normal * torch.bmm(shares, self.gain) + torch.bmm(shares, self.shift)


class ConditionalGenerator(nn.Module):
    """Residual layers with conditional batch normalisation, then one linear layer to raw outputs."""

    def __init__(self, models: int, latent: int, layers: int, width: int, classes: LabelClasses) -> None:
        super().__init__()
        self.linears = nn.ModuleList(Linear(models, latent, latent, bias=False) for _ in range(layers))
        self.norms = nn.ModuleList(BatchNorm(models, latent, affine=False) for _ in range(layers))
        self.affine = nn.ModuleList(ConditionalAffine(models, classes.count, latent) for _ in range(layers))
        self.last = Linear(models, latent, width)

    def forward(self, latent: Tensor, shares: Tensor) -> Tensor:
        x = latent
        for at, (linear, norm, affine) in enumerate(zip(self.linears, self.norms, self.affine, strict=True)):
            hidden = affine(norm(linear(x)), shares)
            x = x + (torch.tanh(hidden) if at == len(self.linears) - 1 else F.relu(hidden))
        raw: Tensor = self.last(x)
        return raw


class ConditionalCritic(nn.Module):
    """A perceptron with conditional layer normalisation after each hidden layer."""

    def __init__(self, models: int, widths: Sequence[int], classes: LabelClasses) -> None:
        super().__init__()
        self.classes = classes
        hidden = widths[1:-1]
        self.linears = nn.ModuleList(Linear(models, a, b) for a, b in zip(widths[:-2], hidden, strict=True))
        self.affine = nn.ModuleList(ConditionalAffine(models, classes.count, width) for width in hidden)
        self.last = Linear(models, widths[-2], widths[-1])

    def forward(self, x: Tensor) -> Tensor:
        shares = self.classes.shares(x)
        for linear, affine in zip(self.linears, self.affine, strict=True):
            x = F.relu(linear(x))
            x = affine(F.layer_norm(x, x.shape[-1:]), shares)
        logits: Tensor = self.last(x)
        return logits
