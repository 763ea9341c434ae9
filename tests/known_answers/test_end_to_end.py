"""Audits from files to verdict, whose right verdict is known: a biased split, a fair one, a small one, marginals."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from known_systems import codes
from scipy.stats import norm

from synthaudit.audit.policy import judge, overall_verdict, read_policy
from synthaudit.audit.records import Cohort, Records, write_table
from synthaudit.audit.suite.execution.run import run
from synthaudit.audit.suite.plan import make_plan
from synthaudit.audit.suite.result import Estimated, Result, Unmeasured

ATTACKS = ("membership", "attribute")
Audit = Callable[..., Result]


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    """Return a function that writes tables, audits them and returns the result."""

    def audited(*, plan: dict[str, object] | None = None, **tables: Records) -> Result:
        for side, table in tables.items():
            write_table(table, tmp_path / f"{side}.csv")
        files = {side: f"{side}.csv" for side in tables if side != "synthetic"}
        raw: dict[str, object] = {
            "preset": "quick",
            "seed": 1,
            "data": {"reader": "table", **files},
            "metrics": {},
            "sweep": {"releases": 1, "known_columns": [8]},
            "controls": {"attacks": ["nearest"]},
        }
        if "synthetic" in tables:
            raw["synthetic"] = {"file": {"path": "synthetic.csv"}}
        return run(make_plan({**raw, **(plan or {})}), tmp_path / "run", base=tmp_path)

    return audited


def cohort(size: int, seed: int) -> Records:
    return Cohort(codes=60).draw(size, seed=seed)


def elsewhere(size: int, seed: int) -> Records:
    """Return patients of a hospital that writes down one code in twenty more, whether they have it or not."""
    drawn = cohort(size, seed)
    added = np.random.default_rng([seed, 3]).random(drawn.codes.shape) < 0.05
    return Records(drawn.schema, drawn.codes | added, drawn.rest, drawn.patients)


def aucs(result: Result, method: str) -> list[Estimated]:
    rows = result.select(section="membership", statistic="auc", method=method)
    return [row.number for row in rows if isinstance(row.number, Estimated)]


def test_a_biased_split_is_invalid_and_not_a_leak(audit: Audit) -> None:
    # The table is sealed: fresh patients of the members' hospital. The holdout comes from another one, so that the
    # attacks do separate the sides, and every tool without controls calls it a leak.
    result = audit(
        members=cohort(500, 1), holdout=elsewhere(500, 2), reference=cohort(300, 3), synthetic=cohort(500, 4)
    )
    assert max(number.low for number in aucs(result, "nearest")) > 0.55
    blind = next(row.number for row in result.select(section="control", method="blind", slice="linear classifier"))
    assert isinstance(blind, Estimated)
    assert blind.low > 0.6
    findings = judge(result, read_policy("default"))
    attacked = [finding for finding in findings if finding.section in ATTACKS]
    assert {finding.verdict for finding in attacked} <= {"invalid", "not measured"}
    assert "invalid" in {finding.verdict for finding in attacked}
    assert overall_verdict(findings) == "invalid"
    assert any("sees no synthetic row" in finding.reason for finding in attacked)


def test_the_same_table_with_a_fair_holdout_is_neither_invalid_nor_a_leak(audit: Audit) -> None:
    result = audit(members=cohort(500, 1), holdout=cohort(500, 2), reference=cohort(300, 3), synthetic=cohort(500, 4))
    findings = judge(result, read_policy("default"))
    assert not {finding.verdict for finding in findings} & {"invalid", "fail"}
    assert overall_verdict(findings) != "pass"  # 500 patients cannot settle 3 copies in 1,000


def test_twenty_patients_a_side_settle_nothing(audit: Audit) -> None:
    result = audit(members=cohort(20, 1), holdout=cohort(20, 2), reference=cohort(20, 3), synthetic=cohort(20, 4))
    rates = result.select(section="membership", statistic="tpr_at_fpr")
    assert all(isinstance(row.number, Unmeasured) for row in rates if row.slice == "fpr 0.01")
    findings = judge(result, read_policy("default"))
    assert not {finding.verdict for finding in findings} & {"pass", "fail"}
    assert overall_verdict(findings) == "inconclusive"


def test_no_release_is_given_an_epsilon(audit: Audit) -> None:
    # Members of one release are no trials: even a table that is a copy gets no number on differential privacy.
    members = cohort(300, 1)
    result = audit(members=members, holdout=cohort(300, 2), synthetic=members)
    assert overall_verdict(judge(result, read_policy("default"))) == "fail"
    assert {row.level for row in result.rows} == {"release"}
    assert not [row.id for row in result.rows if "epsilon" in row.statistic or "mu" in row.statistic.split("_")]


def test_tracing_follows_the_closed_form_through_the_whole_line(audit: Audit) -> None:
    # n = r = 300, d = 600, from files through two trainings of the marginal generator, at three sizes.
    n, d, releases = 300, 600, 2
    rng = np.random.default_rng(8)
    rate = rng.uniform(0.1, 0.9, d)
    members, holdout, reference = (codes(rng.random((size, d)) < rate) for size in (n, n, 4 * n))
    result = audit(
        members=members,
        holdout=holdout,
        reference=reference,
        plan={
            "generators": {"marginal": {}},
            "attacks": {"tracing": {}, "nearest": {}},
            "sweep": {
                "releases": releases,
                "synthetic_rows": ["0.2x", "1x", "5x"],
                "reference_rows": ["4x"],
                "known_columns": [8],
            },
            "controls": {"repeats": 1, "attacks": ["nearest"]},
        },
    )
    rows = result.select(section="membership", statistic="auc", slice="all", system="marginal")
    values: dict[tuple[str, int], list[float]] = {}
    for row in rows:
        if isinstance(row.number, Estimated) and row.knowledge is not None:
            values.setdefault((row.method, row.knowledge.synthetic_rows), []).append(row.number.value)
    assert {len(found) for found in values.values()} == {releases}
    for m in (60, 300, 1500):
        expected = norm.cdf(np.sqrt(d / (2 * n)) / np.sqrt(1 + n / m + 1 / 4))
        # Both releases attack the same targets: standard error up to .024, of which .08 is more than three.
        assert abs(np.mean(values["tracing", m]) - expected) <= 0.08
    # Where tracing stands at .72 and more, the nearest record is a coin with a standard error of .024.
    assert np.mean(values["tracing", 1500]) > 0.7
    assert abs(np.mean(values["nearest", 300]) - 0.5) <= 0.1
