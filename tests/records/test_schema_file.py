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
