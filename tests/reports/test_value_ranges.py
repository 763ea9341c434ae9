"""The page says which cells no real record resembles, where fidelity stands, and hides small counts."""

import pytest
from example_results import row

from synthaudit.audit.statistics import Estimate, NotMeasured
from synthaudit.audit.suite.result import number_of
from synthaudit.reports.sections.value_ranges import range_texts
from synthaudit.reports.view.result_view import ResultView


@pytest.fixture
def texts(build):
    """Return a function that says what the page says of these numbers, by statistic and slice."""
    make_result, _ = build

    def of(numbers):
        rows = [
            row(
                section="control",
                method="value ranges",
                statistic=statistic,
                slice=part,
                number=number_of(NotMeasured(value) if isinstance(value, str) else count(value)),
                chance=0.001,
            )
            for (statistic, part), value in numbers.items()
        ]
        return range_texts(ResultView(make_result(systems=("vae",), rows=tuple(rows), series=()), ()))

    return of


def count(value):
    return Estimate(value, value, value, 0.95, 8_000, "a plain count")


def test_shares_and_columns_stand_in_one_line(texts):
    (text,) = texts(
        {
            ("outside_share", "all"): 0.012,
            ("outside_cells", "age"): 80.0,
            ("outside_cells", "cost"): "fewer than 10 cells",
            ("finer_share", "all"): 0.0,
            ("columns_in_other_units", "all"): 0.0,
            ("coarser_columns", "cost"): 1.0,
        }
    )
    assert "1.2% of the numbers lie far outside the real range" in text.text
    assert "(other real patients: 0.10%): age (80), cost (fewer than 10 cells)." in text.text
    assert "0.0% of the numbers have more decimals than any real one. With fewer decimals" in text.text
    assert "other units" not in text.text
    assert text.style != "warning"


def test_other_units_are_a_warning(texts):
    (text,) = texts({("columns_in_other_units", "cost (about 1,000 times the real values)"): 1.0})
    assert "cost (about 1,000 times the real values)" in text.text
    assert text.style == "warning"


def test_nothing_is_said_where_nothing_was_looked_for(texts):
    assert texts({}) == []
