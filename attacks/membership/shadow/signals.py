"""Signals: one number per record that says how well a synthetic table knows it, cheap enough to read from every shadow.

Scales, bandwidths and cuts come from the published table and the reference, never from the table that is read, so that
the same record reads the same way in the published table and in every shadow's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np

from synthaudit.attacks.attacker_scale import nearest_on_attacker_scale, subsample
from synthaudit.attacks.kernel import Kernel
from synthaudit.audit.knowledge import Knowledge
from synthaudit.audit.neighbours import metric_for
from synthaudit.audit.records import Records

Signal = Literal["nearest", "nearest_mean", "cosine", "density", "wide_density", "tracing"]
SIGNALS: tuple[Signal, ...] = get_args(Signal)
BANDWIDTH_ROWS = 2_000
"""Rows, at most, by which a kernel's bandwidth is chosen."""


@dataclass(frozen=True, eq=False)
class SignalExtractor:
    """Reads signals of the same records off one table after another.

    Attributes:
        rows: The records, n of them.
        knowledge: Fixes all scales.
        rng: Chooses the rows by which a kernel's bandwidth is chosen.
    """

    rows: Records
    knowledge: Knowledge
    rng: np.random.Generator

    def reader(self, signal: Signal) -> Callable[[Records], np.ndarray]:
        """Return the function that reads a signal off a table, shape ``(n,)``; higher is better known."""
        readers: dict[Signal, Callable[[Records], np.ndarray]] = {
            "nearest": lambda table: self._nearness(table, 1, "auto"),
            "nearest_mean": lambda table: self._nearness(table, 5, "auto"),
            "cosine": lambda table: self._nearness(table, 5, "cosine" if self._binary else "auto"),
            "density": lambda table: self._log_density(table, self._kernel),
            "wide_density": lambda table: self._log_density(table, self._wide_kernel),
            "tracing": self._trace,
        }
        return readers[signal]

    @property
    def _binary(self) -> bool:
        return metric_for(self.rows.schema) == "hamming"

    @property
    def _background(self) -> Records:
        """Real records if the attacker holds any, else the published rows."""
        return self.knowledge.real if self.knowledge.real is not None else self.knowledge.synthetic

    @cached_property
    def _kernel(self) -> Kernel:
        rows = subsample(self._background, BANDWIDTH_ROWS, np.random.default_rng(0))
        return Kernel.fit(rows, self.knowledge.units, rng=self.rng)

    @cached_property
    def _wide_kernel(self) -> Kernel:
        kernel = self._kernel
        return Kernel(kernel.encoder, kernel.levels, kernel.cost / 2, kernel.width * 1.5)

    @cached_property
    def _centred_rows(self) -> np.ndarray:
        centred: np.ndarray = self._kernel.encoder.dense(self.rows).astype(np.float64) - self._mean(self._background)
        return centred

    def _nearness(self, table: Records, k: int, metric: str) -> np.ndarray:
        neighbors = nearest_on_attacker_scale(self.rows, table, self.knowledge, k=k, metric=metric)
        nearness: np.ndarray = -neighbors.distance.mean(axis=1, dtype=np.float64)
        return nearness

    def _log_density(self, table: Records, kernel: Kernel) -> np.ndarray:
        density: np.ndarray = kernel.log_sum(self.rows, table) - np.log(len(table))
        return density

    def _trace(self, table: Records) -> np.ndarray:
        """Return the inner product of each centred record with the table's lean (Dwork et al., 2015)."""
        trace: np.ndarray = self._centred_rows @ (self._mean(table) - self._mean(self._background))
        return trace

    def _mean(self, table: Records) -> np.ndarray:
        mean: np.ndarray = np.asarray(self._kernel.encoder.sparse(table).mean(axis=0), dtype=np.float64).ravel()
        return mean
