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

ROUNDS = 20
"""Times that every synthetic row may be read for another predicate, until as many are made as were asked for."""


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
    presets: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})

    max_attempts: int = 2_000

    def __post_init__(self) -> None:
        check_positive(max_attempts=self.max_attempts)

    def attempt(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return whether each predicate describes exactly one of the targets, shape ``(attempts,)``."""
        singled: np.ndarray = self._predicates(knowledge, rng).count_patients(targets) == 1
        return singled

    def describe(self, patients: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return which patients each predicate describes, shape ``(patients, attempts)``, bool."""
        return self._predicates(knowledge, rng).satisfied(patients)

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.search_seconds

    def _predicates(self, knowledge: Knowledge, rng: np.random.Generator) -> Predicates:
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
        return chosen


@dataclass(frozen=True)
class SinglingOutMultivariate:
    """Predicates of several columns that describe exactly one synthetic row (Giomi et al., Anonymeter, 2023).

    An attempt is a predicate of a few columns of one synthetic row: numbers on their side of the median or beyond,
    codes and levels equal. It succeeds if it describes exactly one of the targets.

    Attributes:
        columns: Columns per predicate; with eight, one in ten or twenty succeeds by chance.
        max_attempts: Predicates attempted. Rows are read again, for other columns, until there are as many; fewer
            only where the table does not have them.
    """

    title: ClassVar[str] = "Singling out by several columns"
    question: ClassVar[str] = "Do combinations that one synthetic record has describe exactly one real patient?"
    source: ClassVar[str] = "Giomi et al., Anonymeter, PoPETs 2023"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and looks for combinations in it that describe exactly one patient."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})

    columns: int = 8
    max_attempts: int = 2_000

    def __post_init__(self) -> None:
        check_positive(columns=self.columns, max_attempts=self.max_attempts)

    def attempt(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return whether each predicate describes exactly one of the targets, shape ``(attempts,)``."""
        singled: np.ndarray = self._predicates(knowledge, rng).count_patients(targets) == 1
        return singled

    def describe(self, patients: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return which patients each predicate describes, shape ``(patients, attempts)``, bool."""
        return self._predicates(knowledge, rng).satisfied(patients)

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.search_seconds

    def _predicates(self, knowledge: Knowledge, rng: np.random.Generator) -> Predicates:
        # The synthetic table is searched row by row: its patient ids mean nothing.
        synthetic = knowledge.synthetic.with_patients(np.arange(len(knowledge.synthetic)))
        made = self._candidates(synthetic, synthetic.take(slice(0, 0)), rng)
        for _ in range(ROUNDS):
            templates = synthetic.take(rng.permutation(len(synthetic))[: self.max_attempts])
            candidates = self._candidates(synthetic, templates, rng)
            alone = candidates.count_patients(synthetic) == 1
            made = made.and_also(candidates.take(np.flatnonzero(alone))).distinct()
            if len(made) >= self.max_attempts or not alone.any():
                break
        return made.take(np.arange(min(self.max_attempts, len(made))))

    def _candidates(self, synthetic: Records, templates: Records, rng: np.random.Generator) -> Predicates:
        """Return a predicate of each template; most describe more than one synthetic row and will be dropped."""
        columns = informative_columns(templates, self.columns, rng)
        value = row_values(templates, columns)
        low, high = value.copy(), value.copy()
        numeric = np.array([column.kind in ("count", "continuous") for column in synthetic.schema.columns], bool)
        open_ended = numeric[columns] & np.isfinite(value)
        above = value >= _medians(synthetic, numeric)[columns]
        high[open_ended & above] = np.inf
        low[open_ended & ~above] = LOWEST
        return Predicates(columns, low, high).distinct()


def _medians(rows: Records, numeric: np.ndarray) -> np.ndarray:
    """Return the median of every numeric column, shape ``(p,)``; 0 elsewhere and where all is missing."""
    medians = np.zeros(len(numeric))
    for at in np.flatnonzero(numeric):  # over columns
        values = column_values(rows, np.array([at]))[:, 0]
        values = values[np.isfinite(values)]
        medians[at] = np.median(values) if values.size else 0.0
    return medians
