"""From a recipe and members to fitted networks: one pass for all models of a stack, then each on its own."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from synthaudit.audit.errors import TrainingError
from synthaudit.audit.knowledge import InsufficientKnowledge
from synthaudit.audit.protocols import Progress, Training
from synthaudit.audit.records import Records, Schema
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.encoding.table_encoder import Scaling, TableEncoder
from synthaudit.generators.models.recipe import Recipe
from synthaudit.generators.nets.layers import begin, one_of
from synthaudit.generators.stacking.encoded_dataset import EncodedDataset
from synthaudit.generators.stacking.ensemble_data import BLOCK, EnsembleData
from synthaudit.generators.training.diagnostics import PROBE, never_drawn, problem_of

SCALE = ("centre", "spread", "low", "high")


class Network(nn.Module):
    """K stacked generators. A subclass builds the parts; every parameter has the model as its first dimension."""

    latent: int

    def generate(self, noise: Tensor) -> Tensor:
        """Turn noise, shape ``(K, m, z)``, into probabilities and numbers, shape ``(K, m, d)``."""
        raise NotImplementedError

    def outputs(self, size: int, rng: np.random.Generator) -> Tensor:
        """Return ``size`` rows of probabilities and numbers from one network, shape ``(1, m, d)``."""
        latent = rng.standard_normal((1, size, self.latent), dtype=np.float32)
        return self.generate(torch.from_numpy(latent))

    def signals(self, x: Tensor) -> Mapping[str, Tensor]:
        """Return what the weights say of encoded records, shape ``(K, n, d)``: one number a record, ``(K, n)``."""
        raise NotImplementedError

    def miss(self, noise: Tensor, x: Tensor) -> Tensor:
        """Return the negative log-likelihood of records given noise, ``(K, n)``, differentiable in the noise.

        Raises ``InsufficientKnowledge`` where noise becomes records by steps that have no gradient.
        """
        raise InsufficientKnowledge("this generator draws in steps: no noise can be sought behind a record")

    def codes(self, x: Tensor) -> Tensor | None:
        """Return the noise that an encoder puts records at, ``(K, n, z)``; None where there is none."""
        return None

    def spread(self) -> Tensor | None:
        """Return the standard deviation to add to each drawn number, shape ``(K, r)``, or None."""
        return None

    def output_bias(self) -> nn.Parameter | None:
        """Return the bias of the last layer, shape ``(K, 1, d)``, where there is one to begin at the members' odds."""
        return None


@dataclass(frozen=True, eq=False)
class FittedNetwork:
    """A trained network of its own. It holds weights and the scale of the columns, never a record.

    Attributes:
        recipe: What it was made by.
        encoding: Which unit means what.
        network: The weights, on the CPU.
        training: How it went.
    """

    recipe: Recipe
    encoding: TableEncoder
    network: Network
    training: Training = field(default_factory=Training)

    @property
    def schema(self) -> Schema:
        """The columns of every sample."""
        return self.encoding.layout.schema

    def state(self) -> Mapping[str, np.ndarray]:
        """Return all that ``restore`` needs besides the recipe: weights, and the scale of the columns."""
        weights = {f"weights.{name}": value.numpy() for name, value in self.network.state_dict().items()}
        return weights | {f"scale.{name}": getattr(self.encoding, name) for name in SCALE}

    @torch.no_grad()
    def sample(self, size: int, *, seed: int) -> Records:
        """Return ``size`` rows. Drawn in blocks, so any size fits in memory."""
        rng = np.random.default_rng([seed, *b"sample"])
        spread = self.network.spread()
        noise = spread[0].numpy().astype(np.float64) if spread is not None else None
        parts: list[Records] = []
        for start in range(0, max(size, 1), BLOCK):
            rows = max(1, min(BLOCK, size - start))  # convolutions refuse an empty batch
            outputs = self.network.outputs(rows, rng)[0].numpy()
            parts.append(self.encoding.draw(outputs, rng, how=self.recipe.sampling, noise=noise))
        whole = Records.concat(parts).with_patients(np.arange(max(size, 1)))
        return whole.take(slice(0, size))

    @torch.no_grad()
    def signals(self, targets: Records) -> Mapping[str, np.ndarray]:
        """Return what an attacker with the weights reads off them: one number a target, higher is better known."""
        read = self.network.signals(self._encoded(targets))
        return {name: value[0].numpy().astype(np.float64) for name, value in read.items()}

    @property
    def latent(self) -> int:
        """How many numbers the noise has."""
        return self.network.latent

    @torch.no_grad()
    def codes(self, targets: Records) -> np.ndarray | None:
        """Return where an encoder puts the targets, shape ``(n, z)``; None where there is none."""
        found = self.network.codes(self._encoded(targets))
        return None if found is None else found[0].numpy()

    def likelihood(self, targets: Records) -> Callable[[Tensor], Tensor]:
        """Return the function from noise, shape ``(n, z)``, to log p(target | noise), ``(n,)``, differentiable."""
        x = self._encoded(targets)
        return lambda noise: -self.network.miss(noise[None], x)[0]

    def _encoded(self, targets: Records) -> Tensor:
        """Return the targets as the network reads them, shape ``(1, n, d)``."""
        data = EncodedDataset(self.encoding.layout, targets, [self.encoding], "cpu")
        return data.take(torch.arange(len(targets))[None])


def fit_stack(
    recipe: Recipe,
    pool: Records,
    inclusion: np.ndarray,
    *,
    seeds: Sequence[int],
    device: str,
    progress: Progress | None,
) -> tuple[FittedNetwork, ...]:
    """Train one model a row of ``inclusion``; models whose batches differ in number are trained in separate passes.

    Raises:
        TrainingError: A model has no members, or the table has a kind of column the recipe cannot learn.
    """
    inclusion = np.asarray(inclusion, dtype=bool)
    if inclusion.ndim != 2 or inclusion.shape != (len(seeds), len(pool)):
        raise ValueError(f"expected inclusion of shape ({len(seeds)}, {len(pool)}), got {inclusion.shape}")
    if not inclusion.any(axis=1).all():
        raise TrainingError(f"{recipe.title} was given no member to train on. Give it at least one row.")
    unknown = sorted({column.kind for column in pool.schema.columns} - recipe.kinds)
    if unknown:
        raise TrainingError(
            f"{recipe.title} learns columns of kind {', '.join(sorted(recipe.kinds))}, not {', '.join(unknown)}. "
            "Choose another generator or leave these columns out."
        )
    layout = Layout.of(pool.schema)
    apart = recipe.privacy is not None and not stackable(recipe, layout)
    passes: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for at, count in enumerate(inclusion.sum(axis=1)):
        passes[(at,) if apart else recipe.pace(int(count))].append(at)
    fitted: dict[int, FittedNetwork] = {}
    for models in passes.values():
        chosen = inclusion[models]
        stack, encodings = stacked(recipe, layout, pool, chosen, [seeds[at] for at in models], device, progress)
        network = recipe.network(layout, len(models))
        begin(network, stack.seeds)
        network.to(device).train()
        bias = network.output_bias() if recipe.init_output_bias else None
        if bias is not None:
            with torch.no_grad():
                bias.copy_(stack.odds())
        recipe.train(network, stack)
        network.eval()
        stack.finish(network)
        rates = stack.rates()
        for place, at in enumerate(models):
            seen = None if rates is None else rates[place]
            fitted[at] = _single(recipe, network, stack, encodings[place], place, seen)
    return tuple(fitted[at] for at in range(len(seeds)))


def stackable(recipe: Recipe, layout: Layout) -> bool:
    """Return whether private models can train side by side: whether every layer has a closed form that stays small."""
    from synthaudit.generators.nets.convolution import Conv

    return not any(isinstance(layer, Conv) for layer in recipe.network(layout, 1).modules())


def stacked(
    recipe: Recipe,
    layout: Layout,
    pool: Records,
    inclusion: np.ndarray,
    seeds: Sequence[int],
    device: str,
    progress: Progress | None,
) -> tuple[EnsembleData, list[TableEncoder]]:
    """Return the members of each row of ``inclusion`` as a stack, private where the recipe is, and their encodings."""
    scaling: Scaling = "data" if recipe.privacy is None or recipe.privacy.domain == "data" else "declared"
    encodings = [
        TableEncoder.of(pool.take(row) if len(layout.reals) else pool, layout=layout, scaling=scaling)
        for row in inclusion
    ]
    if recipe.privacy is None:
        return EnsembleData(layout, pool, inclusion, encodings, seeds, device, progress), encodings
    from synthaudit.generators.dp.accounted_data import AccountedData

    private = AccountedData(layout, pool, inclusion, encodings, seeds, device, progress)
    private.promise(recipe, recipe.privacy, layout, pool, inclusion)
    return private, encodings


def restore(recipe: Recipe, layout: Layout, state: Mapping[str, np.ndarray], training: Training) -> FittedNetwork:
    """Put a fitted network together from its ``state``.

    Raises ``KeyError`` or ``RuntimeError`` where the arrays are not this recipe's.
    """
    encoding = TableEncoder(layout, **{name: state[f"scale.{name}"] for name in SCALE})
    weights = {name.removeprefix("weights."): array for name, array in state.items() if name.startswith("weights.")}
    network = recipe.network(layout, 1)
    network.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in weights.items()})
    return FittedNetwork(recipe, encoding, network.eval().requires_grad_(False), training)


def _single(
    recipe: Recipe, network: Network, stack: EnsembleData, encoding: TableEncoder, place: int, rates: np.ndarray | None
) -> FittedNetwork:
    """Take one model out of the stack, and look whether it can be trusted."""
    notes = [f"values drawn by {'sampling' if recipe.sampling == 'bernoulli' else 'rounding'}", *recipe.notes()]
    if encoding.bounds_from_data and recipe.privacy is None:
        notes.append(f"bounds of {len(encoding.bounds_from_data)} columns taken from the members")
    curves = {name: tuple(float(sample[place]) for sample in samples) for name, samples in stack.curves.items()}
    single = recipe.network(encoding.layout, 1)
    single.load_state_dict(one_of(network, place))
    alone = FittedNetwork(recipe, encoding, single.eval().requires_grad_(False))
    probe = alone.sample(PROBE, seed=0)
    lost, common = (0, 0) if rates is None else never_drawn(encoding.layout, probe, rates)
    if lost:
        notes.append(f"{lost} of {common} values that 1 % of the members have were not drawn in {PROBE} rows")
    finite, members = bool(stack.finite[place]), stack.counts[place]
    problem = problem_of(probe, finite=finite, members=members, lost=lost / max(common, 1))
    told = Training(curves, stack.steps, problem, tuple(notes), stack.ledger())
    return FittedNetwork(recipe, encoding, alone.network, told)
