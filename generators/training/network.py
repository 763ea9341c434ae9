"""Trained networks: what K stacked generators can do, what a recipe tells its training, and one fitted model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from synthaudit.audit.knowledge import InsufficientKnowledge
from synthaudit.audit.protocols import Training
from synthaudit.audit.records import Kind, Records, Schema
from synthaudit.generators.dp.options import Privacy, TrainingPhase
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.encoding.table_encoder import Sampling, TableEncoder
from synthaudit.generators.nets.layers import Layer
from synthaudit.generators.stacking.encoded_dataset import EncodedDataset
from synthaudit.generators.stacking.ensemble_data import BLOCK, EnsembleData
from synthaudit.generators.stacking.streams import generators

if TYPE_CHECKING:
    from synthaudit.generators.dp.step import DPStep

SCALE = ("centre", "spread", "low", "high")


class Network(nn.Module):
    """K stacked generators. A subclass builds the parts; every parameter has the model as its first dimension."""

    latent: int

    def generate(self, latent: Tensor) -> Tensor:
        """Turn latent vectors, shape ``(K, m, z)``, into probabilities and numbers, shape ``(K, m, d)``."""
        raise NotImplementedError

    def outputs(self, size: int, rng: np.random.Generator) -> Tensor:
        """Return ``size`` rows of probabilities and numbers from one network, shape ``(1, m, d)``."""
        latent = rng.standard_normal((1, size, self.latent), dtype=np.float32)
        return self.generate(torch.from_numpy(latent))

    def signals(self, x: Tensor) -> Mapping[str, Tensor]:
        """Return what the weights say of encoded records, shape ``(K, n, d)``: one number per record, ``(K, n)``."""
        raise NotImplementedError

    def nll(self, latent: Tensor, x: Tensor) -> Tensor:
        """Return the negative log-likelihood of records given latent vectors, ``(K, n)``, differentiable in those.

        Raises ``InsufficientKnowledge`` where latent vectors become records by steps that have no gradient.
        """
        raise InsufficientKnowledge("this generator draws in steps: no latent vector can be sought behind a record")

    def encode(self, x: Tensor) -> Tensor | None:
        """Return the latent vectors that an encoder maps records to, ``(K, n, z)``; None where there is none."""
        return None

    def numeric_std(self) -> Tensor | None:
        """Return the standard deviation to add to each drawn number, shape ``(K, r)``, or None."""
        return None

    def output_bias(self) -> nn.Parameter | None:
        """Return the bias of the last layer, shape ``(K, 1, d)``; None where a unit has no bias of its own."""
        return None


N = TypeVar("N", bound=Network)


class NetworkRecipe(Protocol[N]):
    """What training reads of a recipe."""

    title: ClassVar[str]
    kinds: ClassVar[frozenset[Kind]]

    @property
    def sampling(self) -> Sampling:
        """How outputs become values."""
        ...

    @property
    def init_output_bias(self) -> bool:
        """Whether the output bias begins at the members' log odds."""
        ...

    @property
    def privacy(self) -> Privacy | None:
        """The parameters of private training; None trains without noise."""
        ...

    def network(self, layout: Layout, models: int) -> N:
        """Return untrained networks."""
        ...

    def train(self, network: N, data: EnsembleData) -> None:
        """Train the networks on the members."""
        ...

    def stacking_key(self, members: int) -> tuple[int, ...]:
        """Return what must agree between models trained in one pass."""
        ...

    def phases(self, rows: int) -> tuple[TrainingPhase, ...]:
        """Return the phases that see real records."""
        ...

    def dp_step_class(self, models: int) -> "type[DPStep]":
        """Return how private steps are taken."""
        ...

    def notes(self) -> tuple[str, ...]:
        """Return facts that a report should state."""
        ...


def reset_parameters(network: nn.Module, seeds: Sequence[int]) -> None:
    """Draw the first weights of every layer in order, each model from its own seed."""
    rngs = generators(seeds, "first weights")
    for layer in network.modules():
        if isinstance(layer, Layer):
            layer.reset_parameters(rngs)


@dataclass(frozen=True, eq=False)
class FittedNetwork:
    """A trained network of its own. It holds weights and the scale of the columns, never a record.

    Attributes:
        recipe: Options of the training, and how outputs become values.
        encoder: Which unit means what, and the scale of the numbers.
        network: The weights, on the CPU.
        training: How it went.
    """

    recipe: NetworkRecipe[Any]
    encoder: TableEncoder
    network: Network
    training: Training = field(default_factory=Training)

    @property
    def schema(self) -> Schema:
        """The columns of every sample."""
        return self.encoder.layout.schema

    def state(self) -> Mapping[str, np.ndarray]:
        """Return all that ``restore_network`` needs besides the recipe: weights, and the scale of the columns."""
        weights = {f"weights.{name}": value.numpy() for name, value in self.network.state_dict().items()}
        return weights | {f"scale.{name}": getattr(self.encoder, name) for name in SCALE}

    @torch.no_grad()
    def sample(self, size: int, *, seed: int) -> Records:
        """Return ``size`` rows. Drawn in blocks, so any size fits in memory."""
        rng = np.random.default_rng([seed, *b"sample"])
        std = self.network.numeric_std()
        numeric_std = std[0].numpy().astype(np.float64) if std is not None else None
        parts: list[Records] = []
        for start in range(0, max(size, 1), BLOCK):
            rows = max(1, min(BLOCK, size - start))  # convolutions refuse an empty batch
            outputs = self.network.outputs(rows, rng)[0].numpy()
            parts.append(self.encoder.decode(outputs, rng, sampling=self.recipe.sampling, numeric_std=numeric_std))
        whole = Records.concat(parts).with_patients(np.arange(max(size, 1)))
        return whole.take(slice(0, size))

    @torch.no_grad()
    def signals(self, targets: Records) -> Mapping[str, np.ndarray]:
        """Return what an attacker with the weights reads off them: one number per target, higher is better known."""
        signals = self.network.signals(self._encoded(targets))
        return {name: value[0].numpy().astype(np.float64) for name, value in signals.items()}

    @property
    def latent(self) -> int:
        """Width of the latent vectors."""
        return self.network.latent

    @torch.no_grad()
    def latent_codes(self, targets: Records) -> np.ndarray | None:
        """Return the latent vectors that an encoder maps the targets to, ``(n, z)``; None where there is none."""
        latent = self.network.encode(self._encoded(targets))
        return None if latent is None else latent[0].numpy()

    def likelihood(self, targets: Records) -> Callable[[Tensor], Tensor]:
        """Return the differentiable function from latent vectors, ``(n, z)``, to log p(target | latent), ``(n,)``."""
        x = self._encoded(targets)
        return lambda latent: -self.network.nll(latent[None], x)[0]

    def _encoded(self, targets: Records) -> Tensor:
        """Return the targets as the network reads them, shape ``(1, n, d)``."""
        data = EncodedDataset(self.encoder.layout, targets, [self.encoder], "cpu")
        return data.take(torch.arange(len(targets))[None])
