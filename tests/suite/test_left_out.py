"""Columns that the audit leaves out and the published table has: patients' own values in them are found."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from synthaudit import run
from synthaudit.audit.records import Records
from synthaudit.audit.records.left_out import hashed_cells, without_row_numbers
from synthaudit.audit.records.readers import LoadedRecords
from synthaudit.audit.suite.context.left_out_values import left_out_values, load_left_out, save_left_out
from synthaudit.audit.suite.plan import make_plan
from synthaudit.audit.suite.result import Estimated, Result
from synthaudit.audit.suite.tasks.repeated_values import find_left_out


def loaded(patients: list[str], **columns: list[str]) -> LoadedRecords:
    table = pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})
    records = Records.binary(["a"], np.zeros((len(patients), 1)), np.array(patients))
    return LoadedRecords(records, left_out=hashed_cells(table, list(columns)))


def test_equal_cells_have_one_hash_however_they_are_written() -> None:
    spellings = ["17", "17.0", " 17 ", "1.7e1", "Ward A", "ward  a", "NULL", "", "017", "0.50", ".5"]
    cells = hashed_cells(pa.table({"x": spellings}), ["x", "not there"])["x"].tolist()
    assert len(set(cells[:4])) == 1
    assert cells[4] == cells[5]
    assert cells[6:8] == [0, 0]
    assert cells[8] not in cells[:8]  # a leading zero makes another code
    assert cells[9] == cells[10]


def test_row_numbers_of_a_published_table_name_nobody() -> None:
    table = pa.table({"row": ["3", "1", "2"], "account": ["912", "17", "5004"], "note": ["a", "b", "c"]})
    assert without_row_numbers(table, ["row", "account", "note", "absent"]) == ["account", "note"]


def test_whose_value_stands_in_a_column_that_is_left_out_by_hand(tmp_path: Path) -> None:
    everyone = np.array(["a", "b", "c", "d", "e"])  # a, d members; b holdout; c reference; e is in no table
    real = [
        loaded(["d", "a", "a"], account=["40", "10", "11"], note=["x", "x", "x"]),
        loaded(["b"], account=["20"], note=["y"]),
        loaded(["c", "z"], account=["20", "99"], note=["z", "z"]),
    ]
    published = loaded(["s", "s", "s"], account=["11.0", "20", "77"], note=["y", "y", "q"], new=["1", "2", "3"])
    columns = left_out_values(real, published, everyone)
    assert [column.name for column in columns] == ["account", "note"]
    save_left_out(columns, tmp_path / "kept.npz")
    kept = load_left_out(tmp_path / "kept.npz")
    found = find_left_out(kept, np.array([0, 3]), np.array([1]), others=1, rows=3)
    account, note = found
    assert account.name == "account (left out)"
    assert account.patients.tolist() == [0, 3, 1]
    assert account.members == 2
    assert account.unique.tolist() == [True, True, False]  # 20 is a reference patient's too
    assert account.repeated.tolist() == [True, False, False]
    # One value of two patients among four people who have one: 3 rows x 2 / 4 people / 4 patients (Good, 1953).
    assert account.chance == pytest.approx(3 * 2 / 4 / 4)
    assert note.repeated.tolist() == [False, False, True]
    assert load_left_out(tmp_path / "absent.npz") == []


def sides(folder: Path, published: str) -> dict[str, Any]:
    """Write members, holdout and a synthetic table with accounts and notes: those of ``published``."""
    rng = np.random.default_rng(3)
    accounts = rng.choice(10**9, 900, replace=False)
    parts = {"members": accounts[:300], "holdout": accounts[300:600]}
    parts["synthetic"] = rng.permutation({"members": accounts[:300], "nobody": accounts[600:]}[published])
    for name, keys in parts.items():
        lines = [f"{key},seen on ward {key % 97} by {key},{rng.integers(20, 90)},{rng.integers(0, 2)}" for key in keys]
        (folder / f"{name}.csv").write_text("\n".join(["account,note,age,c1", *lines]) + "\n")
    return {name: str(folder / f"{name}.csv") for name in ("members", "holdout")}


def audited(folder: Path, data: dict[str, Any], **plan: Any) -> Result:
    raw = {
        "preset": "quick",
        "data": data,
        "synthetic": {"given": {"path": str(folder / "synthetic.csv"), **plan.pop("given", {})}},
        "attacks": {"replay": {}},
        "metrics": {"dimension_probability": {}},
        "controls": {"attacks": []},
        **plan,
    }
    return run(make_plan(raw), folder / "out")


def excess(result: Result) -> list[float]:
    return [
        row.number.value
        for row in result.select(section="reidentification", method="unique_values", statistic="excess")
        if row.slice == "identifying columns" and isinstance(row.number, Estimated)
    ]


@pytest.mark.parametrize(("published", "share"), [("members", 1.0), ("nobody", 0.0)])
def test_dropped_columns_that_hold_members_own_values_give_them_away(
    tmp_path: Path, published: str, share: float
) -> None:
    result = audited(tmp_path, {**sides(tmp_path, published), "drop": ["account", "note"]})
    assert excess(result) == [share]
    notes = next(system.notes for system in result.systems if system.key == "given")
    assert any("'account' left out" in note for note in notes)
    assert any("'note' left out" in note for note in notes)


def test_free_text_that_a_schema_leaves_out_is_looked_for(tmp_path: Path) -> None:
    data = sides(tmp_path, "members")
    lines = [
        "drop = ['account']",
        "[columns]",
        "note = {kind = 'free_text'}",
        "age = {kind = 'count'}",
        "c1 = {kind = 'binary'}",
    ]
    (tmp_path / "schema.toml").write_text("\n".join(lines) + "\n")
    assert excess(audited(tmp_path, {**data, "schema": str(tmp_path / "schema.toml")})) == [1.0]


@pytest.mark.parametrize("options", [{"drop": ["account", "note"]}, {"id": "account", "drop": ["note"]}])
def test_a_table_beside_a_split_drawn_here_is_looked_through_too(tmp_path: Path, options: dict[str, Any]) -> None:
    sides(tmp_path, "members")
    people = (tmp_path / "members.csv").read_text().splitlines()
    (tmp_path / "synthetic.csv").write_text("\n".join(people) + "\n")  # made from everybody: found on both sides alike
    data = {"reader": "table", "path": str(tmp_path / "members.csv"), **options}
    result = audited(tmp_path, data, given={"made_from_split": True})
    found = [
        row.number.value
        for row in result.select(section="reidentification", method="unique_values", statistic="sensitivity")
        if row.slice == "identifying columns" and isinstance(row.number, Estimated)
    ]
    assert found == [1.0]
