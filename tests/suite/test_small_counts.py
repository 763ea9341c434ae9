"""What rests on few patients is told coarsely everywhere outside ``restricted/``, and verdicts do not notice."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from synthaudit.audit.policy import (
    compare_results,
    judge,
    publishable_findings,
    read_policy,
    told_changes,
    with_findings,
)
from synthaudit.audit.statistics import Estimate, intervals
from synthaudit.audit.suite.context.distinctive import Distinctive
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.result import Estimated, Result, Row, Series, Unmeasured, read_result, without_small_counts
from synthaudit.audit.suite.result.result_file import write_result
from synthaudit.audit.suite.result.small_counts import (
    rows_without_small_counts,
    series_without_small_counts,
    told_count,
    told_share,
)
from synthaudit.audit.suite.tasks.membership_rows import grade_claim, grade_membership
from synthaudit.audit.suite.tasks.reidentification_rows import grade_reidentification
from synthaudit.audit.suite.tasks.rows import RowTemplate

TEMPLATE = RowTemplate("membership/s/0/a", "membership", "s", 0, "a", None, 0, 0)


def hits(count: int, of: int) -> np.ndarray:
    return np.arange(of) < count


def claim(found: int, matched: int, members: int = 500, holdout: int = 500, rule: str = "within 0") -> list[Row]:
    return list(grade_claim(TEMPLATE, rule, hits(found, members), hits(matched, holdout)))


def shown(rows: list[Row], statistic: str, limit: int = 10) -> Estimated | Unmeasured:
    (row,) = (row for row in rows_without_small_counts(rows, limit) if row.statistic == statistic)
    return row.number


def values(rows: list[Row]) -> dict[str, float | None]:
    return {
        row.statistic: row.number.value if isinstance(row.number, Estimated) else None
        for row in rows_without_small_counts(rows, 10)
    }


@pytest.mark.parametrize(
    ("count", "of", "expected"),
    [
        *((0, 500, 0), (1, 500, 10), (9, 500, 10), (10, 500, 10), (11, 500, 11), (490, 500, 490), (491, 500, 490)),
        *((499, 500, 490), (500, 500, 500), (3, 20, None), (3, 21, 10), (0, 20, 0), (20, 20, 20), (0, 9, None)),
    ],
)
def test_a_count_is_told_as_the_limit_or_as_all_but_the_limit(count: int, of: int, expected: float | None) -> None:
    assert told_count(count, of, 10) == expected


def test_one_of_240_identical_rows_is_told_as_ten() -> None:
    assert told_share(1 / 240, 240, 10) == 10 / 240
    assert told_share(0.0, 240, 10) == 0.0
    assert told_share(0.5, 240, 10) == 0.5


def test_every_small_count_looks_the_same() -> None:
    """Nothing that is written differs between one patient found and nine."""
    one, nine = (rows_without_small_counts(claim(count, 0), 10) for count in (1, 9))
    assert [row.model_dump() for row in one] == [row.model_dump() for row in nine]
    one, nine = (rows_without_small_counts(claim(300, count), 10) for count in (1, 9))
    assert [row.model_dump() for row in one] == [row.model_dump() for row in nine]
    one, nine = (rows_without_small_counts(claim(500 - count, 499), 10) for count in (1, 9))
    assert [row.model_dump() for row in one] == [row.model_dump() for row in nine]


def test_what_would_give_a_count_back_by_subtraction_is_computed_from_what_is_told() -> None:
    assert values(claim(300, 3)) == {
        "sensitivity": 0.6,
        "false_positive_rate": 0.02,
        "precision": pytest.approx(300 / 310),
        "excess": pytest.approx(0.58),
    }
    chance = next(row.chance for row in rows_without_small_counts(claim(300, 3), 10) if row.statistic == "sensitivity")
    assert chance == 0.02


def test_precision_of_two_three_or_five_accused_says_nothing_of_them() -> None:
    told = [values(claim(*accused)) for accused in ((2, 0), (3, 0), (5, 0), (2, 3))]
    assert told[0] == told[1] == told[2]
    assert told[3]["precision"] == pytest.approx(0.5)
    assert told[3]["excess"] == 0


def test_of_few_patients_nothing_is_told() -> None:
    rows = rows_without_small_counts(claim(2, 1, members=7, holdout=500), 10)
    assert all(isinstance(row.number, Unmeasured) and row.members == 0 for row in rows)
    assert "7" not in " ".join(row.number.reason for row in rows if isinstance(row.number, Unmeasured))


def test_a_part_is_not_told_as_nearly_the_whole() -> None:
    """Copies of distinctive records and all copies are both told: their difference must be of no few patients."""
    rows = [*claim(40, 0, rule="verbatim"), *claim(36, 0, members=300, rule="verbatim, distinctive records")]
    part = {row.statistic: row.number for row in rows_without_small_counts(rows, 10) if "distinctive" in row.slice}
    assert isinstance(part["sensitivity"], Estimated)
    assert part["sensitivity"].value * 300 == pytest.approx(30)
    assert isinstance(part["excess"], Estimated)
    assert part["excess"].value * 300 == pytest.approx(30)


def test_attempts_at_patients_and_what_is_left_of_them() -> None:
    template = replace(TEMPLATE, section="reidentification")
    rows = rows_without_small_counts(grade_reidentification(template, hits(100, 500), hits(4, 500)), 10)
    found = {(row.statistic, row.slice): row.number for row in rows}
    assert found["success", "holdout"].value == 0.02  # type: ignore[union-attr]
    assert found["excess", "all"].value == pytest.approx(0.18)  # type: ignore[union-attr]
    assert found["residual_risk", "all"].value == pytest.approx(0.18 / 0.98)  # type: ignore[union-attr]


def test_an_interval_fits_every_count_that_is_told_so() -> None:
    number = shown(claim(4, 0), "sensitivity")
    assert isinstance(number, Estimated)
    for count in range(1, 10):
        exact = next(row.number for row in claim(count, 0) if row.statistic == "sensitivity")
        assert isinstance(exact, Estimated)
        assert number.low <= exact.low
        assert exact.high <= number.high  # type: ignore[operator]
    assert "1 to 9 patients are told as 10" in number.method
    assert number.p_value is None


def test_what_is_told_is_told_the_same_again() -> None:
    nested = [*claim(15, 0), *claim(10, 0, members=245, rule="within 0, distinctive records")]
    for rows in (claim(4, 3), claim(495, 0), claim(300, 20), claim(2, 1, members=7), nested):
        once = rows_without_small_counts(rows, 10)
        assert rows_without_small_counts(once, 10) == once


def test_points_of_a_curve_that_few_patients_make_are_left_out() -> None:
    members, holdout = np.random.default_rng(0).normal(loc=np.array([[0.3], [0.0]]), size=(2, 500))
    nobody = Distinctive(np.zeros(500, bool), np.zeros(500, bool), 0.0)
    rows, series = grade_membership(replace(TEMPLATE, members=500, holdout=500), members, holdout, {}, nobody)
    (curve,) = series_without_small_counts(series, rows, 10)
    for values_ in curve.values.values():
        counts = np.array(values_) * 500
        assert set(counts) >= {0.0, 500.0}
        assert not ((counts > 0.5) & (counts < 9.5)).any()
        assert not ((counts > 490.5) & (counts < 499.5)).any()
    assert len(curve.values["fpr"]) < len(series[0].values["fpr"])


def test_who_is_found_by_a_looser_rule_alone_is_not_counted_by_subtraction() -> None:
    rows = [
        TEMPLATE.row("sensitivity", intervals.binomial(count, 500), part=part)
        for part, count in (("verbatim", 15), ("verbatim or nearly", 19))
    ]
    strict, loose = rows_without_small_counts(rows, 10)
    assert [round(one.number.value * 500) for one in (strict, loose)] == [10, 19]  # type: ignore[union-attr]


def test_planted_tables_are_told_by_the_same_rule() -> None:
    kept = {"patients": (0.0, 5.0, 25.0), "found": (3.0, 8.0, 28.0), "matched": (0.0, 0.0, 0.0)}
    counts = {**kept, "members": (500.0,) * 3, "holdout": (500.0,) * 3}
    planted = Series(
        id="p",
        section="control",
        system="s",
        release=0,
        method="a",
        name="planted verbatim: excess: all",
        values=counts,
    )
    (told,) = series_without_small_counts([planted], [], 10)
    assert told.values["found"] == (10.0, 15.0, 35.0)  # 28 less 25 planted would give the 3 back


@pytest.mark.parametrize("policy", ["default", "strict"])
def test_verdicts_are_those_of_the_exact_numbers(finished: tuple[Result, Path], tmp_path: Path, policy: str) -> None:
    exact, folder = finished
    published = without_small_counts(with_findings(exact))
    write_result(published, tmp_path)
    (tmp_path / "restricted" / "result.json").unlink()
    expected = [(one.system, one.id, one.state) for one in judge(exact, read_policy(policy))]
    for result in (exact, published, read_result(tmp_path), read_result(folder)):
        found = publishable_findings(result, read_policy(policy))
        assert [(one.system, one.id, one.state) for one in found] == expected
    assert publishable_findings(exact, read_policy(policy)) == publishable_findings(published, read_policy(policy))


def test_stored_findings_are_about_the_numbers_beside_them(finished: tuple[Result, Path]) -> None:
    published = without_small_counts(with_findings(finished[0]))
    digest = next(iter(published.findings.by_policy))  # type: ignore[union-attr]
    assert published.stored_findings(digest) is not None
    assert published.model_copy(update={"seed": published.seed + 1}).stored_findings(digest) is None


def test_a_run_folder_holds_exact_numbers_in_its_restricted_part_alone(finished: tuple[Result, Path]) -> None:
    exact, folder = finished
    assert read_result(folder) == exact
    raw = json.loads((folder / "result.json").read_bytes())
    told = without_small_counts(exact)
    assert raw == json.loads(told.to_json())
    assert told.rows != exact.rows  # else this shows nothing
    for path in (folder / "cells").glob("*.json"):
        rows = TaskResult.model_validate_json(path.read_bytes()).rows
        assert rows_without_small_counts(rows, 10) == rows, path.name


def test_changes_are_told_without_small_counts(finished: tuple[Result, Path]) -> None:
    exact, _ = finished
    comparison = compare_results(exact, exact)
    for change, told in zip(comparison.changes, told_changes(comparison, exact, exact), strict=True):
        assert told is None or (told.system, told.statistic) == (change.system, change.statistic)
    assert [one.direction(change) for one in (comparison,) for change in comparison.changes].count("rose") == 0


def test_an_estimate_without_counts_stays() -> None:
    row = TEMPLATE.row("auc", Estimate(0.501, 0.4, 0.6, 0.95, 1000, "DeLong"), chance=0.5)
    assert rows_without_small_counts([row], 10) == (row,)
