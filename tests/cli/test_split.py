"""``synthaudit split``: what is printed leads to the next command, and a plan draws the same members."""

import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from synthaudit.audit.cli import app
from synthaudit.audit.cli import finish as finishing
from synthaudit.audit.records import Cohort, write_table
from synthaudit.audit.records.readers import TableFile
from synthaudit.audit.suite.context.prepare import _split_here
from synthaudit.audit.suite.execution import run as execution
from synthaudit.audit.suite.execution.preview import Preview, preview
from synthaudit.audit.suite.plan import make_plan


def invoke(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def patients(tmp_path: Path) -> Path:
    write_table(Cohort(codes=8, labs=2).draw(60, seed=1), tmp_path / "patients.csv", id="mrn")
    return tmp_path / "patients.csv"


def test_the_next_command_is_one_that_runs(patients: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = invoke("split", patients, "--out", tmp_path / "sides", "--id", "mrn", "--seed", 7, "--schema")
    assert outcome.exit_code == 0, outcome.stderr
    assert "schema.toml: inferred, 0 columns to decide" in outcome.output
    assert "members.csv: 24 patients, 24 rows; for the maker of the synthetic table" in outcome.output
    assert "Give away the members' file and nothing else." in outcome.output
    command = shlex.split(outcome.output.splitlines()[-1])
    write_table(Cohort(codes=8, labs=2).draw(30, seed=2), tmp_path / "s.csv")
    words = [str(tmp_path / "s.csv") if word == "SYNTHETIC" else word for word in command[1:]]
    seen: list[Preview] = []
    monkeypatch.setattr(execution, "run", lambda plan, *_, base, **__: seen.append(preview(plan, base=base)))
    monkeypatch.setattr(finishing, "finish", lambda *_, **__: None)
    checked = invoke(*words, "--preset", "quick")
    assert checked.exit_code == 0, checked.stderr
    assert seen[0].data.schema_inferred, "nobody has confirmed it"
    assert [seen[0].split.members.patients, seen[0].split.reference.patients] == [24, 12]


def test_a_plan_with_this_seed_and_these_shares_draws_the_same_members(patients: Path, tmp_path: Path) -> None:
    assert invoke("split", patients, "--out", tmp_path / "sides", "--id", "mrn", "--seed", 7).exit_code == 0
    plan = make_plan(
        {
            "seed": 7,
            "data": {"path": str(patients), "id": "mrn"},
            "split": {"members": 0.4, "holdout": 0.4, "reference": 0.2},
        }
    )
    _, drawn = _split_here(plan, tmp_path)
    for role, part in drawn.parts:
        side = TableFile(path=str(tmp_path / "sides" / f"{role}.csv"), id="mrn").read()
        assert sorted(side.records.patients.tolist()) == sorted(part.patients.tolist())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--members", "half"), "--members: expected a share such as 0.4, or a number of patients, got 'half'"),
        (("--members", "50"), "expected at least 86 patients"),
        (("--id", "patient"), "not in the header: 'patient'"),
    ],
)
def test_bad_input_is_exit_code_2(patients: Path, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    outcome = invoke("split", patients, "--out", tmp_path / "sides", *words)
    assert outcome.exit_code == 2
    assert said in outcome.stderr
    assert not (tmp_path / "sides").exists()
