"""The members of K models while they train: batches, random streams, steps, and the log of the training."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from synthaudit.audit.ledger import Ledger
from synthaudit.audit.protocols import Progress
from synthaudit.audit.records import Records
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.encoding.table_encoder import TableEncoder
from synthaudit.generators.stacking.encoded_dataset import EncodedDataset
from synthaudit.generators.stacking.streams import CounterRng, ShuffledBatches
from synthaudit.generators.stacking.train_step import SgdStep, TrainStep

Schedule = Callable[[int], Iterator[bool]]
"""Takes the steps of a phase in another way than all of them: yields once per step whether to log its losses."""

BLOCK = 4096  # rows taken at once: 4096 x 1,071 outputs take 18 MB


class EnsembleData:
    """The members of K models on the device, and the log of their training.

    The yes/no units stay uint8 (46,520 x 1,071: 50 MB); a batch becomes float when it is taken.

    Attributes:
        seeds: One per model.
        counts: Members of each model.
        device: Where training runs.
        curves: Losses sampled along training: name to a list of arrays ``(K,)``, one per sample.
        steps: Optimiser steps so far.
        finite: Whether each model's losses have all been finite, shape ``(K,)``.
    """

    samples = 50  # of each loss curve, about

    def __init__(
        self,
        layout: Layout,
        pool: Records,
        inclusion: np.ndarray,
        encoders: Sequence[TableEncoder],
        seeds: Sequence[int],
        *,
        device: str = "cpu",
        progress: Progress | None = None,
        schedule: Schedule | None = None,
    ) -> None:
        self.seeds, self.device, self._progress, self._schedule = tuple(seeds), device, progress, schedule
        self.counts = tuple(int(count) for count in inclusion.sum(axis=1))
        members = np.zeros((len(inclusion), max(self.counts)), dtype=np.int64)
        for row, chosen, count in zip(members, inclusion, self.counts, strict=True):
            row[:count] = np.flatnonzero(chosen)
        self._members = torch.from_numpy(members).to(device)
        self._data = EncodedDataset(layout, pool, encoders, device)
        self.curves: dict[str, list[np.ndarray]] = defaultdict(list)
        self.steps = 0
        self.finite = np.ones(len(self.seeds), dtype=bool)

    def stream(self, purpose: str) -> CounterRng:
        """Return a source of random numbers, one per model."""
        return CounterRng(self.seeds, purpose, self.device)

    def batches(self, size: int, purpose: str, *, first: int | None = None) -> ShuffledBatches:
        """Return shuffled batches of members; ``first`` keeps only each model's first rows."""
        counts = [min(count, first or count) for count in self.counts]
        return ShuffledBatches(self._members, counts, min(size, *counts), self.seeds, purpose)

    def make_step(
        self,
        phase: str,
        optimiser: torch.optim.Optimizer,
        networks: Sequence[nn.Module],
        *,
        size: int,
        purpose: str,
        first: int | None = None,
    ) -> TrainStep:
        """Return how the losses of a phase's records move its networks: ordinary steps here, private in a subclass."""
        del phase, networks
        return SgdStep(self.log, optimiser, self.batches(size, purpose, first=first))

    def records(self, rows: Tensor) -> Tensor:
        """Return encoded records of pool rows, shape ``(K, b)`` to ``(K, b, d)``."""
        return self._data.take(rows)

    def log_odds(self) -> Tensor:
        """Return the log odds of each unit among each model's members, shape ``(K, 1, d)``; 0 for numbers."""
        return self._data.log_odds(self._members, self.counts)

    def rates(self) -> np.ndarray | None:
        """Return the share of each model's members with each unit, ``(K, d)``; None where that is not accounted for."""
        rates: np.ndarray = self.log_odds().sigmoid().cpu().numpy()[:, 0]
        return rates

    def finalize(self, output_bias: nn.Parameter | None) -> None:
        """Do what the end of training needs, before models are taken out of the stack."""

    def ledger(self) -> Ledger | None:
        """Return the ledger behind a claimed epsilon; None where none is claimed."""
        return None

    @torch.no_grad()
    def means(self, of: Callable[[Tensor], Tensor]) -> Tensor:
        """Return the mean over each model's members of a function of encoded records, ``(K, ...)``; in blocks."""
        total = []
        for at, count in enumerate(self.counts):
            rows = self._members[:, :count]
            parts = [
                of(self.records(rows[:, start : start + BLOCK]))[at].sum(dim=0) for start in range(0, count, BLOCK)
            ]
            total.append(torch.stack(parts).sum(dim=0) / count)
        return torch.stack(total)

    def training_steps(self, phase: str, steps: int) -> Iterator[bool]:
        """Yield once per step whether to log its losses; stop early when no model is finite any more."""
        if self._schedule is not None:
            yield from self._schedule(steps)
            return
        every = max(1, steps // self.samples)
        for step in range(steps):
            logged = step % every == 0 or step == steps - 1
            yield logged
            self.steps += 1
            if logged:
                if self._progress is not None:
                    self._progress(phase, step + 1, steps)
                if not self.finite.any():
                    return

    def log(self, name: str, loss: Tensor) -> None:
        """Add a sample to a loss curve, one number per model, shape ``(K,)``."""
        sample = loss.detach().cpu().numpy().astype(np.float64)
        self.finite &= np.isfinite(sample)
        self.curves[name].append(sample)
