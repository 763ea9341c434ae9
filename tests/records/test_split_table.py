"""Sides on disk: the source's own bytes, every row once, no patient on two sides."""

import csv
import gzip
import hashlib
import io
import json
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthaudit.audit.records.split_table import split_table
from synthaudit.audit.records.table_format import TableFormat
from synthaudit.audit.records.text_rows import TextRows

SHARES = {"members": 0.4, "holdout": 0.4, "reference": 0.2}
HEADER = "who,dose,note\n"


def visits(patients=50, seed=0):
    """Return lines of one to three visits of each patient, with texts that a reformatting would change."""
    rng = np.random.default_rng(seed)
    owners = rng.permutation(np.repeat(np.arange(patients), rng.integers(1, 4, patients)))
    notes = ["1.50", "007", '"a, b"', '"two\nlines"', "", "1E5", " x ", "é"]
    return [f"p{owner},{rng.choice(['0.10', '1e-3', '250.00'])},{rng.choice(notes)}\n" for owner in owners]


def rows_of(path):
    return list(TextRows.of(path.read_bytes().decode(), ",").rows)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_sides_are_the_source_in_its_own_bytes(write, tmp_path, end):
    lines = visits()
    path = write("t.csv", "\ufeff" + (HEADER + "".join(lines)).replace("\n", end).removesuffix(end))
    sides = split_table(path, tmp_path / "out", id="who", shares=SHARES, seed=3)
    parts = {role: rows_of(side.file) for role, side in sides.items()}
    assert sorted(row for rows in parts.values() for row in rows) == sorted(line.replace("\n", end) for line in lines)
    owners = {role: {row.split(",")[0] for row in rows} for role, rows in parts.items()}
    assert [len(owners[role]) for role in SHARES] == [20, 20, 10]
    assert not owners["members"] & owners["holdout"] | owners["members"] & owners["reference"]
    assert not owners["holdout"] & owners["reference"]
    for role, side in sides.items():
        assert side.file.read_bytes().decode().startswith("\ufeffwho,dose,note" + end)
        assert (side.rows, side.patients) == (len(parts[role]), len(owners[role]))
    about = json.loads((tmp_path / "out" / "split.json").read_text())
    assert about["seed"] == 3
    assert about["rows"] == len(lines)
    assert about["source"] == {"name": "t.csv", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    for role, side in sides.items():
        assert about["sides"][role]["sha256"] == hashlib.sha256(side.file.read_bytes()).hexdigest()
    assert str(tmp_path) not in json.dumps(about)


def test_the_draw_depends_on_seed_and_patients_only(write, tmp_path):
    path, shuffled = write("t.csv", HEADER + "".join(visits())), write("u.csv", HEADER + "".join(visits()[::-1]))
    draws = [(path, 1), (path, 1), (shuffled, 1), (path, 2)]
    sides = [
        split_table(source, tmp_path / str(at), id="WHO", shares=SHARES, seed=seed)
        for at, (source, seed) in enumerate(draws)
    ]
    contents = [[side.file.read_bytes() for side in one.values()] for one in sides]
    assert contents[0] == contents[1]
    people = [{row.split(",")[0] for row in rows_of(one["members"].file)} for one in sides]
    assert people[0] == people[2] != people[3]


@pytest.mark.parametrize("patients", range(5, 16))
def test_fractions_that_sum_to_one_leave_nobody_out(write, tmp_path, patients):
    path = write("t.csv", "x\n" + "".join(f"{at}\n" for at in range(patients)))
    sides = split_table(path, tmp_path / "out", shares=SHARES, seed=0)
    assert sum(side.rows for side in sides.values()) == patients
    assert sides["members"].rows == int(0.4 * patients + 1e-9)


def test_numbers_of_patients_leave_the_others_out(write, tmp_path):
    path = write("t.csv", "x\n" + "".join(f"{at}\n" for at in range(30)))
    sides = split_table(path, tmp_path / "out", shares={"members": 10, "holdout": 5, "reference": 0}, seed=0)
    assert {role: side.rows for role, side in sides.items()} == {"members": 10, "holdout": 5}
    assert json.loads((tmp_path / "out" / "split.json").read_text())["patients"] == 30


def test_packed_text_stays_packed_and_tabs_stay_tabs(write, tmp_path):
    content = "who\tx\n" + "".join(f"p{at}\t0{at}.50\n" for at in range(10))
    path = write("t.tsv.gz", gzip.compress(content.encode()))
    for out in ("a", "b"):
        sides = split_table(path, tmp_path / out, id="who", shares=SHARES, seed=0)
    texts = [gzip.decompress(side.file.read_bytes()).decode() for side in sides.values()]
    assert sorted("".join(text.partition("\n")[2] for text in texts).splitlines()) == content.splitlines()[1:]
    for role in SHARES:
        assert (tmp_path / "a" / f"{role}.tsv.gz").read_bytes() == (tmp_path / "b" / f"{role}.tsv.gz").read_bytes()


def test_parquet_keeps_types_and_metadata(tmp_path):
    stamps = pa.array(range(10), pa.timestamp("ms"))
    source = pa.table({"who": [at // 2 for at in range(10)], "x": pa.array(range(10), pa.int16()), "when": stamps})
    source = source.replace_schema_metadata({"made": "elsewhere"})
    parquet.write_table(source, tmp_path / "t.parquet")
    sides = split_table(tmp_path / "t.parquet", tmp_path / "out", id="who", shares=SHARES, seed=0)
    parts = [parquet.read_table(side.file) for side in sides.values()]
    assert all(part.schema.equals(source.schema, check_metadata=True) for part in parts)
    assert pa.concat_tables(parts).sort_by("x").equals(source)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(rows=st.lists(st.lists(st.text(st.sampled_from('ab,"\n\r é;'), max_size=5), min_size=2, max_size=2), max_size=8))
def test_rows_are_those_of_a_reader_of_csv(rows):
    stream = io.StringIO(newline="")
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([["x", "y"], *rows])
    cut = TextRows.of(stream.getvalue(), ",")
    assert cut.header + "".join(cut.rows) == stream.getvalue()
    assert [next(csv.reader(io.StringIO(row, newline=""))) for row in cut.rows] == rows


def test_nothing_is_overwritten(write, tmp_path, refusal):
    path = write("t.csv", "x\n" + "".join(f"{at}\n" for at in range(10)))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "holdout.parquet").write_text("mine")
    assert "exists already" in str(refusal(lambda: split_table(path, tmp_path / "out", shares=SHARES, seed=0)))
    assert [child.name for child in (tmp_path / "out").iterdir()] == ["holdout.parquet"]


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_modes_are_the_umask(write, tmp_path, mask, mode):
    path = write("t.csv", "x\n" + "".join(f"{at}\n" for at in range(10)))
    before = os.umask(mask)
    try:
        split_table(path, tmp_path / "out", shares=SHARES, seed=0)
    finally:
        os.umask(before)
    assert {child.stat().st_mode & 0o777 for child in (tmp_path / "out").iterdir()} == {mode}


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("subject_id,x\n" + "77313,1\n" * 3 + "8,1\n" * 3, {}, "--id subject_id"),
        ("12.5,F,77313\n" + "13.5,F,8\n11.5,M,9\n" * 9, {}, "column names"),
        ("x\n1\n", {}, "at least one patient for members"),
        ("who,x\n,1\na,2\nb,3\n", {"id": "who"}, "expected a patient id, found none"),
        ("x\n1\n2\n3\n", {"id": "who"}, "not in the header: 'who'"),
        ("x\n1\n2\n3\n", {"shares": {"members": 2, "holdout": 2, "reference": 0}}, "expected at least 4 patients"),
        ("x\n1\n2\n3\n", {"shares": {"members": 1.5, "holdout": 0.1, "reference": 0}}, "expected members to be"),
        ("x\n1\n2\n3\n", {"shares": {"members": float("nan"), "holdout": 1, "reference": 0}}, "expected members to be"),
    ],
)
def test_bad_input_is_refused_and_nothing_written(write, tmp_path, refusal, content, options, said):
    path = write("t.csv", content)
    chosen = {"shares": SHARES, **options}
    assert said in str(refusal(lambda: split_table(path, tmp_path / "out", seed=0, **chosen)))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("encoding", "end"), [("cp1252", "\n"), ("utf-16", "\r\n"), ("utf-16-le", "\n")])
def test_other_encodings_keep_their_bytes(write, tmp_path, encoding, end):
    lines = [f'{at};{at},50;"Köln;\nSüd"'.replace("\n", end) for at in range(10)]
    text = end.join(["id;größe;stadt", *lines, ""])
    path = write("t.csv", text.encode(encoding))
    table_format = TableFormat(encoding=encoding)
    sides = split_table(path, tmp_path / "out", id="id", shares=SHARES, seed=0, table_format=table_format)
    parts = [side.file.read_bytes().decode(encoding) for side in sides.values()]
    assert sorted(line for line in lines for part in parts if line in part) == sorted(lines)
    assert sum(map(len, parts)) == len(text) + 2 * len("id;größe;stadt" + end)


def test_sides_of_a_sheet_are_plain_text_of_their_own_rows(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["id", "x", "name"], *([at, at / 4, f"patient {at}"] for at in range(10))):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    for out in ("a", "b"):
        sides = split_table(tmp_path / "t.xlsx", tmp_path / out, id="id", shares=SHARES, seed=0)
    rows = [row for side in sides.values() for row in rows_of(side.file)]
    assert sorted(rows) == sorted(f"{at},{at / 4:g},patient {at}\n" for at in range(10))
    assert (tmp_path / "a" / "members.csv").read_bytes() == (tmp_path / "b" / "members.csv").read_bytes()
