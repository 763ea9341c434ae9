"""Code events: small files in each source's own format, then the facts of the real ones."""

import gzip

import numpy as np
import pytest

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.readers import CodeEvents

SECRET = "77313"
EVENTS = "patient,code,visit\n2,0083,a\n10,E045,b\n2,0083,c\n2,250.00,c\n10,1E5,b\n10,,b\n"


def pairs(records):
    """Return {(patient, column): value} of all cells that are not zero."""
    rows, columns = np.nonzero(records.codes)
    cells = zip(rows, columns, strict=True)
    return {(str(records.patients[r]), records.columns[c]): int(records.codes[r, c]) for r, c in cells}


def test_codes_survive_as_text_and_blank_ones_are_counted(write, tmp_path):
    write("e.csv", EVENTS)
    loaded = CodeEvents(path="e.csv").read(tmp_path)
    assert loaded.records.columns == ("0083", "1E5", "250.00", "E045")
    assert loaded.records.patients.tolist() == ["10", "2"]
    assert pairs(loaded.records) == {("10", "1E5"): 1, ("10", "E045"): 1, ("2", "0083"): 1, ("2", "250.00"): 1}
    assert loaded.records.schema.all_binary
    assert loaded.published_notes(1)[:2] == ("6 rows of 1 file", "1 blank code dropped")
    assert "taken from the data" in loaded.published_notes(1)[2]


def test_events_can_be_counted(write, tmp_path):
    write("e.csv", EVENTS)
    records = CodeEvents(path="e.csv", count=True).read(tmp_path).records
    assert pairs(records)["2", "0083"] == 2
    assert {column.kind for column in records.schema.columns} == {"count"}


def test_counts_beyond_a_byte_are_kept(write, tmp_path):
    write("e.csv", "patient,code\n" + "1,x\n" * 300)
    assert CodeEvents(path="e.csv", count=True).read(tmp_path).records.codes.tolist() == [[300]]


def test_a_row_can_be_a_visit(write, tmp_path):
    write("e.csv", EVENTS)
    write("p.csv", "patient\n2\n10\n3\n")
    records = CodeEvents(path="e.csv", unit="visit", visit="visit", patients="p.csv").read(tmp_path).records
    assert records.patients.tolist() == ["10", "2", "2", "3"]
    assert records.codes.sum(axis=1).tolist() == [2, 1, 2, 0]


def test_a_list_of_patients_adds_rows_of_zeros_and_drops_strangers(write, tmp_path):
    write("e.csv", EVENTS)
    write("p.csv", "who\n3\n2\n2\n")
    loaded = CodeEvents(path="e.csv", patients="p.csv", person="who").read(tmp_path)
    assert loaded.records.patients.tolist() == ["2", "3"]
    assert loaded.records.codes.sum(axis=1).tolist() == [2, 0]
    assert "2 events of patients whom the list of patients lacks dropped" in loaded.published_notes(1)
    assert "1 patient without a code kept as rows of zeros" in loaded.published_notes(1)
    # A report shows no count below its limit, and what it shows instead is the same for one patient and for nine.
    assert "fewer than 10 patients without a code kept as rows of zeros" in loaded.published_notes(10)
    assert not any(note.startswith(("1 patient", "2 events")) for note in loaded.published_notes(10))
    assert [name for name, _ in loaded.sources] == ["e.csv", "p.csv"]


def test_rare_codes_are_dropped_by_patients_not_by_events(write, tmp_path):
    write("e.csv", "patient,code\n1,a\n1,a\n1,a\n2,b\n1,b\n3,c\n")
    loaded = CodeEvents(path="e.csv", min_patients=2).read(tmp_path)
    assert loaded.records.columns == ("b",)
    assert loaded.records.codes.tolist() == [[1], [1], [0]]
    assert "2 codes with fewer than 2 patients dropped" in loaded.published_notes(1)


def test_a_vocabulary_fixes_the_columns_and_takes_the_warning_away(write, tmp_path):
    write("e.csv", EVENTS)
    write("v.txt", "\ufeff# public list\n0083\nE999\n\nE045\n0083\n")
    loaded = CodeEvents(path="e.csv", vocabulary="v.txt").read(tmp_path)
    assert loaded.records.columns == ("0083", "E045", "E999")
    assert loaded.records.codes.sum(axis=0).tolist() == [1, 1, 0]
    assert "2 events with a code outside the vocabulary dropped" in loaded.published_notes(1)
    assert not any("taken from the data" in note for note in loaded.published_notes(1))


def test_many_files_and_globs_are_read_as_one(write, tmp_path):
    write("e1.csv", "patient,code\n1,a\n")
    write("e2.csv.gz", gzip.compress(b"code,patient\nb,1\na,2\n"))
    loaded = CodeEvents(path="e*").read(tmp_path)
    assert pairs(loaded.records) == {("1", "a"): 1, ("1", "b"): 1, ("2", "a"): 1}
    assert CodeEvents(path=".").read(tmp_path).records.fingerprint() == loaded.records.fingerprint()


def test_wide_tables_have_several_code_columns(write, tmp_path):
    write("e.csv", "who,d1,d2\n1,a,b\n2,b,\n")
    loaded = CodeEvents(path="e.csv", patient="who", code=("d1", "d2")).read(tmp_path)
    assert pairs(loaded.records) == {("1", "a"): 1, ("1", "b"): 1, ("2", "b"): 1}
    assert "1 empty code cell dropped" in loaded.published_notes(1)


def test_mimic3_takes_its_patients_from_admissions(write, tmp_path):
    write("ADMISSIONS.csv", '"ROW_ID","SUBJECT_ID","HADM_ID"\n1,3,30\n2,4,40\n3,5,50\n')
    rows = '7,3,30,1,"0083"\n8,3,30,2,"E8120"\n9,4,40,1,\n10,5,50,1,"V5861"\n'
    write("DIAGNOSES_ICD.csv", '"ROW_ID","SUBJECT_ID","HADM_ID","SEQ_NUM","ICD9_CODE"\n' + rows)
    loaded = CodeEvents(path=".", preset="mimic3", rollup="icd9").read(tmp_path)
    assert loaded.records.columns == ("008", "E812", "V58")
    assert loaded.records.codes.tolist() == [[1, 1, 0], [0, 0, 0], [0, 0, 1]]
    assert "1 blank code dropped" in loaded.published_notes(1)


def test_mimic4_keeps_versions_apart(write, tmp_path):
    write("admissions.csv.gz", gzip.compress(b"subject_id,hadm_id\n1,1\n"))
    rows = "1,1,1,E1165,10\n1,1,2,E1165 ,9\n1,1,3,4019,9\n"
    write("diagnoses_icd.csv", "subject_id,hadm_id,seq_num,icd_code,icd_version\n" + rows)
    plain = CodeEvents(path=".", preset="mimic4").read(tmp_path).records
    assert plain.columns == ("10:E1165", "9:4019", "9:E1165")
    assert CodeEvents(path=".", preset="mimic4", rollup="icd").read(tmp_path).records.columns == (
        "10:E11",
        "9:401",
        "9:E116",
    )


@pytest.mark.parametrize("table", ["condition_occurrence", "condition_era"])
def test_omop_conditions_leave_out_concept_zero(table, write, tmp_path):
    write(f"{table}.csv", "person_id,condition_concept_id\n5,320128\n5,0\n6,201826\n")
    write("drug_exposure.csv", "person_id\n1\n")
    write("person.csv", "person_id\n5\n6\n7\n")
    loaded = CodeEvents(path=".", preset="omop", patients="person.csv").read(tmp_path)
    assert loaded.records.columns == ("201826", "320128")
    assert loaded.records.patients.tolist() == ["5", "6", "7"]
    assert "1 blank code dropped" in loaded.published_notes(1)


def test_synthea_patients_are_listed_by_id(write, tmp_path):
    write("conditions.csv", "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION\n2019-01-23,,p1,e1,65363002,Otitis\n")
    write("patients.csv", "Id,BIRTHDATE\np1,2000-01-01\np2,2001-01-01\n")
    loaded = CodeEvents(path="conditions.csv", preset="synthea", patients="patients.csv").read(tmp_path)
    assert loaded.records.codes.tolist() == [[1], [0]]


def test_the_preset_can_be_overridden(write, tmp_path):
    write("DIAGNOSES_ICD.csv", "who,ICD9_CODE\n3,0083\n")
    assert CodeEvents(path="DIAGNOSES_ICD.csv", preset="mimic3", patient="who").read(
        tmp_path
    ).records.codes.tolist() == [[1]]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (f"patient,codes\n1,{SECRET}\n", {}, "e.csv, row 1: expected the columns 'patient', 'code'; not in the header"),
        (f"{SECRET},0083\n2,250\n", {}, "not in the header: 'patient', 'code'"),
        (f"patient,code\n1,a\n,{SECRET}\n", {}, "e.csv, column 'patient', row 3: expected a value in every row"),
        (f"patient,code\n1,a\n{SECRET}\n", {}, "e.csv, row 3: expected 2 cells"),
        ("patient,code\n1,\n", {}, "expected at least one code, found only blank ones"),
        ("patient,code\n", {}, "expected at least one row"),
        (f"patient,code\n1,{SECRET}\n", {"min_patients": 2}, "expected codes with at least 2 patients, found none"),
        (f"patient,code\n1,{SECRET}\n", {"rollup": "icd-9"}, "unknown rollup 'icd-9'; did you mean 'icd9'?"),
        (f"patient,code\n1,{SECRET}\n", {"rollup": "icd"}, "expected ICD version 9 or 10 beside every code"),
        ("patient,code,v\n1,a,8\n", {"rollup": "icd", "version": "v"}, "expected ICD version 9 or 10"),
        (f"patient,code\n1,{SECRET}\n", {"unit": "visits"}, "unknown unit 'visits'; did you mean 'visit'?"),
        (f"patient,code\n1,{SECRET}\n", {"unit": "visit"}, "expected a visit column"),
        (f"patient,code\n1,{SECRET}\n", {"preset": "mimic"}, "unknown preset 'mimic'"),
        (f"patient,code\n1,{SECRET}\n", {"vocabulary": "none.txt"}, "none.txt: no such file"),
        (f"patient,code\n1,{SECRET}\n", {"patients": "none.csv"}, "none.csv: no such file"),
    ],
)
def test_bad_events_and_options_get_one_message(content, options, message, write, tmp_path, refusal):
    write("e.csv", content)
    assert message in str(refusal(lambda: CodeEvents(path="e.csv", **options).read(tmp_path)))


def test_an_empty_vocabulary_is_refused(write, tmp_path, refusal):
    write("e.csv", EVENTS)
    write("v.txt", "# nothing\n")
    assert "expected at least one code" in str(
        refusal(lambda: CodeEvents(path="e.csv", vocabulary="v.txt").read(tmp_path))
    )
    write("v.txt", b"\xff\xfe\x00")
    assert "one code per line" in str(refusal(lambda: CodeEvents(path="e.csv", vocabulary="v.txt").read(tmp_path)))


def test_a_folder_without_the_events_is_refused(write, tmp_path, refusal):
    write("e.csv", EVENTS)
    problem = refusal(lambda: CodeEvents(path=".", preset="omop").read(tmp_path))
    assert "expected a file condition_occurrence.csv or condition_era.csv" in str(problem)


def test_a_table_and_its_compressed_copy_would_count_twice(write, tmp_path, refusal):
    write("conditions.csv", "PATIENT,CODE\n1,2\n")
    write("conditions.csv.gz", gzip.compress(b"PATIENT,CODE\n1,2\n"))
    assert "found twice" in str(refusal(lambda: CodeEvents(path=".", preset="synthea").read(tmp_path)))


def test_a_matrix_beyond_memory_is_refused_before_it_is_made(write, tmp_path, refusal, monkeypatch):
    write("e.csv", EVENTS)
    monkeypatch.setattr("synthaudit.audit.records.readers.codes.MOST_CELLS", 7)
    assert "found 2 rows x 4 codes" in str(refusal(lambda: CodeEvents(path="e.csv").read(tmp_path)))


@pytest.mark.parametrize(
    ("options", "rows", "codes", "cells"),
    [
        ({"path": "mimic3_demo", "preset": "mimic3"}, 100, 581, None),
        ({"path": "mimic3_demo", "preset": "mimic3", "rollup": "icd9"}, 100, 275, 1_330),
        ({"path": "mimic3_demo", "preset": "mimic3", "unit": "visit"}, 129, 581, 1_761),
        ({"path": "mimic4_demo", "preset": "mimic4"}, 100, 1_474, None),
        ({"path": "desynpuf", "preset": "synpuf"}, 32_520, 5_178, 442_393),
        ({"path": "desynpuf", "preset": "synpuf", "rollup": "icd9"}, 32_520, 930, 410_547),
        ({"path": "desynpuf/*Inpatient*", "preset": "synpuf", "rollup": "icd9", "min_patients": 50}, 32_520, 409, None),
        ({"path": "diabetes130", "preset": "diabetes130"}, 71_518, 915, 266_756),
        ({"path": "diabetes130", "preset": "diabetes130", "rollup": "icd9"}, 71_518, 881, 262_626),
        ({"path": "synthea", "preset": "synthea"}, 986, 136, None),
        ({"path": "synthea", "preset": "synthea", "patients": "synthea/patients.csv.gz"}, 1_000, 136, None),
    ],
    ids=lambda value: "-".join(str(v) for k, v in value.items() if k != "path") if isinstance(value, dict) else None,
)
def test_real_sources_have_their_known_shape(options, rows, codes, cells, data_folder):
    records = CodeEvents(**options).read(data_folder).records
    assert records.codes.shape == (rows, codes)
    assert list(records.columns) == sorted(records.columns)
    if cells is not None:
        assert int((records.codes > 0).sum()) == cells
    if options.get("unit") != "visit":
        assert len(np.unique(records.patients)) == rows


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        ({"path": "mimic3_demo", "preset": "mimic3"}, 1_761),
        ({"path": "mimic4_demo", "preset": "mimic4"}, 4_506),
        ({"path": "synthea", "preset": "synthea"}, 20_512),
    ],
)
def test_counts_of_real_sources_sum_to_their_rows(options, rows, data_folder):
    loaded = CodeEvents(**options, count=True).read(data_folder)
    assert int(loaded.records.codes.sum()) == rows
    assert loaded.published_notes(1)[0] == f"{rows:,} rows of 1 file"


def test_synpuf_patients_have_the_known_numbers_of_codes(data_folder):
    loaded = CodeEvents(path="desynpuf", preset="synpuf", rollup="icd9").read(data_folder)
    held = loaded.records.codes.sum(axis=1, dtype=np.int64)
    assert (held.min(), held.max()) == (1, 66)
    assert held.mean() == pytest.approx(12.6, abs=0.05)
    assert loaded.published_notes(1)[0] == "57,390 rows of 10 files"
    assert [name[-9:] for name, _ in loaded.sources][-2:] == ["_9.csv.gz", "10.csv.gz"]


def test_mimic4_visits_are_its_admissions(data_folder):
    records = CodeEvents(path="mimic4_demo", preset="mimic4", unit="visit").read(data_folder).records
    assert len(np.unique(records.patients)) == 100
    assert len(records) == 275


def test_the_real_header_is_checked(data_folder):
    with pytest.raises(InputError, match=r"conditions.csv.gz, row 1: expected the columns 'DESYNPUF_ID'"):
        CodeEvents(path="synthea/conditions.csv.gz", preset="synpuf").read(data_folder)


def events(*rows, head="patient,code"):
    return "\n".join([head, *rows]) + "\n"


@pytest.mark.parametrize(
    ("content", "message", "column", "row"),
    [
        (events("1,a", "Total,1"), "found a total or a second header", "patient", 3),
        (events("1,a", "patient,code", "2,b"), "found a total or a second header", "patient", 3),
        (events('1,"4019;25000"', "2,4019"), "found several", "code", 2),
        (events("2,4019", '1,"4019, 25000"'), "found several", "code", 3),
        (events('1,"[""4019"", ""25000""]"'), "found several", "code", 2),
        (events("1,a", "unknown,b"), "expected a value in every row, found none", "patient", 3),
    ],
)
def test_rows_that_are_no_events_of_one_code_are_refused(content, message, column, row, write, tmp_path, refusal):
    write("e.csv", content)
    problem = refusal(lambda: CodeEvents(path="e.csv").read(tmp_path))
    assert message in str(problem)
    assert (problem.file, problem.column, problem.row) == ("e.csv", column, row)


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        (["1,1E10", "2,1E50", "3,250"], ("1E10", "1E50", "250")),
        (["1,1.0E+02", "2,100"], ("100",)),
        (["1,unknown", "2,UNK", "3,4019", "4,not coded"], ("4019",)),
        (["1,E11.9-", "2, E11.9- "], ("E11.9-",)),
        (["1,Ｅ11", "2,E11\u200b"], ("E11",)),
    ],
)
def test_codes_are_kept_as_codes(rows, columns, write, tmp_path):
    write("e.csv", events(*rows))
    assert CodeEvents(path="e.csv").read(tmp_path).records.columns == columns


def test_decimals_of_one_column_of_a_wide_table_are_integers(write, tmp_path):
    write("w.csv", events("1,4019.0,25000", "2,4280.0,V58", "3,,250.0", head="patient,d1,d2"))
    assert CodeEvents(path="w.csv", code=("d1", "d2")).read(tmp_path).records.columns == (
        *("250.0", "25000", "4019", "4280"),
        "V58",
    )


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        (["1,E11.9", "2,E119", "3,e119"], "codes that differ in capitals, points or marks alone"),
        (["1,E11.9†", "2,E11.9"], "codes that differ in capitals, points or marks alone"),
        (["01,a", "1,b"], "patient ids that differ in leading zeros or capitals alone"),
        (["ab,a", "AB,b"], "patient ids that differ in leading zeros or capitals alone"),
    ],
)
def test_spellings_that_may_be_one_are_said(rows, named, write, tmp_path):
    write("e.csv", events(*rows))
    (warning,) = CodeEvents(path="e.csv").read(tmp_path).warnings
    assert named in str(warning)


def test_versions_of_icd_by_name_and_versions_that_are_wrong(write, tmp_path, refusal):
    write("e.csv", events("1,4019,ICD9", "2,I10,ICD-10-CM", "3,4019,9.0", head="patient,code,v"))
    assert CodeEvents(path="e.csv", version="v", rollup="icd").read(tmp_path).records.columns == ("10:I10", "9:401")
    write("e.csv", events("1,4019,10", "2,I10,9", head="patient,code,v"))
    problem = refusal(lambda: CodeEvents(path="e.csv", version="v", rollup="icd").read(tmp_path))
    assert "expected ICD-9 where the version says so, found the other in 1 of 1 codes" in str(problem)


def test_a_vocabulary_of_other_codes_is_refused(write, tmp_path, refusal):
    write("e.csv", events("1,4019", "2,25000"))
    write("v.txt", "401.9\n250.00\n")
    problem = refusal(lambda: CodeEvents(path="e.csv", vocabulary="v.txt").read(tmp_path))
    assert "expected a code of the 2 in the data, found none of them" in str(problem)


@pytest.mark.parametrize("cell", ["-1", "E11", "1.5"])
def test_a_concept_is_a_whole_number(cell, write, tmp_path, refusal):
    write("condition_occurrence.csv", f"person_id,condition_concept_id\n1,201826\n2,{cell}\n")
    problem = refusal(lambda: CodeEvents(path=".", preset="omop").read(tmp_path))
    assert "expected concepts, which are whole numbers" in str(problem)
    assert problem.row == 3


def test_blanks_around_names_of_a_header_are_no_part_of_them(write, tmp_path):
    write("e.csv", " Patient ,code \n1,4019\n")
    assert CodeEvents(path="e.csv").read(tmp_path).records.columns == ("4019",)
