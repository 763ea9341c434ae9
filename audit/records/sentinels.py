"""Numbers and signs that exports write where there is no value: found where they lie apart, and only warned of."""

import re
from collections.abc import Sequence

import numpy as np

from synthaudit.audit.records.dates import date_cells

NEGATIVE = (-1, -9, -99, -999, -9999, -99999, -999999)
POSITIVE = (99, 999, 9999, 99999, 999999, 9999999, 99999999, 99.9, 999.9, 9999.9, 99.99, 999.99, 99991231)
SIGNS = (
    "?",
    "??",
    "-",
    "--",
    "---",
    ".",
    "..",
    "*",
    "#N/A",
    "#NULL!",
    "#DIV/0!",
    "#VALUE!",
    "#REF!",
    "#NUM!",
    "#NAME?",
)
FIRST_DAYS = frozenset(
    int(np.datetime64(day, "D").astype(np.int64))
    for day in (
        "0001-01-01",
        "1753-01-01",
        "1800-01-01",
        "1899-12-30",
        "1900-01-01",
        "1900-01-02",
        "1960-01-01",
        "1970-01-01",
    )
)
"""Days from which programs count."""
CODES = ("-1", "-9", "-99", "-999", "9", "99", "999", "9999")
MOST_LEVELS = 20
"""Levels above which 9 and 99 are codes among codes."""
FAR_DATE = re.compile(
    r"(?:9999|2999)-?12-?31(?:[ T].*)?|(?:31[./-]12|12[./-]31)[./-](?:9999|2999)|0001-01-01(?:[ T].*)?"
)


def number_sentinels(values: np.ndarray) -> tuple[str, ...]:
    """Return which of a column's sorted distinct numbers look like codes for a missing value, as text.

    Negative ones where nothing else is below 0; nines that lie more than the others' whole range beyond them; 7, 8 and
    9 beside the two values of yes and no.

    >>> number_sentinels(np.array([-99, 0, 37.5, 41])), number_sentinels(np.array([-99, -98.5, 3]))
    (('-99',), ())
    >>> number_sentinels(np.array([1, 2, 40, 999])), number_sentinels(np.array([1, 700, 999]))
    (('999',), ())
    >>> number_sentinels(np.array([0, 1, 9])), number_sentinels(np.array([0, 1, 2, 9]))
    (('9',), ())
    """
    found: list[float] = []
    if 2 < len(values) < 6 and {7, 8, 9}.issuperset(values[2:].tolist()) and values[:2].tolist() in ([0, 1], [1, 2]):
        return tuple(f"{code:g}" for code in values[2:].tolist())
    if values[0] < 0:
        below, negative = values[values < 0], set(NEGATIVE)
        values = values[values >= 0]
        found = sorted(below.tolist(), reverse=True) if negative.issuperset(below.tolist()) and len(values) else []
    inner = values[~np.isin(values, POSITIVE)] if len(values) and values[-1] >= POSITIVE[0] else values[:0]
    if len(inner) and inner[-1] > inner[0]:
        beyond = inner[-1] + (inner[-1] - inner[0])
        found += sorted(set(POSITIVE) & set(values[values > beyond].tolist()))
    return tuple(f"{code:g}" if code < 10**6 else str(int(code)) for code in found)


def may_hold_sentinels(low: float, high: float) -> bool:
    """Whether decimals between two ends can hold what ``number_sentinels`` finds."""
    return low < 0 or high >= POSITIVE[0]


def text_sentinels(texts: Sequence[str]) -> tuple[str, ...]:
    """Return which levels or dates look like codes for a missing value.

    >>> text_sentinels(["M", "F", "?"]), text_sentinels(["2019-01-02", "9999-12-31"]), text_sentinels(["1", "2", "9"])
    (('?',), ('9999-12-31',), ())
    """
    words = len(texts) <= MOST_LEVELS and any(not re.fullmatch(r"-?\d+", text) for text in texts)
    return tuple(
        text for text in sorted(texts) if text in SIGNS or FAR_DATE.fullmatch(text) or (words and text in CODES)
    )


def date_sentinels(texts: Sequence[str], counts: np.ndarray, format: str) -> tuple[str, ...]:
    """Return which dates look like codes for a missing one: the last of all calendars, or the first of a program's.

    A program's first day (1900-01-01 and its like) counts where it is the most frequent date, in three rows or more,
    and no date lies before it.

    Args:
        texts: Distinct dates as they are written.
        counts: Rows that hold each.
        format: How they are written.

    >>> date_sentinels(["2019-01-02", "1900-01-01", "9999-12-31"], np.array([1, 5, 1]), "%Y-%m-%d")
    ('9999-12-31', '1900-01-01')
    """
    import pyarrow as pa

    last = tuple(text for text in sorted(texts) if FAR_DATE.fullmatch(text))
    days = date_cells(pa.array(list(texts), pa.string()), format)
    early = int(days.argmin())
    first = days[early] in FIRST_DAYS and counts[early] == counts.max() and counts[early] >= 3 and len(texts) > 1
    return (*last, texts[early]) if first and texts[early] not in last else last


def missing_options(codes: Sequence[str]) -> str:
    """Return the options that declare these codes.

    >>> missing_options(["-99", "?"])
    "--missing=-99 --missing='?'"
    """
    return " ".join(f"--missing={code}" if re.fullmatch(r"[-\w.]+", code) else f"--missing='{code}'" for code in codes)
