"""Replay: what one patient alone had, the synthetic table has again."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.attacker_scale import one_row_each
from synthaudit.attacks.reidentification.predicates import Predicates, row_cells, telling_columns
from synthaudit.audit.errors import check_positive
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class UniqueReplay:
    """Whether a combination that one patient alone has is in the synthetic table, value for value.

    Threat model: synthetic rows only. A try is a target, by one of its rows, and a few of its columns, drawn at
    random, codes that it has first. It succeeds if no other target has that combination and a synthetic row does.

    Attributes:
        columns: Columns of the combination.
        tries: Targets tried, at most, drawn at random if there are more.
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
    tries: int = 1_000

    def __post_init__(self) -> None:
        check_positive(columns=self.columns, tries=self.tries)

    def attempt(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return whether each tried target's combination is its own and is replayed, shape ``(tries,)``."""
        tried = one_row_each(targets, self.tries, rng)
        columns = telling_columns(tried, self.columns, rng)
        value = row_cells(tried, columns)
        asked = Predicates(columns, value, value)
        synthetic = knowledge.synthetic.with_patients(np.arange(len(knowledge.synthetic)))
        replayed: np.ndarray = (asked.patients(targets) == 1) & (asked.patients(synthetic) > 0)
        return replayed

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.search_seconds
