"""Spreadsheets: what is shown is what is read; their traps are refused by row and column."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthaudit.audit.records.table_format import TableFormat
from synthaudit.audit.records.text import read_text

openpyxl = pytest.importorskip("openpyxl")
pytest.importorskip("python_calamine")


def book(path: Path, *rows, **more):
    """Write a workbook of one sheet, and others by name; return the path."""
    made = openpyxl.Workbook()
    made.active.title = "patients"
    for row in rows:
        made.active.append(row)
    for name, cells in more.items():
        sheet = made.create_sheet(name)
        for row in cells:
            sheet.append(row)
    made.save(path)
    return path


def test_cells_are_read_as_they_are_shown(tmp_path):
    path = book(
        tmp_path / "t.xlsx",
        ["id", "weight", "born", "seen", "code", "ok", "at", "long"],
        [12, 38.4, date(1962, 1, 31), datetime(2019, 1, 2, 3, 4, 5), "0083", True, time(1, 2), timedelta(hours=30)],
        [13, 0.1 + 0.2, None, datetime(2019, 1, 2), "250.00", False, None, None],
        [None] * 8,
        [100_200_300_400, -7, date(2101, 5, 6), None, " x ", None, None, None],
    )
    assert read_text(path).to_pydict() == {
        "id": ["12", "13", "100200300400"],
        "weight": ["38.4", "0.3", "-7"],
        "born": ["1962-01-31", "", "2101-05-06"],
        "seen": ["2019-01-02 03:04:05", "2019-01-02 00:00:00", ""],
        "code": ["0083", "250.00", " x "],
        "ok": ["True", "False", ""],
        "at": ["01:02:00", "", ""],
        "long": ["30", "", ""],
    }


def test_columns_are_chosen_and_spelled_as_in_the_file(tmp_path):
    table = read_text(book(tmp_path / "t.xlsx", ["ID", "x"], [1, 2]), ["x", "id"])
    assert table.to_pydict() == {"x": ["2"], "ID": ["1"]}


def test_the_only_visible_sheet_with_cells_is_the_one(tmp_path):
    made = openpyxl.Workbook()
    made.active.append(["x"])
    made.active.append([1])
    made.create_sheet("empty")
    hidden = made.create_sheet("hidden")
    hidden.append(["y"])
    hidden.append([2])
    hidden.sheet_state = "hidden"
    made.save(tmp_path / "t.xlsx")
    assert read_text(tmp_path / "t.xlsx").column_names == ["x"]
    assert read_text(tmp_path / "t.xlsx", table_format=TableFormat(sheet="hidden")).to_pydict() == {"y": ["2"]}


def test_of_several_sheets_one_has_to_be_named(tmp_path, refusal):
    path = book(tmp_path / "t.xlsx", ["x"], [1], controls=[["x"], [2]])
    assert "found 2: 'patients', 'controls'. Name one with --sheet." in str(refusal(lambda: read_text(path)))
    assert read_text(path, table_format=TableFormat(sheet="controls")).to_pydict() == {"x": ["2"]}
    problem = refusal(lambda: read_text(path, table_format=TableFormat(sheet="Controls")))
    assert "expected one of the sheets 'patients', 'controls'" in str(problem)


@pytest.mark.parametrize(
    ("rows", "row", "column", "said"),
    [
        ([["x", "y"], [1, "=A2+1"], [2, 3]], 2, "y", "a formula that was never computed"),
        ([["Export of 2019", None], ["x", "y"], [1, 2]], 1, None, "found a title or nothing"),
        ([[None, None], ["x", "y"], [1, 2]], 1, None, "found a title or nothing"),
        ([["x", None, "y"], [1, 2, 3]], 1, None, "column 2 has none"),
        ([["x", "x"], [1, 2]], 1, None, "columns 1 and 2 have the same name"),
        ([["x", "y"], [1, 77_313_000_000_000_000], [2, 3]], 2, "y", "at most 15 digits"),
        ([["x", "y"], [1, date(2019, 1, 1)], [2, date(2019, 1, 2)], [3, 43_466]], 4, "y", "mixes dates with numbers"),
        ([["x", "y"]], None, None, "at least one row below the header"),
        ([], None, None, "expected a visible sheet with cells"),
    ],
)
def test_a_trap_is_named_by_row_and_column(tmp_path, refusal, rows, row, column, said):
    path = book(tmp_path / "t.xlsx", *rows)
    problem = refusal(lambda: read_text(path))
    assert said in str(problem)
    assert (problem.row, problem.column) == (row, column)


def test_hidden_rows_and_columns_are_refused(tmp_path, refusal):
    path = book(tmp_path / "t.xlsx", ["a", "b"], [1, 2], [3, 4])
    made = openpyxl.load_workbook(path)
    made["patients"].row_dimensions[3].hidden = True
    made.save(path)
    problem = refusal(lambda: read_text(path))
    assert (problem.problem, problem.row) == ("expected rows that are shown, found 1 hidden", 3)
    made["patients"].row_dimensions[3].hidden = False
    made["patients"].column_dimensions["B"].hidden = True
    made.save(path)
    assert refusal(lambda: read_text(path)).column == "b"
    made["patients"].column_dimensions["B"].hidden = False
    made["patients"].column_dimensions["F"].hidden = True  # nothing stands there
    made.save(path)
    assert read_text(path).to_pydict() == {"a": ["1", "3"], "b": ["2", "4"]}


def test_merged_cells_are_refused(tmp_path, refusal):
    made = openpyxl.Workbook()
    for row in (["labs", None], ["na", "k"], [140, 4]):
        made.active.append(row)
    made.active.merge_cells("A1:B1")
    made.save(tmp_path / "t.xlsx")
    problem = refusal(lambda: read_text(tmp_path / "t.xlsx"))
    assert "merged cells" in str(problem)
    assert problem.row == 1


def test_an_error_of_a_formula_is_no_missing_value_but_na_is(tmp_path, refusal):
    made = openpyxl.Workbook()
    for row in (["x", "y"], [1, "#N/A"], [2, "#DIV/0!"]):
        made.active.append(row)
    made.save(tmp_path / "t.xlsx")
    problem = refusal(lambda: read_text(tmp_path / "t.xlsx"))
    assert "found an error" in str(problem)
    assert (problem.row, problem.column) == (3, "y")
    made.active["B3"] = 5
    made.save(tmp_path / "t.xlsx")
    assert read_text(tmp_path / "t.xlsx").to_pydict() == {"x": ["1", "2"], "y": ["", "5"]}


CELLS = st.one_of(
    st.integers(-(10**14), 10**14),
    st.floats(-1e6, 1e6).map(lambda value: float(f"{value:.12g}")),
    st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=8).map("t".__add__),
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8))
def test_what_is_written_is_what_is_read(rows, tmp_path_factory):
    path = book(tmp_path_factory.mktemp("x") / "t.xlsx", ["a", "b"], *rows)
    read = read_text(path)
    for name, cells in zip("ab", zip(*rows, strict=True), strict=True):
        texts = read.column(name).to_pylist()
        assert [type(cell)(text) for cell, text in zip(cells, texts, strict=True)] == list(cells)
    assert read.schema.types == [pa.string(), pa.string()]


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"])
@pytest.mark.parametrize("seed", range(6))
def test_a_damaged_workbook_is_read_right_or_refused(tmp_path, part, seed):
    import random
    import zipfile

    from synthaudit.audit.errors import InputError

    path = book(tmp_path / "t.xlsx", ["x", "y"], *([at, "secret cell"] for at in range(20)))
    rng = random.Random(seed)
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(tmp_path / "u.xlsx", "w") as target:
        for name in source.namelist():
            content = bytearray(source.read(name))
            if name == part:
                at = rng.randrange(len(content))
                content[at : at + rng.randint(1, 30)] = rng.choice([b"", b"<f>1</f>", b"\x00", b"<"])
            target.writestr(name, bytes(content))
    said = ""
    try:
        read_text(tmp_path / "u.xlsx")
    except InputError as problem:
        said = str(problem)
    assert "secret cell" not in said
