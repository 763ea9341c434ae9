"""Files whose name does not say how they are written: delimiter, encoding, decimal mark."""

import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthaudit.audit.errors import PlanError
from synthaudit.audit.records import Cohort
from synthaudit.audit.records.frame import to_table
from synthaudit.audit.records.readers import TableFile, read_together
from synthaudit.audit.records.table_format import TableFormat
from synthaudit.audit.records.text import read_text

TEXT = "id;größe;stadt\n1;38,4;Köln\n2;1.950,5;Nürnberg\n3;41;Köln\n"
READ = {"id": ["1", "2", "3"], "größe": ["38.4", "1950.5", "41"], "stadt": ["Köln", "Nürnberg", "Köln"]}


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("a.csv", TEXT.encode(), {}),
        ("a.csv", TEXT.encode(), {"delimiter": ";"}),
        ("a.csv", TEXT.encode("cp1252"), {"encoding": "cp1252"}),
        ("a.csv", TEXT.encode(), {"encoding": "cp1252"}),  # one of two files may be UTF-8 already
        ("a.csv", b"\xef\xbb\xbf" + TEXT.encode(), {"encoding": "cp1252"}),
        ("a.csv", TEXT.encode("utf-16"), {}),
        ("a.csv", TEXT.encode("utf-16-be"), {"encoding": "utf-16-be"}),
        ("a.csv", TEXT.replace("\n", "\r\n").encode(), {}),
        ("a.csv", TEXT.replace("\n", "\r").encode(), {}),
        ("a.csv.gz", gzip.compress(TEXT.encode("latin-1"), mtime=0), {"encoding": "latin-1"}),
        ("a.txt", TEXT.encode(), {"delimiter": "semicolon"}),
        ("a.dat", TEXT.replace(";", "\t").encode(), {"delimiter": "tab"}),
        ("a.dat", TEXT.replace(";", "\t").encode(), {"delimiter": "\\t"}),
        ("a.txt.gz", gzip.compress(TEXT.replace(";", "|").encode(), mtime=0), {"delimiter": "|"}),
        ("a.tsv", TEXT.replace(";", "\t").encode(), {"delimiter": ";"}),  # the other of two files
    ],
)
def test_an_export_is_read_as_it_was_meant(write, name, content, options):
    assert read_text(write(name, content), table_format=TableFormat(decimal=",", **options)).to_pydict() == READ


def test_commas_between_cells_and_in_quoted_numbers_are_told_apart(write):
    path = write("a.csv", 'x,s\n"38,4",F\n41,M\n')
    for table_format in (TableFormat(decimal=","), TableFormat(delimiter=",", decimal=",")):
        assert read_text(path, table_format=table_format).to_pydict() == {"x": ["38.4", "41"], "s": ["F", "M"]}


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u202f", "'", "."])
def test_marks_between_thousands_are_taken_out(write, blank):
    path = write("a.csv", f"x;s\n1{blank}950,5;a 100\n12{blank}345{blank}678,25;b\n3,5;c\n")
    read = read_text(path, table_format=European).to_pydict()
    assert read == {"x": ["1950.5", "12345678.25", "3.5"], "s": ["a 100", "b", "c"]}
    whole = write("b.csv", f"x;y\n1{blank}950;0,5\n7;1,5\n")
    if blank != ".":  # a point may be a decimal one from elsewhere
        assert read_text(whole, table_format=European).to_pydict()["x"] == [f"1{blank}950", "7"]
    mixed = write("c.csv", f"x\n1{blank}950\n7,5\n")
    if blank != ".":
        assert read_text(mixed, table_format=European).to_pydict()["x"] == ["1950", "7.5"]


def test_points_stay_where_a_file_has_no_decimal_comma(write):
    cells = {"x": ["38.4", "1e-3"], "code": ["250.00", "E11.9"]}
    path = write("a.csv", "x,code\n38.4,250.00\n1e-3,E11.9\n")
    assert read_text(path, table_format=TableFormat(decimal=",")).to_pydict() == cells


def test_codes_with_points_are_no_numbers_with_commas(write):
    path = write("a.csv", "x;code;z\n38,4;250.00;a,b\n41;E11.9;7,x\n")
    read = read_text(path, table_format=TableFormat(decimal=",")).to_pydict()
    assert read == {"x": ["38.4", "41"], "code": ["250.00", "E11.9"], "z": ["a,b", "7,x"]}


@pytest.mark.parametrize("content", ["x\n38,4\n77313.5\n", "x;n\n38,4;77.313\n39,5;950\n"])
def test_a_point_beside_commas_is_not_guessed(write, refusal, content):
    problem = refusal(lambda: read_text(write("a.csv", content.replace("\n", "\r\n")), table_format=European))
    assert "expected decimal commas, found a number with a point" in str(problem)
    assert problem.row in (2, 3)


European = TableFormat(delimiter=";", decimal=",")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=2, max_size=20))
def test_numbers_with_commas_are_the_numbers_with_points(values, tmp_path_factory):
    path = tmp_path_factory.mktemp("c") / "a.csv"
    path.write_text("x;y\n" + "".join(f"{repr(value).replace('.', ',')};a\n" for value in values))
    read = read_text(path, table_format=European).column("x").to_pylist()
    assert [float(text) for text in read] == values


def test_files_of_two_programs_come_under_one_schema(write):
    real = write("m.csv", "größe;s\n" + "".join(f"{at},5;{'mw'[at % 2]}\n" for at in range(30)))
    made = write("s.csv", "größe,s\n" + "".join(f"{at}.25,{'mw'[at % 2]}\n" for at in range(30)))
    read = read_together({"members": real}, published={"synthetic": made}, table_format=TableFormat(decimal=","))
    assert read["members"].records.column("größe").tolist() == [at + 0.5 for at in range(30)]
    assert read["synthetic"].records.column("größe").tolist() == [at + 0.25 for at in range(30)]


def test_a_european_file_gives_the_records_of_its_english_twin(write, tmp_path):
    table = to_table(Cohort(codes=5, labs=3, demographics=True).draw(40, seed=1), id="who").to_pydict()
    for name, mark, point in (("en.csv", ",", "."), ("de.csv", ";", ",")):
        rows = [
            mark.join(table),
            *(mark.join(str(cell).replace(".", point) for cell in row) for row in zip(*table.values(), strict=True)),
        ]
        write(name, "\n".join(rows) + "\n")
    english = TableFile(path="en.csv", id="who").read(tmp_path).records
    german = TableFile(path="de.csv", id="who", decimal=",").read(tmp_path).records
    assert english.fingerprint() == german.fingerprint()


def test_more_cells_can_mean_missing(write, tmp_path):
    write("t.csv", "x,s\n1.5,F\n-99,?\nNA,M\n")
    records = TableFile(path="t.csv", missing=("-99", "?")).read(tmp_path).records
    np.testing.assert_array_equal(records.column("x"), [1.5, np.nan, np.nan])
    assert records.schema["s"].levels == ("F", "M")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"delimiter": "ab"}, "expected a delimiter of one character"),
        ({"delimiter": '"'}, "expected a delimiter of one character"),
        ({"delimiter": "1"}, "expected a delimiter of one character"),
        ({"decimal": ";"}, "unknown mark ';'"),
        ({"encoding": "cp1525"}, "unknown encoding 'cp1525'; did you mean 'cp1252'"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(options, said):
    with pytest.raises(PlanError, match=said):
        TableFormat(**options)


def test_bytes_of_another_encoding_are_named(write, refusal):
    path = write("a.csv", "a,b\n1,é\n".encode("cp1252"))
    assert "--encoding cp1252" in str(refusal(lambda: read_text(path)))
    assert "expected text in ascii" in str(refusal(lambda: read_text(path, table_format=TableFormat(encoding="ascii"))))
