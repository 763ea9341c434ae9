"""Whether a table knows the holdout better than the members: then it was made from the wrong side.

A member who is found less often than holdout patients is no sign of privacy. A fair audit of any table has no such
attack: members and holdout are exchangeable but for the training, which can only help to find members.
"""

from synthaudit.audit.policy.bounds import Candidate, candidates
from synthaudit.audit.policy.criteria import Criterion, Policy
from synthaudit.audit.policy.wording import number_name, number_text
from synthaudit.audit.suite.result import Result

NO_DIFFERENCE = {"auc": 0.5, "excess": 0.0}
"""Statistics that compare the sides, with their value where neither side is found more often."""


def swapped_sides(result: Result, policy: Policy, system: str) -> str | None:
    """Return why a system's members and holdout look swapped, or None.

    They do where a membership criterion is broken in the mirror: where, corrected for all numbers that could be, an
    attack finds the holdout by more than the criterion allows it to find members, and none finds members so.
    """
    found = _mirrored(result, policy, system)
    error = policy.control_significance / max(len(found), 1)
    if any(one.bounds(error)[0] > criterion.failing_limit for one, criterion in found):
        return None
    for one, criterion in found:
        if one.bounds(error)[1] < 2 * NO_DIFFERENCE[one.statistic] - criterion.failing_limit:
            return (
                f"the table gives the holdout away, not the members: {number_name(one)} is {number_text(one.number)}, "
                f"and {NO_DIFFERENCE[one.statistic]:g} would be no difference. It was made from holdout patients, or "
                "the two files were swapped, so no attack on it is valid; name as members those it was made from"
            )
    return None


def _mirrored(result: Result, policy: Policy, system: str) -> list[tuple[Candidate, Criterion]]:
    return [
        (candidate, criterion)
        for criterion in policy.criteria
        if (criterion.section, criterion.level, criterion.worse) == ("membership", "release", "higher")
        for candidate in candidates(result, criterion, system)[0]
        if candidate.statistic in NO_DIFFERENCE
    ]
