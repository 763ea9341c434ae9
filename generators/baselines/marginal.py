"""Independent columns: every marginal right, every association gone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.audit.protocols import Progress, Training
from synthaudit.audit.records import KINDS, Kind, Records, Schema
from synthaudit.audit.workload import Workload
from synthaudit.generators.baselines.stored_rows import some

BLOCK = 4096  # rows drawn at once: 35 MB of positions at 1,071 columns
HELD = Training(notes=("holds the members' values, column by column",))


@dataclass(frozen=True)
class Marginal:
    """Draws every column on its own from its values among the members.

    The baseline "independent sampling" of the medGAN paper: perfect on column means, useless for prediction, and close
    to harmless. It is not private in the strict sense: a value that one member alone has may be drawn.
    """

    title: ClassVar[str] = "Independent columns"
    summary: ClassVar[str] = "Each column drawn on its own: right marginals, no association."
    source: ClassVar[str] = "Choi et al. (2017), MLHC, baseline IS"
    kinds: ClassVar[frozenset[Kind]] = frozenset(KINDS)
    control: ClassVar[bool] = False

    def fit(
        self, members: Records, *, seed: int, device: str = "cpu", progress: Progress | None = None
    ) -> "MarginalColumns":
        """Sort every column, which forgets whose values stood together. Raises ``TrainingError`` without members."""
        del seed, device, progress  # nothing is trained
        return MarginalColumns(self, sorted_columns(some(members, self.title)))

    def cost(self, work: Workload) -> float:
        """Return 0: nothing is trained."""
        del work
        return 0.0

    def restore(self, schema: Schema, state: Mapping[str, np.ndarray], training: Training) -> "MarginalColumns":
        """Put what was fitted together from its ``state``."""
        return MarginalColumns(
            self, Records(schema, state["codes"], state["rest"], np.arange(len(state["codes"]))), training
        )


@dataclass(frozen=True, eq=False)
class MarginalColumns:
    """The values of each column, sorted: no row is a patient's."""

    recipe: Marginal
    columns: Records
    training: Training = HELD

    @property
    def schema(self) -> Schema:
        """The columns of every sample."""
        return self.columns.schema

    def state(self) -> Mapping[str, np.ndarray]:
        """Return the values that are held."""
        return {"codes": self.columns.codes, "rest": self.columns.rest}

    def sample(self, size: int, *, seed: int) -> Records:
        """Return ``size`` rows of independent draws."""
        return independent(self.columns, size, np.random.default_rng(seed))


def sorted_columns(records: Records) -> Records:
    """Return records whose columns are each sorted, so that rows mean nothing."""
    codes, rest = np.sort(records.codes, axis=0), np.sort(records.rest, axis=0)
    return Records(records.schema, codes, rest, np.arange(len(records)))


def independent(columns: Records, size: int, rng: np.random.Generator) -> Records:
    """Return ``size`` rows whose every cell is drawn from its column, with replacement."""
    codes = np.empty((size, columns.codes.shape[1]), dtype=columns.codes.dtype)
    rest = np.empty((size, columns.rest.shape[1]))
    for start in range(0, size, BLOCK):
        for source, target in (
            (columns.codes, codes[start : start + BLOCK]),
            (columns.rest, rest[start : start + BLOCK]),
        ):
            chosen = rng.integers(len(columns), size=target.shape)
            target[:] = np.take_along_axis(source, chosen, axis=0)
    return Records(columns.schema, codes, rest, np.arange(size))
