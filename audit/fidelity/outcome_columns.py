"""The clinical outcomes that are predicted: the plan's, or binary columns of medium prevalence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from synthaudit.audit.errors import InputError
from synthaudit.audit.fidelity.patient_intervals import count_patients, patient_count
from synthaudit.audit.records import Records, Schema
from synthaudit.audit.statistics import NotMeasured

USUAL = 0.2
"""Prevalence that a default outcome is near: common enough to be learnt from, rare enough to be worth predicting."""

FEW = 20
NAMED = 5


@dataclass(frozen=True, eq=False)
class Outcomes:
    """The outcomes that can be learnt from both tables and scored on the test table.

    Attributes:
        columns: Their positions in the integer block, shape ``(K,)``.
        description: The outcomes in words, for the method of a number.
        hidden: Requested outcomes that too few real or test patients have, or lack.
        lost: Requested outcomes, not hidden, that do not vary in the rows to learn from.
        requested: Outcomes in all.
    """

    columns: np.ndarray
    description: str
    hidden: int
    lost: int
    requested: int

    @classmethod
    def of(
        cls,
        real: Records,
        test: Records,
        train: Sequence[Records],
        names: Sequence[str],
        *,
        count: int,
        small_count: int,
    ) -> Outcomes | NotMeasured:
        """Choose the named binary columns, or the ``count`` nearest to 20 % prevalence among real patients.

        Args:
            real: All real rows; what is chosen does not hang on which of them are drawn to learn from.
            test: Real rows to be scored on.
            train: The tables to learn from.
            names: Columns; where there are none, ``count`` are chosen.
            count: Columns to choose.
            small_count: Real and test patients that have, and that lack, an outcome.

        Raises:
            InputError: A name is unknown, or not that of a binary column without missing values.
        """
        binary = np.array([real.schema.columns[at].kind == "binary" for at in real.schema.codes], dtype=bool)
        requested = np.array([_place(real.schema, name) for name in dict.fromkeys(names)], dtype=int)
        if min(map(len, train)) < FEW:
            return NotMeasured(f"a model needs {FEW} real patients and {FEW} synthetic rows")
        if not binary.any():
            return NotMeasured("the table has no binary column without missing values to predict")
        if len(real.schema) < 2:
            return NotMeasured("the table has no second column to predict from")
        prevalence, shown = _prevalence(real, small_count)
        shown &= _prevalence(test, small_count)[1]
        why = "as chosen"
        if not names:
            ranked = np.argsort(np.abs(prevalence - USUAL), kind="stable")
            requested = ranked[(binary & shown)[ranked]][:count]
            why = "binary columns nearest to 20 % prevalence"
        fit = requested[shown[requested]]
        if not len(fit):
            return NotMeasured(f"no outcome is had and lacked by {small_count} real and {small_count} test patients")
        columns = fit[np.all([np.ptp(table.codes[:, fit], axis=0) > 0 for table in train], axis=0)]
        if not len(columns):
            return NotMeasured("no outcome varies in the rows to learn from, real and synthetic")
        titles = [real.schema.columns[real.schema.codes[at]].name for at in columns]
        more = f" and {len(titles) - NAMED} more" if len(titles) > NAMED else ""
        description = f"mean over {', '.join(titles[:NAMED])}{more} ({why})"
        return cls(columns, description, len(requested) - len(fit), len(fit) - len(columns), len(requested))


def _place(schema: Schema, name: str) -> int:
    """Return a binary column's position in the integer block."""
    column = schema[name]
    if column.kind != "binary" or column.missing:
        raise InputError("expected a binary column without missing values as an outcome", column=name)
    return schema.codes.index(schema.position[name])


def _prevalence(table: Records, small_count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return every code's share of patients, and whether enough have it and lack it, both ``(len(codes),)``."""
    having, patients = count_patients(scipy.sparse.csr_matrix(table.codes > 0), table), patient_count(table)
    return having / max(patients, 1), (having >= small_count) & (patients - having >= small_count)
