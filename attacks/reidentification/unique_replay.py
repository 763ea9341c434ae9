"""Replay: combinations of values that one patient alone has, and the synthetic table has again."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.attacker_scale import sample_patients
from synthaudit.attacks.reidentification.predicates import Predicates, informative_columns, row_values
from synthaudit.audit.errors import check_positive
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class UniqueReplay:
    """Whether a combination of values that one patient alone has is in the synthetic table.

    After Yale et al., 2020. An attempt is a target, by one of its rows, and a few of its columns, drawn at random,
    codes that it has first. It succeeds if no other target has that combination and a synthetic row does.

    Attributes:
        columns: Columns of the combination.
        max_attempts: Targets attempted, at most, drawn at random if there are more.
    """

    title: ClassVar[str] = "Replay of unique combinations"
    question: ClassVar[str] = "Do combinations of values that only one patient has reappear in the synthetic table?"
    source: ClassVar[str] = "Yale et al., Neurocomputing 2020; Giomi et al., PoPETs 2023"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and looks up combinations of values that only one patient has."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})

    columns: int = 6
    max_attempts: int = 2_000

    def __post_init__(self) -> None:
        check_positive(columns=self.columns, max_attempts=self.max_attempts)

    def attempt(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return whether each chosen target's combination is unique and replayed, shape ``(attempts,)``."""
        combinations, unique = self.combinations(targets, rng)
        replayed: np.ndarray = unique & self.found_in(knowledge.synthetic, combinations)
        return replayed

    def combinations(self, targets: Records, rng: np.random.Generator) -> tuple[Predicates, np.ndarray]:
        """Return each chosen target's combination, and whether no other target has it."""
        chosen = sample_patients(targets, self.max_attempts, rng)
        columns = informative_columns(chosen, self.columns, rng)
        value = row_values(chosen, columns)
        combinations = Predicates(columns, value, value)
        return combinations, combinations.count_patients(targets) == 1

    def found_in(self, synthetic: Records, combinations: Predicates) -> np.ndarray:
        """Return whether some row has each combination, shape ``(attempts,)``."""
        rows = synthetic.with_patients(np.arange(len(synthetic)))
        found: np.ndarray = combinations.count_patients(rows) > 0
        return found

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.search_seconds
