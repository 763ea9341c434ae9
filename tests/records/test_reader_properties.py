"""Property tests of readers beside tables: what is written as events or as a matrix is what is read, or is refused."""

import csv
import io
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.readers import CodeEvents, MatrixFile, read_together

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
CODE = st.one_of(
    TEXT, st.sampled_from(["0083", "083", "250.0", "201826.0", "None", "nan", "E119", " x ", '5" tube', "a\nb"])
)
EVENTS = st.lists(st.tuples(st.sampled_from(["1", "1.0", "02", "p-3", "None", ""]), CODE), min_size=1, max_size=12)


def pairs(path):
    """Return what a reader finds in a file of events, or None where it refuses."""
    try:
        records = CodeEvents(path=str(path)).read().records
    except InputError:
        return None
    rows, columns = np.nonzero(records.codes)
    return {(str(records.patients[row]), records.columns[column]) for row, column in zip(rows, columns, strict=True)}


@settings(max_examples=150, deadline=None, derandomize=True)
@given(events=EVENTS)
def test_events_are_the_same_from_text_and_from_parquet(events):
    """CSV, TSV and Parquet of the same events agree, and no pair is lost or made up where nothing is refused."""
    with tempfile.TemporaryDirectory() as name:
        folder, found = Path(name), []
        for mark, file in ((",", "e.csv"), ("\t", "e.tsv")):
            out = io.StringIO()
            csv.writer(out, delimiter=mark, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(
                [("patient", "code"), *events]
            )
            (folder / file).write_text(out.getvalue(), newline="")
            found.append(pairs(folder / file))
        table = pa.table({"patient": [who for who, _ in events], "code": [code for _, code in events]})
        parquet.write_table(table, folder / "e.parquet")
        packed = pairs(folder / "e.parquet")
    # Text may be refused where Parquet is not: a cell of several lines may look like rows.
    assert all(one is None or one == packed for one in found)
    if packed is not None:
        patients = {who.removesuffix(".0") for who, _ in events}
        assert {who for who, _ in packed} <= patients
        assert len(packed) <= len({(who.removesuffix(".0"), code.strip()) for who, code in events})


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    values=hnp.arrays(
        st.sampled_from([np.uint8, np.int64, np.float64]), hnp.array_shapes(min_dims=2, max_dims=2, max_side=8)
    )
)
def test_a_matrix_is_read_as_it_was_saved_or_refused(values):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.npy"
        np.save(path, values)
        try:
            records = MatrixFile(path=str(path)).read().records
        except InputError:
            assert not np.isfinite(values).all()
            return
    np.testing.assert_array_equal(records.dense(), values.astype(np.float64))


CELL = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.floats(-1e6, 1e6).map(repr),
    st.sampled_from(
        ["", "NA", "None", "<5", "38,4", "1,950", "-99", "?", "M", "m", "M ", "0083", "true", "12 mg", "inf"]
    ),
)


@pytest.mark.parametrize("side", ["members", "synthetic"])
@settings(max_examples=150, deadline=None, derandomize=True)
@given(cells=st.lists(CELL, min_size=1, max_size=14))
def test_a_column_is_numbers_or_levels_or_refused_and_never_another_value(side, cells):
    """Every number that is read is the one that stands there; every level is spelled as the cell, but for capitals."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([("x", "y"), *((cell, at % 2) for at, cell in enumerate(cells))])
        (folder / "a.csv").write_text(out.getvalue())
        (folder / "b.csv").write_text("x,y\n1.5,0\n2,1\n-3,0\n7,1\n" if side == "synthetic" else out.getvalue())
        published = {"synthetic": folder / "a.csv"} if side == "synthetic" else {}
        try:
            read = read_together({"members": folder / "b.csv"}, published=published)
        except InputError:
            return
    records = read[side].records
    spec = records.schema["x"]
    for cell, value in zip(cells, records.column("x").tolist(), strict=True):
        if np.isnan(value):
            assert cell in ("", "NA")
        elif spec.is_numeric:
            assert value == {"true": 1.0}.get(cell) or value == float(cell)
        else:
            assert spec.levels[int(value)].casefold() == cell.strip().casefold()
