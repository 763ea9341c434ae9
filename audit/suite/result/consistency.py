"""Whether the numbers of a result that was read can be what an audit measured: a policy computes with them.

The schema says of what type a number is; here it is said which numbers go together.
"""

import math
from collections.abc import Iterator

from synthaudit.audit.suite.result.numbers import Estimated
from synthaudit.audit.suite.result.planted import PREFIX
from synthaudit.audit.suite.result.result import Result
from synthaudit.audit.suite.result.rows import Row, Series

MOST_COUNTED = 2**53
"""Patients or trials of the largest study; beyond it a number of them is no longer exact."""

ESTIMATE, CLAIM = ("value", "low", "trials"), ("found", "members", "matched", "holdout")
"""What a measurement on a table with planted leaks consists of: an estimate, or the counts of a rule fixed before."""


def contradictions(result: Result) -> Iterator[str]:
    """Yield where numbers of a result contradict each other: the id of the row or series, and what was expected."""
    for row in result.rows:
        if isinstance(row.number, Estimated) and (expected := _of_estimate(row, row.number)):
            yield f"row {_short(row.id)}: expected {expected}"
    for series in result.series:
        if expected := _of_series(series):
            yield f"series {_short(series.id)}: expected {expected}"


def _of_estimate(row: Row, number: Estimated) -> str | None:
    high = math.inf if number.high is None else number.high
    if not number.low <= number.value <= high:
        return "low <= value <= high"
    if not 0 < number.confidence < 1:
        return "a confidence between 0 and 1"
    if number.p_value is not None and not 0 <= number.p_value <= 1:
        return "a p-value between 0 and 1"
    if not all(0 <= count <= MOST_COUNTED for count in (number.trials, row.members, row.holdout)):
        return "counts of patients and trials"
    return None


def _of_series(series: Series) -> str | None:
    if len({len(values) for values in series.values.values()}) > 1:
        return "lists of one length"
    if not series.name.startswith(PREFIX):
        return None
    if series.name.count(": ") < 2:
        return "a name of three parts"
    needed = CLAIM if "found" in series.values else ESTIMATE
    if missing := [name for name in ("patients", *needed) if name not in series.values]:
        return f"values of {', '.join(missing)}"
    counted = [name for name in ("patients", "trials", *CLAIM) if name in series.values]
    if any(
        not (0 <= count <= MOST_COUNTED and count == int(count)) for name in counted for count in series.values[name]
    ):
        return f"whole numbers of {', '.join(counted)}"
    pairs = (("found", "members"), ("matched", "holdout")) if needed is CLAIM else (("low", "value"),)
    for less, more in pairs:
        if any(low > high for low, high in zip(series.values[less], series.values[more], strict=True)):
            return f"{less} <= {more}"
    if needed is CLAIM and any(not all(series.values[name]) for name in ("members", "holdout")):
        return "members and holdout patients"
    return None


def _short(name: str) -> str:
    return name if len(name) <= 120 else f"{name[:120]}..."
