"""Fresh patients of the simulated cohort: a release that saw no member, so every attack must be at chance."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.audit.errors import TrainingError
from synthaudit.audit.protocols import Progress, Training
from synthaudit.audit.records import KINDS, Kind, Records, Schema
from synthaudit.audit.records.simulated import Cohort
from synthaudit.audit.workload import Workload

UNTRAINED = Training(notes=("never saw a member",))


@dataclass(frozen=True)
class FreshCohort:
    """Draws new patients as the members were drawn: the negative control with perfect fidelity.

    It fits members of ``Cohort`` only, with the same options; how many codes and laboratory values there are is read
    off the members' columns.

    Attributes:
        population: The cohort's population seed.
        profiles: The cohort's latent profiles.
        mean_codes: The cohort's mean number of codes per patient; None is its own default.
        visits: The cohort's mean number of rows per patient.
        missing: The cohort's share of laboratory values not taken.
    """

    title: ClassVar[str] = "Fresh cohort"
    summary: ClassVar[str] = (
        "Fresh patients of the simulated cohort: the negative control, independent of every member."
    )
    source: ClassVar[str] = "control of this tool"
    control: ClassVar[bool] = True
    kinds: ClassVar[frozenset[Kind]] = frozenset(KINDS)

    population: int = 0
    profiles: int = 24
    mean_codes: float | None = None
    visits: float = 1.0
    missing: float = 0.0

    def fit(
        self, members: Records, *, seed: int, device: str = "cpu", progress: Progress | None = None
    ) -> "FittedFreshCohort":
        """Recognise the cohort by its columns; no value is read. Raises ``TrainingError`` for any other table."""
        del seed, device, progress  # nothing is trained
        return self.restore(members.schema, {}, UNTRAINED)

    def cost(self, work: Workload) -> float:
        """Return 0: nothing is trained."""
        del work
        return 0.0

    def restore(self, schema: Schema, state: Mapping[str, np.ndarray], training: Training) -> "FittedFreshCohort":
        """Recognise the cohort by its columns."""
        cohort = self._cohort(schema)
        if cohort is None or _shape(cohort.schema) != _shape(schema):
            raise TrainingError(
                "Fresh patients come from the simulated cohort, and these columns are not that cohort's. "
                "Use it on the simulated cohort with the same population seed, or use the holdout as synthetic table."
            )
        return FittedFreshCohort(self, cohort, schema, training)

    def _cohort(self, schema: Schema) -> Cohort | None:
        demographics = {"age", "sex"} <= {column.original_name for column in schema.columns[:2]}
        codes = sum(column.kind == "binary" for column in schema.columns)
        labs = len(schema) - codes - 2 * demographics
        if not codes or labs < 0:
            return None
        try:
            return Cohort(
                codes=codes,
                labs=labs,
                demographics=demographics,
                visits=self.visits,
                missing=self.missing,
                mean_codes=self.mean_codes,
                profiles=self.profiles,
                population=self.population,
            )
        except ValueError as error:
            raise TrainingError(f"The fresh cohort cannot be that of these columns: {error}") from error


def _shape(schema: Schema) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    return tuple((column.original_name, column.kind, column.original_levels) for column in schema.columns)


@dataclass(frozen=True, eq=False)
class FittedFreshCohort:
    """A cohort that draws new patients."""

    recipe: FreshCohort
    cohort: Cohort
    schema: Schema
    training: Training = UNTRAINED

    def state(self) -> Mapping[str, np.ndarray]:
        """Return nothing: the recipe and the columns are all there is."""
        return {}

    def sample(self, size: int, *, seed: int) -> Records:
        """Return ``size`` rows of fresh patients; with repeated visits the last patient's may be cut short."""
        # A stream of its own: members drawn with the same seed must not come out again.
        rows = self.cohort.draw(max(size, 1), seed=(1 << 62) + seed).take(slice(0, size))
        return Records(self.schema, rows.codes, rows.rest, rows.patients)
