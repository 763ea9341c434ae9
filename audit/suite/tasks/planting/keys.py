"""Planted keys: values that one member alone has, in a column that identifies, beside a stranger's record.

A value that one patient alone has is found wherever it stands, so what planted ones add needs no search: the members
planted, as far as they have a value of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from synthaudit.audit.files import replacing
from synthaudit.audit.records.storage import read_arrays
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.tasks.planting.leaks import Ladder
from synthaudit.audit.suite.tasks.planting.trials import Trials
from synthaudit.audit.suite.tasks.repeated_values import RepeatedValues
from synthaudit.audit.suite.tasks.unique_value_rows import IDENTIFYING, identifying_columns

LADDER = Ladder(0.0025, 40, (1, 2, 3, 4, 6, 8, 12, 20))
"""Up to one member in twenty, as of copies."""

KIND = "key"


@dataclass(frozen=True, eq=False)
class UniqueKeys:
    """Who can be told by a value of their own; members first, then holdout.

    Attributes:
        members: How many are members.
        repeated: Whose unique value of any identifying column stands in the table, shape ``(n,)``, bool.
        unique: Who has a unique value in the identifying column that tells most patients, likewise; nobody where no
            column identifies.
    """

    members: int
    repeated: np.ndarray
    unique: np.ndarray

    @classmethod
    def of(cls, found: list[RepeatedValues]) -> "UniqueKeys":
        """Return what a search for unique values found."""
        columns, _ = identifying_columns(found)
        if not columns:
            nobody = np.zeros(len(found[0].patients) if found else 0, dtype=bool)
            return cls(found[0].members if found else 0, nobody, nobody)
        key = max(columns, key=lambda one: int(one.unique.sum()))
        return cls(key.members, np.any([one.repeated for one in columns], axis=0), key.unique)

    def save(self, path: Path) -> None:
        """Keep it for the task that plants."""
        with replacing(path, mode=0o600) as file:
            np.savez_compressed(file, members=np.array(self.members), repeated=self.repeated, unique=self.unique)

    @classmethod
    def load(cls, path: Path) -> "UniqueKeys":
        """Return what was kept."""
        kept = read_arrays(path)
        return cls(int(kept["members"]), kept["repeated"], kept["unique"])


def kept_keys(context: AuditContext, key: str) -> Path:
    """Return where a task leaves who can be told by a value of their own."""
    return context.folder.restricted / "keys" / f"{key}.npz"


def plant_keys(keys: UniqueKeys, trials: Trials, seeds: Sequence[int], *, members: int, holdout: int) -> None:
    """Add how many patients are told by a key at each strength; only the table as it is where no column identifies.

    Args:
        keys: Who can be told.
        trials: Where the measurements go.
        seeds: One per repeat.
        members: Number of members.
        holdout: Number of holdout patients.
    """
    counts = LADDER.strengths(members) if keys.unique.any() else ()
    ours, theirs = keys.repeated[: keys.members], keys.repeated[keys.members :]
    for seed in seeds:
        order = np.random.default_rng([seed, 2]).permutation(members)
        for count in (0, *counts):
            planted = np.zeros(members, dtype=bool)
            planted[order[:count]] = True
            found = ours | (planted & keys.unique[: keys.members]) if counts else ours
            rates = {"found": found.sum(), "members": members, "matched": theirs.sum(), "holdout": holdout}
            trials.add(KIND, "excess", IDENTIFYING, count, rates)
