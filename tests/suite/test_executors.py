"""The same numbers wherever cells run, though workers are killed, and though shards do a part each."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from synthaudit.audit.cli import app
from synthaudit.audit.errors import PlanError
from synthaudit.audit.suite.context.task import Task
from synthaudit.audit.suite.execution.executors import executor
from synthaudit.audit.suite.execution.run import run, run_shard
from synthaudit.audit.suite.execution.schedule import ExecutionOptions
from synthaudit.audit.suite.execution.worker import run_task
from synthaudit.audit.suite.plan import Plan
from synthaudit.audit.suite.result import Result

Small = Callable[..., Plan]


def numbers(result: Result) -> dict[str, object]:
    return {row.id: row.number for row in result.rows}


class Killer:
    """Told of each cell; kills one worker with SIGKILL once attacks have begun, and remembers whom."""

    def __init__(self, workers: Callable[[], list[int]]) -> None:
        self.workers, self.killed = workers, 0

    def __call__(self, label: str, done: int, total: int) -> None:
        if not self.killed and label.startswith("membership"):
            self.killed = self.workers()[0]
            os.kill(self.killed, signal.SIGKILL)


def test_a_killed_worker_process_costs_no_number(finished: tuple[Result, Path], tmp_path: Path, small: Small) -> None:
    def workers() -> list[int]:
        from joblib.externals.loky import reusable_executor

        return list(reusable_executor._executor._processes)

    killer = Killer(workers)
    again = run(small(), tmp_path / "run", base=Path(), options=ExecutionOptions(workers=2), on_progress=killer)
    assert killer.killed
    with pytest.raises(ProcessLookupError):
        os.kill(killer.killed, 0)
    assert again.run.failed == ()
    assert numbers(again) == numbers(finished[0])


@pytest.fixture
def cluster() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
    ) as started:
        yield started


def test_a_cluster_changes_no_number_though_a_worker_is_killed(
    finished: tuple[Result, Path], tmp_path: Path, small: Small, cluster: Any
) -> None:
    killer = Killer(lambda: [nanny.pid for nanny in cluster.workers.values()])
    options = ExecutionOptions(scheduler=cluster.scheduler_address)
    again = run(small(), tmp_path / "run", base=Path(), options=options, on_progress=killer)
    assert killer.killed
    assert again.run.failed == ()
    assert numbers(again) == numbers(finished[0])


def test_an_address_elsewhere_must_be_encrypted() -> None:
    with pytest.raises(PlanError, match="expected a tls:// address"), executor(scheduler="tcp://10.0.0.7:8786"):
        pass


def test_shards_share_the_work_and_a_plain_run_assembles(
    finished: tuple[Result, Path], tmp_path: Path, small: Small
) -> None:
    folder = tmp_path / "run"
    counts = [run_shard(small(), folder, (part, 3), base=Path()) for part in (1, 2, 3)]
    assert sum(done for done, _ in counts) == counts[0][1] == finished[0].run.tasks
    assert all(0 < done < total for done, total in counts)
    assert not (folder / "result.json").exists()
    kept = {path: path.stat().st_mtime_ns for path in (folder / "cells").iterdir()}
    assert len(kept) == finished[0].run.tasks
    result = run(small(), folder, base=Path())
    assert numbers(result) == numbers(finished[0])
    assert {path: path.stat().st_mtime_ns for path in (folder / "cells").iterdir()} == kept


@pytest.mark.parametrize("shard", ["0/3", "4/3", "1", "a/b"])
def test_a_shard_that_is_none_is_refused(shard: str, tmp_path: Path) -> None:
    outcome = CliRunner().invoke(app, ["run", "--out", str(tmp_path / "run"), "--shard", shard])
    assert outcome.exit_code == 2
    assert "--shard" in outcome.stderr


def test_a_result_that_a_cluster_lost_is_computed_again(
    finished: tuple[Result, Path], tmp_path: Path, small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dask's executor raises this TypeError where a worker died with a result; here every first attempt is lost."""
    place: dict[str, Any] = {}
    exec(compile("def unpack(result):\n    kind, error, trace = result", "distributed/cfexecutor.py", "exec"), place)
    seen: set[str] = set()

    def losing(task: Task, *rest: Any) -> None:
        if task.label not in seen:
            seen.add(task.label)
            place["unpack"](None)
        run_task(task, *rest)

    monkeypatch.setattr("synthaudit.audit.suite.execution.schedule.run_task", losing)
    again = run(small(), tmp_path / "run", base=Path())
    assert again.run.failed == ()
    assert len(seen) == again.run.tasks
    assert numbers(again) == numbers(finished[0])
