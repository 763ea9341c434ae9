"""Clinical tables that scikit-learn carries: no download, known to everybody, small."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from synthaudit.audit.errors import InputError, unknown_name
from synthaudit.audit.records.frame import from_frame
from synthaudit.audit.records.readers.loaded_records import LoadedRecords
from synthaudit.audit.records.schema import Column, Schema

TABLES = ("breast_cancer", "diabetes", "linnerud")


@dataclass(frozen=True)
class BundledTable:
    """One of scikit-learn's clinical tables, target included.

    Attributes:
        name: ``breast_cancer`` (569 tumours, 30 measurements, benign or not), ``diabetes`` (442 patients, 10
            measurements, progression after a year) or ``linnerud`` (20 men, 3 exercises, 3 measurements).
    """

    title: ClassVar[str] = "scikit-learn"
    summary: ClassVar[str] = "a clinical table that scikit-learn carries"

    name: str = "breast_cancer"

    def read(self, folder: Path = Path()) -> LoadedRecords:
        """Load the table; no file is read from ``folder``.

        Raises:
            InputError: There is no such table.
        """
        del folder
        from sklearn import __version__, datasets

        if self.name not in TABLES:
            raise InputError(unknown_name("table", self.name, TABLES))
        options = {"scaled": False} if self.name == "diabetes" else {}
        table: Any = getattr(datasets, f"load_{self.name}")(as_frame=True, **options).frame
        records = from_frame(table, Schema(tuple(_column(str(name), table[name].to_numpy()) for name in table)))
        return LoadedRecords(records, (f"{self.name} of scikit-learn {__version__}",))


def _column(name: str, values: np.ndarray) -> Column:
    """Return a column's kind; these tables are public, so nothing is given away by looking at them."""
    if np.isin(values, (0, 1)).all():
        return Column(name, "binary")
    if len(np.unique(values)) == 2:
        return Column(name, "categorical", levels=tuple(f"{value:g}" for value in np.unique(values)))
    return Column(name, "continuous", integer=bool((values == np.rint(values)).all()))
