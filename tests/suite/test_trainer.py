"""Shadow models in an audit: trained once a system, as the real one was, kept, shared, and refused without recipe."""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from synthaudit.audit.protocols import Training
from synthaudit.audit.records import Cohort, Records, write_table
from synthaudit.audit.suite.attacker.shadow_trainer import RecipeTrainer
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.task import TableSizes
from synthaudit.audit.suite.execution.cost import estimate
from synthaudit.audit.suite.execution.run import run
from synthaudit.audit.suite.execution.schedule import ExecutionOptions
from synthaudit.audit.suite.plan import Plan
from synthaudit.audit.suite.result import Estimated, Result, Unmeasured
from synthaudit.audit.suite.tasks.listing import list_tasks
from synthaudit.generators import GENERATORS

Small = Callable[..., Plan]
ATTACKS: dict[str, Any] = {
    "lira": {"models": 8},
    "offline": {"use": "lira", "mode": "offline", "models": 8, "signal": "nearest"},
    "rmia": {"models": 8},
    "elbo": {},
    "critic": {},
}


def audited(small: Small, folder: Path, workers: int = 1, **tables: Any) -> Result:
    plan = small(
        **{
            "generators": {"vae": {"epochs": 2}, "republish": {}, "null": {"population": 2}},
            "attacks": ATTACKS,
            "metrics": {},
            "controls": {"enabled": False},
            **tables,
        }
    )
    return run(plan, folder / "run", base=folder, options=ExecutionOptions(workers=workers))


@pytest.fixture(scope="module")
def shadowed(tmp_path_factory: pytest.TempPathFactory, small: Small) -> tuple[Result, Path]:
    folder = tmp_path_factory.mktemp("shadows")
    return audited(small, folder), folder / "run"


def auc(result: Result, system: str, method: str) -> list[Estimated | Unmeasured]:
    wanted = {"section": "membership", "system": system, "method": method, "statistic": "auc", "slice": "all"}
    return [row.number for row in result.select(**wanted)]


def test_one_ensemble_a_system_serves_every_attack_size_and_release(shadowed: tuple[Result, Path]) -> None:
    result, folder = shadowed
    assert result.run.failed == ()
    ensembles = [path for path in (folder / "restricted" / "shadows").iterdir() if path.is_dir()]
    assert len(ensembles) == 3
    assert all(len(list(path.glob("*.npz"))) == 8 for path in ensembles)
    for method in ("lira", "offline", "rmia"):
        # Four rows: two sizes and two releases.
        assert [type(number) for number in auc(result, "vae", method)] == [Estimated] * 4


def test_shadow_attacks_catch_a_republished_table_and_spare_fresh_patients(shadowed: tuple[Result, Path]) -> None:
    result, _ = shadowed
    for method in ("lira", "offline", "rmia"):
        for system, leaks in (("republish", True), ("null", False)):
            rows = result.select(section="membership", system=system, method=method, statistic="auc", slice="all")
            for row in rows:
                assert isinstance(row.number, Estimated)
                assert row.knowledge is not None
                assert row.knowledge.access == "synthetic rows and the generator's recipe"
                assert row.knowledge.reference_rows == 300
                if row.knowledge.synthetic_rows == 300:
                    # 300 + 300 targets: 4 standard errors of a null AUC are .095.
                    assert row.number.low > 0.6 if leaks else abs(row.number.value - 0.5) < 0.095


def test_what_shadows_leave_behind_is_the_owners_alone(shadowed: tuple[Result, Path]) -> None:
    for path in (shadowed[1] / "restricted").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name


def test_weights_are_read_where_there_are_any(shadowed: tuple[Result, Path]) -> None:
    result, folder = shadowed
    assert all(isinstance(number, Estimated) for number in auc(result, "vae", "elbo"))
    (reason,) = {n.reason for n in auc(result, "vae", "critic") if isinstance(n, Unmeasured)}
    assert reason == "the generator's weights give no critic; they give bound, reconstruction"
    (reason,) = {n.reason for n in auc(result, "republish", "elbo") if isinstance(n, Unmeasured)}
    assert reason == "the attacker does not hold the generator's weights"
    assert len(list((folder / "restricted" / "synthetic").glob("vae-*.safetensors"))) == 2


def test_workers_that_ask_at_once_change_no_number(shadowed: tuple[Result, Path], tmp_path: Path, small: Small) -> None:
    again = audited(small, tmp_path, workers=2)
    assert {row.id: row.number for row in again.rows} == {row.id: row.number for row in shadowed[0].rows}


def test_a_table_that_was_handed_in_has_no_recipe(tmp_path: Path, small: Small) -> None:
    for side, seed in (("members", 0), ("holdout", 1), ("made", 2)):
        write_table(Cohort(codes=12).draw(60, seed=seed), tmp_path / f"{side}.csv")
    files = {"data": {"reader": "table", "members": "members.csv", "holdout": "holdout.csv"}, "split": {}}
    result = audited(small, tmp_path, generators={}, synthetic={"made": {"path": "made.csv"}}, **files)
    reasons = {number.reason for number in auc(result, "made", "lira") if isinstance(number, Unmeasured)}
    assert reasons == {"the attacker does not hold the generator's recipe"}


def test_one_ensemble_is_reckoned_once_a_system(small: Small) -> None:
    sides = TableSizes(members=300, holdout=300, reference=300, columns=40, fingerprint="f", files={})
    costs = []
    for attacks in (
        {"nearest": {}},
        {"lira": {}},
        {"lira": {}, "rmia": {}, "shadow_ensemble": {}},
        {"lira": {"models": 64}},
    ):
        components = Components(small(generators={"vae": {"epochs": 50}}, attacks=attacks))
        costs.append(estimate(list_tasks(components, sides), components, sides).get("shadows", 0.0))
    assert costs[0] == 0
    assert costs[1] == costs[2] > 0
    assert costs[3] == pytest.approx(4 * costs[1])


def test_an_audit_by_shadow_models_alone_plants_nothing(tmp_path: Path, small: Small) -> None:
    plan = small(generators={"marginal": {}}, attacks={"lira": {"models": 8}}, metrics={}, controls={"enabled": True})
    result = run(plan, tmp_path / "run", base=tmp_path)
    assert result.run.failed == ()
    assert not list(result.select(method="planted"))
    assert list(result.select(section="control", method="blind"))


class Counting:
    """A marginal generator that counts its trainings and fails those of an odd seed."""

    control: ClassVar[bool] = False
    trained: ClassVar[list[int]] = []

    def fit(self, members: Records, *, seed: int, device: str = "cpu") -> Any:
        self.trained.append(len(members))
        fitted = GENERATORS["marginal"]().fit(members, seed=seed)
        if seed % 2:
            return type("Broken", (), {"training": Training(problem="collapsed")})()
        return fitted


def test_shadows_are_kept_cut_to_size_and_left_out_where_broken(tmp_path: Path) -> None:
    pool = Cohort(codes=20).draw(30, seed=0)
    inclusion = np.random.default_rng(0).random((3, 30)) < 0.5
    trainer = RecipeTrainer(Counting(), members=15, rows=12, seed=0, folder=tmp_path / "shadows")
    Counting.trained.clear()
    whole = trainer.train(pool, inclusion, seeds=[2, 3, 4], size=12)
    part = trainer.train(pool, inclusion, seeds=[2, 3, 4], size=5)
    assert Counting.trained == inclusion.sum(axis=1).tolist(), "trained once, on the chosen rows"
    assert [table is None for table in whole] == [False, True, False]
    assert whole[0] is not None
    assert part[0] is not None
    alone = GENERATORS["marginal"]().fit(pool.take(inclusion[0]), seed=2).sample(12, seed=2)
    np.testing.assert_array_equal(whole[0].codes, alone.codes)
    np.testing.assert_array_equal(part[0].codes, alone.codes[:5])
    trainer.train(pool, inclusion, seeds=[2, 3, 6], size=12)
    assert len(Counting.trained) == 6, "other seeds are other models"


def test_a_stack_wider_than_one_pass_is_each_model_trained_alone(tmp_path: Path) -> None:
    pool = Cohort(codes=1000).draw(40, seed=0)  # 16 models a pass
    inclusion = np.tile(np.arange(40) % 2 == 0, (18, 1))
    recipe = GENERATORS["vae"](epochs=2, latent=4, hidden=(8,))
    trainer = RecipeTrainer(recipe, members=20, rows=10, seed=0, folder=tmp_path)
    tables = trainer.train(pool, inclusion, seeds=list(range(18)), size=10)
    assert len(tables) == 18
    for at in (0, 15, 17):
        alone = recipe.fit(pool.take(inclusion[at]), seed=at).sample(10, seed=at)
        table = tables[at]
        assert table is not None
        np.testing.assert_array_equal(table.codes, alone.codes)
