"""Several files at once: one message, stray lines, levels that no real table has, ids written otherwise."""

import numpy as np
import pytest

from synthaudit.audit.errors import InputError
from synthaudit.audit.records import Split, read_schema
from synthaudit.audit.records.levels import UNSEEN
from synthaudit.audit.records.problems import InputErrors
from synthaudit.audit.records.readers import read_together

SECRET = "77313"
AGES = "".join(f"{at % 30 + 20},{'FM'[at % 2]},{at % 7}.5\n" for at in range(60))


def test_all_problems_of_all_files_are_one_message_with_the_worst_first(write, refusal):
    files = {
        "members": write(
            "m.csv", "mrn,age,note,dx\n" + "".join(f"{10**6 + 7 * at},{at}.5,n{at},a\n" for at in range(40))
        ),
        "holdout": write("h.csv", f'mrn,age,note,dx\n1,2.5,"x"{SECRET},a\n'),
        "reference": write("r.csv", "mrn,age,note\n5,6.5,y\n"),
    }
    synthetic = write("s.csv", "mrn,age,note,dx\n5,old,y,a\n")
    problem = refusal(lambda: read_together(files, published={"synthetic": synthetic}))
    assert isinstance(problem, InputErrors)
    lines = str(problem).splitlines()
    assert lines[0] == "5 problems"
    assert "h.csv, row 2: expected the cell to end at its closing quote" in lines[1]
    assert "r.csv, row 1: expected column 'dx', not found" in lines[2]
    assert "m.csv, column 'mrn': looks like a row number" in lines[3]
    assert "m.csv, column 'note': looks like free text or an identifier (40 distinct" in lines[4]
    assert "s.csv, column 'age', row 2: expected a number" in lines[5]


@pytest.mark.parametrize(
    ("content", "message", "row"),
    [
        (f"{SECRET},F,1.5\n" + AGES.replace("20,", f"{SECRET},"), "found one that looks like a row", 1),
        ("41,M,2.5\n" + AGES, "found one that looks like a row", 1),
        ("age,sex,lab\n" + AGES + "age,sex,lab\n" + AGES, "found them again among the rows", 62),
        ("age,sex,lab\n" + AGES + "Total,,210\n", "found a summary", 62),
        ("age,sex,lab\n" + AGES + "30,F,1.5\n3000,TOTAL:,210\n\n", "found a summary", 63),
        ("age,sex,lab,dx\n" + AGES.replace(".5\n", ".5,a\n") + "(60 rows affected),,,\n", "found a footer", 62),
    ],
)
def test_lines_that_are_no_patients_are_refused(content, message, row, write, refusal):
    problem = refusal(lambda: read_together({"t": write("t.csv", content)}))
    assert message in str(problem)
    assert problem.row == row


@pytest.mark.parametrize("header", ["250,401,4280", "0,1,2", "1,2,3", "E11,250.00,0083", "F,n,x", "age,sex,1.5"])
def test_names_that_are_codes_or_numbers_of_columns_are_a_header(header, write):
    rows = "".join(f"{at % 2},{'FM'[at % 2]},{at % 3}\n" for at in range(30))
    rows = rows.replace("F", "0").replace("M", "1") if header[0].isdigit() or header[0] == "E" else rows
    assert read_together({"t": write("t.csv", header + "\n" + rows)})["t"].records.columns == tuple(header.split(","))


def test_blank_rows_of_a_spreadsheet_are_left_out_and_said(write):
    loaded = read_together({"t": write("t.csv", "age,sex,lab\n" + AGES + ",,\n , ,\n")})["t"]
    assert len(loaded.records) == 60
    assert "2 blank rows at the end left out" in loaded.published_notes(1)


def test_a_level_of_no_real_table_is_kept_and_matches_nobody(write):
    real = {"members": write("m.csv", "x,s\n0,F\n0,M\n"), "holdout": write("h.csv", "x,s\n1,F\n1,\n")}
    read = read_together(real, published={"synthetic": write("s.csv", f"x,s\n1,f \n1,{SECRET}\n0,\n")})
    schemas = {loaded.records.schema for loaded in read.values()}
    assert len(schemas) == 1
    assert schemas.pop()["s"].levels == ("F", "M", UNSEEN)
    np.testing.assert_array_equal(read["synthetic"].records.column("s"), [0, 2, np.nan])
    np.testing.assert_array_equal(read["holdout"].records.column("s"), [0, np.nan])
    assert any(
        "1 cell of column 's' with a value that no real table has" in n for n in read["synthetic"].published_notes(1)
    )
    assert not any(SECRET in note for loaded in read.values() for note in loaded.published_notes(1))


@pytest.mark.parametrize("cell", ["2", "0.5", "-1", SECRET, "maybe", "inf"])
def test_a_cell_that_is_neither_0_nor_1_is_kept_and_matches_nobody(cell, write):
    real = {"members": write("m.csv", "x,n\n0,1\n1,2\n"), "holdout": write("h.csv", "x,n\n1,5\n,7\n")}
    read = read_together(real, published={"synthetic": write("s.csv", f"x,n\n1,1\n{cell},5\n0,2\n,9\n")})
    column = read["members"].records.schema["x"]
    assert (column.kind, column.levels, column.missing) == ("categorical", ("0", "1", UNSEEN), True)
    assert {loaded.records.schema for loaded in read.values()} == {read["members"].records.schema}
    np.testing.assert_array_equal(read["synthetic"].records.column("x"), [1, 2, 0, np.nan])
    np.testing.assert_array_equal(read["members"].records.column("x"), [0, 1])
    np.testing.assert_array_equal(read["holdout"].records.column("n"), [5, 7])
    assert "1 cell of column 'x' with a value that no real table has, which match nobody" in read[
        "synthetic"
    ].published_notes(1)
    plain = read_together(real, published={"synthetic": write("s.csv", "x,n\n1,1\n,5\n")})
    assert plain["members"].records.schema["x"].kind == "binary"


def test_files_of_one_name_in_several_folders_are_all_looked_at(tmp_path):
    for side, level in (("m", "F"), ("h", "M")):
        (tmp_path / side).mkdir()
        (tmp_path / side / "data.csv").write_text(f"x,s\n1,{level}\n2,{level}\n")
    read = read_together({"members": tmp_path / "m" / "data.csv", "holdout": tmp_path / "h" / "data.csv"})
    assert read["members"].records.schema["s"].levels == ("F", "M")
    np.testing.assert_array_equal(read["holdout"].records.column("x"), [1, 2])


def test_a_table_of_probabilities_is_refused(write, refusal):
    real = {"members": write("m.csv", "x,y\n0,1\n1,0\n")}
    made = write("s.csv", "x,y\n0.1,0.9\n0.7,0.3\n1,0\n")
    problem = refusal(lambda: read_together(real, published={"synthetic": made}))
    assert "found others in most cells of 2 of 2 columns" in str(problem)
    assert "rather than probabilities" in problem.cure


def test_a_declared_level_that_a_real_table_lacks_is_no_level_of_the_schema(write, refusal):
    schema = write("s.toml", '[columns]\ns = {kind = "categorical", levels = ["F", "M"]}\n')
    real = {"members": write("m.csv", "s\nF\nM\n"), "holdout": write("h.csv", "s\nF\nM\n")}
    read = read_together(real, read_schema(schema), published={"p": write("p.csv", "s\nX\nF\n")})
    assert read["p"].records.column("s").tolist() == [2, 0]
    real["holdout"] = write("h.csv", f"s\nF\n{SECRET}\n")
    assert "found another" in str(refusal(lambda: read_together(real, read_schema(schema))))


def test_codes_of_no_real_table_are_left_out_of_a_matrix_and_said(write, refusal):
    real = {"members": write("m.csv", "c250,c401\n0,1\n1,0\n"), "holdout": write("h.csv", "c250,c401\n1,1\n0,0\n")}
    read = read_together(real, published={"p": write("p.csv", "c250,c999,c401\n1,1,0\n0,1,1\n")})
    assert read["p"].records.columns == ("c250", "c401")
    assert "2 cells of codes that no real table has left out" in read["p"].published_notes(1)
    other = write("p.csv", f"c250,c999,c401\n1,{SECRET}.5,0\n")
    assert "found column 'c999'" in str(refusal(lambda: read_together(real, published={"p": other})))


def test_ids_are_one_patient_however_they_are_written(write, refusal):
    real = {"members": write("m.csv", "id,x\n12,0\n13,1\n"), "holdout": write("h.csv", "id,x\n12.0,1\n14.0,0\n")}
    read = read_together(real, id="id")
    with pytest.raises(InputError, match="found 1 in both"):
        Split.of(read["members"].records, read["holdout"].records)
    real["holdout"] = write("h.csv", "id,x\n0012,1\n0013,0\n")
    assert "found 2 that differ in leading zeros, capitals or marks alone" in str(
        refusal(lambda: read_together(real, id="id"))
    )


@pytest.mark.parametrize("cell", ["", "NA", "nan", "None", "<NA>", "null", "NaT", " "])
def test_a_missing_id_is_no_patient(cell, write, refusal):
    problem = refusal(lambda: read_together({"t": write("t.csv", f"id,x\n{SECRET},1\n{cell},0\n")}, id="id"))
    assert "expected a patient id, found none" in str(problem)
    assert problem.row == 3


def test_tables_of_one_value_are_said_to_be_so(write, refusal):
    real = {"members": write("m.csv", "a,b\n" + "5,x\n" * 9), "holdout": write("h.csv", "a,b\n" + "5,x\n" * 9)}
    assert "found one value alone in every column" in str(refusal(lambda: read_together(real)))


def test_a_header_with_blanks_is_recognised_and_said(write, refusal):
    real = {"members": write("m.csv", "age,x\n5.5,1\n6,0\n"), "holdout": write("h.csv", " Age ,x\n5.5,1\n6,0\n")}
    problem = refusal(lambda: read_together(real))
    assert "expected column 'age', not found in the header" in str(problem)
    assert "The header has column 'age' with other blanks, capitals or marks" in str(problem)


def test_warnings_come_with_the_records(write):
    loaded = read_together({"t": write("t.csv", "race,x\n" + "?,1\nwhite,0\nblack,0\n" * 9)})["t"]
    assert [warning.column for warning in loaded.warnings] == ["race"]
    assert any("--missing='?'" in note for note in loaded.published_notes(10))


def test_synthetic_cells_outside_declared_bounds_are_audited_and_counted(write, refusal):
    declared = read_schema(
        write(
            "d.toml",
            '[columns]\nage = {kind = "continuous", low = 0, high = 120}\n'
            'born = {kind = "date", low = 1900-01-01, high = 2020-12-31}\n',
        )
    )
    real = {"members": write("m.csv", "age,born\n120,2020-12-31\n0,1900-01-01\n")}
    made = write("s.csv", "age,born\n121,2021-01-01\n-1,1899-12-31\n50,2020-12-31\n")
    read = read_together(real, declared, published={"synthetic": made})
    np.testing.assert_array_equal(read["synthetic"].records.column("age"), [121, -1, 50])
    assert read["synthetic"].published_notes(1)[-2:] == (
        "2 cells of column 'age' outside the bounds that the schema declares",
        "2 cells of column 'born' outside the bounds that the schema declares",
    )
    problem = refusal(lambda: read_together({"members": made}, declared))
    assert "expected at least 0" in str(problem)


def rows_of(ids, seed):
    return "pid,x\n" + "".join(f"{id},{(at * 7 + seed) % 50}.5\n" for at, id in enumerate(ids))


@pytest.mark.parametrize(
    ("members", "holdout", "message"),
    [
        ([f"{at:03d}-{at:04d}" for at in range(30)], [f"{at:03d}{at:04d}" for at in range(30)], "marks alone"),
        ([f"{{ab-{at}}}" for at in range(30)], [f"AB{at}" for at in range(30)], "marks alone"),
        ([f'"1,{at:03d}"' for at in range(30)], [f"1{at:03d}" for at in range(30)], "marks alone"),
        (["0"] * 30, range(30), "expected ids that tell patients apart, found one for all 30 rows"),
        ([f"1.{at:02d}E+07" for at in range(30)], range(30), "numbers such as 1.23E+07"),
        ([f"{12345678901234567 + 9 * at:.16e}" for at in range(30)], range(30), "numbers such as 1.23E+07"),
    ],
)
def test_ids_that_were_written_otherwise_or_cut_are_refused(members, holdout, message, write, refusal):
    files = {"members": write("m.csv", rows_of(members, 0)), "holdout": write("h.csv", rows_of(holdout, 3))}
    assert message in str(refusal(lambda: read_together(files, id="pid")))


def test_a_binary_column_of_decimals_with_declared_missing_cells_is_read(write):
    real = {"members": write("m.csv", "x,n\n0,1.5\n1,-99\n")}
    made = write("s.csv", "x,n\n1,-99\n0,2.5\n")
    read = read_together(real, published={"synthetic": made}, missing=("-99",))
    np.testing.assert_array_equal(read["synthetic"].records.column("x"), [1, 0])
    np.testing.assert_array_equal(read["synthetic"].records.column("n"), [np.nan, 2.5])


def test_dropping_every_column_is_said(write, refusal):
    table = {"t": write("t.csv", "a,b\n1,2\n")}
    assert "found all of them dropped" in str(refusal(lambda: read_together(table, drop=("a", "b"))))
