"""A drafted schema: read from all sides, rare levels pooled, undecided columns marked, inferred until confirmed."""

import numpy as np
import pytest

from synthaudit.audit.records import Column, read_schema
from synthaudit.audit.records.overview import column_overviews
from synthaudit.audit.records.readers import read_together
from synthaudit.audit.records.schema_draft import RARE, draft_schema, pool_rare_levels

SECRET = "77313"


def rows(*columns, header):
    return header + "\n" + "".join(",".join(map(str, row)) + "\n" for row in zip(*columns, strict=True))


@pytest.fixture
def sides(write):
    """Return two sides: a rare level, a number that only one side has with decimals, an identifier."""
    site = ["north"] * 25 + ["south"] * 24 + [SECRET]
    members = rows(range(50), site, [1, 0] * 25, range(900, 950), header="age,site,flag,claim_no")
    holdout = rows(np.arange(50) / 2, ["north"] * 50, [1, 2] * 25, range(800, 850), header="age,site,flag,claim_no")
    return {"members": write("m.csv", members), "holdout": write("h.csv", holdout)}


def test_a_draft_holds_for_every_side_and_names_no_rare_level(sides, tmp_path):
    draft = draft_schema(sides)
    path = tmp_path / "s.toml"
    draft.write(path, small_count=10)
    assert SECRET not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    declared = read_schema(path)
    assert not declared.confirmed
    assert declared.columns == {
        "age": Column("age", "continuous"),
        "site": Column("site", "categorical", levels=("north", "south", RARE), other=RARE),
        "flag": Column("flag", "continuous", integer=True),
    }
    assert [problem.column for problem in draft.problems] == ["claim_no"]
    assert '# "claim_no"' in path.read_text()
    read = read_together(sides, declared, drop=("claim_no",))
    assert read["members"].records.schema.inferred
    assert read["members"].records.column("site").tolist() == [0] * 25 + [1] * 24 + [2]


def test_an_undecided_column_keeps_the_schema_from_being_used(sides, tmp_path, refusal):
    draft_schema(sides).write(tmp_path / "s.toml", small_count=10)
    problem = refusal(lambda: read_together(sides, read_schema(tmp_path / "s.toml")))
    assert "not declared in the schema" in str(problem)
    assert problem.column == "claim_no"


def test_a_confirmed_schema_is_declared(sides, tmp_path):
    path = tmp_path / "s.toml"
    draft_schema(sides, drop=["claim_no"]).write(path, small_count=10)
    path.write_text(path.read_text().replace("confirmed = false", "confirmed = true"))
    assert not read_together(sides, read_schema(path))["members"].records.schema.inferred


def test_a_schema_is_never_overwritten(sides, write, refusal):
    path = write("s.toml", "[columns]\n")
    assert "may have been corrected" in str(refusal(lambda: draft_schema(sides).write(path, small_count=10)))
    assert path.read_text() == "[columns]\n"


@pytest.mark.parametrize(
    ("counts", "levels"),
    [((10, 10), ("a", "b")), ((10, 9), ("a", RARE)), ((9, 9), (RARE,))],
)
def test_levels_of_few_rows_become_one(counts, levels):
    column = pool_rare_levels(Column("x", "categorical", levels=("a", "b")), np.array(counts), small_count=10)
    assert column.levels == levels
    assert column.other == (RARE if RARE in levels else None)


def test_other_takes_what_is_no_level(write, refusal):
    path = write("t.csv", "s\nF\nM\nX\n\nY\n")
    schema = write(
        "s.toml", '[columns]\ns = {kind = "categorical", levels = ["F", "?"], other = "?", missing = true}\n'
    )
    column = read_together({"members": path}, read_schema(schema))["members"].records.column("s")
    np.testing.assert_array_equal(column, [0, 1, 1, np.nan, 1])
    bad = write("b.toml", '[columns]\ns = {kind = "categorical", levels = ["F"], other = "M"}\n')
    assert "expected other to be one of the levels" in str(refusal(lambda: read_schema(bad)))


def test_what_the_sides_disagree_on_is_said(write):
    rng = np.random.default_rng(0)
    header = "dose,weight,sex,lab,same"
    one = [
        rng.normal(5, 1, 60).round(2),
        rng.normal(70, 9, 60).round(1),
        ["F", "M"] * 30,
        ["", *rng.normal(0, 1, 59).round(1)],
        [1, 0] * 30,
    ]
    two = [
        rng.normal(5000, 1000, 60).round(2),
        rng.normal(70, 9, 60).round(3),
        ["F", "X"] * 30,
        [""] * 30 + list(rng.normal(0, 1, 30).round(1)),
        [0, 1] * 30,
    ]
    files = {"m.csv": write("m.csv", rows(*one, header=header)), "h.csv": write("h.csv", rows(*two, header=header))}
    said = {column.name: column.remarks for column in column_overviews(draft_schema(files))}
    assert len(said["dose"]) == 1
    assert "numbers in h.csv are about" in said["dose"][0]
    assert said["weight"] == ("decimals: 1 in m.csv, 3 in h.csv",)
    assert said["sex"] == ("1 level only in m.csv", "1 level only in h.csv")
    assert said["lab"] == ("missing: 2% in m.csv, 50% in h.csv",)
    assert said["same"] == ()


def test_nothing_is_said_of_two_halves_of_one_table(write):
    rng = np.random.default_rng(1)
    header = "age,lab,sex,flag"
    draws = [
        [
            rng.integers(18, 95, 400),
            rng.lognormal(0, 1, 400).round(2),
            rng.choice(["F", "M"], 400),
            rng.integers(0, 2, 400),
        ]
        for _ in range(2)
    ]
    files = {f"{at}.csv": write(f"{at}.csv", rows(*draw, header=header)) for at, draw in enumerate(draws)}
    assert {column.remarks for column in column_overviews(draft_schema(files))} == {()}
