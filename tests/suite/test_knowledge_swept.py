"""What the attacker knows and whom it is asked about: chosen as the plan says, recorded, and blind to the sides."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthaudit.audit.errors import InputError, PlanError
from synthaudit.audit.records import Cohort, Column, Records, Schema
from synthaudit.audit.statistics.decision_metrics import precision_of_claims
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.known_columns import known_mask, mask_targets, rarest_codes, secret_columns
from synthaudit.audit.suite.context.targets import conspicuous_patients, rarest_value, vulnerability
from synthaudit.audit.suite.context.task import TableSizes, Task
from synthaudit.audit.suite.execution.run import run
from synthaudit.audit.suite.plan import Plan
from synthaudit.audit.suite.result import Estimated, ThreatModel, Unmeasured
from synthaudit.audit.suite.tasks.listing import list_tasks

Small = Callable[..., Plan]
SIDES = TableSizes(members=1000, holdout=800, reference=500, columns=50, fingerprint="f", files={}, rest=2)
MIXED = Schema((Column("sex", "categorical", levels=("F", "M")), *(Column(f"c{at}", "binary") for at in range(4))))


def mixed(rows: list[list[float]]) -> Records:
    return Records.of(MIXED, {name: np.array(rows)[:, at] for at, name in enumerate(MIXED.names)})


REAL = mixed([[0, 1, 1, 0, 0], [1, 1, 0, 1, 0], [0, 1, 1, 0, 0], [1, 0, 0, 0, 1]])  # carriers: 3, 2, 1, 1


def listed(small: Small, **tables: Any) -> tuple[Task, ...]:
    return list_tasks(Components(small(attacks={"nearest": {}, "calibrated": {}, "donors": {}}, **tables)), SIDES)


def test_each_kind_of_knowledge_shows_its_columns_and_never_the_secret() -> None:
    secret = secret_columns(REAL, ("c1",))
    rng = np.random.default_rng(0)

    def known(columns: str, count: int = 0) -> list[list[int]]:
        return known_mask(REAL, REAL, columns, count, secret, rng=rng).astype(int).tolist()

    assert known("frequent", 2) == [[0, 1, 0, 1, 0]] * 4, "c1 is more frequent than c2, and secret"
    assert known("demographics") == [[1, 0, 0, 0, 0]] * 4
    assert known("all but the secret") == [[1, 1, 0, 1, 1]] * 4
    drawn = np.array(known("random", 3))
    assert drawn.sum(axis=1).tolist() == [3] * 4
    assert not drawn[:, 2].any()
    assert np.array(known("random", 9)).sum(axis=1).tolist() == [4] * 4, "there are no more"


def test_the_rarest_codes_are_those_that_enough_patients_have() -> None:
    assert rarest_codes(REAL, 2, least=1) == ("c2", "c3")
    assert rarest_codes(REAL, 2, least=2) == ("c1", "c0")
    assert rarest_codes(REAL, 0, least=1) == ()
    with pytest.raises(InputError, match="c9"):
        secret_columns(REAL, ("c9",))


def test_noise_redraws_the_known_cells_from_their_column_and_shows_no_other() -> None:
    targets = Cohort(codes=30, labs=2).draw(2000, seed=0)
    known = np.random.default_rng(1).random((2000, 32)) < 0.5
    rest, codes = list(targets.schema.rest), list(targets.schema.codes)
    clear = mask_targets(targets, known, error_rate=0.0, rng=np.random.default_rng(2))
    np.testing.assert_array_equal(clear.codes, np.where(known[:, codes], targets.codes, 0))
    wrong = mask_targets(targets, known, error_rate=0.4, rng=np.random.default_rng(2))
    assert not wrong.codes[~known[:, codes]].any()
    assert np.isnan(wrong.rest[~known[:, rest]]).all()
    number = known[:, rest]
    moved = (wrong.rest[number] != targets.rest[number]).mean()
    assert abs(moved - 0.4) < 0.04  # 2,000 cells: 3.6 standard errors
    assert set(wrong.rest[number]) <= set(targets.rest.ravel())
    column = number[:, 0]
    assert set(wrong.rest[column, 0]) <= set(targets.rest[:, 0]), "redrawn from its own column"


def test_the_isolated_are_vulnerable_and_an_empty_record_is_not() -> None:
    codes = np.zeros((14, 20), np.uint8)
    codes[:6, :4] = 1  # six alike
    codes[6, 10:14] = 1  # nobody is like this one
    codes[7:, 0] = 1
    codes[13] = 0
    far = vulnerability(Records.binary([f"c{at}" for at in range(20)], codes))
    assert far.argmax() == 6
    assert far[6] == 1.0
    assert far[13] == 0.0
    assert far[0] == 0.0


def test_the_rarest_value_is_a_code_or_a_level() -> None:
    assert rarest_value(REAL).tolist() == [2, 1, 2, 1]
    assert rarest_value(mixed([[1, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]])).tolist() == [1, 2, 2]


@pytest.mark.parametrize("how", ["vulnerable", "rare"])
def test_nobody_is_chosen_for_their_side(how: str) -> None:
    pool = Cohort(codes=60).draw(600, seed=5)
    left, right = pool.take(slice(0, 300)), pool.take(slice(300, 600))
    rngs = [np.random.default_rng(0), np.random.default_rng(0)]
    one = conspicuous_patients(left, right, (100, 100), how, rng=rngs[0])
    other = conspicuous_patients(right, left, (100, 100), how, rng=rngs[1])
    assert np.array_equal(one[0], other[1]), "whoever is called a member"
    assert np.array_equal(one[1], other[0])
    assert one[0].sum() + one[1].sum() == 200
    unequal = conspicuous_patients(left, right.take(slice(0, 100)), (100, 100), how, rng=np.random.default_rng(0))
    assert unequal[0].sum() + unequal[1].sum() == 133, "one cut for both sides: a third of each on average"


def test_precision_follows_the_prior() -> None:
    even, rare = precision_of_claims(80, 20, 100, 100), precision_of_claims(80, 20, 100, 100, prior=0.1)
    assert isinstance(even, type(rare))
    assert even.value == pytest.approx(0.8)  # type: ignore[union-attr]
    assert rare.value == pytest.approx(0.1 * 0.8 / (0.1 * 0.8 + 0.9 * 0.2))  # type: ignore[union-attr]


def test_claims_that_are_all_right_have_a_precision_of_exactly_one() -> None:
    for members in range(3, 60):  # a sum in the wrong order gave 1.0000000000000002, which is no precision
        sure = precision_of_claims(3, 0, members, 43, prior=0.3)
        assert sure.value == sure.high == 1.0  # type: ignore[union-attr]


def test_every_choice_has_cells_and_an_address_of_its_own(small: Small) -> None:
    plain = {task.label: task.key for task in listed(small)}
    kinds = ["random", "frequent", "demographics", "all but the secret"]
    swept = listed(
        small,
        sweep={
            "known_columns": [2, 8],
            "known_choice": kinds,
            "error_rate": [0.0, 0.2],
            "targets_per_side": [50],
            "reference_population": ["shifted"],
        },
        secrets={"rarest_codes": 3},
    )
    assert len({task.key for task in swept}) == len(swept)
    asked = {(task.known_choice, task.known, task.error_rate) for task in swept if task.kind == "attribute"}
    counted = {(kind, known) for kind in kinds[:2] for known in (2, 8)} | {(kind, 0) for kind in kinds[2:]}
    assert asked == {(*pair, noise) for pair in counted for noise in (0.0, 0.2)}
    assert {task.targets_per_side for task in swept if task.kind == "membership"} == {0, 50}
    assert {task.reference for task in swept if task.method == "calibrated" and task.shifted} == {250}
    for tables in ({"targets": {"choice": "rare"}}, {"targets": {"prior": 0.1}}):
        assert not set(plain.values()) & {task.key for task in listed(small, **tables)}
    secret = {task.label: task.key for task in listed(small, secrets={"columns": ["c1"]})}
    moved = {label.partition("/")[0] for label in plain if plain[label] != secret[label]}
    assert moved == {"attribute", "secrets", "planted"}, "what is asked for moves no other number"


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"sweep": {"known_choice": ["all but the secret"]}}, "expected 'columns' or 'rarest_codes'"),
        ({"sweep": {"known_choice": ["randon"]}}, "sweep.known_choice"),
        ({"sweep": {"error_rate": [1.5]}}, "from 0 to 1"),
        ({"sweep": {"targets_per_side": [0]}}, "at least 1"),
        ({"sweep": {"reference_population": []}}, "at least one entry in 'reference_population'"),
        ({"targets": {"prior": 1.0}}, "targets.prior"),
        ({"max_minutes": 0.0}, "max_minutes"),
    ],
)
def test_a_choice_that_is_none_is_named(small: Small, tables: dict[str, Any], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        Components(small(**tables))


def test_what_the_attacker_knew_stands_in_every_row(tmp_path: Path, small: Small) -> None:
    plan = small(
        data={"reader": "simulated", "patients": 600, "codes": 30, "demographics": True, "population": 2},
        split={"members": 200, "holdout": 200, "reference": 200},
        targets={"members": 120, "holdout": 120, "choice": "vulnerable", "prior": 0.2},
        secrets={"rarest_codes": 4},
        sweep={
            "releases": 1,
            "known_columns": [4],
            "known_choice": ["random", "frequent", "demographics", "all but the secret"],
            "error_rate": [0.0, 0.5],
            "targets_per_side": [40],
            "reference_population": ["same", "shifted"],
        },
        generators={"republish": {}},
        attacks={"presence": {}, "calibrated": {}, "donors": {}},
        metrics={},
        controls={"enabled": False},
    )
    result = run(plan, tmp_path / "run", base=Path())
    assert result.run.failed == ()
    swept = result.select(section="attribute", method="donors")
    knows = [row.knowledge for row in swept if row.knowledge is not None]
    assert {(know.known_choice, know.known_columns) for know in knows} == {
        ("random", 4),
        ("frequent", 4),
        ("demographics", 2),
        ("all but the secret", 28),
    }
    assert {know.error_rate for know in knows} == {0.0, 0.5}
    assert {know.secret for know in knows} == {"the 4 rarest codes"}
    best = {
        row.knowledge.error_rate: row.number.value
        for row in result.select(section="attribute", statistic="sensitivity", slice="members")
        if row.knowledge is not None and row.knowledge.known_choice == "all but the secret"
        if isinstance(row.number, Estimated)
    }
    assert best[0.0] > 0.9, "the whole record but the secret leads to the member's own row"
    assert best[0.5] < best[0.0]
    members = list(result.select(section="membership", statistic="auc"))
    assert {row.knowledge.target_choice for row in members if row.knowledge} == {"vulnerable"}
    assert {row.knowledge.reference_population for row in members if row.knowledge} == {"same population", "shifted"}
    assert {(row.knowledge.targets_per_side, row.members == 40) for row in members if row.knowledge} == {
        (None, False),
        (40, True),
    }
    (right,) = result.select(statistic="precision", slice="within 0", release=0, knowledge=members[0].knowledge)
    assert right.chance == 0.2


def test_a_table_of_codes_has_no_demographics_and_says_so(tmp_path: Path, small: Small) -> None:
    plan = small(
        sweep={"releases": 1, "known_choice": ["demographics"]},
        generators={"republish": {}},
        attacks={"donors": {}},
        metrics={},
        controls={"enabled": False},
    )
    (row,) = run(plan, tmp_path / "run", base=Path()).select(section="attribute", method="donors")
    assert isinstance(row.number, Unmeasured)
    assert row.number.reason == "the table has no such column to know"


def test_results_written_before_these_choices_still_read() -> None:
    knows = ThreatModel.model_validate_json('{"access": "synthetic rows only", "synthetic_rows": 5}')
    assert (knows.prior, knows.target_choice, knows.error_rate, knows.targets_per_side) == (0.5, "random", 0.0, None)
