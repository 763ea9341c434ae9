"""Which patients have a value that nobody else has and the synthetic table has again, and how many would by chance.

How likely a table of other patients is to repeat unique values is read off the real records alone: with f2 values that
exactly two of N patients share, one more patient has one of the unique values with probability 2 f2 / N (Good,
Biometrika 40, 1953). Account numbers have no such pairs, hospital charges many.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from synthaudit.audit.records import Records
from synthaudit.audit.records.row_identity import row_numbers
from synthaudit.audit.suite.context.left_out_values import LeftOutValues

CODES = "codes"
"""All binary columns, of which a patient's unique value is one that nobody else has."""

TOGETHER = "quasi-identifiers together"
"""The combination of all quasi-identifiers."""


LEFT_OUT = " (left out)"
"""Ending of a column's name that is no part of the audit."""

SINGLE = " in single precision"
"""Ending of a column's name where its numbers are compared so."""

LARGEST = 1e38
"""Numbers beyond this have no single precision."""


@dataclass(frozen=True, eq=False)
class RepeatedValues:
    """One column's unique values in a synthetic table; members first, then holdout, in the order of their numbers.

    Attributes:
        name: The column, ``CODES`` or ``TOGETHER``.
        patients: Numbers of the patients, shape ``(n,)``.
        members: How many of them are members.
        unique: Who has a value that no other real patient has, shape ``(n,)``, bool.
        repeated: Whose unique value stands in the synthetic table, shape ``(n,)``, bool.
        chance: Share of all patients of whom that is expected in a table of other patients.
        telling: Share of the patients with a value whose value nobody else has.
        measured: Whether the values are numbers, which no training procedure makes again by knowing its vocabulary.
    """

    name: str
    patients: np.ndarray
    members: int
    unique: np.ndarray
    repeated: np.ndarray
    chance: float
    telling: float = 1.0
    measured: bool = False


@dataclass(frozen=True, eq=False)
class _Cells:
    """Values by number, alike in real and synthetic tables.

    Attributes:
        real: Value of each real cell that is not missing, shape ``(c,)``, from 0.
        owner: Whose it is, likewise.
        published: Values of the synthetic table.
    """

    real: np.ndarray
    owner: np.ndarray
    published: np.ndarray

    @classmethod
    def of(cls, real: np.ndarray, published: np.ndarray, owner: np.ndarray) -> "_Cells":
        """Return equal values under one number."""
        _, number = np.unique(np.concatenate([real, published]), return_inverse=True)
        return cls(number[: len(real)], owner, number[len(real) :])


def find_repeated(
    members: Records,
    holdout: Records,
    reference: Records | None,
    synthetic: Records,
    *,
    together: tuple[str, ...] = (),
) -> list[RepeatedValues]:
    """Look in a synthetic table for every value that one patient alone has, column by column; one sort per column.

    Columns in which nobody has a value of their own are left out. Reference patients take part in saying what is
    unique.

    Args:
        members: All members.
        holdout: All holdout patients.
        reference: Other real patients, or None.
        synthetic: The whole synthetic table.
        together: Columns whose combination is looked for besides.
    """
    sides = [members, holdout, *([] if reference is None else [reference])]
    numbers, owners, first = [], [], 0
    for side in sides:
        found, place = np.unique(side.patients, return_inverse=True)
        numbers.append(found)
        owners.append(first + place)
        first += len(found)
    real, owner = Records.concat(sides), np.concatenate(owners)
    patients = np.concatenate(numbers[:2])
    repeated: list[RepeatedValues] = []
    for name, cells in _columns(real, owner, synthetic, together):
        unique, again, chance, telling = _judge_cells(cells, first, len(synthetic))
        if unique[: len(patients)].any():
            sides_only = slice(0, len(patients))
            own, here = unique[sides_only], again[sides_only]
            column = name.removesuffix(SINGLE)
            measured = column in real.schema.position and real.schema[column].is_numeric
            if column != name and repeated and repeated[-1].name == column and (here <= repeated[-1].repeated).all():
                continue  # single precision finds nobody more
            repeated.append(RepeatedValues(name, patients, len(numbers[0]), own, here, chance, telling, measured))
    return repeated


def find_left_out(
    columns: Iterable[LeftOutValues], members: np.ndarray, holdout: np.ndarray, *, others: int, rows: int
) -> list[RepeatedValues]:
    """Look in the columns that an audit leaves out and a synthetic table has, as ``find_repeated`` does in the others.

    Args:
        columns: Left-out columns that the synthetic table has.
        members: Numbers of all members, ascending.
        holdout: Numbers of all holdout patients, likewise.
        others: How many real patients are neither.
        rows: Rows of the synthetic table.
    """
    patients = np.concatenate([members, holdout])
    order = np.argsort(patients)
    repeated = []
    for column in columns:
        # Whoever is on neither side takes part in saying what is unique; their places come last.
        place = np.searchsorted(patients, column.owner, sorter=order)
        side = order[np.minimum(place, len(patients) - 1)]
        owner = side.copy()
        elsewhere = patients[side] != column.owner
        owner[elsewhere] = len(patients) + np.unique(column.owner[elsewhere], return_inverse=True)[1]
        cells = _Cells(column.value, owner, column.published)
        everyone = max(int(owner.max(initial=0)) + 1, len(patients) + others)
        unique, again, chance, telling = _judge_cells(cells, everyone, rows)
        if unique[: len(patients)].any():
            own, here = unique[: len(patients)], again[: len(patients)]
            name = f"{column.name}{LEFT_OUT}"
            repeated.append(RepeatedValues(name, patients, len(members), own, here, chance, telling))
    return repeated


def _columns(
    real: Records, owner: np.ndarray, synthetic: Records, together: tuple[str, ...]
) -> Iterator[tuple[str, _Cells]]:
    schema = real.schema
    for column in schema.columns:
        if column.kind != "binary":
            values = [table.column(column.name).astype(np.float64) for table in (real, synthetic)]
            given = [~np.isnan(side) for side in values]
            ours, theirs = values[0][given[0]], values[1][given[1]]
            yield column.name, _Cells.of(ours, theirs, owner[given[0]])
            # A number that was once stored in single precision still identifies its patient.
            single = [np.clip(side, -LARGEST, LARGEST).astype(np.float32) for side in (ours, theirs)]
            if (single[0] != ours).any():
                yield column.name + SINGLE, _Cells.of(single[0], single[1], owner[given[0]])
    binary = [column.name for column in schema.columns if column.kind == "binary" and column.is_code]
    if binary:
        carried, published = (table.select(binary).codes > 0 for table in (real, synthetic))
        row, code = np.nonzero(carried)
        yield CODES, _Cells(code, owner[row], np.flatnonzero(published.any(axis=0)))
    if 1 < len(together) < len(schema):
        ours, theirs = row_numbers(real.select(together), synthetic.select(together))
        yield TOGETHER, _Cells(ours, owner, theirs)


def _judge_cells(cells: _Cells, patients: int, rows: int) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Return who has a unique value, whose is repeated, the share expected by chance, and how telling values are."""
    values = int(max(cells.real.max(initial=-1), cells.published.max(initial=-1))) + 1
    pairs = np.unique(cells.real * patients + cells.owner)
    value, who = pairs // patients, pairs % patients
    holders = np.bincount(value, minlength=values)
    published = np.zeros(values, dtype=bool)
    published[cells.published] = True
    unique, again = np.zeros(patients, dtype=bool), np.zeros(patients, dtype=bool)
    alone = holders[value] == 1
    unique[who[alone]] = True
    again[who[alone & published[value]]] = True
    people = max(len(np.unique(who)), 1)
    chance = min(rows * 2 * (holders == 2).sum() / people / patients, 1.0)
    return unique, again, float(chance), float(unique.sum() / people)
