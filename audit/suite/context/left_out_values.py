"""What stands in columns that the audit leaves out and a synthetic table has: whose value each cell is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from synthaudit.audit.files import replacing
from synthaudit.audit.records.left_out import MISSING_CELL
from synthaudit.audit.records.readers import LoadedRecords


@dataclass(frozen=True, eq=False)
class LeftOutValues:
    """One column that was left out; equal values have one number in the real and in the synthetic table.

    Attributes:
        name: The column.
        value: Value of each real cell that is not missing, shape ``(c,)``, from 0.
        owner: Number of the patient whose it is, likewise.
        published: Distinct values of the synthetic table.
    """

    name: str
    value: np.ndarray
    owner: np.ndarray
    published: np.ndarray


def left_out_values(
    real: Iterable[LoadedRecords], published: LoadedRecords, everyone: np.ndarray
) -> list[LeftOutValues]:
    """Return the columns that real tables and a synthetic one have and the audit leaves out.

    Args:
        real: The real tables, whose patients have raw ids.
        published: The synthetic table.
        everyone: Distinct raw ids of the audit's patients, in the order of their numbers.
    """
    found = []
    tables = list(real)
    for name, theirs in published.left_out.items():
        cells, owners = [], []
        for table in tables:
            if name in table.left_out:
                cells.append(table.left_out[name])
                owners.append(_numbers_of(table.records.patients, everyone))
        if not cells:
            continue
        cell, owner = np.concatenate(cells), np.concatenate(owners)
        known = (cell != MISSING_CELL) & (owner >= 0)
        _, number = np.unique(np.concatenate([cell[known], theirs[theirs != MISSING_CELL]]), return_inverse=True)
        ours = int(known.sum())
        found.append(LeftOutValues(name, number[:ours], owner[known], np.unique(number[ours:])))
    return found


def _numbers_of(patients: np.ndarray, everyone: np.ndarray) -> np.ndarray:
    """Return the patients' numbers, shape ``(n,)``; -1 for one who is on no side."""
    patients = patients.astype(str) if everyone.dtype.kind == "U" else patients
    place = np.minimum(np.searchsorted(everyone, patients), len(everyone) - 1)
    numbers: np.ndarray = np.where(everyone[place] == patients, place, -1)
    return numbers


def save_left_out(columns: Sequence[LeftOutValues], path: Path) -> None:
    """Write the columns, readable by the owner only."""
    arrays = {"names": np.array([column.name for column in columns], dtype=str)}
    for at, column in enumerate(columns):
        arrays |= {f"value_{at}": column.value, f"owner_{at}": column.owner, f"published_{at}": column.published}
    with replacing(path, mode=0o600) as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def load_left_out(path: Path) -> list[LeftOutValues]:
    """Return what was written; nothing where no file is."""
    if not path.exists():
        return []
    with np.load(path, allow_pickle=False) as kept:
        parts = ("value", "owner", "published")
        return [
            LeftOutValues(str(name), *(kept[f"{part}_{at}"] for part in parts)) for at, name in enumerate(kept["names"])
        ]
