"""Deep Boltzmann machines, K at once: each layer is a restricted Boltzmann machine (RBM) on the layer below."""

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthaudit.generators.nets.heads import Head
from synthaudit.generators.nets.layers import Layer
from synthaudit.generators.stacking.ensemble_data import EnsembleData
from synthaudit.generators.stacking.streams import CounterRng
from synthaudit.generators.training.network import Network


class RBMWeights(Layer):
    """Weights between two layers, ``(K, below, above)``; small normal first weights (Hinton, 2010, section 8)."""

    def __init__(self, models: int, below: int, above: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(models, below, above))

    @torch.no_grad()
    def reset_parameters(self, rngs: Sequence[np.random.Generator]) -> None:
        for at, rng in enumerate(rngs):
            first = rng.standard_normal(self.weight.shape[1:], dtype=np.float32) * np.float32(0.01)
            self.weight[at] = torch.from_numpy(first)


class BoltzmannMachine(Network):
    """K deep Boltzmann machines. Numbers among the records' units are Gaussian with unit variance.

    Args:
        head: Reads raw outputs.
        models: K.
        width: The records' units.
        hidden: Units of the hidden layers.
        sample_steps: Gibbs steps before a row is drawn.
    """

    latent = 0

    def __init__(self, head: Head, models: int, width: int, hidden: Sequence[int], sample_steps: int) -> None:
        super().__init__()
        self.head, self.sample_steps = head, sample_steps
        widths = (width, *hidden)
        self.weights = nn.ModuleList(RBMWeights(models, *widths[at : at + 2]) for at in range(len(hidden)))
        self.biases = nn.ParameterList(torch.zeros(models, 1, units) for units in widths)

    def weight(self, at: int) -> Tensor:
        """Return the weights of layer ``at`` with the one above, ``(K, below, above)``."""
        return cast(RBMWeights, self.weights[at]).weight

    def bias(self, at: int) -> nn.Parameter:
        """Return the bias of layer ``at``, ``(K, 1, units)``; layer 0 is the records'."""
        return cast(nn.Parameter, self.biases[at])

    def output_bias(self) -> nn.Parameter | None:
        return self.bias(0)

    def outputs(self, size: int, rng: np.random.Generator) -> Tensor:
        """Run the chains: even and odd layers in turn, from the hidden layers at even odds."""
        source = CounterRng([int(rng.integers(2**62))], "gibbs", "cpu")
        states = [torch.zeros(1, size, bias.shape[-1]) for bias in self.biases]
        for at in range(1, len(states)):
            states[at] = (source.uniform(at, size, states[at].shape[-1]) < 0.5).float()
        step = len(states)
        for _ in range(self.sample_steps):
            for at in [*range(0, len(states), 2), *range(1, len(states), 2)]:
                states[at] = self._draw(at, self._field(at, states), source, step)
                step += 1
        return self.head.probabilities(self._field(0, states))

    def _field(self, at: int, states: Sequence[Tensor]) -> Tensor:
        """Return the raw input to a layer from its neighbours."""
        field: Tensor = self.bias(at)
        if at:
            field = field + torch.bmm(states[at - 1], self.weight(at - 1))
        if at + 1 < len(states):
            field = field + torch.bmm(states[at + 1], self.weight(at).transpose(1, 2))
        return field

    def _draw(self, at: int, field: Tensor, source: CounterRng, step: int) -> Tensor:
        if at == 0:
            return sample_visible(self.head, field, source, step)
        return bernoulli(torch.sigmoid(field), source, step)

    def signals(self, x: Tensor) -> Mapping[str, Tensor]:
        """Return the negative free energy of the lowest machine: the log likelihood up to a constant."""
        linear = (x * self.bias(0)).sum(dim=-1)
        return {"free energy": linear + F.softplus(torch.bmm(x, self.weight(0)) + self.bias(1)).sum(dim=-1)}


def bernoulli(chance: Tensor, source: CounterRng, step: int) -> Tensor:
    """Draw yes/no units with their chances, ``(K, b, units)``."""
    return (source.uniform(step, chance.shape[1], chance.shape[2]) < chance).to(chance.dtype)


def sample_visible(head: Head, raw: Tensor, source: CounterRng, step: int) -> Tensor:
    """Draw the records' units: yes/no by themselves, one of each group, numbers with unit variance."""
    chance = head.probabilities(raw)
    if head.all_binary:
        return bernoulli(chance, source, step)
    return head.sample(
        chance,
        source.uniform(step, *chance.shape[1:]),
        source.normal((1 << 30) + step, *chance.shape[1:]),
    )


@torch.no_grad()
def train_dbm(
    machine: BoltzmannMachine, data: EnsembleData, *, epochs: int, batch_size: int, gibbs_steps: int, lr: float
) -> None:
    """Train layer by layer by persistent contrastive divergence (Tieleman, 2008), then join the layers.

    While a layer is trained its input counts double upwards (the lowest), downwards (the highest) or its weights are
    halved afterwards (those between), so that the joined machine infers as the parts did: a layer's input is then the
    mean of what its two machines said (Salakhutdinov & Hinton, 2009, section 3.1). Its bias is the mean of theirs.
    """
    layers = len(machine.weights)
    lower: list[Tensor] = []
    for at in range(layers):
        up, down = (2.0 if at == 0 and layers > 1 else 1.0), (2.0 if at == layers - 1 and layers > 1 else 1.0)
        batches = data.batches(batch_size, f"layer {at + 1}")
        source = data.stream(f"gibbs {at + 1}")
        above, weight = machine.bias(at + 1), machine.weight(at)
        # The machine on a hidden layer learns a bias of its own for it: the one below still lifts the records.
        below = machine.bias(at) if at == 0 else machine.bias(at).detach().clone()
        lower.append(below)
        chains = bernoulli(
            torch.full((len(weight), batches.size, weight.shape[2]), 0.5, device=weight.device), source, 0
        )
        steps = epochs * batches.per_pass
        draws = 1
        for step, logged in enumerate(data.training_steps(f"layer {at + 1}", steps)):
            units = propagate_up(machine, data.records(batches.take()), at)
            hidden = torch.sigmoid(up * torch.bmm(units, weight) + above)
            for _ in range(gibbs_steps):
                raw = down * torch.bmm(chains, weight.transpose(1, 2)) + below
                fantasy = (
                    sample_visible(machine.head, raw, source, draws)
                    if at == 0
                    else bernoulli(raw.sigmoid(), source, draws)
                )
                chance = torch.sigmoid(up * torch.bmm(fantasy, weight) + above)
                chains = bernoulli(chance, source, draws + 1)
                draws += 2
            rate = lr * (1 - 0.9 * step / steps) / batches.size
            weight += rate * (torch.bmm(units.transpose(1, 2), hidden) - torch.bmm(fantasy.transpose(1, 2), chance))
            below.add_(rate * (units - fantasy).sum(dim=1, keepdim=True))
            above.add_(rate * (hidden - chance).sum(dim=1, keepdim=True))
            if logged:
                raw = down * torch.bmm(hidden, weight.transpose(1, 2)) + below
                error = units - (machine.head.probabilities(raw) if at == 0 else raw.sigmoid())
                data.log(f"reconstruction {at + 1}", error.square().sum(dim=-1).mean(dim=1))
    for at in range(1, layers):
        machine.bias(at).add_(lower[at]).mul_(0.5)
        if at < layers - 1:
            machine.weight(at).mul_(0.5)


def propagate_up(machine: BoltzmannMachine, units: Tensor, layers: int) -> Tensor:
    """Return the chances of the units ``layers`` above the records."""
    for at in range(layers):
        units = torch.sigmoid((2.0 if at == 0 else 1.0) * torch.bmm(units, machine.weight(at)) + machine.bias(at + 1))
    return units
