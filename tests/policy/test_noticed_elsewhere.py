"""A leak that another criterion of the section surely notices is not missed; who never reads the table is no proof."""

import pytest

from synthaudit.audit.policy import read_policy
from synthaudit.audit.policy.planted_power import power_gap
from synthaudit.audit.suite.result import PlantedPower


def power(*, responds: bool) -> PlantedPower:
    """Return the power of a criterion that no planted leak makes fire, though numbers rise above its limit."""
    return PlantedPower(
        kind="verbatim",
        repeats=17,
        patients=(100, 300),
        detected=(0.0, 0.0),
        low=(0.0, 0.0),
        high=(0.2, 0.2),
        smallest=None,
        beyond=(1.0, 1.0),
        responds=responds,
    )


@pytest.mark.parametrize(
    ("responds", "elsewhere", "closed"),
    [(True, 20, True), (True, 300, True), (True, 301, False), (True, None, False), (False, 20, False)],
)
def test_a_gap_is_closed_by_another_criterion_where_the_own_numbers_move(
    responds: bool, elsewhere: int | None, closed: bool
) -> None:
    policy = read_policy("default")
    criterion = next(one for one in policy.criteria if one.id == "MEM-2")
    assert criterion.required_leak == ("verbatim", 0.15)
    gap = power_gap((power(responds=responds),), policy, criterion, 2000, elsewhere)
    assert (gap is None) == closed
