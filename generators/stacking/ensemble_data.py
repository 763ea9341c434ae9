"""The members of K models while they train: who is in which batch, what was noted along the way, what it cost."""

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

BLOCK = 4096  # rows looked at at once: 4096 x 1,071 outputs take 18 MB


class EnsembleData:
    """The members of K models on the device, and the course of their training.

    The yes/no units stay uint8 (46,520 x 1,071: 50 MB); a batch becomes float when it is taken.

    Attributes:
        seeds: One a model.
        counts: Members of each model.
        device: Where training runs.
        curves: Losses sampled along training: name to a list of one array ``(K,)`` a sample.
        steps: Optimiser steps so far.
        finite: Whether each model's losses have all been finite, shape ``(K,)``.
    """

    samples = 50

    def __init__(
        self,
        layout: Layout,
        pool: Records,
        inclusion: np.ndarray,
        encodings: Sequence[TableEncoder],
        seeds: Sequence[int],
        device: str,
        progress: Progress | None,
    ) -> None:
        self.seeds, self.device, self._progress = tuple(seeds), device, progress
        self.counts = tuple(int(count) for count in inclusion.sum(axis=1))
        members = np.zeros((len(inclusion), max(self.counts)), dtype=np.int64)
        for row, chosen, count in zip(members, inclusion, self.counts, strict=True):
            row[:count] = np.flatnonzero(chosen)
        self._members = torch.from_numpy(members).to(device)
        self._data = EncodedDataset(layout, pool, encodings, device)
        self.curves: dict[str, list[np.ndarray]] = defaultdict(list)
        self.steps = 0
        self.finite = np.ones(len(self.seeds), dtype=bool)

    def stream(self, purpose: str) -> CounterRng:
        """Return a source of noise, one a model."""
        return CounterRng(self.seeds, purpose, self.device)

    def batches(self, size: int, purpose: str, *, first: int | None = None) -> ShuffledBatches:
        """Return shuffled batches of members; ``first`` keeps only each model's first rows."""
        counts = [min(count, first or count) for count in self.counts]
        return ShuffledBatches(self._members, counts, min(size, *counts), self.seeds, purpose)

    def descent(
        self,
        phase: str,
        optimiser: torch.optim.Optimizer,
        parts: Sequence[nn.Module],
        *,
        size: int,
        purpose: str,
        first: int | None = None,
    ) -> TrainStep:
        """Return how losses of a phase's records move its parts: plainly here, with noise in a private stack."""
        del phase, parts
        return SgdStep(self.note, optimiser, self.batches(size, purpose, first=first))

    def records(self, rows: Tensor) -> Tensor:
        """Return encoded records of pool rows, shape ``(K, b)`` to ``(K, b, d)``."""
        return self._data.take(rows)

    def odds(self) -> Tensor:
        """Return the log odds of each unit among each model's members, shape ``(K, 1, d)``; 0 for numbers."""
        return self._data.odds(self._members, self.counts)

    def rates(self) -> np.ndarray | None:
        """Return the share of each model's members that has each unit, ``(K, d)``; None where nobody may know."""
        rates: np.ndarray = self.odds().sigmoid().cpu().numpy()[:, 0]
        return rates

    def finish(self, network: nn.Module) -> None:
        """Do what the training's end needs, before models are taken out of the stack."""

    def ledger(self) -> Ledger | None:
        """Return what the training cost in privacy; None where it claims none."""
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

    def course(self, phase: str, steps: int) -> Iterator[bool]:
        """Yield once a step whether this step's losses are wanted; stop early when no model is finite any more."""
        every = max(1, steps // self.samples)
        for step in range(steps):
            watched = step % every == 0 or step == steps - 1
            yield watched
            self.steps += 1
            if watched:
                if self._progress is not None:
                    self._progress(phase, step + 1, steps)
                if not self.finite.any():
                    return

    def note(self, name: str, loss: Tensor) -> None:
        """Keep a sample of a loss curve, one number a model."""
        sample = loss.detach().cpu().numpy().astype(np.float64)
        self.finite &= np.isfinite(sample)
        self.curves[name].append(sample)
