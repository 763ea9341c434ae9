"""Audits of a claim inside a whole audit: a vendor's file, cells that resume, and nothing else that moves."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from synthaudit.audit.cli import app
from synthaudit.audit.policy import judge, read_policy
from synthaudit.audit.records import Cohort, Records, write_table
from synthaudit.audit.suite.attacker import fit_many
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.task import TableSizes
from synthaudit.audit.suite.execution.budget import within_budget
from synthaudit.audit.suite.execution.cost import estimate
from synthaudit.audit.suite.execution.run import run
from synthaudit.audit.suite.plan import Plan, make_plan
from synthaudit.audit.suite.result import Estimated, Result, Unmeasured, read_result
from synthaudit.audit.suite.tasks.listing import list_tasks

Small = Callable[..., Plan]
MECHANISM = {
    "generators": ["vae", "null"],
    "canaries": 60,
    "unique_code_canaries": 20,
    "trainings": 20,
    "patients_per_training": 30,
    "attacks": ["nearest", "calibrated"],
}


def numbers(result: Result, *kinds: str) -> dict[str, object]:
    return {row.id: row.number for row in result.rows if not kinds or row.id.split("/")[0] in kinds}


@pytest.fixture(scope="module")
def audited(small: Small, tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Path, Result]:
    """Return the small audit with two systems that claim nothing, audited as if they did."""
    plan = small(dp_audit=MECHANISM)
    folder = tmp_path_factory.mktemp("mechanism") / "run"
    return plan, folder, run(plan, folder, base=Path())


def test_claims_are_audited_beside_everything_else_and_move_nothing(
    audited: tuple[Plan, Path, Result], finished: tuple[Result, Path]
) -> None:
    plan, _, result = audited
    own = ("pairs", "canaries", "trainings")
    plain = {row.id: row.number for row in finished[0].rows}
    assert {name: number for name, number in numbers(result).items() if name.split("/")[0] not in own} == plain
    rows = [row for row in result.rows if row.section == "privacy"]
    assert {row.method for row in rows} == set(own)
    assert {row.level for row in rows} == {"mechanism"}
    assert {row.system for row in rows} == {"vae", "null"}
    for row in rows:
        if isinstance(row.number, Estimated) and row.statistic == "epsilon_lower":
            assert row.guarantee is not None
            assert row.guarantee.claimed is None
            assert row.guarantee.adjacency == ("replace one" if row.method == "pairs" else "add or remove one")
            assert row.number.ceiling is not None
            assert row.knowledge is not None
    assert not [row for row in rows if row.statistic in ("epsilon_claimed", "claim_excess")]
    assert len({row.id for row in result.rows}) == len(result.rows)
    del plan


def test_what_fails_is_a_row_with_the_reason(audited: tuple[Plan, Path, Result]) -> None:
    # The null control knows the columns of its cohort only, and canaries bring columns of their own.
    _, _, result = audited
    missing = [row for row in result.rows if row.system == "null" and row.method == "canaries"]
    assert len(missing) == 1
    assert (missing[0].section, missing[0].level, missing[0].statistic) == ("privacy", "mechanism", "epsilon_lower")
    assert isinstance(missing[0].number, Unmeasured)
    assert "simulated cohort" in missing[0].number.reason


def test_a_lost_cell_is_computed_again_to_the_same_numbers(audited: tuple[Plan, Path, Result]) -> None:
    plan, folder, result = audited
    before = {path: path.stat().st_mtime_ns for path in (folder / "cells").glob("*.json")}
    lost = [path for path in before if '"label":"canaries/vae' in path.read_text() or '"pairs/vae' in path.read_text()]
    assert len(lost) == 2
    for path in lost:
        path.unlink()
    again = run(plan, folder, base=Path())
    assert numbers(again) == numbers(result)
    kept = [path for path in before if path not in lost]
    assert all(path.stat().st_mtime_ns == before[path] for path in kept)  # nothing else was computed twice


def test_bounds_do_not_depend_on_how_many_trainings_share_a_pass(
    small: Small, tmp_path: Path, audited: tuple[Plan, Path, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_many, "MAX_MODELS", 3)
    other = run(small(dp_audit={**MECHANISM, "canaries": 0, "member_pairs": False}), tmp_path / "run", base=Path())
    assert numbers(other, "trainings") == numbers(audited[2], "trainings")


def test_the_budget_drops_trainings_and_keeps_canaries(small: Small) -> None:
    components = Components(small(dp_audit={**MECHANISM, "generators": ["vae"], "trainings": 100_000}, max_minutes=1.0))
    sides = TableSizes(300, 300, 300, 40, "x", {})
    tasks = list_tasks(components, sides)
    cost = estimate(tasks, components, sides)
    assert cost["trainings"] > 10 > cost["canaries"] > 0
    kept, said = within_budget(tasks, components, sides)
    kinds = {task.kind for task in kept}
    assert {"canaries", "pairs"} <= kinds
    assert "trainings" not in kinds
    assert any("many trainings" in line for line in said)


# A vendor's file.


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of sides parted by lot, a table of members, and one that saw nobody."""
    folder = tmp_path_factory.mktemp("vendor")
    drawn = Cohort(codes=60).draw(1800, seed=5)
    parts = {"members": (0, 500), "holdout": (500, 1000), "reference": (1000, 1400), "fresh": (1400, 1800)}
    for name, (start, stop) in parts.items():
        write_table(drawn.take(slice(start, stop)), folder / f"{name}.csv")
    write_table(Records.concat([drawn.take(slice(0, 500))] * 2), folder / "copies.csv")
    return folder


def vendor(tables: Path, out: Path, table: str, **mechanism: Any) -> Result:
    raw = {
        "preset": "quick",
        "data": {"members": "members.csv", "holdout": "holdout.csv", "reference": "reference.csv"},
        "attacks": {"nearest": {}, "calibrated": {}},
        "metrics": {},
        "controls": {"enabled": False},
        "synthetic": {"vendor": {"path": f"{table}.csv", "claim": {"epsilon": 1.0, "delta": 1e-6}}},
        "dp_audit": mechanism,
    }
    return run(make_plan(raw), out, base=tables)


def test_a_vendor_s_claim_is_refuted_by_copies(tables: Path, tmp_path: Path) -> None:
    result = vendor(tables, tmp_path / "run", "copies", random_split=True)
    rows = {row.statistic: row for row in result.rows if row.method == "pairs"}
    assert isinstance(rows["epsilon_claimed"].number, Estimated)
    assert rows["epsilon_claimed"].number.value == 2.0  # replacing one is removing and adding
    excess = rows["claim_excess"].number
    assert isinstance(excess, Estimated)
    assert excess.p_value is not None
    assert excess.value > 1.0
    assert excess.p_value < 0.002
    guarantee = rows["epsilon_lower"].guarantee
    assert guarantee is not None
    assert not guarantee.verified
    assert guarantee.adjacency == "replace one"
    assert "as the plan states" in guarantee.note
    card = result.system("vendor")
    assert card.ledger is not None
    assert "unverified" in card.ledger.accesses[0].mechanism
    assert next(row.number for row in result.rows if row.method == "claim") == rows[
        "epsilon_claimed"
    ].number.model_copy(update={"value": 1.0, "low": 1.0, "high": 1.0})


def test_a_vendor_s_claim_stands_where_nobody_was_seen(tables: Path, tmp_path: Path) -> None:
    result = vendor(tables, tmp_path / "run", "fresh", random_split=True)
    excess = next(row.number for row in result.rows if row.statistic == "claim_excess")
    assert isinstance(excess, Estimated)
    assert excess.value < 0
    assert excess.ceiling is not None
    assert excess.ceiling > 0  # the audit could have refuted it
    finding = next(finding for finding in judge(result, read_policy()) if finding.section == "privacy")
    assert finding.verdict == "pass"
    assert "not refuted, which proves nothing" in finding.reason


def test_sides_that_came_as_files_are_no_coins_unless_somebody_says_so(tables: Path, tmp_path: Path) -> None:
    result = vendor(tables, tmp_path / "run", "copies")
    numbers = [row.number for row in result.rows if row.method == "pairs" and row.statistic != "epsilon_claimed"]
    assert len(numbers) == 2
    for number in numbers:
        assert isinstance(number, Unmeasured)
        assert "random_split = true" in number.reason


def test_check_takes_a_claim_as_options(tables: Path, tmp_path: Path) -> None:
    sides = [f"--{side}={tables / side}.csv" for side in ("members", "holdout", "reference")]
    options = ["--claim-epsilon=1", "--claim-delta=1e-6", "--random-split", "--preset=quick", "--workers=1"]
    out = tmp_path / "run"
    done = CliRunner().invoke(app, ["check", *sides, f"--synthetic={tables / 'copies.csv'}", *options, f"--out={out}"])
    assert done.exit_code == 0, done.output
    found = read_result(out).select(section="privacy", statistic="claim_excess")
    assert all(isinstance(row.number, Estimated) and row.number.low > 0 for row in found)
    bad = CliRunner().invoke(app, ["check", *sides, f"--synthetic={tables / 'copies.csv'}", "--claim-epsilon=-1"])
    assert bad.exit_code == 2
