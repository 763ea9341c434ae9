"""The public face: light to import, each function one call of what the command line calls."""

import subprocess
import sys
from pathlib import Path

import pytest

import synthaudit
from synthaudit.audit.policy import read_policy
from synthaudit.audit.suite.plan import read_plan

PLAN = """
preset = "quick"
[data]
reader = "simulated"
patients = 90
codes = 12
[split]
members = 30
holdout = 30
reference = 30
[sweep]
synthetic_rows = ["1x"]
[controls]
enabled = false
[generators.republish]
[generators.marginal]
[attacks.exact]
[metrics.rare_codes]
"""


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> tuple[synthaudit.Result, Path]:
    folder = tmp_path_factory.mktemp("face")
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    return synthaudit.run(folder / "plan.toml", folder / "out"), folder / "out"


def test_importing_it_is_fast_and_loads_nothing_heavy() -> None:
    code = (
        "import synthaudit, sys, time\n"
        "assert time.process_time() < 0.2, time.process_time()\n"
        "print(*{'torch', 'pandas', 'pydantic', 'numpy', 'typing'} & set(sys.modules))\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


def test_every_name_is_there_and_no_other() -> None:
    for name in synthaudit.__all__:
        assert getattr(synthaudit, name) is not None
    assert set(synthaudit.__all__) <= set(dir(synthaudit))
    with pytest.raises(AttributeError, match="no attribute 'Reslut'"):
        _ = synthaudit.Reslut  # type: ignore[attr-defined]


def test_run_and_load_give_the_same_result(audit: tuple[synthaudit.Result, Path]) -> None:
    result, folder = audit
    assert isinstance(result, synthaudit.Result)
    assert synthaudit.load(folder) == synthaudit.load(str(folder / "result.json")) == result


def test_a_plan_can_be_an_object_and_finished_work_is_reused(audit: tuple[synthaudit.Result, Path]) -> None:
    result, folder = audit
    plan = read_plan(folder.parent / "plan.toml")
    tables = list((folder / "restricted" / "synthetic").iterdir())
    assert len(tables) == 2
    before = {path: path.stat().st_mtime_ns for path in tables}
    again = synthaudit.run(plan, str(folder), workers=1)
    assert [row.number for row in again.rows] == [row.number for row in result.rows]
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_gate_judges_by_a_policy_or_its_name(audit: tuple[synthaudit.Result, Path]) -> None:
    findings = synthaudit.gate(audit[0], "strict")
    assert findings == synthaudit.gate(audit[0], read_policy("strict"))
    assert {finding.system for finding in findings} == {"marginal"}, "republish is a control"
    with pytest.raises(synthaudit.AuditError, match="did you mean 'strict'"):
        synthaudit.gate(audit[0], "strickt")


def test_a_result_compared_with_itself_has_not_risen(audit: tuple[synthaudit.Result, Path]) -> None:
    comparison = synthaudit.compare(audit[0], audit[0])
    assert comparison.changes
    assert all(change.increase == 0 for change in comparison.changes)


def test_report_writes_the_pages_that_it_returns(audit: tuple[synthaudit.Result, Path], tmp_path: Path) -> None:
    files = synthaudit.report(audit[0], tmp_path / "pages", formats=("md", "csv"))
    assert {file.name for file in files} == {"findings.md", "rows.csv"}
    assert all(file.is_file() for file in files)


def test_a_mistake_is_an_audit_error(tmp_path: Path) -> None:
    with pytest.raises(synthaudit.AuditError, match="could not open it"):
        synthaudit.run(tmp_path / "none.toml", tmp_path / "out")
    with pytest.raises(synthaudit.AuditError, match="did you mean 'cuda'"):
        synthaudit.run(tmp_path / "none.toml", tmp_path / "out", device="cudda")
    with pytest.raises(synthaudit.AuditError, match="expected a result file"):
        synthaudit.load(tmp_path)


def test_split_writes_what_the_command_writes(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("who,x\n" + "".join(f"p{at},{at % 3}\n" for at in range(20)), encoding="utf-8")
    files = synthaudit.split(tmp_path / "t.csv", tmp_path / "sides", id="who", members=10, holdout=6, reference=0)
    assert {role: file.read_text().count("p") for role, file in files.items()} == {"members": 10, "holdout": 6}
    with pytest.raises(synthaudit.AuditError, match="exists already"):
        synthaudit.split(tmp_path / "t.csv", tmp_path / "sides", id="who")
