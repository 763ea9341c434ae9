import pytest

from synthaudit.audit.records import Cohort, Column, Schema, read_schema, write_schema
from synthaudit.audit.records.schema_file import SchemaDeclaration

EXAMPLE = """
id = "patient_nbr"
drop = ["encounter_id"]

[default]
kind = "binary"

[columns.age]
kind = "continuous"
low = 0
high = 120
integer = true

[columns."A1C result"]
kind = "ordinal"
levels = ["normal", ">7", ">8"]
missing = true
"""


def test_a_schema_is_read_as_it_stands(write):
    declared = read_schema(write("schema.toml", EXAMPLE))
    assert declared.id == "patient_nbr"
    assert declared.drop == ("encounter_id",)
    assert declared.columns["age"] == Column("age", "continuous", low=0, high=120, integer=True)
    schema = declared.schema_of(["0083", "age", "A1C result", "E045"], file="t.csv")
    assert [column.kind for column in schema.columns] == ["binary", "continuous", "ordinal", "binary"]
    assert schema.names == ("0083", "age", "A1C result", "E045")
    assert not schema.inferred


def test_columns_can_be_left_to_the_data(write):
    declared = read_schema(write("schema.toml", '[default]\nkind = "inferred"\n[columns]\nage = {kind = "count"}\n'))
    assert declared.infer
    assert declared.undeclared(["age", "sex"]) == ("sex",)


@pytest.mark.parametrize(
    "schema",
    [
        Cohort(patients=1, codes=30, labs=3, demographics=True, missing=0.1).schema,
        Schema((Column('q"u\\o\x7f\nte', "categorical", levels=("ü", "a\tb", "'")), Column("", "binary"))),
        Schema((Column("x", "count", low=0, high=1e30, missing=True),)),
    ],
)
def test_what_is_written_is_read_back(schema, tmp_path):
    write_schema(schema, tmp_path / "schema.toml", id="who", drop=["x y"])
    declared = read_schema(tmp_path / "schema.toml")
    assert declared.schema_of(schema.names) == schema
    assert declared.id == "who"
    assert declared.drop == ("x y",)


def test_an_inferred_schema_says_so_when_written(tmp_path):
    write_schema(Schema((Column("x", "binary"),), inferred=True), tmp_path / "schema.toml")
    assert "Inferred from the data" in (tmp_path / "schema.toml").read_text()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id = ", "expected TOML"),
        (b"\xff\xfe", "expected UTF-8"),
        ("colums = 3", "unknown key 'colums'; did you mean 'columns'?"),
        ("columns = 3", "expected columns to be a table"),
        ("drop = 'x'", "expected drop to be a list"),
        ("drop = [3]", "expected drop to be a list of column names"),
        ("id = 3", "expected id to be text"),
        ("[columns]\nage = 3", "column 'age': expected keys such as kind"),
        ("[columns.age]\nlow = 3", "column 'age': expected a kind"),
        ("[columns.age]\nkind = 'continous'", "unknown kind 'continous'; did you mean 'continuous'?"),
        ("[columns.age]\nkind = 3", "expected kind to be text"),
        ("[columns.age]\nkind = 'count'\nlevles = []", "unknown key 'levles'; did you mean 'levels'?"),
        ("[columns.age]\nkind = 'count'\nlow = 'x'", "expected low to be a number"),
        ("[columns.age]\nkind = 'count'\nlow = true", "expected low to be a number"),
        ("[columns.age]\nkind = 'count'\nlow = nan", "expected low to be a number"),
        ("[columns.age]\nkind = 'count'\nlow = 3\nhigh = 2", "expected low <= high"),
        ("[columns.age]\nkind = 'count'\nmissing = 1", "expected missing to be true or false"),
        ("[columns.age]\nkind = 'count'\nlevels = ['a']", "expected no levels"),
        ("[columns.age]\nkind = 'ordinal'", "expected levels for a column of kind ordinal"),
        ("[columns.age]\nkind = 'ordinal'\nlevels = [1, 2]", "expected levels as non-empty text"),
        ("[columns.age]\nkind = 'ordinal'\nlevels = ['']", "expected levels as non-empty text"),
        ("[columns.age]\nkind = 'ordinal'\nlevels = ['a', 'a']", "expected levels without repeats"),
        ("[default]\nkind = 'inferred'\nlow = 3", "expected no other key beside kind = 'inferred'"),
    ],
)
def test_a_mistake_in_a_schema_is_said(content, message, write, refusal):
    path = write("schema.toml", content)
    problem = refusal(lambda: read_schema(path))
    assert message in str(problem)
    assert problem.file == "schema.toml"


def test_a_missing_schema_is_said(tmp_path, refusal):
    assert "no such file" in str(refusal(lambda: read_schema(tmp_path / "schema.toml")))
    schema = Schema((Column("x", "binary"),))
    assert "could not be written" in str(refusal(lambda: write_schema(schema, tmp_path / "none" / "schema.toml")))


def test_columns_that_do_not_fit_the_table_are_named(refusal):
    declared = SchemaDeclaration(columns={"age": Column("age", "count")})
    lost = refusal(lambda: declared.schema_of(["sex"], file="t.csv"))
    assert lost.column == "age"
    assert "not in the header" in str(lost)
    new = refusal(lambda: declared.schema_of(["age", "sex", "city"], file="t.csv"))
    assert new.column == "sex"
    assert "not declared in the schema (2 such columns)" in str(new)


def test_what_columns_are_to_an_attacker_is_declared(write):
    declared = read_schema(
        write(
            "s.toml",
            '[columns]\nage = {kind = "count", quasi_identifier = true}\nhiv = {kind = "binary", secret = true}\n'
            'site = {kind = "categorical", levels = ["a"], public = true}\nnote = {kind = "free_text"}\n',
        )
    )
    assert (declared.quasi_identifiers, declared.secrets, declared.public) == (("age",), ("hiv",), ("site",))
    assert (declared.free_text, declared.drop) == (("note",), ("note",))
    assert set(declared.columns) == {"age", "hiv", "site"}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('{kind = "binary", secret = true, public = true}', "expected a secret that nobody knows"),
        ('{kind = "binary", secret = 1}', "expected secret to be true or false"),
        ('{kind = "free_text", missing = true}', "expected no other key beside kind = 'free_text'"),
        ('{kind = "binary", quasi_identifer = true}', "did you mean 'quasi_identifier'"),
    ],
)
def test_a_role_that_makes_no_sense_is_refused(write, refusal, entry, said):
    assert said in str(refusal(lambda: read_schema(write("s.toml", f"[columns]\nx = {entry}\n"))))


def test_free_text_is_counted_and_left_out(write):
    from synthaudit.audit.records.readers import read_together

    path = write(
        "t.csv", "x,note\n" + "".join(f"{at % 2},{'seen by Dr. Who' if at < 30 else ''}\n" for at in range(40))
    )
    schema = write("s.toml", '[columns]\nx = {kind = "binary"}\nnote = {kind = "free_text"}\n')
    read = read_together({"members": path}, read_schema(schema))["members"]
    assert read.records.columns == ("x",)
    assert "30 cells of free text in 'note' left out, not audited" in read.published_notes(10)


def test_the_schema_of_the_readme_is_one_and_every_key_is_in_its_table(write):
    import re
    from pathlib import Path

    from synthaudit.audit.records.schema_file import COLUMN_KEYS, ROLE_KEYS

    text = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    part = text.partition("### Schemas")[2].partition("## Plans")[0]
    declared = read_schema(write("s.toml", part.partition("```toml\n")[2].partition("```")[0]))
    assert declared.confirmed
    assert declared.columns["born"].format == "%d/%m/%Y"
    assert set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", part, re.MULTILINE)))) == {
        *COLUMN_KEYS,
        *ROLE_KEYS,
    }
