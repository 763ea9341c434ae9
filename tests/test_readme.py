"""The README tells the truth: its commands run as written, its plans are plans, no command is missing."""

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from synthaudit.audit.cli import app
from synthaudit.audit.plugins import find
from synthaudit.audit.records import Cohort, write_table
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.execution.run import run
from synthaudit.audit.suite.plan import make_plan
from synthaudit.audit.suite.result import Estimated, read_result
from synthaudit.generators import GENERATORS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(get_command(app).commands)  # type: ignore[attr-defined]
EXAMPLES = sorted(path for path in (ROOT / "examples").glob("*.toml"))


def blocks(language: str) -> list[str]:
    """Return the README's fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)


def consoles() -> list[list[str]]:
    """Return the command lines of each console block, without their comments."""
    lines = [[line[2:] for line in block.splitlines() if line.startswith("$ ")] for block in blocks("console")]
    return [[line.split("   #")[0].strip() for line in block] for block in lines]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_a_mention(command: str) -> None:
    outcome = CliRunner().invoke(app, [command, "--help"])
    assert outcome.exit_code == 0
    assert "TODO" not in outcome.output
    assert f"synthaudit {command}" in README


def test_the_readme_mentions_no_command_that_is_not_there() -> None:
    mentioned = set(re.findall(r"synthaudit ([a-z]+)\b(?! measures)", README)) - {"does", "knows", "never", "answers"}
    assert {word for word in mentioned if f"`synthaudit {word}" in README} <= set(COMMANDS)


def test_the_first_blocks_set_up_and_run_what_they_say() -> None:
    setup, tests = blocks("bash")[:2]
    assert setup.splitlines()[-1] == ".venv/bin/synthaudit run"
    assert "pip install -c constraints.txt" in setup
    assert "pip install -c constraints.txt" in tests
    assert "pytest" in tests.splitlines()[-1]
    assert "README.md" in (ROOT / ".ci" / "run").read_text()


def test_the_walk_from_a_table_to_a_report_works_as_written(tmp_path: Path) -> None:
    write_table(Cohort(codes=20, labs=2, demographics=True).draw(240, seed=1), tmp_path / "patients.csv", id="patient")
    walk = next(block for block in consoles() if any("init" in line for line in block))
    assert [line.split()[1] for line in walk] == ["init", "validate", "run", "gate"]
    for line in walk:
        done = _in_a_shell(line, tmp_path)
        expected = (0, 1, 3) if " gate " in f"{line} " else (0,)
        assert done.returncode in expected, f"{line}\n{done.stdout}\n{done.stderr}"
    assert (tmp_path / "audit" / "report.pdf").read_bytes().startswith(b"%PDF")


def test_the_check_of_three_files_works_as_written(tmp_path: Path) -> None:
    cohort = Cohort(codes=20, labs=1)
    for seed, side in enumerate(("members", "holdout", "synthetic")):
        write_table(cohort.draw(150, seed=seed), tmp_path / f"{side}.csv")
    check = next(line for block in consoles() for line in block if " check " in line)
    done = _in_a_shell(check, tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "audit" / "report.html").exists()


def _in_a_shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a README line with the installed command, as a person would."""
    words = shlex.split(line)
    command = Path(sys.executable).with_name(words[0])
    return subprocess.run([str(command), *words[1:]], cwd=folder, capture_output=True, text=True, check=False)


def test_the_bundled_example_runs_and_knows_its_controls(tmp_path: Path) -> None:
    done = _in_a_shell("synthaudit run", tmp_path)
    assert done.returncode == 0, done.stderr
    result = read_result(tmp_path / "audit-report")
    assert result.run.failed == ()
    low = {
        system: max(
            row.number.low
            for row in result.select(section="membership", statistic="auc", system=system)
            if isinstance(row.number, Estimated)
        )
        for system in ("republish", "null")
    }
    assert low["republish"] > 0.8
    assert low["null"] < 0.52  # the best of nine numbers per table at 95 %, on the example's fixed seed
    for name in ("report.html", "report.pdf", "findings.md"):
        assert (tmp_path / "audit-report" / name).stat().st_size > 1000


@pytest.mark.parametrize("block", [b for b in blocks("toml") if "[data]" in b])
def test_plans_in_the_readme_are_plans(block: str) -> None:
    Components(make_plan(tomllib.loads(block)))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_plan_runs(path: Path, tmp_path: Path, data_folder: Path) -> None:
    """Run the plan on its own data, with fewer patients and less training than it asks for."""
    raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    shrunk = {
        **raw,
        "split": {"members": 40, "holdout": 30, "reference": 25},
        "sweep": {
            "releases": 1,
            "synthetic_rows": [30],
            "reference_rows": [20],
            "known_columns": [2],
            "fidelity_rows": [40],
        },
        "controls": {"repeats": 2},
        "dp_audit": {
            **raw.get("dp_audit", {}),
            "canaries": 30,
            "unique_code_canaries": 10,
            "trainings": 8,
            "patients_per_training": 20,
        },
        "generators": {key: _short(key, table) for key, table in raw.get("generators", {}).items()},
    }
    link = tmp_path / "shared" / "data"
    link.parent.mkdir()
    link.symlink_to(data_folder)
    base = tmp_path / "project" / "examples"
    shutil.copytree(ROOT / "examples", base)
    result = run(make_plan(shrunk, where=path.name), tmp_path / "run", base=base)
    assert result.run.failed == ()
    assert any(isinstance(row.number, Estimated) for row in result.select(section="membership"))


def _short(key: str, table: dict[str, Any]) -> dict[str, Any]:
    """Return a generator's options with its training cut down to a few steps."""
    from dataclasses import fields

    known = {field.name for field in fields(find("generator", table.get("use", key), GENERATORS))}
    kept = {name: value for name, value in table.items() if name not in ("epochs", "steps")}
    if "privacy" in kept:  # as many patients as the shrunk split has: steps follow from this number
        kept["privacy"] = {**kept["privacy"], "num_patients": 40, "delta": 1e-3}
    few = {"steps": 4} if "steps" in known else {"epochs": 1} if "epochs" in known else {}
    return {**kept, **few, **({"pretrain_epochs": 1} if "pretrain_epochs" in known else {})}
