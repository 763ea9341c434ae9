"""One audit from plan to result: complete, honest about its controls, the same whoever computes it, and resumable."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthaudit.audit.errors import InputError
from synthaudit.audit.policy import SHIPPED, judge, read_policy
from synthaudit.audit.records import Cohort, write_table
from synthaudit.audit.suite.execution.run import run
from synthaudit.audit.suite.execution.schedule import ExecutionOptions
from synthaudit.audit.suite.plan import Plan
from synthaudit.audit.suite.result import Estimated, PlantedTrials, Result, Unmeasured, fewest_noticed, read_result

Small = Callable[..., Plan]


def numbers(result: Result) -> dict[str, object]:
    return {row.id: row.number for row in result.rows}


def test_every_number_has_an_id_of_its_own_and_says_what_it_is_about(finished: tuple[Result, Path]) -> None:
    result, _ = finished
    ids = [row.id for row in result.rows]
    assert len(set(ids)) == len(ids) > 100
    for row in result.rows:
        if row.section == "membership":
            assert row.knowledge is not None
            assert row.knowledge.synthetic_rows in (150, 300)
            assert row.level == "release"
            assert row.members <= 300
            assert row.members > 0 or isinstance(row.number, Unmeasured)
        if isinstance(row.number, Estimated):
            assert row.number.confidence == 0.95
            assert row.number.low < (row.number.high if row.number.high is not None else np.inf) or (
                row.section == "fidelity"
            )


def test_a_republished_table_is_caught_and_fresh_patients_are_not(finished: tuple[Result, Path]) -> None:
    result, _ = finished
    for system, leaks in (("republish", True), ("null", False)):
        for row in result.select(section="membership", system=system, statistic="auc", method="nearest"):
            if row.knowledge is not None and row.knowledge.synthetic_rows == 300:
                assert isinstance(row.number, Estimated)
                assert (row.number.low > 0.6) == leaks
        leakage = [
            row.number.low
            for row in result.select(section="attribute", system=system, statistic="leakage_sensitivity")
            if isinstance(row.number, Estimated) and row.knowledge is not None and row.knowledge.known_columns == 8
        ]
        # Eight intervals at 95 % on one fixed seed; no attack on fresh patients may come near a tenth.
        assert (max(leakage) > 0.05) == leaks


def test_controls_are_there_and_a_planted_leak_is_noticed(finished: tuple[Result, Path]) -> None:
    result, _ = finished
    controls = {(row.method, row.statistic) for row in result.select(section="control")}
    assert ("blind", "auc") in controls
    assert [row.slice for row in result.select(method="blind")] == ["linear classifier", "boosted trees"]
    planted = [series for series in result.series if PlantedTrials.of(series)]
    assert {series.system for series in planted} == {"vae"}, "nothing is planted into controls"
    assert {"nearest", "copies", "each column", "replay"} <= {series.method for series in planted}
    powers = [power for finding in judge(result, read_policy("default")) for power in finding.power]
    assert fewest_noticed(powers) is not None


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_policy_judges_a_finished_audit(name: str, finished: tuple[Result, Path]) -> None:
    findings = judge(finished[0], read_policy(name))
    assert {finding.system for finding in findings} == {"vae"}
    assert all(finding.verdict in ("pass", "fail", "inconclusive", "not measured") for finding in findings)
    attacked = [finding for finding in findings if finding.section in ("membership", "reidentification")]
    assert any(finding.power for finding in attacked)


def test_the_result_reads_back_and_holds_no_patient(finished: tuple[Result, Path]) -> None:
    result, folder = finished
    assert read_result(folder) == result
    text = (folder / "result.json").read_text()
    assert str(folder) not in text
    assert "/tmp" not in text


def test_what_is_restricted_is_the_owners_alone(finished: tuple[Result, Path]) -> None:
    _, folder = finished
    for path in (folder / "restricted").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name
    assert not any(path.name.startswith("republish") for path in (folder / "synthetic").iterdir())
    assert (folder / "synthetic" / "vae-0.parquet").exists()


def test_raw_ids_are_gone(tmp_path: Path, small: Small) -> None:
    patients = np.array([f"SECRET-{number}" for number in range(240)])
    table = Cohort(codes=12, labs=1).draw(240, seed=1).with_patients(patients)
    write_table(table, tmp_path / "patients.csv", id="mrn")
    plan = small(
        data={"reader": "table", "path": "patients.csv", "id": "mrn"},
        split={"members": 80, "holdout": 80, "reference": 80},
        generators={"marginal": {}},
        sweep={"releases": 1, "known_columns": [2]},
        controls={"repeats": 1},
    )
    run(plan, tmp_path / "run", base=tmp_path)
    for path in (tmp_path / "run").rglob("*"):
        assert path.is_dir() or b"SECRET-" not in path.read_bytes(), path.name


def test_worker_processes_change_no_number(finished: tuple[Result, Path], tmp_path: Path, small: Small) -> None:
    again = run(small(), tmp_path / "run", base=Path(), options=ExecutionOptions(workers=2))
    assert numbers(again) == numbers(finished[0])


def test_a_run_goes_on_where_it_stopped(finished: tuple[Result, Path], tmp_path: Path, small: Small) -> None:
    result, folder = finished
    copy = tmp_path / "run"
    shutil.copytree(folder, copy)
    tasks = sorted((copy / "cells").iterdir())
    for path in tasks[::3]:
        path.unlink()
    tasks[1].write_text("{damaged")
    kept = {path: path.stat().st_mtime_ns for path in tasks[2::3]}
    done: list[str] = []
    again = run(small(), copy, base=Path(), on_progress=lambda label, n, m: done.append(label))
    assert numbers(again) == numbers(result)
    assert len(done) == again.run.tasks
    assert {path: path.stat().st_mtime_ns for path in kept} == kept, "a finished cell is never computed twice"


def test_a_killed_run_loses_at_most_the_cell_in_flight(
    finished: tuple[Result, Path], tmp_path: Path, small: Small, raw_small: dict[str, Any]
) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(raw_small))
    code = (
        "import json, sys; from pathlib import Path\n"
        "from synthaudit.audit.suite.plan import make_plan; from synthaudit.audit.suite.execution.run import run\n"
        "run(make_plan(json.loads(Path(sys.argv[1]).read_text())), Path(sys.argv[2]), base=Path())\n"
    )
    folder = tmp_path / "run"
    process = subprocess.Popen([sys.executable, "-c", code, str(plan), str(folder)])
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and len(list(folder.glob("cells/*.json"))) < 8:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    survived = len(list(folder.glob("cells/*.json")))
    assert survived >= 8
    assert not (folder / "result.json").exists()
    assert numbers(run(small(), folder, base=Path())) == numbers(finished[0])


def test_a_system_that_cannot_be_trained_does_not_stop_the_others(tmp_path: Path, small: Small) -> None:
    plan = small(
        data={"reader": "sklearn", "name": "breast_cancer"},  # the null control knows the simulated cohort's law only
        split={"members": 80, "holdout": 80, "reference": 40},
        sweep={"releases": 1, "known_columns": [2]},
        generators={"marginal": {}, "null": {}},
        controls={"enabled": False},
    )
    result = run(plan, tmp_path / "run", base=tmp_path)
    assert result.system("null").problems
    missing = list(result.select(system="null", section="membership"))
    assert missing
    assert all(isinstance(row.number, Unmeasured) and "not trained" in row.number.reason for row in missing)
    assert any(isinstance(row.number, Estimated) for row in result.select(system="marginal", statistic="auc"))


def test_ten_patients_are_audited_and_said_to_be_few(tmp_path: Path, small: Small) -> None:
    plan = small(
        data={"reader": "simulated", "patients": 25, "codes": 10},
        split={"members": 10, "holdout": 10, "reference": 5},
        generators={"marginal": {}},
        sweep={"releases": 1, "known_columns": [2]},
    )
    result = run(plan, tmp_path / "run", base=Path())
    assert any("only 10 patients" in note for note in result.split.notes)
    low = next(iter(result.select(section="membership", statistic="tpr_at_fpr", slice="fpr 0.01")))
    assert isinstance(low.number, Unmeasured)
    assert "368" in low.number.reason
    for row in result.select(section="membership", statistic="auc"):
        # Groups of a few patients, and an attack on numbers of many values in a table of codes, are not measured.
        if row.slice.startswith("group: ") or row.method == "value_reuse":
            assert isinstance(row.number, Unmeasured)
            continue
        assert isinstance(row.number, Estimated)
        assert row.number.high is not None
        assert row.number.high - row.number.low > 0.2


def test_an_unwritable_folder_is_named_before_anything_runs(tmp_path: Path, small: Small) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="--out"):
        run(small(), tmp_path / "file", base=Path())
