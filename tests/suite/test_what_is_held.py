"""What attackers hold besides one table: more releases, fresh samples, weights of anybody's, and shadows on record."""

import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from synthaudit.audit.errors import PlanError
from synthaudit.audit.protocols import Training
from synthaudit.audit.records import Cohort, Kind, Records
from synthaudit.audit.suite.attacker.stored_generator import CachedSignals
from synthaudit.audit.suite.execution.run import run
from synthaudit.audit.suite.result import Estimated, Result, ThreatModel, Unmeasured
from synthaudit.audit.workload import Workload

Small = Callable[..., Any]


@dataclass(frozen=True)
class Remembering:
    """A generator of a user's own: publishes members' rows, and its critic knows them by heart."""

    title: ClassVar[str] = "Remembering"
    summary: ClassVar[str] = "Knows its members."
    source: ClassVar[str] = "this test"
    kinds: ClassVar[frozenset[Kind]] = frozenset({"binary"})
    control: ClassVar[bool] = False
    broken: bool = False

    def fit(self, members: Records, *, seed: int, device: str = "cpu", progress: Any = None) -> "Remembered":
        return Remembered(members, self.broken)

    def cost(self, work: Workload) -> float:
        return 0.0


@dataclass(frozen=True, eq=False)
class Remembered:
    members: Records
    broken: bool

    @property
    def training(self) -> Training:
        return Training()

    def sample(self, size: int, *, seed: int) -> Records:
        rows = np.random.default_rng(seed).integers(len(self.members), size=size)
        return self.members.take(rows).with_patients(np.arange(size))

    def signals(self, targets: Records) -> Mapping[str, np.ndarray]:
        known = {row.tobytes() for row in self.members.codes}
        critic = np.array([row.tobytes() in known for row in targets.codes], float)
        return {"critic": critic[:-1] if self.broken else critic}


def audited(small: Small, folder: Path, **tables: Any) -> Result:
    plan = {
        "sweep": {"releases": 3, "synthetic_rows": [30], "combined_releases": [1, 3]},
        "generators": {"mine": {"use": f"{__name__}:Remembering"}, "null": {"population": 2}},
        "attacks": {
            "exact": {},
            "fresh_samples": {"sample_factor": 4},
            "critic": {},
            "inversion": {},
            "lira": {"models": 8},
        },
        "metrics": {},
        "controls": {"enabled": False},
    }
    return run(small(**{**plan, **tables}), folder / "run", base=folder)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory, small: Small) -> tuple[Result, Path]:
    folder = tmp_path_factory.mktemp("held")
    return audited(small, folder), folder / "run"


def numbers(result: Result, system: str, method: str, **knows: Any) -> list[Estimated | Unmeasured]:
    rows = result.select(section="membership", system=system, method=method, statistic="auc", level="release")
    return [
        row.number
        for row in rows
        if row.slice == "all" and row.knowledge and all(getattr(row.knowledge, k) == v for k, v in knows.items())
    ]


def test_three_releases_together_give_away_more_than_one(held: tuple[Result, Path]) -> None:
    result, _ = held
    assert result.run.failed == ()
    alone, joint_test = (
        numbers(result, "mine", "exact", combined_releases=1),
        numbers(result, "mine", "exact", combined_releases=3),
    )
    assert len(alone) == 3
    (whole,) = joint_test
    # Thirty copies of 300 members find a tenth of them, ninety a quarter: .55 and .63, less duplicates.
    assert isinstance(whole, Estimated)
    assert all(isinstance(one, Estimated) and one.value < whole.value for one in alone)
    assert not numbers(result, "mine", "lira", combined_releases=3), "shadow models are trained for one release"
    pooled = [row for row in result.rows if row.knowledge is not None and row.knowledge.combined_releases == 3]
    assert all(row.level == "release" for row in pooled), "there is no mean over one"


def test_fresh_samples_find_whom_the_published_table_hides(held: tuple[Result, Path]) -> None:
    result, folder = held
    for number in numbers(result, "mine", "fresh_samples", fresh_rows=1200, reference_rows=300):
        assert isinstance(number, Estimated)
        assert number.low > 0.8
    assert len(numbers(result, "mine", "fresh_samples", fresh_rows=1200)) == 3
    for number in numbers(result, "null", "fresh_samples"):
        assert isinstance(number, Estimated)
        assert abs(number.value - 0.5) < 0.1  # 300 + 300 targets: four standard errors
    kept = list((folder / "restricted" / "synthetic").glob("*-fresh.npz"))
    assert len(kept) == 6
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in kept)


def test_weights_of_a_users_own_generator_are_heard(held: tuple[Result, Path]) -> None:
    result, folder = held
    for number in numbers(result, "mine", "critic", access="synthetic rows and the generator's weights"):
        assert isinstance(number, Estimated)
        assert number.low > 0.8
    assert len(numbers(result, "mine", "critic")) == 3
    (reason,) = {number.reason for number in numbers(result, "mine", "inversion") if isinstance(number, Unmeasured)}
    assert reason == "these weights do not decode: no noise can be sought behind a record"
    for path in (folder / "restricted" / "synthetic").glob("*-signals.npz"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_shadow_models_and_their_size_are_on_record(held: tuple[Result, Path]) -> None:
    result, _ = held
    known = {
        (row.knowledge.shadow_models, row.knowledge.shadow_rows)
        for row in result.select(method="lira", statistic="auc", system="mine")
        if row.knowledge is not None and isinstance(row.number, Estimated)
    }
    assert known == {(8, 300)}, "half of 600 targets fill models as large as the real one"
    plain = [row.knowledge for row in result.select(method="exact") if row.knowledge is not None]
    assert {(one.shadow_models, one.fresh_rows) for one in plain} == {(None, None)}


def test_signals_that_are_not_one_number_a_target_are_refused(tmp_path: Path, small: Small) -> None:
    broken = {"mine": {"use": f"{__name__}:Remembering", "broken": True}}
    result = audited(small, tmp_path, generators=broken, sweep={"releases": 1}, attacks={"critic": {}})
    reasons = {number.reason for number in numbers(result, "mine", "critic") if isinstance(number, Unmeasured)}
    rows = [row.number for row in result.select(system="mine", method="critic")]
    assert any("one number per target" in row.reason for row in rows if isinstance(row, Unmeasured)), reasons


def test_a_record_is_its_own_key() -> None:
    asked = Cohort(codes=20, labs=2, missing=0.2).draw(50, seed=0)
    said = CachedSignals(asked, {"x": np.arange(50.0)})
    order = np.random.default_rng(0).permutation(50)[:30]
    np.testing.assert_array_equal(said.signals(asked.take(order))["x"], order)
    with pytest.raises(ValueError, match="targets on which the signals were computed"):
        said.signals(Cohort(codes=20, labs=2, missing=0.2).draw(5, seed=1))


@pytest.mark.parametrize("copies", [[], [0], [1, 4]])
def test_more_releases_than_there_are_cannot_be_held(copies: list[int], small: Small) -> None:
    with pytest.raises(PlanError, match="from 1 to the 3 releases that there are"):
        small(sweep={"releases": 3, "combined_releases": copies})


def test_results_written_before_still_read() -> None:
    knows = ThreatModel.model_validate_json('{"access": "synthetic rows only", "synthetic_rows": 5}')
    assert (knows.combined_releases, knows.shadow_models, knows.shadow_rows, knows.fresh_rows) == (1, None, None, None)
