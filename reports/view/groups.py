"""Membership attacks broken down by group of patients: groups measured, groups above the average, groups unmeasured."""

import re
from dataclasses import dataclass

from synthaudit.audit.suite.result import Estimated, Row, SystemCard, Unmeasured
from synthaudit.reports.view.curve import (
    at_largest,
    measured_over_releases,
    reference_rows,
    representative,
    synthetic_rows,
    value_and_interval,
)
from synthaudit.reports.view.result_view import ResultView

PREFIX = "group: "
FAMILY = re.compile(r"Bonferroni over (\d+) numbers")


@dataclass(frozen=True)
class GroupBreakdown:
    """One attack on one system, over all targets and by group.

    Attributes:
        overall: The number over all targets; None where there is none.
        groups: Name and row of each group that was measured.
        unmeasured: Name of each group that was not, and why.
    """

    card: SystemCard
    method: str
    overall: Row | None
    groups: tuple[tuple[str, Row], ...]
    unmeasured: tuple[tuple[str, str], ...]

    @property
    def above_average(self) -> tuple[tuple[str, Row], ...]:
        """Groups whose whole interval lies above that of all targets, the highest first."""
        if self.overall is None or not isinstance(self.overall.number, Estimated):
            return ()
        _, _, top = value_and_interval(self.overall.number, 1.0)
        above = [
            (value_and_interval(row.number, 1.0), name, row)
            for name, row in self.groups
            if isinstance(row.number, Estimated)
        ]
        above = [one for one in above if one[0][1] > top]
        return tuple((name, row) for _, name, row in sorted(above, key=lambda one: -one[0][0]))

    @property
    def least_visible(self) -> tuple[float, float] | None:
        """By how much a group's AUC had to exceed that of all targets to stand out: the least and the most needed."""
        if self.overall is None or not isinstance(self.overall.number, Estimated):
            return None
        value, _, top = value_and_interval(self.overall.number, 1.0)
        below = [row.number.value - row.number.low for _, row in self.groups if isinstance(row.number, Estimated)]
        return (top - value + min(below), top - value + max(below)) if below else None

    @property
    def family(self) -> int | None:
        """How many numbers of groups the intervals hold for together; None where each holds by itself."""
        methods = [row.number.method for _, row in self.groups if isinstance(row.number, Estimated)]
        found = FAMILY.search(methods[0]) if methods else None
        return int(found[1]) if found else None

    @property
    def strength(self) -> float:
        """The attack's value over all targets."""
        return self.overall.number.value if self.overall and isinstance(self.overall.number, Estimated) else 0.0


def patient_group_of(row: Row) -> str | None:
    """Return the group that a row is about, or None for a row about all targets."""
    return None if row.slice == "all" else row.slice.removeprefix(PREFIX)


def group_breakdowns(view: ResultView) -> tuple[GroupBreakdown, ...]:
    """Return, for each system, the attack that is strongest over all targets among those broken down by group."""
    breakdowns = []
    for card in view.systems:
        rows = view.rows("membership", "auc", system=card.key)
        methods = dict.fromkeys(row.method for row in rows if patient_group_of(row))
        own = [group_breakdown(card, method, [row for row in rows if row.method == method]) for method in methods]
        if own:
            breakdowns.append(max(own, key=lambda one: (bool(one.groups), one.strength)))
    return tuple(breakdowns)


def group_breakdown(card: SystemCard, method: str, rows: list[Row]) -> GroupBreakdown:
    """Return one attack's rows by group, at the largest table with the most reference records."""
    groups, unmeasured = [], []
    by_group = at_largest([row for row in rows if patient_group_of(row)], synthetic_rows, reference_rows)
    size = (synthetic_rows(by_group[0]), reference_rows(by_group[0]))
    overall = [
        row for row in rows if patient_group_of(row) is None and (synthetic_rows(row), reference_rows(row)) == size
    ]
    over_releases = measured_over_releases(by_group)
    for name in dict.fromkeys(patient_group_of(row) or "" for row in by_group):
        row = representative([one for one in by_group if patient_group_of(one) == name], over_releases=over_releases)
        if row is None:
            continue
        if isinstance(row.number, Unmeasured):
            unmeasured.append((name, row.number.reason.rstrip(".")))
        else:
            groups.append((name, row))
    row = representative(overall, over_releases=over_releases)
    return GroupBreakdown(card, method, row, tuple(groups), tuple(unmeasured))
