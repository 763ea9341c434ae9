"""Fixed decision rules over their threshold, over known records and over the synthetic table's size, as figures."""

import pytest

from synthaudit.audit.suite.result import Estimated, Row, ThreatModel
from synthaudit.reports.sections.presence_disclosure import known_records, presence_disclosure_figure, spread


def excess(*, targets=None, rows=100, members=500, slice="similarity 0.7"):
    knows = ThreatModel(access="synthetic rows only", synthetic_rows=rows, targets_per_side=targets)
    number = Estimated(value=0.1, low=0.0, high=0.2, confidence=0.95, trials=9)
    return Row(
        id=f"{targets}/{rows}/{slice}", section="membership", level="release", system="vae", release=0,
        method="cosine", statistic="excess", slice=slice, knowledge=knows, number=number, members=members,
        holdout=members + 1,
    )  # fmt: skip


def test_all_targets_are_the_last_place():
    assert known_records(excess(targets=40)) == 40
    assert known_records(excess()) == 500


@pytest.mark.parametrize(("sizes", "kept"), [([1, 2], [1, 2]), ([1, 2, 3, 4, 5], [1, 2, 4, 5]), ([7], [7])])
def test_a_few_sizes_keep_both_ends(sizes, kept):
    assert spread(sizes) == kept


def test_an_audit_with_fewer_targets_draws_them_over_the_size_of_the_table(tmp_path):
    from synthaudit.audit.suite.execution.run import run
    from synthaudit.audit.suite.plan import make_plan
    from synthaudit.reports.sections.decision_rules import decision_rule_figures
    from synthaudit.reports.view.result_view import ResultView

    plan = {
        "preset": "quick", "data": {"reader": "simulated", "patients": 600, "codes": 30},
        "split": {"members": 200, "holdout": 200, "reference": 200},
        "sweep": {"releases": 1, "synthetic_rows": [50, 200], "targets_per_side": [30, 90]},
        "generators": {"republish": {}, "marginal": {}}, "metrics": {}, "controls": {"enabled": False},
        "attacks": {"cosine": {"thresholds": [0.6, 0.9]}},
    }  # fmt: skip
    view = ResultView(run(make_plan(plan), tmp_path / "run", base=tmp_path), [])
    figure = presence_disclosure_figure(view)
    assert figure is not None
    assert "at similarity 0.9 or more" in figure.caption
    places = {tuple(cell.text for cell in row)[:3] for row in figure.table.rows}
    assert {place[2] for place in places} == {"30", "90", "200"}
    assert {place[1] for place in places} == {"50 synthetic rows", "200 synthetic rows"}
    (bars, *_) = decision_rule_figures(view)
    assert {row[1].text for row in bars.table.rows} == {"0.6", "0.9"}
    assert "at least so similar" in bars.caption
