import subprocess
import sys

import numpy as np
import pytest

from synthaudit.audit.errors import InputError
from synthaudit.audit.records import Cohort, Split, write_table
from synthaudit.audit.records.readers import READERS, TableFile, read_together

SECRET = "77313"


def test_a_table_is_read_with_notes_and_hash(write, tmp_path):
    write("t.csv", "who,age,0083,sex\n007,61,1,F\n7,35,0,\n007,62,1,M\n")
    loaded = TableFile(path="t.csv", id="who").read(tmp_path)
    assert [c.kind for c in loaded.records.schema.columns] == ["continuous", "binary", "categorical"]
    assert loaded.records.patients.tolist() == ["007", "7", "007"]
    assert loaded.published_notes(1) == (
        "column kinds and levels were inferred from the real tables, not declared",
        "3 rows of 2 patients",
        "1 missing value",
    )
    assert loaded.sources[0][0] == "t.csv"
    assert len(loaded.sources[0][1]) == 64


def test_a_schema_and_dropped_columns_are_honoured(write, tmp_path):
    write("t.csv", "row,who,age,0083,note\n1,a,61,1,x\n2,b,35,0,y\n")
    write("s.toml", 'id = "who"\ndrop = ["note"]\n[default]\nkind = "binary"\n[columns]\nage = {kind = "count"}\n')
    loaded = TableFile(path="t.csv", schema="s.toml", drop=("row",)).read(tmp_path)
    assert loaded.records.columns == ("age", "0083")
    assert not loaded.records.schema.inferred
    assert loaded.published_notes(1) == ()


def test_part_of_a_schema_can_be_declared(write, tmp_path):
    write("t.csv", "age,n\n61,0\n35,0\n")
    write("s.toml", '[default]\nkind = "inferred"\n[columns]\nage = {kind = "continuous", low = 0, high = 99}\n')
    schema = TableFile(path="t.csv", schema="s.toml").read(tmp_path).records.schema
    assert schema.inferred
    assert schema["age"].high == 99
    assert schema["n"].kind == "binary"


def test_members_holdout_and_synthetic_come_under_one_schema(write):
    members = write("m.csv", "who,x,s\na,0,F\nb,0,F\n")
    holdout = write("h.csv", "who,s,x\nc,M,0\nd,F,3\n")
    synthetic = write("s.csv", "s,x\nM,1\nF,0\nF,0\n")
    read = read_together({"members": members, "holdout": holdout}, published={"synthetic": synthetic}, id="WHO")
    schemas = {loaded.records.schema for loaded in read.values()}
    assert len(schemas) == 1
    assert schemas.pop()["s"].levels == ("F", "M")
    assert read["members"].records.column("x").tolist() == [0, 0]
    assert read["synthetic"].records.column("x").tolist() == [1, 0, 0]
    Split.of(read["members"].records, read["holdout"].records)


def test_without_ids_no_two_tables_share_a_patient(write):
    read = read_together({"members": write("m.csv", "x\n0\n1\n"), "holdout": write("h.csv", "x\n1\n0\n")})
    Split.of(read["members"].records, read["holdout"].records)
    assert "no id column: every row counts as a patient of its own" in read["members"].notes


def test_shared_patients_are_counted_and_not_named(write, refusal):
    read = read_together(
        {"members": write("m.csv", f"id,x\n{SECRET},0\nb,1\n"), "holdout": write("h.csv", f"id,x\n{SECRET},1\n")},
        id="id",
    )
    problem = refusal(lambda: Split.of(read["members"].records, read["holdout"].records))
    assert "expected members and holdout without a patient in common, found 1 in both" in str(problem)


@pytest.mark.parametrize(
    ("synthetic", "message"),
    [
        (f"x,s,city\n1,F,{SECRET}\n", "s.csv, row 1: found column 'city', unknown to the other tables"),
        ("x\n1\n", "s.csv, row 1: expected column 's', not found in the header"),
        (
            f'x,s\n1,F\n1,"{SECRET}\n"\n',
            "s.csv, column 's', row 3: expected one of the column's levels, found a cell wi",
        ),
        (
            f"x,s\n{SECRET},d\n{SECRET},d\n",
            "s.csv: expected values of the real tables, found others in most cells of 2 of",
        ),
        ("x,s\n,F\n", "s.csv, column 'x', row 2: expected a value"),
        ("x,s\n", "s.csv: expected at least one row"),
    ],
)
def test_a_synthetic_table_is_held_to_the_real_ones(synthetic, message, write, refusal):
    members = write("m.csv", "x,s\n0,F\n1,M\n")
    path = write("s.csv", synthetic)
    if synthetic.startswith("x,s\n,"):
        # A missing cell loosens an inferred column; only a declared one refuses it.
        declared = write(
            "d.toml", '[columns]\nx = {kind = "binary"}\ns = {kind = "categorical", levels = ["F", "M"]}\n'
        )
        from synthaudit.audit.records import read_schema

        problem = refusal(lambda: read_together({"members": members}, read_schema(declared), published={"s": path}))
    else:
        problem = refusal(lambda: read_together({"members": members}, published={"s": path}))
    assert message in str(problem)


def test_a_column_without_a_name_is_refused(write, refusal):
    path = write("t.csv", f",x\n{SECRET},1\n")
    problem = refusal(lambda: read_together({"table": path}))
    assert "column 1 has none" in str(problem)
    assert "index=False" in str(problem)


def test_a_wrong_id_column_is_refused(write, refusal):
    path = write("t.csv", "patient,x\n1,1\n")
    assert "not in the header: 'who'" in str(refusal(lambda: read_together({"t": path}, id="who")))


def test_a_dropped_column_must_exist(write, refusal):
    path = write("t.csv", "name,x\na,1\nb,0\n")
    problem = refusal(lambda: read_together({"t": path}, drop=("nmae",)))
    assert "asked to drop a column that no table has" in str(problem)
    assert problem.column == "nmae"


def test_ten_patients_and_constant_columns_are_read(write):
    path = write("t.csv", "a,b,c\n" + "0,5,x\n" * 10)
    records = read_together({"t": path})["t"].records
    assert len(records) == 10
    assert [c.kind for c in records.schema.columns] == ["binary", "continuous", "categorical"]


def test_a_missing_path_is_said_without_its_folder(tmp_path, refusal):
    assert "no such file" in str(refusal(lambda: TableFile(path="deep/none.csv").read(tmp_path)))


def test_a_cohort_survives_the_way_through_a_file(tmp_path):
    records = Cohort(patients=500, codes=30, labs=4, demographics=True, missing=0.1, visits=2).draw(seed=0)
    write_table(records, tmp_path / "t.csv.gz", id="who")
    back = TableFile(path="t.csv.gz", id="who").read(tmp_path).records
    np.testing.assert_array_equal(back.codes, records.codes)
    np.testing.assert_array_equal(back.rest, records.rest)
    assert back.patients.tolist() == records.patients.astype(str).tolist()


def test_support2_is_read_once_its_row_index_is_dropped(data_folder):
    with pytest.raises(InputError, match=r"support2.csv.gz, column 'Index': looks like a row number"):
        TableFile(path="support2/support2.csv.gz").read(data_folder)
    records = TableFile(path="support2/support2.csv.gz", drop=("Index",)).read(data_folder).records
    assert (len(records), len(records.schema)) == (9_105, 47)
    assert records.schema["sex"].levels == ("female", "male")
    assert records.schema["dzgroup"].kind == "categorical"
    assert records.schema["charges"].missing
    assert records.schema["death"].kind == "binary"


def test_diabetes130_repeats_patients(data_folder):
    drop = ("encounter_id", "diag_1", "diag_2", "diag_3")
    table = TableFile(path="diabetes130/diabetic_data.csv.gz", id="patient_nbr", drop=drop, missing=("?",))
    loaded = table.read(data_folder)
    assert "101,766 rows of 71,518 patients" in loaded.published_notes(1)
    assert "None" in loaded.records.schema["A1Cresult"].levels  # a level that means "not measured", not a missing cell


def test_the_registry_holds_the_readers():
    assert list(READERS) == ["table", "codes", "omop", "matrix", "epileptic", "sklearn", "simulated"]
    for reader in READERS.values():
        assert reader.title
        assert reader.summary


def test_reading_records_loads_no_heavy_library_before_it_is_needed():
    heavy = ("torch", "pandas", "pyarrow", "scipy", "sklearn")
    code = f"import sys, synthaudit.audit.records.readers; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_folder_with_brackets_in_its_name_is_no_pattern(tmp_path):
    folder = tmp_path / "ward [7]"
    folder.mkdir()
    (folder / "t1.csv").write_text("x\n1\n0\n")
    assert len(TableFile(path="t*.csv").read(folder).records) == 2
