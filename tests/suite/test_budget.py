"""A budget drops variants first and controls never, says so, and moves no number of what it keeps."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.task import TableSizes, Task
from synthaudit.audit.suite.execution.budget import within_budget
from synthaudit.audit.suite.execution.cost import estimate
from synthaudit.audit.suite.execution.run import run
from synthaudit.audit.suite.plan import Plan
from synthaudit.audit.suite.tasks.listing import list_tasks

Small = Callable[..., Plan]
SIDES = TableSizes(members=5000, holdout=4000, reference=3000, columns=900, fingerprint="f", files={})
WIDE: dict[str, Any] = {
    "attacks": {"nearest": {}, "calibrated": {}, "lira": {"models": 8}, "donors": {}},
    "sweep": {
        "releases": 3,
        "synthetic_rows": ["0.1x", "1x", "10x"],
        "reference_rows": ["0.1x", "0.5x"],
        "known_columns": [4, 64],
        "error_rate": [0.0, 0.1],
    },
    "generators": {"vae": {}},
}


def kept(small: Small, minutes: float | None) -> tuple[set[Task], tuple[str, ...], float]:
    components = Components(small(**WIDE, max_minutes=minutes))
    tasks, dropped = within_budget(list_tasks(components, SIDES), components, SIDES)
    return set(tasks), dropped, estimate(tasks, components, SIDES)["total"]


def test_without_a_budget_everything_stays(small: Small) -> None:
    tasks, dropped, _ = kept(small, None)
    assert tasks == set(list_tasks(Components(small(**WIDE)), SIDES))
    assert dropped == ()


def test_variants_go_first_and_releases_last(small: Small) -> None:
    whole, _, total = kept(small, None)
    seen = [len(whole)]
    for share in (0.95, 0.6, 0.3):
        tasks, dropped, minutes = kept(small, share * total)
        assert minutes <= share * total
        assert dropped
        seen.append(len(tasks))
        releases = {task.release for task in tasks}
        if len({task.synthetic for task in tasks if task.kind == "membership"}) == 3:
            assert releases == {0, 1, 2}
    assert seen == sorted(seen, reverse=True)
    assert not any(task.error_rate for task in kept(small, 0.6 * total)[0])


def test_controls_and_the_main_question_are_never_dropped(small: Small) -> None:
    whole, _, _ = kept(small, None)
    tasks, dropped, _ = kept(small, 0.001)
    for kind in ("blind", "number_format", "yardstick", "planted"):
        assert {c for c in whole if c.kind == kind} == {c for c in tasks if c.kind == kind} != set()
    (attribute,) = [task for task in tasks if task.kind == "attribute"]
    assert (attribute.synthetic, attribute.known, attribute.error_rate, attribute.release) == (5000, 64, 0.0, 0)
    assert {task.method for task in tasks if task.kind == "membership"} == {"nearest", "calibrated"}
    assert {task.kind for task in tasks if task.sources} == {"joint", "groups", "planted"}
    assert "Nothing more could be left out" in dropped[-1]


def test_what_stays_is_the_same_cell_at_the_same_address(small: Small) -> None:
    whole, _, total = kept(small, None)
    some, _, _ = kept(small, 0.5 * total)
    assert {task for task in some if not task.sources} < whole


def test_a_result_says_what_its_budget_left_out(tmp_path: Path, small: Small) -> None:
    plan = small(max_minutes=0.0001, generators={"marginal": {}}, metrics={}, controls={"enabled": False})
    result = run(plan, tmp_path / "run", base=Path())
    assert any("To stay within 0.0001 minutes" in said for said in result.untested)
    assert {row.knowledge.synthetic_rows for row in result.rows if row.knowledge} == {300}
