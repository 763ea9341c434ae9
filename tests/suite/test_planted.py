"""Planted leaks: the rows that leak, what attacks measure on them, and that blind or noisy attacks certify nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from synthaudit.attacks.attribute.record_linkage import LinkedCells, best_row_without, guess_each_column
from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.attacks.reidentification.linkability import Linkability
from synthaudit.attacks.reidentification.unique_replay import UniqueReplay
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.policy import judge, read_policy, unnoticed
from synthaudit.audit.records import Cohort, Records
from synthaudit.audit.records.schema import Column, Schema
from synthaudit.audit.suite.execution.run import run
from synthaudit.audit.suite.plan import Plan
from synthaudit.audit.suite.result import Finding, Result
from synthaudit.audit.suite.tasks.copies import find_copies
from synthaudit.audit.suite.tasks.planted import is_rowwise
from synthaudit.audit.suite.tasks.planting.copies import plant_copies
from synthaudit.audit.suite.tasks.planting.keys import UniqueKeys, plant_keys
from synthaudit.audit.suite.tasks.planting.leaks import KEPT, Ladder, leaking_blocks
from synthaudit.audit.suite.tasks.planting.membership import AttackedTable, plant_for_attack
from synthaudit.audit.suite.tasks.planting.plantable_secrets import PlantableSecrets
from synthaudit.audit.suite.tasks.planting.reidentification import plant_for_reidentification
from synthaudit.audit.suite.tasks.planting.secrets import plant_secrets
from synthaudit.audit.suite.tasks.planting.trials import Trials

Small = Callable[..., Plan]
SEEDS = tuple(range(17))


def cohort(size: int, seed: int, labs: int = 6) -> Records:
    return Cohort(codes=30, labs=labs).draw(size, seed=seed)


def values_of(trials: Trials) -> dict[tuple[str, str, str], list[tuple[int, Mapping[str, float]]]]:
    return {key: list(zip(*found, strict=True)) for key, found in trials._found.items()}


def test_a_ladder_counts_patients_and_goes_no_further_than_they_reach() -> None:
    ladder = Ladder(0.05, 20, (1, 2, 10, 20))
    assert ladder.strengths(200) == (10, 20, 100, 200)
    assert ladder.strengths(7) == (1, 2)
    assert Ladder(0.0025, 40, (1, 2, 20)).strengths(2000) == (5, 10, 100)


def test_blocks_are_drawn_without_repeats_and_hold_whole_patients() -> None:
    members = cohort(40, 1).with_patients(np.repeat(np.arange(20), 2))
    blocks = leaking_blocks("verbatim", members, cohort(50, 2), Ladder(0.1, 10, (1,)), np.random.default_rng(0))
    assert [len(rows) for rows in blocks] == [4] * 10
    leaked = np.concatenate([rows.dense() for rows in blocks])
    key = [sorted(map(tuple, np.nan_to_num(side, nan=-1.0).tolist())) for side in (leaked, members.dense())]
    assert key[0] == key[1]


@pytest.mark.parametrize(("kind", "kept"), [("verbatim", 1.0), ("near", None), ("cells", KEPT)])
def test_leaking_rows_keep_as_many_of_the_members_cells_as_they_say(kind: str, kept: float | None) -> None:
    columns = [Column(f"n{at}", "continuous") for at in range(10)]
    rng = np.random.default_rng(0)
    sides = [
        Records.of(Schema(tuple(columns)), {one.name: rng.standard_normal(400) for one in columns}) for _ in range(2)
    ]
    (rows,) = leaking_blocks(kind, *sides, Ladder(1.0, 1, (1,)), np.random.default_rng(1))
    same = (rows.dense()[:, None] == sides[0].dense()[None]).sum(axis=2).max(axis=1)
    if kept is None:
        assert (same == 9).all(), "one cell differs, and only one"
    else:
        assert same.mean() == pytest.approx(10 * kept, abs=0.3)


def test_codes_are_flipped_in_near_copies() -> None:
    members = Records.binary(["a", "b", "c"], np.eye(3, dtype=np.uint8))
    (rows,) = leaking_blocks("near", members, members, Ladder(1.0, 1, (1,)), np.random.default_rng(0))
    apart = (rows.codes[:, None] != members.codes[None]).sum(axis=2).min(axis=1)
    assert (apart <= 1).all()


@pytest.mark.parametrize("name", ["nearest", "presence", "rare_cells"])
def test_scores_of_added_rows_are_scores_of_the_whole_table(name: str) -> None:
    attack = MEMBERSHIP[name]()
    assert is_rowwise(attack)
    targets, synthetic, added, reference = (cohort(60, seed) for seed in (1, 2, 3, 4))

    def score(rows: Records) -> np.ndarray:
        knowledge = Knowledge(rows, reference)
        return attack.score(targets, knowledge, rng=np.random.default_rng(0))

    both = score(Records.concat([synthetic, added]))
    np.testing.assert_allclose(np.maximum(score(synthetic), score(added)), both, atol=1e-6)


def test_other_attacks_are_not_taken_for_such() -> None:
    assert not any(is_rowwise(MEMBERSHIP[name]()) for name in ("mean_nearest", "domias_product") if name in MEMBERSHIP)


def table_under(name: str, members: Records, holdout: Records, synthetic: Records, reference: Records) -> AttackedTable:
    attack = MEMBERSHIP[name]()
    targets = Records.concat([members, holdout])

    def score(rows: Records, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        scores = attack.score(targets, Knowledge(rows, reference), rng=rng)
        return scores[: len(members)], scores[len(members) :]

    before = score(synthetic, np.random.default_rng(0)) if is_rowwise(attack) else None
    return AttackedTable(members, synthetic, score, {}, before)


@pytest.mark.parametrize("name", ["nearest", "rare_cells"])
def test_an_attack_sees_more_the_more_members_are_planted(name: str) -> None:
    sides = [cohort(200, seed) for seed in (1, 2, 3, 4)]
    trials = Trials()
    plant_for_attack(table_under(name, *sides), trials, SEEDS)
    found = values_of(trials)
    assert {kind for kind, _, _ in found} == {"verbatim", "near", "cells"}
    for kind in ("verbatim", "near", "cells"):
        by_strength: dict[int, list[float]] = {}
        for patients, numbers in found[kind, "auc", "all"]:
            by_strength.setdefault(patients, []).append(numbers["value"])
        assert sorted(by_strength) == [0, 10, 20, 30, 40, 60, 100]
        assert all(len(values) == 17 for values in by_strength.values())
        mean = [float(np.mean(by_strength[patients])) for patients in sorted(by_strength)]
        assert mean == sorted(mean)
        assert abs(mean[0] - 0.5) < 0.09, "nothing planted, nothing leaks: three standard errors"
        assert mean[-1] > 0.6, kind  # of half the members


def test_an_attack_that_looks_at_the_whole_table_is_run_on_it_again() -> None:
    sides = [cohort(100, seed) for seed in (1, 2, 3, 4)]
    trials = Trials()
    plant_for_attack(table_under("domias_product", *sides), trials, SEEDS[:2])
    assert {kind for kind, _, _ in values_of(trials)} == {"verbatim"}
    patients = [count for count, _ in values_of(trials)["verbatim", "auc", "all"]]
    assert patients == [0, 10, 30, 50] * 2


def test_copies_are_counted_one_by_one() -> None:
    members, holdout, synthetic = (cohort(400, seed) for seed in (1, 2, 3))
    holdout = holdout.with_patients(np.arange(400, 800))
    found = find_copies(members, holdout, synthetic, {})
    trials = Trials()
    plant_copies(found, (members, holdout), synthetic, {}, trials, SEEDS)
    whole = values_of(trials)
    part = next(part for kind, _, part in whole if kind == "verbatim" and part.startswith("verbatim, "))
    before = whole["verbatim", "excess", part][0][1]["found"]
    for patients, numbers in whole["verbatim", "excess", part]:
        assert numbers["matched"] == whole["verbatim", "excess", part][0][1]["matched"]
        assert 0.5 * patients <= numbers["found"] - before <= patients, "of those whose record is distinctive"
    nearly = next(part for kind, _, part in whole if kind == "near" and part.startswith("verbatim or nearly"))
    last = whole["near", "excess", nearly][8][1]
    assert last["found"] > whole["near", "excess", nearly][0][1]["found"] + 5


@pytest.mark.parametrize("attack", [UniqueReplay(), Linkability()])
def test_tries_with_planted_rows_are_tries_on_the_table_that_has_them(attack: UniqueReplay | Linkability) -> None:
    members, holdout, synthetic = (cohort(100, seed) for seed in (1, 2, 3))
    knowledge = Knowledge(synthetic, members)
    trials = Trials()
    plant_for_reidentification(attack, (members, holdout), members, knowledge, trials, seed=5, seeds=SEEDS[:1])
    measured = dict(values_of(trials)["verbatim", "excess", "all"])
    sides = [attack.attempt(side, knowledge, rng=np.random.default_rng(5)).mean() for side in (members, holdout)]
    assert measured[0]["value"] == pytest.approx(sides[0] - sides[1], abs=0.021)  # ties fall otherwise
    assert measured[50]["value"] > measured[0]["value"] + 0.2


def test_the_row_that_is_best_without_a_column_is_the_one_that_every_column_is_read_from() -> None:
    targets, real, donors = cohort(80, 1), cohort(120, 2), cohort(90, 3)
    cells, shared = LinkedCells.of(targets, real), np.full(len(targets.schema), 0.3)
    every = guess_each_column(cells, shared, donors)
    for column in range(len(targets.schema)):
        _, guess = best_row_without(cells, shared, donors, column)
        same = (guess == every[:, column]) | (np.isnan(guess) & np.isnan(every[:, column]))
        assert same.mean() > 0.9, "rows that are equally good are taken in another order"


def test_a_key_is_found_wherever_it_stands_and_nobody_has_one_where_no_column_identifies() -> None:
    members = np.arange(400)
    unique = np.ones(800, dtype=bool)
    unique[:200] = False  # half of the members have no value of their own
    trials = Trials()
    plant_keys(UniqueKeys(400, np.zeros(800, dtype=bool), unique), trials, SEEDS, members=400, holdout=400)
    found = values_of(trials)["key", "excess", "identifying columns"]
    assert {count for count, _ in found} == {0, 1, 2, 3, 4, 6, 8, 12, 20}
    at_twenty = [numbers["found"] for count, numbers in found if count == 20]
    assert np.mean(at_twenty) == pytest.approx(10, abs=1.7), "three standard errors of a hypergeometric mean of 17"
    assert {numbers["matched"] for _, numbers in found} == {0}
    nobody = Trials()
    plant_keys(UniqueKeys(400, unique & False, unique & False), nobody, SEEDS, members=len(members), holdout=400)
    assert {count for count, _ in values_of(nobody)["key", "excess", "identifying columns"]} == {0}


@pytest.mark.parametrize("identified", [True, False])
def test_a_planted_secret_is_read_beside_quasi_identifiers_or_in_a_whole_row(identified: bool) -> None:
    members, holdout, synthetic, reference = (cohort(200, seed) for seed in (1, 2, 3, 4))
    holdout = holdout.with_patients(np.arange(200, 400))
    targets, p = Records.concat([members, holdout]), len(members.schema)
    known = np.zeros(p, dtype=bool)
    known[[at for at, column in enumerate(members.schema.columns) if column.kind == "continuous"][:2]] = identified
    secret = next(
        at for at, column in enumerate(members.schema.columns) if column.kind == "continuous" and not known[at]
    )
    one = np.array([True])
    secrets = PlantableSecrets(np.array([secret]), one, ~one, one if identified else ~one, 20, np.full(p, 0.3))
    trials = Trials()
    plant_secrets(secrets, targets, members, Knowledge(synthetic, reference), known, trials, SEEDS[:3])
    by_strength = {
        count: numbers["value"] for count, numbers in values_of(trials)["attribute", "secret_leakage", "all"]
    }
    assert sorted(by_strength) == [0, 20, 40, 60, 100, 200]
    assert abs(by_strength[0]) < 0.15, "nothing planted: three standard errors"
    assert by_strength[200] > 0.6
    assert by_strength[100] > by_strength[20]


@dataclass(frozen=True)
class BlindToTheTable:
    """Scores a record by a hash of itself: it never reads the synthetic table."""

    title: ClassVar[str] = "Hash"
    question: ClassVar[str] = "Does a hash of the record know the members?"
    source: ClassVar[str] = "nobody"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})
    threat_model: ClassVar[str] = "The attacker ignores the table."
    presets: ClassVar[frozenset[str]] = frozenset()
    measures_power: ClassVar[frozenset[str]] = frozenset()

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        del knowledge, rng
        rows = np.ascontiguousarray(np.nan_to_num(targets.dense(), nan=-1.0))
        return np.array([hash(row.tobytes()) % 100_003 for row in rows], dtype=np.float64)

    def cost(self, work: object) -> float:
        del work
        return 0.01


@dataclass(frozen=True)
class Noise(BlindToTheTable):
    """Draws its scores afresh at every call."""

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        del knowledge
        return rng.random(len(targets))


def audited(small: Small, folder: Path, attack: str, patients: int = 300) -> tuple[Result, dict[str, Finding]]:
    plan = small(
        data={"reader": "simulated", "patients": 3 * patients, "codes": 40, "population": 2},
        split={"members": patients, "holdout": patients, "reference": patients},
        sweep={"releases": 1, "synthetic_rows": ["1x"]},
        generators={"fresh": {"use": "marginal"}},
        attacks={"tried": {"use": attack}},
    )
    result = run(plan, folder / "run", base=folder)
    return result, {finding.id: finding for finding in judge(result, read_policy())}


@pytest.mark.parametrize("attack", ["BlindToTheTable", "Noise"])
def test_an_attack_that_never_reads_the_table_certifies_nothing(small: Small, tmp_path: Path, attack: str) -> None:
    _, findings = audited(small, tmp_path, f"{__name__}:{attack}")
    finding = findings["MEM-1"]
    assert finding.verdict != "pass"
    assert {power.kind: power.smallest for power in finding.power} == {"verbatim": None}
    if finding.verdict == "inconclusive" and "by enough to fail" not in finding.reason:
        assert "this audit could have missed one" in finding.reason


def test_an_attack_that_reads_it_says_how_few_copied_patients_it_notices(small: Small, tmp_path: Path) -> None:
    result, findings = audited(small, tmp_path, "nearest")
    power = {one.kind: one for one in findings["MEM-1"].power}["verbatim"]
    assert power.smallest is not None
    assert power.smallest <= 150
    assert power.detected[0] == 0.0, "fifteen copies of 300 break no limit on the AUC"
    said = unnoticed(judge(result, read_policy()))
    assert set(said) == {"fresh"}
    assert said["fresh"].startswith("fewer than about")
