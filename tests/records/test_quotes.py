"""Stray quotes: rows are never swallowed, and what is read is what Python's own strict reader reads."""

import csv
import io
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.quotes import quoted_cells
from synthaudit.audit.records.readers import CodeEvents
from synthaudit.audit.records.text import read_text

SECRET = "77313"
ROWS = "".join(f"{at},F,{at + 20}\n" for at in range(10))


@pytest.mark.parametrize(
    ("content", "row", "message"),
    [
        (f'id,note,age\n1,"5 in tube,{SECRET}\n{ROWS}2,"5 in tube,3\n', 13, "opened in row 2, found text after it"),
        (f'a,b\n1,"x"{SECRET}\n', 2, "at its closing quote, found text after it"),
        (f'a,b\n1,"x" ,2\n{SECRET},2\n', 2, "found text after it"),
        (f'a,b\n1, "x,{SECRET}"\n', 2, "no blank before an opening quote"),
        (f'a,b\n1,"{SECRET}\n2,3\n', 2, "runs to the end of the file"),
        (f'a,b\n1,5" tube\n2,"{SECRET}\n3,4\n', 3, "runs to the end of the file"),
        (f'a,b,c\n1,"5 in,{SECRET}\n{ROWS}2,tube 5",3\n', 2, "quoted cell over 12 lines that look like rows"),
        (f'a,b\n1,"a \\" {SECRET}"\n', 2, "found text after it"),
    ],
)
@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.csv.gz"])
def test_a_stray_quote_is_refused_with_its_row(name, content, row, message, write, refusal):
    import gzip

    content = content.replace(",", "\t") if "tsv" in name else content
    path = write(name, gzip.compress(content.encode()) if name.endswith("gz") else content)
    problem = refusal(lambda: read_text(path))
    assert message in str(problem)
    assert problem.row == row
    assert problem.file == name
    assert "quote" in problem.cure


def test_stray_quotes_in_event_files_lose_no_patient(write, tmp_path, refusal):
    write("e.csv", f'patient,code\n1,"25000\n2,4019\n3,"{SECRET}\n4,4280\n')
    assert "found text after it" in str(refusal(lambda: CodeEvents(path="e.csv").read(tmp_path)))
    write("e.csv", f'patient,code\n1,"25000\n2,4019\n3,{SECRET}"\n4,4280\n')
    assert "look like rows" in str(refusal(lambda: CodeEvents(path="e.csv").read(tmp_path)))


def test_notes_of_several_lines_are_read(write):
    table = read_text(write("t.csv", 'id,note,age\n1,"fever,\ncough",30\n2,"""quoted"" word",40\n3,"",5\n'))
    assert table.column("note").to_pylist() == ["fever,\ncough", '"quoted" word', ""]


def test_places_of_quotes_by_hand():
    cells = quoted_cells(b'"a",b"c,"d""e"\n"","f"', ",", Path("t.csv"))
    assert list(zip(cells.opens.tolist(), cells.closes.tolist(), strict=True)) == [(0, 2), (8, 13), (15, 16), (18, 20)]
    assert cells.contain(np.array([1, 3, 5, 10, 14, 19])).tolist() == [True, False, False, True, False, True]


@pytest.mark.parametrize("text", ["a,b\r1,2\r3,4\r", "a,b\r1,2\r3,4", "a,b\n1,2\n3,4\n\x1a"])
def test_old_line_ends_are_read(text, write):
    assert read_text(write("t.csv", text)).to_pydict() == {"a": ["1", "3"], "b": ["2", "4"]}


@pytest.mark.parametrize(
    ("content", "row", "message"),
    [
        (f"a,b\n1,2\r{SECRET},4\n".encode(), 2, "found returns without a line feed"),
        (b"a\n" + b"1\n" * 70_000 + b"\0\n", 70_002, "found NUL bytes"),
        ("a,b\n1,2\n".encode("utf-16-le"), None, "found UTF-16 text"),
    ],
)
def test_what_is_no_text_is_said(content, row, message, write, refusal):
    problem = refusal(lambda: read_text(write("t.csv", content)))
    assert message in str(problem)
    assert problem.row == row


@settings(max_examples=600, deadline=None, derandomize=True)
@given(body=st.text(st.sampled_from('"",,\n\n ab'), max_size=24), mark=st.sampled_from(",\t"))
def test_what_is_read_is_what_the_strict_reader_of_python_reads(body, mark):
    text = ("x,y\n" + body).replace(",", mark)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("t.csv" if mark == "," else "t.tsv")
        path.write_bytes(text.encode())
        try:
            found = read_text(path).to_pylist()
        except InputError:
            return
    wanted = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True) if row]
    assert [list(row.values()) for row in found] == wanted[1:]
