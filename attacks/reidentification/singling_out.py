"""Singling out: a predicate, read off synthetic rows, that describes exactly one real patient."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.reidentification.predicates import (
    LOWEST,
    Predicates,
    column_values,
    informative_columns,
    row_values,
)
from synthaudit.audit.errors import check_positive
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload

TARGETS_PER_PREDICATE = 4
"""At least: with two, intervals over predicates err 8 times in 100 that should err 5 times."""


@dataclass(frozen=True)
class SinglingOutUnivariate:
    """Predicates of extreme values and of values that occur once, one column each (Giomi et al., Anonymeter, 2023).

    An attempt is a predicate: 'at most the smallest synthetic value', 'at least the largest', 'the value that one
    synthetic row has'. It succeeds if it describes exactly one of the targets.

    Attributes:
        max_attempts: Predicates attempted, at most, drawn at random if there are more.
    """

    title: ClassVar[str] = "Singling out by one column"
    question: ClassVar[str] = "Do extreme or unique synthetic values describe exactly one real patient?"
    source: ClassVar[str] = "Giomi et al., Anonymeter, PoPETs 2023"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and looks for one-column predicates in it that describe exactly "
        "one patient."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"standard", "thorough"})

    max_attempts: int = 1_000

    def __post_init__(self) -> None:
        check_positive(max_attempts=self.max_attempts)

    def attempt(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return whether each predicate describes exactly one of the targets, shape ``(attempts,)``."""
        synthetic = knowledge.synthetic
        intervals: list[tuple[int, float, float]] = []
        for at, column in enumerate(synthetic.schema.columns):  # over columns
            values, times = np.unique(column_values(synthetic, np.array([at])), return_counts=True)
            intervals += [(at, value, value) for value in values[times == 1]]
            numbers = values[np.isfinite(values)]
            if column.kind in ("count", "continuous") and len(numbers):
                intervals += [(at, LOWEST, numbers[0]), (at, numbers[-1], np.inf)]
        every = np.array(intervals, dtype=np.float64).reshape(-1, 3)
        chosen = Predicates(every[:, :1].astype(np.intp), every[:, 1:2], every[:, 2:]).distinct()
        if len(chosen) > self.max_attempts:
            chosen = chosen.take(np.sort(rng.choice(len(chosen), self.max_attempts, replace=False)))
        singled: np.ndarray = chosen.count_patients(targets) == 1
        return singled

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.search_seconds


@dataclass(frozen=True)
class SinglingOutMultivariate:
    """Predicates of several columns that describe exactly one synthetic row (Giomi et al., Anonymeter, 2023).

    An attempt is a predicate of a few columns of one synthetic row: numbers on their side of the median or beyond,
    codes and levels equal. It succeeds if it describes exactly one of the targets.

    Attributes:
        columns: Columns per predicate.
        max_attempts: Predicates attempted, at most; never more than a quarter of the targets, since many predicates
            over few patients succeed and fail together.
    """

    title: ClassVar[str] = "Singling out by several columns"
    question: ClassVar[str] = "Do combinations that one synthetic record has describe exactly one real patient?"
    source: ClassVar[str] = "Giomi et al., Anonymeter, PoPETs 2023"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and looks for combinations in it that describe exactly one patient."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})

    columns: int = 4
    max_attempts: int = 1_000

    def __post_init__(self) -> None:
        check_positive(columns=self.columns, max_attempts=self.max_attempts)

    def attempt(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return whether each predicate describes exactly one of the targets, shape ``(attempts,)``."""
        synthetic = knowledge.synthetic
        # One predicate per row, or attempts would resemble each other and intervals over them be too narrow. Many
        # describe more than one synthetic row and are dropped: four are drawn for one that is wanted.
        templates = synthetic.take(rng.permutation(len(synthetic))[: 4 * self.max_attempts])
        columns = informative_columns(templates, self.columns, rng)
        value = row_values(templates, columns)
        low, high = value.copy(), value.copy()
        numeric = np.array([column.kind in ("count", "continuous") for column in synthetic.schema.columns], bool)
        open_ended = numeric[columns] & np.isfinite(value)
        above = value >= _medians(synthetic, numeric)[columns]
        high[open_ended & above] = np.inf
        low[open_ended & ~above] = LOWEST
        candidates = Predicates(columns, low, high).distinct()
        # The synthetic table is searched row by row: its patient ids mean nothing.
        alone = candidates.count_patients(synthetic.with_patients(np.arange(len(synthetic)))) == 1
        most = min(self.max_attempts, max(len(np.unique(targets.patients)) // TARGETS_PER_PREDICATE, 1))
        chosen = candidates.take(np.flatnonzero(alone)[:most])
        singled: np.ndarray = chosen.count_patients(targets) == 1
        return singled

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.search_seconds


def _medians(rows: Records, numeric: np.ndarray) -> np.ndarray:
    """Return the median of every numeric column, shape ``(p,)``; 0 elsewhere and where all is missing."""
    medians = np.zeros(len(numeric))
    for at in np.flatnonzero(numeric):  # over columns
        values = column_values(rows, np.array([at]))[:, 0]
        values = values[np.isfinite(values)]
        medians[at] = np.median(values) if values.size else 0.0
    return medians
