"""Contract of every kind of task: it lists, costs and ranks its own tasks, in the order of the result."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from synthaudit.audit.records import Cohort
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.distinctive import Distinctive
from synthaudit.audit.suite.context.targets import ShuffledTargets, Targets
from synthaudit.audit.suite.context.task import TableSizes
from synthaudit.audit.suite.plan import Plan
from synthaudit.audit.suite.tasks import TASKS
from synthaudit.audit.suite.tasks.listing import DEPENDENT, aggregate_tasks, list_tasks
from synthaudit.audit.suite.tasks.task_kind import DropRank, DropReason, MostKnowledge, TaskStage

Small = Callable[..., Plan]
SIZES = TableSizes(members=300, holdout=300, reference=300, columns=40, fingerprint="x", files={"vendor": 200})
EVERYTHING: dict[str, Any] = {
    "generators": {"vae": {"epochs": 2}, "republish": {}},
    "synthetic": {"vendor": {"path": "vendor.csv", "made_from_split": True}},
    "dp_audit": {"generators": ["vae"], "canaries": 20, "trainings": 20},
}


@pytest.fixture
def components(small: Small) -> Components:
    return Components(small(**EVERYTHING))


@pytest.mark.parametrize("name", TASKS)
def test_a_kind_lists_costs_and_ranks_its_own_tasks(name: str, components: Components) -> None:
    tasks = list_tasks(components, SIZES)
    own = [task for task in tasks if task.kind == name]
    listed = list(TASKS[name].enumerate(components, SIZES, [task for task in tasks if task.kind not in DEPENDENT]))
    assert {task.label for task in listed} == {task.label for task in own} != set()
    for task in own:
        assert task.label.startswith(f"{name}/")
        assert TASKS[name].cost(task, components, SIZES) > 0
        rank = TASKS[name].rank(task, components, SIZES, MostKnowledge.of(tasks))
        assert rank is None or isinstance(rank, DropRank)


def test_tasks_stand_in_the_order_of_the_result(components: Components) -> None:
    tasks = list_tasks(components, SIZES)
    stages = [TASKS[task.kind].stage for task in tasks]
    assert stages == sorted(stages)
    attacked = [task for task in tasks if TASKS[task.kind].stage is TaskStage.RELEASE]
    systems = list(components.systems)
    places = [(systems.index(task.system), task.release, not TASKS[task.kind].by_size) for task in attacked]
    assert places == sorted(places)
    assert {"joint", "pairs", "groups", "planted"} == DEPENDENT


def test_tasks_on_scores_follow_from_the_attacks_that_are_left(components: Components) -> None:
    tasks = [task for task in list_tasks(components, SIZES) if task.kind not in DEPENDENT]
    (whole,) = [task for task in aggregate_tasks(tasks, components, SIZES) if task.label.startswith("joint/vae/0")]
    fewer = [task for task in tasks if task.key != whole.sources[0]]
    (rest,) = [task for task in aggregate_tasks(fewer, components, SIZES) if task.label.startswith("joint/vae/0")]
    assert rest.sources == whole.sources[1:]
    assert rest.key != whole.key
    assert aggregate_tasks([], components, SIZES) == ()


def test_later_releases_go_before_earlier_ones_and_last_of_all() -> None:
    ranks = [DropRank(DropReason.LATER_RELEASE, -release) for release in (1, 2)]
    assert sorted(ranks)[0].order == -2
    assert max(DropReason) is DropReason.LATER_RELEASE


def test_shuffled_targets_come_back_to_their_sides() -> None:
    pool = Cohort(codes=20).draw(30, seed=0)
    sides = pool.take(slice(0, 12)), pool.take(slice(12, 30))
    targets = Targets(*sides, Distinctive(np.ones(12, bool), np.ones(18, bool), 0.0))
    shuffled = ShuffledTargets.of(targets, targets.pooled, seed=4)
    assert not np.array_equal(shuffled.records.patients, pool.patients), "their order says nothing"
    members, holdout = shuffled.by_side(shuffled.records.patients)
    np.testing.assert_array_equal(members, sides[0].patients)
    np.testing.assert_array_equal(holdout, sides[1].patients)
