"""The plan kept beside a result is the plan that was audited, and names no folder."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synthaudit.audit.suite.plan import Plan, make_plan, plan_from_files, read_plan
from synthaudit.audit.suite.plan.example import EXAMPLE
from synthaudit.audit.suite.plan.plan_text import plan_text
from synthaudit.audit.suite.result import Result

ROOT = Path(__file__).resolve().parents[2]
PLANS = [EXAMPLE, *sorted((ROOT / "examples").glob("*.toml"))]


def again(plan: Plan) -> Plan:
    return make_plan(tomllib.loads(plan_text(plan)))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
@pytest.mark.parametrize("preset", ["quick", "standard", "thorough"])
def test_it_reads_back_equal(path: Path, preset: str) -> None:
    plan = read_plan(path, override={"preset": preset})
    assert again(plan).published() == plan.published()
    assert again(plan).sha256() == plan.sha256()


@pytest.mark.parametrize(
    "more",
    [
        {"title": 'A "quoted" title \\ with ü, 漢 and 𝔘'},
        {"generators": {"vae 2.0 (mine)": {"use": "vae", "epochs": 2}}},
        {"limit_minutes": 2.5, "max_minutes": 1.0},
    ],
)
def test_names_and_numbers_of_every_kind_survive(more: dict[str, Any], small: Callable[..., Plan]) -> None:
    plan = small(**more)
    assert again(plan).published() == plan.published()


def test_no_folder_is_named(tmp_path: Path) -> None:
    files = [tmp_path / "Maria" / f"{name}.csv" for name in ("members", "holdout", "synthetic")]
    plan = plan_from_files(*files, schema=tmp_path / "schema.toml")
    assert "Maria" not in plan_text(plan)
    assert str(tmp_path) not in plan_text(plan)
    assert again(plan).sha256() == plan.sha256()


def test_a_run_leaves_the_plan_of_its_result(finished: tuple[Result, Path]) -> None:
    assert read_plan(finished[1] / "plan.toml").sha256() == finished[0].plan_sha256
