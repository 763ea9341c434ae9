"""Files that are not what they should be: one message each, with the row and without the cell."""

import gzip

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from synthaudit.audit.records.text import read_text

SECRET = "77313"
CODES = ["0083", "E045", "250.00", "1E5", "NA", "", "true", " x ", "ü,\n", "007"]


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.tsv", "a.tsv.gz", "a.parquet"])
def test_code_cells_survive_as_text(name, write, tmp_path):
    if name.endswith("parquet"):
        parquet.write_table(pa.table({"code": CODES, "n": CODES}), tmp_path / name)
    else:
        mark = "\t" if "tsv" in name else ","
        text = f"code{mark}n\n" + "".join(f'"{c}"{mark}"{c}"\n' for c in CODES)
        write(name, gzip.compress(text.encode(), mtime=0) if name.endswith("gz") else text)
    table = read_text(tmp_path / name)
    assert table.column("code").to_pylist() == CODES
    assert table.column("n").to_pylist() == CODES


@pytest.mark.parametrize("text", ["\ufeffa,b\n1,2\n", "a,b\r\n1,2\r\n", "a,b\n1,2", '"a","b"\n"1","2"\n'])
def test_byte_order_marks_line_ends_and_quotes_do_not_matter(text, write):
    assert read_text(write("a.csv", text)).to_pydict() == {"a": ["1"], "b": ["2"]}


def test_an_empty_line_in_one_column_is_a_cell(write):
    assert read_text(write("a.csv", "a\n1\n\n3\n")).to_pydict() == {"a": ["1", "", "3"]}


def test_inch_marks_and_quoted_line_ends_are_no_open_quotes(write):
    table = read_text(write("a.csv", 'a,b\n1,5" tube\n2,"two\nlines"\n'))
    assert table.to_pydict() == {"a": ["1", "2"], "b": ['5" tube', "two\nlines"]}


def test_columns_are_found_without_regard_to_case(write):
    table = read_text(write("a.csv", "subject_id,x,ICD9_CODE\n1,2,0083\n"), ["SUBJECT_ID", "ICD9_CODE"])
    assert table.to_pydict() == {"subject_id": ["1"], "ICD9_CODE": ["0083"]}


def test_parquet_numbers_become_text_that_reads_back_exactly(tmp_path):
    parquet.write_table(
        pa.table({"x": [0.1, 1 / 3, 1e300, None], "b": [True, False, None, True]}), tmp_path / "a.parquet"
    )
    table = read_text(tmp_path / "a.parquet")
    assert [cell and float(cell) for cell in table.column("x").to_pylist()] == [0.1, 1 / 3, 1e300, None]
    assert table.column("b").to_pylist() == ["true", "false", None, "true"]


@pytest.mark.parametrize(
    ("name", "content", "row", "message"),
    [
        ("a.csv", b"", None, "found an empty file"),
        ("a.csv", b"\n\n", 1, "expected a line of column names, found an empty one"),
        ("a.csv", b"a,b\n", None, "expected at least one row below the header, found none"),
        ("a.csv", f"a,b\n1,2\n{SECRET}\n".encode(), 3, "expected 2 cells, as in the header, found 1"),
        ("a.csv", f"a,b\n1,2\n3,4\n{SECRET},2,3\n".encode(), 4, "expected 2 cells, as in the header, found 3"),
        ("a.csv", f'a,b\n1,2\n3,"{SECRET}\n5,6\n7,8\n'.encode(), 3, "found one that runs to the end of the file"),
        ("a.csv", b"a,a,b\n1,2,3\n", 1, "columns 1 and 2 have the same name"),
        ("a.csv", f"{SECRET},5,{SECRET}\n1,2,3\n".encode(), 1, "columns 1 and 3 have the same name"),
        ("a.csv", b"a|b\n1|2\n", 1, "found bars. Name the delimiter: --delimiter '|'."),
        ("a.txt", b"a|b\n1|2\n", None, "expected to be told what separates its cells. Name the delimiter"),
        ("a.csv", b"a\tb\n1\t2\n", 1, "expected cells separated by commas, found tabs"),
        ("a.tsv", b"a,b\n1,2\n", 1, "expected cells separated by tabs, found commas"),
        ("a.csv", f"a,b\n{SECRET},\xe9\n".encode("latin-1"), 2, "expected UTF-8 text, found other bytes"),
        ("a.csv", b"a,\xe9\n1,2\n", 1, "expected UTF-8 text, found other bytes"),
        ("a.csv", "a,b\n1,2\n".encode("utf-16-le"), None, "found UTF-16 text"),
        (
            "a.csv",
            gzip.compress(b"a,b\n1,2\n", mtime=0),
            None,
            "expected UTF-8 text, as the name says, found gzip data",
        ),
        ("a.csv", b"PK\x03\x04 a spreadsheet", None, "found a zip archive or a spreadsheet"),
        ("a.csv", f"a,b\n{SECRET},\0\n".encode(), None, "found binary data"),
        ("a.csv.gz", b"a,b\n1,2\n", None, "expected gzip data, as the name says, found UTF-8 text"),
        (
            "a.csv.gz",
            gzip.compress(b"a,b\n" + b"1,2\n" * 999, mtime=0)[:-12],
            None,
            "expected gzip data, found a damaged file",
        ),
        ("a.csv.gz", b"\x1f\x8b junk", None, "expected gzip data, found a damaged file"),
        ("a.parquet", b"a,b\n1,2\n", None, "expected a Parquet file, as the name says, found UTF-8 text"),
        ("a.parquet", b"PAR1 and nothing else", None, "expected a Parquet file, found a damaged one"),
        ("a.xlsx", b"PK\x03\x04", None, "expected a spreadsheet, found a damaged or protected one"),
        ("a.xlsx", b"a,b\n1,2\n", None, "expected a zip archive or a spreadsheet, as the name says, found UTF-8 text"),
        ("a.docx", b"PK\x03\x04", None, "expected a file that ends in .csv, .csv.gz"),
    ],
)
def test_a_file_that_is_not_a_table_gets_one_message(name, content, row, message, write, refusal):
    path = write(name, content)
    problem = refusal(lambda: read_text(path))
    assert message in str(problem)
    assert problem.file == name
    assert problem.row == row


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path, refusal):
    (tmp_path / "b.csv").mkdir()
    assert "no such file" in str(refusal(lambda: read_text(tmp_path / "a.csv")))
    assert "found a folder" in str(refusal(lambda: read_text(tmp_path / "b.csv")))


def test_a_file_that_may_not_be_read_is_said(write, refusal, monkeypatch):
    path = write("a.csv", "a,b\n1,2\n")

    def denied(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", denied)  # root may read everything, so a mode would not do
    assert "a.csv: could not be read (Permission denied)" in str(refusal(lambda: read_text(path)))


def test_a_wrong_header_names_what_was_expected_and_nothing_that_stands_there(write, refusal):
    path = write("codes.csv", f"{SECRET},5070\n2,3\n")
    problem = refusal(lambda: read_text(path, ["SUBJECT_ID", "ICD9_CODE"]))
    assert "not in the header: 'SUBJECT_ID', 'ICD9_CODE'" in str(problem)
    assert "5070" not in str(problem)
    assert problem.row == 1


def test_nested_parquet_columns_are_refused(tmp_path, refusal):
    parquet.write_table(pa.table({"x": [[1, 2], [3]]}), tmp_path / "a.parquet")
    problem = refusal(lambda: read_text(tmp_path / "a.parquet"))
    assert "expected text or numbers" in str(problem)
    assert problem.column == "x"


def test_the_ragged_row_is_counted_in_a_file_of_many_blocks(write, refusal):
    rows = ["12345678,abcdefgh"] * 1_200_000  # 21 MB, three blocks of the threaded reader
    rows[1_100_000] = SECRET
    path = write("big.csv", "a,b\n" + "\n".join(rows) + "\n")
    assert refusal(lambda: read_text(path)).row == 1_100_002


def test_a_name_in_quotes_may_hold_any_mark(write):
    assert read_text(write("t.csv", '";"\n1\n')).column_names == [";"]
