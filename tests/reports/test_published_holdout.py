"""The page says who stands in a given table that should not know them, and what was not compared is left out."""

from dataclasses import replace

from example_results import row

from synthaudit.audit.statistics import Estimate, NotMeasured, intervals
from synthaudit.audit.suite.result import number_of
from synthaudit.reports.sections.controls import section
from synthaudit.reports.view.result_view import ResultView

CONTROL = {"section": "control", "method": "published holdout", "system": "vae"}


def texts_of(make_result, rows):
    """Return the texts of the section on controls."""
    blocks = section(ResultView(make_result(systems=("vae",), rows=rows, series=()), ())).blocks
    return [block.text for block in blocks if hasattr(block, "text")]


def test_shares_chance_and_nearness_stand_in_words_and_in_no_figure(build):
    make_result, _ = build
    found = replace(intervals.binomial(600, 2000, confidence=0.95), p_value=1e-9)
    near = Estimate(0.68, 0.66, 0.7, 0.95, 3000, "DeLong", 1e-9)
    rows = (
        row(**CONTROL, statistic="published_rate", slice="holdout", number=number_of(found), chance=0.002),
        row(**CONTROL, statistic="auc", slice="calibrated", number=number_of(near), chance=0.5),
        row(**CONTROL, statistic="auc", slice="rare_cells", number=number_of(NotMeasured("no reference")), chance=0.5),
    )
    share, nearness, *others = texts_of(make_result, rows)
    assert "of the holdout patients whose record no other patient shares, 30.0% stand in" in share
    assert "chance explains 0.20% at most" in share
    assert "tells the holdout from the reference by" in nearness
    assert "0.680 (0.660 to 0.700)" in nearness
    assert not any("negative controls" in text.lower() for text in others)
