"""Page one names copied members whatever the verdict, and no small count of them."""

import pytest
from example_results import row

from synthaudit.audit.statistics import intervals
from synthaudit.audit.suite.result import number_of
from synthaudit.audit.suite.result.small_counts import rows_without_small_counts
from synthaudit.reports.sections.copies import copy_sentences
from synthaudit.reports.sections.patient_counts import shown_count
from synthaudit.reports.text.numbers import with_interval
from synthaudit.reports.view.people import PatientCount, patients_behind
from synthaudit.reports.view.result_view import ResultView

PART = "verbatim or nearly, distinctive records"


@pytest.fixture
def said(build):
    """Return a function that says what page one says of so many copied members and holdout patients."""
    make_result, _ = build

    def sentences(**counts):
        rows = [
            row(number=number_of(intervals.binomial(count, 1900)), statistic=name, slice=PART, method="copies")
            for name, count in counts.items()
        ]
        return copy_sentences(ResultView(make_result(systems=("vae",), rows=tuple(rows), series=()), ()))

    return sentences


def test_counts_of_all_patients_are_named(said):
    (line,) = said(sensitivity=40, false_positive_rate=0)
    assert "40 of 15,000 members" in line
    assert "0 of 10,000 holdout patients" in line


def test_small_counts_are_hidden_and_none_is_shown_as_none(said):
    (line,) = said(sensitivity=3, false_positive_rate=9)
    assert line.count("fewer than ") == 2
    counts = [PatientCount(count, 50) for count in (0, 1, 9, 10)]
    assert [shown_count(one, 10) for one in counts] == ["0", "fewer than 10", "fewer than 10", "10"]


@pytest.mark.parametrize(
    ("count", "text", "rate"),
    [
        (3, "fewer than 10", "at most 0.53%"),
        (10, "10", "0.53%"),
        (1895, "at least 1,890", "at least 99.5%"),
        (0, "0", "0.0%"),
    ],
)
def test_what_a_result_tells_coarsely_is_no_exact_number(count, text, rate):
    exact = row(number=number_of(intervals.binomial(count, 1900)), statistic="sensitivity", slice=PART, method="copies")
    (told,) = rows_without_small_counts([exact], 10)
    assert shown_count(patients_behind(told), 10) == text
    assert with_interval(told.number, "share").startswith(f"{rate} (")


def test_nothing_is_said_where_nothing_was_looked_for(said):
    assert said() == []
