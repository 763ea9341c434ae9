"""What all neural recipes share: a single model is a stack of one.

This module and the recipes import no torch, so that ``synthaudit list generators`` answers at once. The networks and
the training loops are imported when something is trained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

import numpy as np

from synthaudit.audit.protocols import Progress, Training
from synthaudit.audit.records import KINDS, Kind, Records, Schema
from synthaudit.audit.workload import Workload
from synthaudit.generators.dp.options import Privacy, TrainingPhase
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.encoding.table_encoder import Sampling

if TYPE_CHECKING:
    from synthaudit.generators.dp.step import DPStep
    from synthaudit.generators.stacking.ensemble_data import EnsembleData
    from synthaudit.generators.training.network import FittedNetwork, Network

N = TypeVar("N", bound="Network")


CELLS_PER_SECOND = 1.5e7
"""Cells of a batch (rows x columns) that training passes per second and core: 1.3e7 to 2.8e7 for the catalogue's."""

DP_SLOWDOWN = 4.0
"""How many times longer a step takes whose gradients are clipped one by one."""


class Recipe(Generic[N]):
    """A network's recipe: a subclass is a frozen dataclass of options, and says what to build and how to train it."""

    title: ClassVar[str]
    summary: ClassVar[str]
    source: ClassVar[str]
    kinds: ClassVar[frozenset[Kind]] = frozenset(KINDS)
    control: ClassVar[bool] = False

    batch_size: int
    sampling: Sampling
    init_output_bias: bool

    def network(self, layout: Layout, models: int) -> N:
        """Return ``models`` untrained networks for records of this layout."""
        raise NotImplementedError

    def train(self, network: N, data: EnsembleData) -> None:
        """Train the networks on the members of each."""
        raise NotImplementedError

    def batch_schedule(self, members: int) -> tuple[int, ...]:
        """Return what must agree between models trained in one pass: batch sizes and batches per pass."""
        size = min(self.batch_size, members)
        return (size, members // size)

    @property
    def privacy(self) -> Privacy | None:
        """The parameters of private training; None trains without noise."""
        return None

    def stacking_key(self, members: int) -> tuple[int, ...]:
        """Return what must agree between models of one pass; for private ones the number of patients suffices."""
        if self.privacy is None:
            return self.batch_schedule(members)
        return (self.privacy.num_patients or members,)

    def dp_step_class(self, models: int) -> type[DPStep]:
        """Return how private steps are taken: one model through opacus, several side by side."""
        from synthaudit.generators.dp.step import OpacusStep, StackedDPStep

        return OpacusStep if models == 1 else StackedDPStep

    def phases(self, rows: int) -> tuple[TrainingPhase, ...]:
        """Return the phases that see real records when ``rows`` patients train."""
        raise NotImplementedError

    def training_rows(self, members: int) -> int:
        """Return how many rows, real or generated, training passes in all."""
        raise NotImplementedError

    def cost(self, work: Workload) -> float:
        """Return seconds of one training on one core; good to a factor of three."""
        seconds = self.training_rows(work.members) * work.columns / CELLS_PER_SECOND
        return seconds * (1.0 if self.privacy is None else DP_SLOWDOWN)

    def notes(self) -> tuple[str, ...]:
        """Return facts about this recipe that a report should state."""
        return ()

    def fit(
        self, members: Records, *, seed: int, device: str = "cpu", progress: Progress | None = None
    ) -> FittedNetwork:
        """Train one model on all members. Raises ``TrainingError`` where that is impossible."""
        everyone = np.ones((1, len(members)), dtype=bool)
        return self.fit_stack(members, everyone, seeds=[seed], device=device, progress=progress)[0]

    def fit_stack(
        self,
        pool: Records,
        inclusion: np.ndarray,
        *,
        seeds: Sequence[int],
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> tuple[FittedNetwork, ...]:
        """Train model k on the rows where ``inclusion[k]`` is true, all K in one pass; each as if trained alone."""
        from synthaudit.generators.training.fit import fit_stack

        return fit_stack(self, pool, inclusion, seeds=seeds, device=device, progress=progress)

    def restore(self, schema: Schema, state: Mapping[str, np.ndarray], training: Training) -> FittedNetwork:
        """Put a fitted network together from ``FittedNetwork.state``."""
        from synthaudit.generators.training.fit import restore_network

        return restore_network(self, Layout.of(schema), state, training)
