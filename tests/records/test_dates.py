"""Dates: by hand, there and back, and never guessed where two readings are possible."""

import time
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.dates import (
    CLEAR,
    UNCLEAR,
    check_format,
    guess_format,
    has_time,
    parse_dates,
    write_dates,
)

FORMATS = (*CLEAR, *(format for pair in UNCLEAR for format in pair))


def days(text, format):
    return parse_dates(pa.array([text]), format)[0]


@pytest.mark.parametrize(
    ("text", "format", "day"),
    [
        ("2019-03-01", "%Y-%m-%d", date(2019, 3, 1)),
        ("20190301", "%Y%m%d", date(2019, 3, 1)),
        ("01-MAR-2019", "%d-%b-%Y", date(2019, 3, 1)),
        ("1/3/2019", "%d/%m/%Y", date(2019, 3, 1)),
        (" 2101-10-20 ", "%Y-%m-%d", date(2101, 10, 20)),
        ("March 1, 2019", "%B %d, %Y", date(2019, 3, 1)),
        ("01.03.68", "%d.%m.%y", date(2068, 3, 1)),
        ("01.03.69", "%d.%m.%y", date(1969, 3, 1)),
    ],
)
def test_days_by_hand(text, format, day):
    assert days(text, format) == (day - date(1970, 1, 1)).days


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("2019-02-29", "%Y-%m-%d"),
        ("2019-13-01", "%Y-%m-%d"),
        ("2019-00-01", "%Y-%m-%d"),
        ("0000-01-01", "%Y-%m-%d"),
        ("2019-01-01x", "%Y-%m-%d"),
        ("2019-01-01 24:00", "%Y-%m-%d %H:%M"),
        ("2019101", "%Y%m%d"),
        ("01-Foo-2019", "%d-%b-%Y"),
        ("unknown", "%Y-%m-%d"),
        ("", "%Y-%m-%d"),
    ],
)
def test_what_is_no_date_is_none(text, format):
    assert np.isnan(days(text, format))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    when=st.datetimes(datetime(1850, 1, 1), datetime(2249, 12, 31)),
    format=st.sampled_from(FORMATS),
)
def test_what_is_written_is_what_is_read(when, format):
    step = timedelta(seconds=1) if "%S" in format else timedelta(minutes=1) if has_time(format) else timedelta(days=1)
    step = timedelta(microseconds=10) if "%f" in format else step
    kept = when - (when - datetime(1, 1, 1)) % step
    text = kept.replace(tzinfo=UTC).strftime(format)
    number = days(text, format)
    assert abs(number - (kept - datetime(1970, 1, 1)) / timedelta(days=1)) < 1e-10
    assert write_dates(np.array([number]), format)[0] == text


def test_what_lies_outside_the_calendar_is_written_at_its_end():
    assert write_dates(np.array([-1e9, 1e9]), "%Y-%m-%d").tolist() == ["0001-01-01", "9999-12-31"]
    assert write_dates(np.array([1e9]), "%Y-%m-%d %H:%M").tolist() == ["9999-12-31 23:59"]


@pytest.mark.parametrize(
    ("cells", "formats"),
    [
        (["2019-01-01", "2101-10-20"], ("%Y-%m-%d",)),
        (["20190101", "19991231"], ("%Y%m%d",)),
        (["20190101", "12345678"], ()),
        (["99990101", "99991231"], ()),
        (["01/02/2019", "11/12/2019"], ("%d/%m/%Y", "%m/%d/%Y")),
        (["01/02/2019", "25/12/2019"], ("%d/%m/%Y",)),
        (["01/02/2019", "12/25/2019"], ("%m/%d/%Y",)),
        (["01.02.2019", "11.12.2019"], ("%d.%m.%Y",)),
        (["2019-01-01T10:00:00Z", "2019-01-02T11:30:00Z"], ("%Y-%m-%dT%H:%M:%SZ",)),
        (["2019-01-01 10:00:00", "2019-01-02 11:30:00"], ("%Y-%m-%d %H:%M:%S",)),
        (["01-JAN-62", "02-FEB-63"], ("%d-%b-%y",)),
        (["61", "35"], ()),
        (["F", "M"], ()),
        ([], ()),
    ],
)
def test_a_format_is_guessed_where_one_fits(cells, formats):
    assert guess_format(pa.array(cells, pa.string()))[0] == formats


def test_cells_that_do_not_fit_are_pointed_at():
    formats, fits = guess_format(pa.array(["2019-01-01", "unknown", "2019-01-02"]))
    assert formats == ("%Y-%m-%d",)
    assert fits.tolist() == [True, False, True]


@pytest.mark.parametrize("format", ["", "%Y", "%Y-%m", "%Y-%m-%d %Q", "%Y-%m-%d-%d", "%Y-%m-%b-%d", "%Y-%m-%d%"])
def test_a_format_without_a_day_or_with_unknown_letters_is_refused(format):
    with pytest.raises(InputError, match="expected a date format"):
        check_format(format)


@pytest.mark.parametrize("format", FORMATS)
def test_every_known_format_is_valid(format):
    check_format(format)


def test_columns_that_are_no_dates_cost_next_to_nothing():
    cells = [pa.array([f"{at}.{at % 7}" for at in range(5000)]), pa.array(["0", "1"]), pa.array(["F", "M", "other"])]
    start = time.process_time()
    for _ in range(100):
        for column in cells:
            assert guess_format(column)[0] == ()
    assert time.process_time() - start < 1.5  # about 0.1 s; trying every format on every column takes 15 s
