"""What all neural recipes share: a single model is a stack of one.

This module and the recipes import no torch: ``synthaudit list generators`` shows them all in a blink. The networks and
the training loops they name are imported when something is trained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthaudit.audit.protocols import Progress, Training
from synthaudit.audit.records import KINDS, Kind, Records, Schema
from synthaudit.audit.workload import Workload
from synthaudit.generators.dp.options import Privacy
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.encoding.table_encoder import Sampling

if TYPE_CHECKING:
    from synthaudit.generators.dp.step import DPStep
    from synthaudit.generators.stacking.ensemble_data import EnsembleData
    from synthaudit.generators.training.fit import FittedNetwork, Network


CELLS_PER_SECOND = 1.5e7
"""Cells of a batch (rows x columns) that training passes per second and core: 1.3e7 to 2.8e7 for the catalogue's."""

DP_SLOWDOWN = 4.0
"""How many times longer a step takes whose gradients are clipped one by one."""


class Recipe:
    """A network's recipe: a subclass is a frozen dataclass of options, and says what to build and how to train it."""

    title: ClassVar[str]
    summary: ClassVar[str]
    source: ClassVar[str]
    kinds: ClassVar[frozenset[Kind]] = frozenset(KINDS)
    control: ClassVar[bool] = False

    batch_size: int
    sampling: Sampling
    init_output_bias: bool

    def network(self, layout: Layout, stack: int) -> Network:
        """Return ``stack`` untrained networks for records of this layout."""
        raise NotImplementedError

    def train(self, network: Network, stack: EnsembleData) -> None:
        """Train the networks on the stack's members."""
        raise NotImplementedError

    def rhythm(self, members: int) -> tuple[int, ...]:
        """Return what must agree between models trained in one pass: batch sizes and batches a pass."""
        size = min(self.batch_size, members)
        return (size, members // size)

    @property
    def privacy(self) -> Privacy | None:
        """What a private training is told; None where the recipe has no private form."""
        return None

    def pace(self, members: int) -> tuple[int, ...]:
        """Return ``rhythm``; for private models the number of patients, from which the noise follows."""
        if self.privacy is None:
            return self.rhythm(members)
        return (self.privacy.num_patients or members,)

    def private_step(self, models: int) -> type[DPStep]:
        """Return how private steps are made: one model through opacus, several side by side."""
        from synthaudit.generators.dp.step import OpacusStep, StackedDPStep

        return OpacusStep if models == 1 else StackedDPStep

    def phases(self, rows: int) -> tuple[tuple[str, int, int], ...]:
        """Return the phases that see real records when ``rows`` patients train: name, records a step, steps."""
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
        from synthaudit.generators.training.fit import restore

        return restore(self, Layout.of(schema), state, training)
