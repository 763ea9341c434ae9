"""Groups are made of records and not of sides, small ones keep silent, and many are paid for."""

import csv
import stat
from pathlib import Path

import numpy as np
import pytest

from synthaudit.audit.records import Cohort, Records
from synthaudit.audit.statistics import roc
from synthaudit.audit.suite.context.distinctive import Distinctive
from synthaudit.audit.suite.context.targets import Targets
from synthaudit.audit.suite.execution.risk_list import percentiles
from synthaudit.audit.suite.result import Estimated, Result, Unmeasured
from synthaudit.audit.suite.tasks.patient_groups import Group, grade_groups, groups_of, suppressed
from synthaudit.audit.suite.tasks.rows import RowTemplate


def sides(size: int = 400) -> Targets:
    pool = Cohort(codes=60, demographics=True).draw(2 * size, seed=0)
    members, holdout = pool.take(slice(0, size)), pool.take(slice(size, 2 * size))
    return Targets(members, holdout, Distinctive(np.ones(size, bool), np.ones(size, bool), 0.0))


def made(targets: Targets) -> dict[str, Group]:
    real = Records.concat([targets.members, targets.holdout])
    found = groups_of(targets, real, small_count=10, rng=np.random.default_rng(0))
    return {group.name: group for group in found}


def label(attack: str) -> RowTemplate:
    return RowTemplate(attack, "membership", "vae", 0, attack, None, 0, 0)


def test_groups_are_what_their_names_say() -> None:
    targets = sides()
    groups = made(targets)
    assert {"sex F", "sex M", "age 40 to 64", "most isolated tenth", "carriers of a rare code"} <= set(groups)
    ages = targets.members.column("age")
    np.testing.assert_array_equal(groups["age 40 to 64"].members, (ages >= 40) & (ages < 65))
    length = np.concatenate([(side.codes > 0).sum(axis=1) for side in (targets.members, targets.holdout)])
    for name in ("shortest tenth of records", "longest tenth of records", "most isolated tenth"):
        assert groups[name].members.sum() + groups[name].holdout.sum() == 80
    chosen = np.concatenate([groups["longest tenth of records"].members, groups["longest tenth of records"].holdout])
    assert length[chosen].min() >= length[~chosen].max()


def test_sides_exchanged_exchange_the_groups() -> None:
    targets = sides()
    groups, swapped = made(targets), made(Targets(targets.holdout, targets.members, targets.distinctive))
    for name, group in groups.items():
        np.testing.assert_array_equal(group.members, swapped[name].holdout)
        np.testing.assert_array_equal(group.holdout, swapped[name].members)


def part(name: str, count: int, family: str | None = None) -> Group:
    chosen = np.arange(100) < count
    return Group(name, chosen, chosen, family)


def test_a_small_group_takes_another_with_it_where_subtraction_would_betray_it() -> None:
    assert suppressed([part("a", 5), part("b", 60)], 30) == {"a"}
    assert suppressed([part("a", 5, "f"), part("b", 40, "f"), part("c", 55, "f")], 30) == {"a", "b"}
    assert suppressed([part("a", 5, "f"), part("b", 6, "f"), part("c", 55, "f")], 30) == {"a", "b"}
    assert suppressed([part("a", 0, "f"), part("b", 45, "f"), part("c", 55, "f")], 30) == {"a"}, "nobody is betrayed"


def test_a_silent_group_shows_no_count() -> None:
    rng = np.random.default_rng(0)
    rows = grade_groups({"x": label("x")}, {"x": (rng.random(100), rng.random(100))}, [part("a", 7), part("b", 80)], 30)
    (hidden,) = [row for row in rows if row.slice == "group: a"]
    assert isinstance(hidden.number, Unmeasured)
    assert not any(digit in hidden.number.reason for digit in "0123456789")
    assert (hidden.members, hidden.holdout) == (0, 0)


def test_a_group_that_is_found_is_told_from_one_that_is_not() -> None:
    rng = np.random.default_rng(1)
    members, holdout = rng.random(1000), rng.random(1000)
    half = np.arange(1000) < 500
    members[half] += 1
    groups = [Group("found", half, half), Group("safe", ~half, ~half)]
    rows = {
        (row.slice, row.statistic): row.number
        for row in grade_groups({"x": label("x")}, {"x": (members, holdout)}, groups, 30)
    }
    found, safe = rows["group: found", "auc"], rows["group: safe", "auc"]
    assert isinstance(found, Estimated)
    assert isinstance(safe, Estimated)
    assert found.low > 0.9
    assert safe.low < 0.5 < safe.high
    alone = roc.auc(members[~half], holdout[~half])
    assert safe.high - safe.low > alone.high - alone.low, "two groups and two statistics are paid for"  # type: ignore
    assert "Bonferroni over 4" in safe.method


def test_intervals_of_all_groups_hold_together() -> None:
    """150 audits of useless attacks on 8 groups: 95 % promised jointly; fewer than 88 % has probability below .001."""
    rng = np.random.default_rng(2)
    which = rng.integers(8, size=(2, 400))
    groups = [Group(str(at), which[0] == at, which[1] == at) for at in range(8)]
    held = 0
    for _ in range(150):
        scores = {"x": (rng.random(400), rng.random(400))}
        numbers = [row.number for row in grade_groups({"x": label("x")}, scores, groups, 30) if row.statistic == "auc"]
        held += all(isinstance(n, Estimated) and n.high is not None and n.low <= 0.5 <= n.high for n in numbers)
    assert held >= 0.88 * 150


def test_percentiles_count_ties_half() -> None:
    assert percentiles(np.array([2.0, 0.0]), np.array([1.0, 2.0, 2.0, 3.0])).tolist() == [50.0, 0.0]


def test_an_audit_judges_its_attacks_together(finished: tuple[Result, Path]) -> None:
    result, _ = finished
    rows = list(result.select(statistic="max_t_p", method="all attacks"))
    assert {(row.system, row.release) for row in rows} == {
        (system, release) for system in ("vae", "republish", "null") for release in (0, 1)
    }
    p = {(row.system, row.release): row.number.value for row in rows if isinstance(row.number, Estimated)}
    assert p["republish", 0] == p["republish", 1] == 1e-4, "as small as 9,999 permutations can say"
    assert min(p["null", 0], p["null", 1]) > 0.01  # each is uniform: one seed, chance .02 of a false alarm
    for row in result.select(statistic="max_t_p", slice="adjusted", system="null"):
        assert isinstance(row.number, Estimated)
        assert row.number.value >= p["null", row.release or 0]
        assert row.knowledge is not None
        assert row.knowledge.synthetic_rows == 300
    grouped = [row for row in result.rows if row.slice.startswith("group: ")]
    assert {(row.system, row.release) for row in grouped} == {("vae", 0)}, "controls and other releases stay out"


def test_who_is_at_risk_is_listed_for_the_owner_alone(finished: tuple[Result, Path]) -> None:
    path = finished[1] / "restricted" / "risk.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lines = list(csv.DictReader(path.open()))
    assert len(lines) == 600
    assert {line["side"] for line in lines} == {"member", "holdout"}
    places = [float(line["percentile"]) for line in lines]
    assert places == sorted(places, reverse=True)
    strangers = [float(line["percentile"]) for line in lines if line["side"] == "holdout"]
    assert np.mean(strangers) == pytest.approx(50, abs=0.1), "strangers among strangers"
