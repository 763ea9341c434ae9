"""A table that was handed in is attacked as a whole, whatever sizes a plan sweeps."""

import dataclasses

from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.task import TableSizes, Task
from synthaudit.audit.suite.execution.untested import list_sampled
from synthaudit.audit.suite.plan import make_plan
from synthaudit.audit.suite.result import SplitCard, SplitPart
from synthaudit.audit.suite.tasks.listing import list_tasks
from synthaudit.audit.suite.tasks.synthetic_sizes import is_part, main_size, synthetic_sizes

SIZES = TableSizes(
    members=1000, holdout=800, reference=500, columns=50, fingerprint="f", files={"long": 60_000, "short": 120}
)


def components(**tables: object) -> Components:
    """Return the parts of a plan on two given tables and one generator."""
    data = {"members": "members.csv", "holdout": "holdout.csv", "reference": "reference.csv"}
    files = {name: {"path": f"{name}.csv"} for name in SIZES.files}
    return Components(make_plan({"data": data, "synthetic": files, "generators": {"marginal": {}}, **tables}))


def of_system(tasks: tuple[Task, ...], system: str, kind: str) -> list[Task]:
    return [task for task in tasks if (task.system, task.kind) == (system, kind)]


def test_the_whole_is_among_the_sizes_whatever_the_plan_sweeps() -> None:
    parts = components(sweep={"synthetic_rows": ["0.05x", "1x", 90_000]})
    assert synthetic_sizes(parts, SIZES, "long") == (50, 1000, 60_000)
    assert synthetic_sizes(parts, SIZES, "short") == (50, 120)
    assert synthetic_sizes(parts, SIZES, "marginal") == (50, 1000, 90_000)
    assert synthetic_sizes(components(sweep={"synthetic_rows": [30]}), SIZES, "short") == (30, 120)
    assert [is_part(SIZES, "long", rows) for rows in (1000, 59_999, 60_000)] == [True, True, False]
    assert not is_part(SIZES, "marginal", 50)


def test_every_attack_meets_the_whole_and_only_the_whole_is_searched_for_power_and_patients() -> None:
    parts = components()
    tasks = list_tasks(parts, SIZES)
    for system, rows in SIZES.files.items():
        whole = {task.method for task in of_system(tasks, system, "membership") if task.synthetic == rows}
        assert whole == set(parts.membership)
        for kind in ("copies", "secrets", "reidentification", "planted", "joint", "groups"):
            assert {task.synthetic for task in of_system(tasks, system, kind)} == {rows}, kind
        known = {task.known for task in of_system(tasks, system, "attribute") if task.synthetic == rows}
        assert known == {1, 4, 16}
    (joint,) = of_system(tasks, "long", "joint")
    assert set(joint.sources) == {
        task.key for task in of_system(tasks, "long", "membership") if task.synthetic == 60_000
    }


def test_a_part_is_attacked_for_the_curves_by_few() -> None:
    parts = components()
    tasks = list_tasks(parts, SIZES)
    members = [task for task in of_system(tasks, "long", "membership") if task.synthetic < 60_000]
    assert {task.method for task in members} == set(parts.power_attacks()) < set(parts.membership)
    assert {task.synthetic for task in members} == {300, 1000, 3000}
    assert len(members) == 3 * len(parts.power_attacks()), "with the most reference records only"
    attribute = [task for task in of_system(tasks, "long", "attribute") if task.synthetic < 60_000]
    assert {task.known for task in attribute} == {16}
    generated = {task.method for task in of_system(tasks, "marginal", "membership") if task.synthetic == 300}
    assert generated == set(parts.membership), "tables that the audit samples have the plan's sizes"


def test_a_budget_never_drops_the_whole() -> None:
    parts = components()
    candidates = synthetic_sizes(parts, SIZES, "long")
    assert main_size(candidates, SIZES, "long") == 60_000
    assert main_size(synthetic_sizes(parts, SIZES, "marginal"), SIZES, "marginal") == 1000
    longer = dataclasses.replace(SIZES, files={"long": 1000, "short": 120})
    assert main_size(synthetic_sizes(parts, longer, "long"), longer, "long") == 1000


def test_a_sample_of_the_targets_is_taken_where_one_costs_much_and_said() -> None:
    wide = dataclasses.replace(SIZES, members=30_000, holdout=30_000, columns=4000, files={"long": 60_000})
    shadows = {"lira": {"models": 8}, "calibrated": {}, "donors": {}}
    parts = Components(
        make_plan(
            {
                "data": {"members": "m.csv", "holdout": "h.csv", "reference": "r.csv"},
                "synthetic": {"long": {"path": "long.csv"}},
                "generators": {"marginal": {}},
                "attacks": shadows,
                "controls": {"attacks": ["calibrated"]},
            }
        )
    )
    tasks = list_tasks(parts, wide)
    samples = {(task.kind, task.method): task.sample for task in tasks}
    assert samples["membership", "calibrated"] == samples["copies", ""] == samples["planted", "calibrated"] == 0
    assert samples["membership", "lira"] == 2000
    assert samples["attribute", "donors"] == samples["blind", ""] == 2500, "twenty million cells"
    narrow = list_tasks(parts, dataclasses.replace(wide, columns=30))
    assert {task.sample for task in narrow if task.kind in ("attribute", "secrets", "blind")} == {0, 7407, 11_111}
    few = list_tasks(parts, dataclasses.replace(wide, members=1500, holdout=2000, columns=30))
    assert {task.sample for task in few} == {0}
    side = SplitPart(rows=30_000, patients=30_000)
    split = SplitCard(
        members=side, holdout=side, reference=side, target_members=20_000, target_holdout=20_000, seed=None,
        small_count=10, identical=0.0, near_identical=0.0, identical_among_members=0.0,
    )  # fmt: skip
    notes = list_sampled(narrow, split)
    assert notes[0].startswith("Attacks by shadow models or on a generator's weights looked at 2,000 patients of each")
    assert len(notes) == 3
    assert list_sampled(few, split) == ()
