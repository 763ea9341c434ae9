"""Signals: one number a record that says how well a synthetic table knows it, cheap enough to read from every shadow.

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
ROWS = 2_000
"""Rows, at most, by which a kernel's width is chosen."""


@dataclass(frozen=True, eq=False)
class SignalExtractor:
    """How signals of the same records are read off one table after another.

    Attributes:
        rows: The records, n of them.
        knowledge: Fixes all scales.
        rng: Chooses the rows by which a kernel's width is chosen.
    """

    rows: Records
    knowledge: Knowledge
    rng: np.random.Generator

    def of(self, signal: Signal) -> Callable[[Records], np.ndarray]:
        """Return the function that reads a signal off a table, shape ``(n,)``; higher is better known."""
        readers: dict[str, Callable[[Records], np.ndarray]] = {
            "nearest": lambda table: self._near(table, 1, "auto"),
            "nearest_mean": lambda table: self._near(table, 5, "auto"),
            "cosine": lambda table: self._near(table, 5, "cosine" if self._binary else "auto"),
            "density": lambda table: self._density(table, self._kernel),
            "wide_density": lambda table: self._density(table, self._wide),
            "tracing": self._traced,
        }
        return readers[signal]

    @property
    def _binary(self) -> bool:
        return metric_for(self.rows.schema) == "hamming"

    @property
    def _real(self) -> Records:
        """Real records if the attacker holds any, else the published rows."""
        reference = self.knowledge.reference
        return reference if reference is not None and len(reference) else self.knowledge.synthetic

    @cached_property
    def _kernel(self) -> Kernel:
        rows = subsample(self._real, ROWS, np.random.default_rng(0))
        return Kernel.fitted(rows, self._real, self.knowledge.synthetic, rng=self.rng)

    @cached_property
    def _wide(self) -> Kernel:
        kernel = self._kernel
        return Kernel(kernel.features, kernel.levels, kernel.cost / 2, kernel.width * 1.5)

    @cached_property
    def _centre(self) -> np.ndarray:
        centred: np.ndarray = self._dense(self.rows) - self._mean(self._real)
        return centred

    def _near(self, table: Records, k: int, metric: str) -> np.ndarray:
        found = nearest_on_attacker_scale(self.rows, table, self.knowledge, k=k, metric=metric)
        distance: np.ndarray = -found.distance.mean(axis=1, dtype=np.float64)
        return distance

    def _density(self, table: Records, kernel: Kernel) -> np.ndarray:
        density: np.ndarray = kernel.log_sum(self.rows, table) - np.log(len(table))
        return density

    def _traced(self, table: Records) -> np.ndarray:
        """Inner product of each centred record with what the table's means differ by (Dwork et al., 2015)."""
        traced: np.ndarray = self._centre @ (self._mean(table) - self._mean(self._real))
        return traced

    def _mean(self, table: Records) -> np.ndarray:
        mean: np.ndarray = np.asarray(self._kernel.features.sparse(table).mean(axis=0), dtype=np.float64).ravel()
        return mean

    def _dense(self, rows: Records) -> np.ndarray:
        return self._kernel.features.dense(rows).astype(np.float64)
