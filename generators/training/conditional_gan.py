"""EMR-WGAN by class: every normalisation has a gain and a shift for each class of patients.

A class is a combination of values of label columns. The last number of the noise chooses it, so a conditional
generator is sampled like any other; the label columns of what it makes are set to the class, and the critic reads the
class off them.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthaudit.audit.errors import TrainingError
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.nets.heads import Head
from synthaudit.generators.nets.layers import BatchNorm, Layer, Linear
from synthaudit.generators.stacking.ensemble_data import EnsembleData
from synthaudit.generators.training.gan import GanNetwork

MOST = 64  # classes; each needs members enough to learn from
CERTAIN = 20.0  # log odds of a label that is set


class Classes(nn.Module):
    """Which class a record is of, read off its units."""

    def __init__(self, layout: Layout, labels: Sequence[str]) -> None:
        super().__init__()
        alone = set(layout.alone.tolist())
        self.columns: list[list[int]] = []
        self.kinds: list[bool] = []
        count = 1
        for name in labels:
            position = layout.schema.position[name]
            units = list(range(int(layout.start[position]), int(layout.start[position + 1])))
            if layout.schema.columns[position].kind in ("count", "continuous"):
                raise TrainingError(f"EMR-WGAN is conditional on columns with levels; '{name}' is a number.")
            single = len(units) == 1 and units[0] in alone
            self.columns.append(units)
            self.kinds.append(single)
            count *= 2 if single else len(units)
        if count > MOST:
            raise TrainingError(f"EMR-WGAN takes at most {MOST} classes, these labels make {count}. Name fewer labels.")
        self.count = count
        patterns = torch.zeros(count, layout.width)
        for at in range(count):
            rest = at
            for units, single in zip(reversed(self.columns), reversed(self.kinds), strict=True):
                rest, level = divmod(rest, 2 if single else len(units))
                patterns[at, units] = -CERTAIN
                if not single or level:
                    patterns[at, units[0 if single else level]] = CERTAIN
        self.patterns: Tensor
        self.labelled: Tensor
        self.register_buffer("patterns", patterns, persistent=False)
        self.register_buffer("labelled", patterns[0] != 0, persistent=False)

    def of(self, x: Tensor) -> Tensor:
        """Return shares of the classes, ``(K, b, classes)``: products of the label units, one-hot for a record."""
        shares = torch.ones((*x.shape[:-1], 1), device=x.device)
        for units, single in zip(self.columns, self.kinds, strict=True):
            part = x[..., units]
            levels = torch.cat([1 - part, part], dim=-1) if single else part
            shares = (shares[..., :, None] * levels[..., None, :]).flatten(-2)
        return shares


class ByClass(Layer):
    """A gain and a shift for each class, applied to normalised activations."""

    def __init__(self, stack: int, classes: int, width: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(stack, classes, width))
        self.shift = nn.Parameter(torch.zeros(stack, classes, width))

    def forward(self, normal: Tensor, shares: Tensor) -> Tensor:
        return normal * torch.bmm(shares, self.gain) + torch.bmm(shares, self.shift)


class ClassGenerator(nn.Module):
    """Residual layers with conditional batch normalisation, then one linear layer to raw outputs."""

    def __init__(self, stack: int, latent: int, layers: int, width: int, classes: Classes) -> None:
        super().__init__()
        self.linears = nn.ModuleList(Linear(stack, latent, latent, bias=False) for _ in range(layers))
        self.norms = nn.ModuleList(BatchNorm(stack, latent, affine=False) for _ in range(layers))
        self.affine = nn.ModuleList(ByClass(stack, classes.count, latent) for _ in range(layers))
        self.last = Linear(stack, latent, width)

    def forward(self, noise: Tensor, shares: Tensor) -> Tensor:
        x = noise
        for at, (linear, norm, affine) in enumerate(zip(self.linears, self.norms, self.affine, strict=True)):
            made = affine(norm(linear(x)), shares)
            x = x + (torch.tanh(made) if at == len(self.linears) - 1 else F.relu(made))
        raw: Tensor = self.last(x)
        return raw


class ClassCritic(nn.Module):
    """A perceptron with conditional layer normalisation after each hidden layer."""

    def __init__(self, stack: int, widths: Sequence[int], classes: Classes) -> None:
        super().__init__()
        self.classes = classes
        hidden = widths[1:-1]
        self.linears = nn.ModuleList(Linear(stack, a, b) for a, b in zip(widths[:-2], hidden, strict=True))
        self.affine = nn.ModuleList(ByClass(stack, classes.count, width) for width in hidden)
        self.last = Linear(stack, widths[-2], widths[-1])

    def forward(self, x: Tensor) -> Tensor:
        shares = self.classes.of(x)
        for linear, affine in zip(self.linears, self.affine, strict=True):
            x = F.relu(linear(x))
            x = affine(F.layer_norm(x, x.shape[-1:]), shares)
        opinion: Tensor = self.last(x)
        return opinion


class Conditional(GanNetwork):
    """Generator and critic by class; the last number of the noise chooses the class."""

    def __init__(self, head: Head, classes: Classes, stack: int, maker: ClassGenerator, critic: ClassCritic) -> None:
        super().__init__(head, maker.last.weight.shape[1] + 1, maker, critic)
        self.classes = classes
        self.limits: Tensor
        self.register_buffer("limits", torch.ones(stack, classes.count).cumsum(dim=1) / classes.count)

    def learn_shares(self, stack: EnsembleData) -> None:
        """Count the members of each class."""
        shares = stack.means(self.classes.of)  # (K, classes)
        self.limits.copy_(shares.cumsum(dim=1))

    def raw(self, noise: Tensor) -> Tensor:
        chance = torch.special.ndtr(noise[..., -1].contiguous())
        chosen = torch.searchsorted(self.limits, chance).clamp_max(self.classes.count - 1)  # (K, b)
        shares = F.one_hot(chosen, self.classes.count).to(noise.dtype)
        made = self.generator(noise[..., :-1], shares)
        return torch.where(self.classes.labelled, self.classes.patterns[chosen], made)
