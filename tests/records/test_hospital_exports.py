"""Sixty inputs as hospitals have them: read right, or refused with a sentence that quotes no cell."""

import gzip

import numpy as np
import pytest

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.readers import CodeEvents, read_together
from synthaudit.audit.records.readers.rollup import require_coding

SECRET = "77313"
PATIENTS = [(f"{at % 30 + 20}", "FM"[at % 2], f"{at % 7}.5") for at in range(60)]


def content(*, mark=",", end="\n", head="age,sex,lab", change=lambda at, row: row, tail=""):
    rows = [mark.join(change(at, list(row))) for at, row in enumerate(PATIENTS)]
    return end.join([head.replace(",", mark), *rows]) + end + tail


def first(column, cell):
    """Return a change of the first patient's cell."""
    return lambda at, row: [cell if at == 0 and place == column else one for place, one in enumerate(row)]


def every(column, form):
    """Return a change of a column's every cell."""
    return lambda at, row: [form(one, at) if place == column else one for place, one in enumerate(row)]


def read(write, text, name="t.csv", **options):
    return read_together({"t": write(name, text)}, **options)["t"].records


PLAIN = [[float(age), "FM".index(sex), float(lab)] for age, sex, lab in PATIENTS]


@pytest.mark.parametrize(
    "text",
    [
        content(),
        content(end="\r\n"),
        content(end="\r"),
        "\ufeff" + content(),
        content(tail="\n\n"),
        content(tail=",,\n,,\n"),
        content(tail="\x1a"),
        content(change=every(0, lambda c, at: f'"{c}"')),
        content(change=every(0, lambda c, at: f" {c} ")),
        content(change=every(0, lambda c, at: f"+{c}")),
        content(change=every(0, lambda c, at: f"{c}.0")),
        content(change=every(0, lambda c, at: f"{c}\u200b")),
        content(change=every(0, lambda c, at: f"\xa0{c}")),
        content(change=every(0, lambda c, at: c.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")))),
        content(change=every(0, lambda c, at: c.translate(str.maketrans("0123456789", "０１２３４５６７８９")))),
        content(change=every(0, lambda c, at: f"{float(c):.6e}")),
        content(change=every(1, lambda c, at: f"{c} " if at % 3 else f"\ufeff{c}")),
        content(change=every(2, lambda c, at: c.replace("0.5", ".5"))),
        content(change=every(1, lambda c, at: c if at else c.lower())),
    ],
)
def test_another_way_to_write_it_is_the_same_table(text, write):
    np.testing.assert_array_equal(read(write, text).dense(), PLAIN)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (first(0, "None"), "--missing None"),
        (first(0, "Unknown"), "--missing Unknown"),
        (first(0, "n.d."), "--missing 'n.d.'"),
        (first(0, "."), "--missing '.'"),
        (first(0, "#NUM!"), "--missing '#NUM!'"),
        (first(0, "#REF!"), "--missing '#REF!'"),
        (first(0, "Total"), "summary rows"),
        (first(0, "<18"), "bounds"),
        (first(0, ">= 90"), "bounds"),
        (first(0, "90+"), "bounds"),
        (first(0, "inf"), "infinities"),
        (first(0, "-Infinity"), "infinities"),
        (first(2, f"{SECRET}mg"), "numbers with a unit"),
        (first(2, f"{SECRET} mmol/l"), "numbers with a unit"),
        (first(2, "O.5"), "other text"),
        (first(2, f"{SECRET}*"), "other text"),
        (first(2, f"'{SECRET}"), "as a spreadsheet quotes it"),
        (first(2, "hemolysed"), "other text"),
        (first(2, "1.2.3"), "other text"),
        (first(2, "0x1F"), "hexadecimal numbers"),
        (first(2, "5-7"), "two numbers in one cell"),
        (every(2, lambda c, at: f'"{c}"'.replace(".", ",")), "--decimal ,"),
        (every(2, lambda c, at: f"{c} %"), "percentages"),
        (every(2, lambda c, at: f"${c}"), "amounts with a currency"),
        (every(2, lambda c, at: f"{c} €"), "amounts with a currency"),
        (every(2, lambda c, at: f'"1,95{at % 9}"'), "separators of thousands"),
        (every(2, lambda c, at: f"1 95{at % 9}"), "blanks or apostrophes between digits"),
        (every(2, lambda c, at: f"1\xa095{at % 9}"), "blanks or apostrophes between digits"),
        (every(2, lambda c, at: f"1'95{at % 9}"), "blanks or apostrophes between digits"),
        (every(2, lambda c, at: f"12{at % 20}/8{at % 7}"), "two numbers in one cell"),
        (every(2, lambda c, at: f"{at % 20} mg"), "numbers with a unit"),
        (every(2, lambda c, at: f"555-{at % 9}55-1{at % 9}77"), "identifier"),
        (every(2, lambda c, at: f"{2 * 10**9 + at}"), "row number or an identifier"),
        (every(2, lambda c, at: f"name {at} of {SECRET}"), "free text or an identifier"),
        (every(2, lambda c, at: "seen at night with fever and cough" + "!" * (at % 3)), "looks like free text"),
    ],
)
def test_what_is_no_plain_number_is_named_with_its_cure(change, named, write, refusal):
    problem = refusal(lambda: read(write, content(change=change)))
    assert named in str(problem)
    assert problem.file == "t.csv"
    assert problem.column in ("age", "sex", "lab")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (content(tail="Total,,210\n"), "found a summary"),
        (content(tail="Mean,,3.5\n"), "found a summary"),
        (content(tail="\n60 rows\n"), "expected 3 cells"),
        (content() + content(), "found them again among the rows"),
        (content(head=",".join(PATIENTS[1])), "looks like a row"),
        (content(head="age,age,lab"), "columns 1 and 2 have the same name"),
        (content(head="age,,lab"), "column 2 has none"),
        (content(change=first(1, '"F')), "runs to the end of the file"),
        (content(change=first(1, '"F"x')), "text after it"),
        (content(change=first(1, "F\0")), "found binary data"),
        (content(head="age,sex"), "expected 2 cells"),
    ],
)
def test_what_is_no_table_is_named(text, named, write, refusal):
    assert named in str(refusal(lambda: read(write, text)))


def test_zeros_before_digits_make_a_code(write):
    text = content(change=every(0, lambda c, at: f"00{at % 3}" if at % 2 else f"0{at % 3}"))
    assert len(read(write, text).schema["age"].levels) == 6


@pytest.mark.parametrize("code", ["nan", "None", "<NA>", "null", "NaN", "", " ", ".", "-", "?", "#N/A"])
def test_words_for_nothing_are_no_codes_and_no_patients(code, write, tmp_path, refusal):
    write("e.csv", f"patient,code\n1,4019\n2,{code}\n2,4280\n")
    loaded = CodeEvents(path="e.csv").read(tmp_path)
    assert loaded.records.columns == ("4019", "4280")
    assert "1 blank code dropped" in loaded.published_notes(1)
    write("e.csv", f"patient,code\n1,{SECRET}\n{code},4280\n")
    problem = refusal(lambda: CodeEvents(path="e.csv").read(tmp_path))
    assert "expected a value in every row, found none (1 such rows)" in str(problem)
    assert (problem.row, problem.column) == (3, "patient")


def test_concepts_are_integers_however_they_are_written(write, tmp_path):
    write("condition_occurrence.csv", "person_id,condition_concept_id\n5,201826\n6.0,201826.0\n7,0.0\n7,2.01826e5\n")
    records = CodeEvents(path=".", preset="omop").read(tmp_path).records
    assert records.columns == ("201826",)
    assert records.patients.tolist() == ["5", "6", "7"]
    write("e.csv", "patient,code\n1,250\n1,250.0\n2,V58\n")
    assert CodeEvents(path="e.csv").read(tmp_path).records.columns == ("250", "250.0", "V58")


@pytest.mark.parametrize(
    ("codes", "how", "refused"),
    [
        (["4019", "E119"], "icd9", True),
        (["I10", "E11.9"], "icd9", True),
        (["4019", "E8120", "V5861", "E0139", "8", "41"], "icd9", False),
        (["I10", "250.00"], "icd10", True),
        (["I10", "V58", "E812"], "icd10", False),
        (["4019", "E119"], "none", False),
    ],
)
def test_codes_of_the_other_revision_are_not_cut(codes, how, refused):
    pairs = [(code, None) for code in codes]
    if not refused:
        require_coding(pairs, how)
        return
    with pytest.raises(InputError, match="rollup = 'icd' and give the column of versions"):
        require_coding(pairs, how)


def test_a_list_of_other_patients_is_said(write, tmp_path, refusal):
    write("e.csv", f"patient,code\nA{SECRET},4019\n")
    write("p.csv", "patient\n1\n2\n")
    problem = refusal(lambda: CodeEvents(path="e.csv", patients="p.csv").read(tmp_path))
    assert "expected patients of the events, found none of their 1" in str(problem)


def test_a_damaged_archive_is_said(write, refusal):
    packed = gzip.compress(content().encode())
    problem = refusal(lambda: read_together({"t": write("t.csv.gz", packed[:60] + b"\xff" + packed[61:])}))
    assert "expected gzip data, found a damaged file" in str(problem)
