"""Patients' ids in the id column of a synthetic table: counted as keys, unless rows are merely numbered."""

from pathlib import Path

import numpy as np
import pytest

from synthaudit import run
from synthaudit.audit.records import Records
from synthaudit.audit.suite.context.published_ids import published_ids
from synthaudit.audit.suite.plan import make_plan
from synthaudit.audit.suite.result import Estimated, Result


def table(ids: np.ndarray) -> Records:
    return Records.binary(["a"], np.zeros((len(ids), 1)), ids)


def test_ids_of_patients_are_found_and_row_numbers_name_nobody() -> None:
    everyone = np.array(["1007", "1900", "880", "p1"])
    assert published_ids(everyone, table(np.array(["880", "x", "1900", "880"]))).tolist() == [1, 2]
    assert published_ids(everyone, table(np.array(["1006", "1007", "1008"]))).tolist() == []  # running numbers
    assert published_ids(everyone, table(np.arange(3))).tolist() == []  # no id column was read
    assert published_ids(np.arange(4), table(np.array(["1", "3"]))).tolist() == []


def audited(folder: Path, ids: list[str]) -> Result:
    rng = np.random.default_rng(0)
    own = [str(id) for id in rng.choice(10**8, 600, replace=False)]
    parts = {"members": own[:300], "holdout": own[300:], "synthetic": ids or own[:300][::-1]}
    for name, keys in parts.items():
        lines = [f"{key},{rng.integers(20, 90)},{rng.integers(0, 2)},{rng.integers(0, 2)}" for key in keys]
        (folder / f"{name}.csv").write_text("\n".join(["person,age,c1,c2", *lines]) + "\n")
    files = {name: str(folder / f"{name}.csv") for name in ("members", "holdout")}
    raw = {
        "preset": "quick",
        "data": {**files, "id": "person"},
        "synthetic": {"given": {"path": str(folder / "synthetic.csv")}},
        "attacks": {"replay": {}},
        "metrics": {"dimension_probability": {}},
        "controls": {"attacks": []},
    }
    return run(make_plan(raw), folder / "out")


@pytest.mark.parametrize(("ids", "share"), [([], 1.0), ([f"s{at}" for at in range(300)], 0.0)])
def test_a_table_that_kept_the_members_ids_gives_them_away(tmp_path: Path, ids: list[str], share: float) -> None:
    result = audited(tmp_path, ids)
    numbers = [
        row.number
        for row in result.select(section="reidentification", method="unique_values", statistic="excess")
        if row.slice == "identifying columns" and isinstance(row.number, Estimated)
    ]
    assert [number.value for number in numbers] == [share]
    listed = (tmp_path / "out" / "restricted" / "repeated-given-0.csv").read_text().splitlines()
    assert len([line for line in listed if ",patient id," in line]) == round(300 * share)
    assert not any(id in line for line in listed for id in ids), "no raw id"
