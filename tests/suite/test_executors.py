"""The same numbers wherever cells run, though workers are killed, and though shards do a part each."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from synthaudit.audit.cli import app
from synthaudit.audit.errors import InputError, PlanError
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
def keys(tmp_path: Path) -> Path:
    """Return a folder with a certificate that is its own authority, as the README makes it."""
    folder = tmp_path / "keys"
    folder.mkdir()
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=synthaudit -keyout key.pem -out cert.pem"
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    shutil.copy(folder / "cert.pem", folder / "ca.pem")
    (folder / "key.pem").chmod(0o600)
    return folder


@pytest.fixture
def cluster(keys: Path) -> Iterator[Any]:
    distributed = pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    pem = {name: str(keys / f"{name}.pem") for name in ("ca", "cert", "key")}
    sides = {f"tls_{side}_{name}": pem[name] for side in ("scheduler", "worker", "client") for name in ("cert", "key")}
    security = distributed.Security(require_encryption=True, tls_ca_file=pem["ca"], **sides)
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="tls://127.0.0.1",
        protocol="tls://",
        security=security,
        dashboard_address=None,
        silence_logs=50,
    ) as started:
        yield started


def test_a_cluster_changes_no_number_though_a_worker_is_killed(
    finished: tuple[Result, Path], tmp_path: Path, small: Small, cluster: Any, keys: Path
) -> None:
    killer = Killer(lambda: [nanny.pid for nanny in cluster.workers.values()])
    assert cluster.scheduler_address.startswith("tls://")
    options = ExecutionOptions(scheduler=cluster.scheduler_address, scheduler_keys=keys)
    again = run(small(), tmp_path / "run", base=Path(), options=options, on_progress=killer)
    assert killer.killed
    assert again.run.failed == ()
    assert numbers(again) == numbers(finished[0])


@pytest.mark.parametrize("address", ["tcp://10.0.0.7:8786", "tcp://127.0.0.1:8786", "localhost:8786", "ws://[::1]:1"])
def test_every_address_must_be_encrypted(address: str) -> None:
    with pytest.raises(PlanError, match=r"expected a tls:// address.*--clear-text-scheduler"):
        executor(scheduler=address).__enter__()


def test_clear_text_is_taken_where_it_is_asked_for() -> None:
    pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    with pytest.raises(PlanError, match="none answered"):
        executor(scheduler="tcp://127.0.0.1:9", clear_text=True).__enter__()


def test_a_scheduler_of_another_authority_is_not_trusted(cluster: Any, tmp_path: Path, keys: Path) -> None:
    with executor(scheduler=cluster.scheduler_address, scheduler_keys=keys) as pool:
        assert pool.submit(sum, (1, 2)).result(30) == 3
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other -keyout key.pem -out cert.pem"
    subprocess.run(command.split(), cwd=keys, check=True, capture_output=True)
    (keys / "key.pem").chmod(0o600)
    with pytest.raises(PlanError, match="none answered"):
        executor(scheduler=cluster.scheduler_address, scheduler_keys=keys).__enter__()


@pytest.mark.parametrize(("harm", "said"), [("missing", "found no cert.pem"), ("open", "its owner alone may read")])
def test_keys_are_all_there_and_private(harm: str, said: str, keys: Path) -> None:
    pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    (keys / "cert.pem").unlink() if harm == "missing" else (keys / "key.pem").chmod(0o644)
    with pytest.raises(InputError, match=said):
        executor(scheduler="tls://127.0.0.1:9", scheduler_keys=keys).__enter__()


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


class LostClient:
    status = "connecting"


class NeverEnding(Executor):
    """A cluster's executor whose scheduler went away with what it held."""

    _client = LostClient()

    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        return Future()


def test_a_scheduler_that_goes_away_is_not_waited_for(
    tmp_path: Path, small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = "synthaudit.audit.suite.execution.schedule"
    monkeypatch.setattr(f"{place}.executor", lambda **_: contextlib.nullcontext(NeverEnding()))
    monkeypatch.setattr(f"{place}.PATIENCE", 0.05)
    with pytest.raises(PlanError, match="it was lost"):
        run(small(), tmp_path / "run", base=Path())
