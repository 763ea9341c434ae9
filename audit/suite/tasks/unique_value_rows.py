"""From repeated unique values to rows: the identifying columns together, and others where they show a leak.

A column identifies if most of its values are one patient's and a table of other patients would hardly repeat any.
All such columns are judged together: whose value of any of them stands in the synthetic table was, as good as surely, a
patient it was made from.
In other columns chance repeats values on both sides; one of them is shown only where members' are repeated more often
beyond doubt, corrected for all columns. Of numbers that chance seldom repeats such a column counts as identifying; of
other values it tells as much as any other attempt at singling out does. Which columns identify is read off real
records, never off the table under test or off who is a member.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from synthaudit.audit.statistics import intervals
from synthaudit.audit.statistics.exact_test import fisher_p
from synthaudit.audit.suite.result import Row
from synthaudit.audit.suite.tasks.repeated_values import RepeatedValues
from synthaudit.audit.suite.tasks.rows import CONFIDENCE, RowTemplate, minus

IDENTIFYING = "identifying columns"

BY_CHANCE = 1e-4
"""Share of patients that a table of other patients may repeat, over all identifying columns: 0.2 of 2,000."""

TELLING = 0.5
"""Share of the patients with a value, whose value nobody else has, from which on a column identifies."""

SELDOM = 0.005
"""Share of patients up to which chance is said to repeat a number seldom."""

SURELY = 0.01
"""Probability that any other column is shown although nothing leaks."""


def grade_unique_values(template: RowTemplate, found: list[RepeatedValues], *, members: int, holdout: int) -> list[Row]:
    """Return the rates of both sides and their difference: of the identifying columns, and of others that leak.

    Where no column identifies, nobody's identifying value is repeated: the rates are 0.

    Args:
        template: What all rows have in common.
        found: Unique values by column.
        members: Number of members.
        holdout: Number of holdout patients.
    """
    identifying, others = identifying_columns(found)
    together = np.zeros(members + holdout, dtype=bool)
    for one in identifying:
        together |= one.repeated
    rows = list(_rates(template, IDENTIFYING, together[:members], together[members:]))
    for one in others:
        sides = one.repeated[:members], one.repeated[members:]
        if fisher_p(int(sides[0].sum()), int(sides[1].sum()), members, holdout) <= SURELY / len(others):
            seldom = one.measured and one.chance <= SELDOM
            rows += _rates(template, f"{'unique number' if seldom else 'value'} of {one.name}", *sides)
    return rows


def identifying_columns(found: list[RepeatedValues]) -> tuple[list[RepeatedValues], list[RepeatedValues]]:
    """Return the columns whose unique values chance hardly repeats, and all others."""
    order = sorted((one for one in found if one.telling >= TELLING), key=lambda one: one.chance)
    spent = np.cumsum([one.chance for one in order])
    identifying = [one for one, sum in zip(order, spent, strict=True) if sum <= BY_CHANCE]
    return identifying, [one for one in found if not any(one is other for other in identifying)]


def _rates(template: RowTemplate, part: str, members: np.ndarray, holdout: np.ndarray) -> Iterator[Row]:
    template = replace(template, members=len(members), holdout=len(holdout))
    rates = [intervals.binomial(int(side.sum()), len(side), confidence=CONFIDENCE) for side in (members, holdout)]
    yield template.row("sensitivity", rates[0], part=part, chance=float(holdout.mean()))
    yield template.row("false_positive_rate", rates[1], part=part)
    yield template.row("excess", minus(*rates), part=part, chance=0.0)
