"""``synthaudit inspect`` and ``init``: what is in the files, and a plan whose schema waits for confirmation."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from synthaudit.audit.cli import app
from synthaudit.audit.records import Cohort, write_table

SECRET = "77313"


def invoke(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def sides(tmp_path: Path) -> dict[str, Path]:
    """Return members, holdout and a synthetic table with an id, codes, labs and sex."""
    table = Cohort(codes=12, labs=2, demographics=True).draw(300, seed=1)
    files = {}
    for at, side in enumerate(("members", "holdout", "synthetic")):
        files[side] = tmp_path / f"{side}.csv"
        write_table(table.take(slice(100 * at, 100 * at + 100)), files[side], id=None if side == "synthetic" else "mrn")
    return files


def test_inspect_shows_one_screen_and_writes_nothing(sides: dict[str, Path], tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    outcome = invoke("inspect", sides["members"], sides["holdout"], "--synthetic", sides["synthetic"], "--id", "mrn")
    assert outcome.exit_code == 0, outcome.stderr
    assert "members.csv: 100 rows, 17 columns, 100 patients" in outcome.output
    assert "synthetic.csv: 100 rows, 16 columns\n" in outcome.output
    assert len(outcome.output.splitlines()) <= 40
    assert sorted(tmp_path.iterdir()) == before


def test_inspect_counts_patients_on_two_sides(sides: dict[str, Path], tmp_path: Path) -> None:
    assert "stand in both" not in invoke("inspect", sides["members"], sides["holdout"], "--id", "mrn").output
    lines = sides["members"].read_text().splitlines(keepends=True)
    for rows, said in ((12, "11 patients stand in both"), (4, "fewer than 10 patients stand in both")):
        (tmp_path / "again.csv").write_text("".join(lines[:rows]))
        assert said in invoke("inspect", sides["members"], tmp_path / "again.csv", "--id", "mrn").output


def test_inspect_marks_what_is_wrong_and_quotes_no_cell(tmp_path: Path) -> None:
    lines = [f"{at},{at / 3:.2f},{'<' + SECRET if at == 7 else at},{at}/3/19" for at in range(1, 13)]
    (tmp_path / "t.csv").write_text("nr,x,dose,seen\n" + "\n".join(lines) + "\n")
    outcome = invoke("inspect", tmp_path / "t.csv", "--schema-out", tmp_path / "s.toml")
    assert outcome.exit_code == 0, outcome.stderr
    assert SECRET not in outcome.output
    assert "to decide before an audit:" in outcome.output
    assert "t.csv, column 'dose', row 8: mixes numbers with text" in outcome.output
    text = (tmp_path / "s.toml").read_text()
    assert '"x" = { kind = "continuous" }' in text
    assert '# "dose"' in text
    tomllib.loads(text)
    again = invoke("inspect", tmp_path / "t.csv", "--schema-out", tmp_path / "s.toml")
    assert again.exit_code == 2
    assert "exists already" in again.stderr


def test_inspect_of_wide_tables_counts_what_needs_no_remark(tmp_path: Path) -> None:
    write_table(Cohort(codes=300).draw(50, seed=1), tmp_path / "codes.csv")
    outcome = invoke("inspect", tmp_path / "codes.csv")
    assert "and 300 binary columns without a remark" in outcome.output


def test_inspect_reports_every_file_that_cannot_be_read(sides: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("a,a\n1,2\n")
    outcome = invoke("inspect", tmp_path / "bad.csv", tmp_path / "none.csv", sides["members"])
    assert outcome.exit_code == 2
    assert "bad.csv" in outcome.stderr
    assert "none.csv: no such file" in outcome.stderr


def test_init_from_sides_writes_a_plan_that_validates(sides: dict[str, Path], tmp_path: Path) -> None:
    words = [word for side, file in sides.items() for word in (f"--{side}", file)]
    written = invoke("init", tmp_path / "plan.toml", *words, "--id", "mrn")
    assert written.exit_code == 0, written.stderr
    plan = tomllib.loads((tmp_path / "plan.toml").read_text())
    assert plan["data"] == {
        "members": "members.csv",
        "holdout": "holdout.csv",
        "schema": "members-schema.toml",
        "id": "mrn",
    }
    outcome = invoke("validate", tmp_path / "plan.toml")
    assert outcome.exit_code == 0, outcome.stderr
    assert "inferred" in outcome.output


def test_init_keeps_a_schema_that_is_there_and_its_options_reach_the_plan(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x;s\n" + "".join(f"{at},5;{'FM'[at % 2]}\n" for at in range(60)) + "-99;F\n")
    options = ("--decimal", ",", "--missing=-99")
    assert invoke("init", tmp_path / "p.toml", "--table", tmp_path / "t.csv", *options).exit_code == 0
    schema = tmp_path / "t-schema.toml"
    assert schema.stat().st_mode & 0o777 == 0o600
    corrected = schema.read_text().replace("confirmed = false", "confirmed = true")
    schema.write_text(corrected)
    again = invoke("init", tmp_path / "p.toml", "--table", tmp_path / "t.csv", *options, "--force")
    assert again.exit_code == 0, again.stderr
    assert "was there already and stays as it is" in again.output
    assert schema.read_text() == corrected
    outcome = invoke("validate", tmp_path / "p.toml")
    assert outcome.exit_code == 0, outcome.stderr
    assert "inferred" not in outcome.output


def test_init_of_a_bad_table_writes_what_there_is_to_decide(tmp_path: Path) -> None:
    lines = [f"{at},{at / 3:.2f}" for at in range(1000, 1050)]
    (tmp_path / "t.csv").write_text("claim_no,x\n" + "\n".join(lines) + "\n")
    outcome = invoke("init", tmp_path / "plan.toml", "--table", tmp_path / "t.csv")
    assert outcome.exit_code == 2
    assert "column 'claim_no'" in outcome.stderr
    assert '# "claim_no"' in (tmp_path / "t-schema.toml").read_text()
    refused = invoke("validate", tmp_path / "plan.toml")
    assert refused.exit_code == 2
    assert "not declared in the schema" in refused.stderr


@pytest.mark.parametrize(
    ("sides_given", "said"),
    [(("members",), "--members and --holdout"), (("table", "synthetic"), "beside --synthetic")],
)
def test_init_of_half_the_sides_is_refused(
    sides: dict[str, Path], tmp_path: Path, sides_given: tuple[str, ...], said: str
) -> None:
    words = [word for side in sides_given for word in (f"--{side}", sides["members"])]
    outcome = invoke("init", tmp_path / "plan.toml", *words)
    assert outcome.exit_code == 2
    assert said in outcome.stderr
