"""A task that hangs or ends its worker is known by name, and takes no other with it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from joblib.externals.loky import get_reusable_executor

from synthaudit.audit.errors import TimeLimitError
from synthaudit.audit.suite.context.run_folder import RunFolder
from synthaudit.audit.suite.context.task import Task
from synthaudit.audit.suite.execution.attempts import attempt, begun
from synthaudit.audit.suite.execution.run import run
from synthaudit.audit.suite.execution.schedule import DIED, ExecutionOptions
from synthaudit.audit.suite.plan import Plan
from synthaudit.audit.suite.result import Result

Small = Callable[..., Plan]

FAULTY = """
import os, re, signal
from dataclasses import dataclass
from synthaudit.attacks.membership.distance.exact import ExactMatch

@dataclass(frozen=True)
class Hanging(ExactMatch):
    def score(self, targets, knowledge, *, rng):
        re.match(r"(a|a)*b", "a" * 60)  # native code that holds the interpreter's lock for years

@dataclass(frozen=True)
class Deadly(ExactMatch):
    def score(self, targets, knowledge, *, rng):
        os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does where memory ran out
"""


@pytest.fixture
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a module that this process and its workers can import."""
    name = f"faulty_{abs(hash(tmp_path))}"
    (tmp_path / f"{name}.py").write_text(FAULTY)
    monkeypatch.syspath_prepend(tmp_path)
    get_reusable_executor().shutdown(wait=True)  # workers take over the path of the process that starts them
    return name


def plan_with(small: Small, faulty: str, kind: str, **more: Any) -> Plan:
    return small(
        generators={"republish": {}},
        sweep={"releases": 1, "synthetic_rows": ["1x"], "known_columns": [2]},
        attacks={"nearest": {}, "broken": {"use": f"{faulty}:{kind}"}, "tracing": {}},
        controls={"enabled": False},
        **more,
    )


def failures(result: Result) -> dict[str, str]:
    return dict(failure.split(": ", 1) for failure in result.run.failed)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_task_that_hangs_is_stopped_and_named(workers: int, tmp_path: Path, small: Small, faulty: str) -> None:
    plan = plan_with(small, faulty, "Hanging", limit_minutes=0.15)
    result = run(plan, tmp_path / "run", base=Path(), options=ExecutionOptions(workers=workers))
    failed = failures(result)
    direct = [label for label in failed if label.startswith("membership/")]
    assert len(direct) == 1, failed
    assert "/broken/" in direct[0]
    assert "stopped after 0.15 minutes" in failed[direct[0]]
    assert {row.method for row in result.rows if row.section == "membership"} >= {"nearest", "tracing", "broken"}
    assert str(tmp_path) not in result.to_json()


@pytest.mark.slow
def test_a_task_that_ends_its_worker_takes_no_other_with_it(tmp_path: Path, small: Small, faulty: str) -> None:
    plan = plan_with(small, faulty, "Deadly")
    result = run(plan, tmp_path / "run", base=Path(), options=ExecutionOptions(workers=2))
    died = [label for label, reason in failures(result).items() if reason == DIED]
    assert len(died) == 1, failures(result)
    assert "/broken/" in died[0]


def test_a_time_limit_changes_no_number_and_no_name(small: Small) -> None:
    assert small().sha256() == small(limit_minutes=5.0).sha256()
    assert small().sha256() != small(max_minutes=5.0).sha256()


def test_the_next_attempt_knows_that_the_last_took_too_long(tmp_path: Path) -> None:
    folder, task = RunFolder(tmp_path), Task("copies", "vae", key="abc")
    folder.create()
    with attempt(folder, task, minutes=None):
        assert begun(folder, task) == 1
    assert begun(folder, task) == 0
    (folder.work / "begun" / "abc.overtime").write_text("File x.py, line 3 in loop")
    with pytest.raises(TimeLimitError, match="stopped after 2 minutes"), attempt(folder, task, minutes=2):
        pass
    with attempt(folder, task, minutes=None):  # without a limit it is tried again
        pass


@pytest.mark.parametrize("minutes", [0, -1.0])
def test_no_time_is_no_limit(minutes: float, small: Small) -> None:
    with pytest.raises(Exception, match="limit_minutes"):
        small(limit_minutes=minutes)
