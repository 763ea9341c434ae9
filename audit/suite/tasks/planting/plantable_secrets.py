"""Which single columns a leak can be planted in: what the search for the worst column found out about each."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from synthaudit.audit.files import replacing
from synthaudit.audit.records import Records
from synthaudit.audit.records.storage import read_arrays
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.tasks.secret_rows import CARRIERS, SecretGuesses, precision_limit, secret_outcomes


@dataclass(frozen=True, eq=False)
class PlantableSecrets:
    """What an audit found out about its columns before anything is planted.

    Attributes:
        position: Columns in which a leak can be planted, those where it stands out most first.
        precise: Whether the column's patients settle the difference that is asked for.
        sensitivity: Whether the rate of a code's carriers is meant.
        quasi_identifiers: Whether the column is guessed from quasi-identifiers, or else from all other columns.
        numbers: Columns and kinds of knowledge that share the error of the worst one.
        shared: How likely a copied row shares each column, shape ``(p,)``.
    """

    position: np.ndarray
    precise: np.ndarray
    sensitivity: np.ndarray
    quasi_identifiers: np.ndarray
    numbers: int
    shared: np.ndarray

    @classmethod
    def of(cls, inferred: SecretGuesses, real: Records, shared: np.ndarray, *, small_count: int) -> "PlantableSecrets":
        """Return all columns that were judged, first those where a leak is most standard deviations."""
        is_member, outcomes = secret_outcomes(inferred, real, max(small_count, CARRIERS))
        limit = precision_limit(len(outcomes))
        deviation = {one: max(one.deviation(is_member), 1e-9) for one in outcomes}
        chosen = sorted(outcomes, key=lambda one: -(1 - one.right.sum() / one.trials.sum()) / deviation[one])
        return cls(
            np.array([one.column for one in chosen], np.intp),
            np.array([deviation[one] <= limit for one in chosen], bool),
            np.array([one.rate == "sensitivity" for one in chosen], bool),
            np.array([one.known == "quasi-identifiers" for one in chosen], bool),
            len(outcomes),
            shared,
        )

    def save(self, path: Path) -> None:
        """Keep it for the task that plants; it holds nobody's value."""
        with replacing(path, mode=0o600) as file:
            np.savez_compressed(file, **vars(self))

    @classmethod
    def load(cls, path: Path) -> "PlantableSecrets":
        """Return what was kept."""
        parts: dict[str, Any] = dict(read_arrays(path))
        return cls(**{**parts, "numbers": int(parts["numbers"])})


def kept_secrets(context: AuditContext, key: str) -> Path:
    """Return where a task leaves which columns can be planted in."""
    return context.folder.restricted / "secrets" / f"{key}.npz"
