"""A small real table to plant leaks in: two measurements, a count, two groups of levels, a flag and gaps."""

import numpy as np
import pandas as pd
import pytest

from synthaudit.audit.records import Records
from synthaudit.audit.records.readers import TableFile


def patients(size: int, seed: int = 0) -> pd.DataFrame:
    """Return rows whose numbers tell most people apart."""
    rng = np.random.default_rng(seed)
    age = rng.integers(20, 95, size)
    frame = pd.DataFrame(
        {
            "age": age,
            "creatinine": rng.lognormal(0.1, 0.4, size).round(3),
            "bilirubin": rng.lognormal(0.0, 0.9, size).round(3),
            "admissions": rng.poisson(1.0, size),
            "ward": rng.choice(["east", "north", "south", "west"], size),
            "region": rng.choice([f"r{at}" for at in range(43)], size, p=[0.3, 0.3, 0.24, *[0.004] * 40]),
            "diabetes": (rng.random(size) < 0.05 + age / 400).astype(int),
        }
    )
    for column in ("creatinine", "bilirubin", "ward"):
        frame.loc[rng.random(size) < 0.1, column] = np.nan
    return frame


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the path of a table of 1,050 patients: 300 members and as many holdout patients."""
    path = tmp_path_factory.mktemp("table") / "patients.csv"
    patients(1050).to_csv(path, index=False)
    return str(path)


@pytest.fixture(scope="session")
def records(table: str) -> Records:
    """Return the table's records."""
    return TableFile(table).read().records
