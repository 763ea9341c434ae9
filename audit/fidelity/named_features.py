"""Features of a table with their names: the columns of a design matrix that enough patients vary in to be shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from synthaudit.audit.fidelity.design_matrix import DesignMatrix
from synthaudit.audit.fidelity.patient_intervals import count_patients, patient_count
from synthaudit.audit.records import NumericScale, Records


@dataclass(frozen=True, eq=False)
class NamedFeatures:
    """Some features of a ``DesignMatrix``, the most telling first.

    Attributes:
        design: The encoding.
        at: Which of its features, shape ``(f,)``.
        names: What each is: a column, or a level of one.
    """

    design: DesignMatrix
    at: np.ndarray
    names: tuple[str, ...]

    @classmethod
    def of(cls, real: Records, scale: Records, *, most: int, small_count: int) -> NamedFeatures:
        """Take numbers first, then codes and levels by how much they vary; real records on ``scale`` set all sizes.

        A code or level that fewer than ``small_count`` patients have, or lack, is left out, and so is a number that
        fewer know.
        """
        design = DesignMatrix.of(real.schema, NumericScale.of(scale))
        names, number = _names(design)
        matrix = design.matrix(real)
        having = count_patients(matrix, real)
        patients = patient_count(real)
        enough = (having >= small_count) & (number | (patients - having >= small_count))
        mean = np.asarray(matrix.mean(axis=0)).ravel()
        variance = np.asarray(matrix.multiply(matrix).mean(axis=0)).ravel() - mean**2
        order = np.lexsort((np.arange(len(names)), -variance, ~number))
        chosen = order[(enough & (variance > 0))[order]][:most]
        return cls(design, chosen, tuple(names[at] for at in chosen))

    def matrix(self, records: Records) -> np.ndarray:
        """Return the features of every row, shape ``(n, f)``, float64."""
        encoded: scipy.sparse.csc_matrix = self.design.matrix(records).tocsc()
        dense: np.ndarray = encoded[:, self.at].toarray().astype(np.float64)
        return dense


def _names(design: DesignMatrix) -> tuple[list[str], np.ndarray]:
    """Return the name of every feature, and whether it is a number rather than a code or a level."""
    columns = design.schema.columns
    names = [columns[at].name for at in design.schema.codes]
    number = [columns[at].kind == "count" for at in design.schema.codes]
    for at in design.schema.rest:
        column = columns[at]
        own = [f"{column.name}: {level}" for level in column.levels] if column.kind == "categorical" else [column.name]
        own += [f"{column.name}: ∅"] if column.missing else []
        names += own
        number += [column.kind in ("continuous", "count", "ordinal") and name == column.name for name in own]
    return names, np.array(number, dtype=bool)
