"""Two results side by side: every question that both answer, and whether risk rose since."""

from dataclasses import dataclass
from typing import Literal

from synthaudit.audit.errors import ResultError
from synthaudit.audit.policy.baseline import (
    RiskChange,
    check_comparable,
    is_about_group,
    method_difference,
    risk_changes,
)
from synthaudit.audit.policy.criteria import ATTACKS, Criterion
from synthaudit.audit.policy.questions import one_per_question
from synthaudit.audit.suite.result import Result

GROUPS = "numbers on groups of patients are left out: too few patients each, and too many groups to correct for"
RISKS = ("auc", "tpr_at_fpr", "excess", "leakage_*", "*risk")

Direction = Literal["rose", "fell", "not told apart"]


@dataclass(frozen=True)
class Comparison:
    """The changes between two results, and what could not be compared.

    Attributes:
        changes: One for each question that both results answer.
        left_out: Attacks and systems that only one side has, or that differ, and how.
    """

    changes: tuple[RiskChange, ...]
    left_out: tuple[str, ...]

    def direction(self, change: RiskChange, *, error: float = 0.05) -> Direction:
        """Return whether a number changed: the error holds over all changes together, in each direction."""
        low, high = change.bounds(error / len(self.changes))
        return "rose" if low > 0 else "fell" if high < 0 else "not told apart"


def compare_results(before: Result, after: Result) -> Comparison:
    """Compare every risk that stands in both results, at the level of releases.

    Raises:
        ResultError: If data, split or version differ, or nothing in common is left; says what differs.
    """
    check_comparable(before, after)
    common, left_out = _in_common(before, after)
    changes: list[RiskChange] = []
    for section in ATTACKS:
        everything = Criterion(
            id="any",
            title="any risk",
            section=section,
            statistic=RISKS,
            slice=("*",),
            threshold=0.0,
            citation="a comparison has no threshold",
        )
        for system in common:
            changes += risk_changes(before, after, everything, system)
    if any(is_about_group(row) for result in (before, after) for row in result.rows):
        left_out = (*left_out, GROUPS)
    if not changes:
        reasons = "; ".join(left_out) or "no attack was measured in both"
        raise ResultError(f"expected two results with a number in common, found none: {reasons}")
    return Comparison(tuple(one_per_question(changes)), left_out)


def _in_common(before: Result, after: Result) -> tuple[list[str], tuple[str, ...]]:
    """Return the systems under test in both results, and what is left out."""
    keys = [{card.key for card in result.systems if card.role != "control"} for result in (before, after)]
    left_out = [f"system '{key}' is only in the first" for key in sorted(keys[0] - keys[1])]
    left_out += [f"system '{key}' is only in the second" for key in sorted(keys[1] - keys[0])]
    problems = {card.key: method_difference(before, card) for card in after.methods if card.section != "control"}
    left_out += [f"'{key}' {problem}" for key, problem in problems.items() if problem is not None]
    return [card.key for card in after.systems if card.key in keys[0] & keys[1]], tuple(left_out)
