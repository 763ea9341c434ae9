"""A generator that learned from members and holdout alike hides its leak, and is found by the reference."""

import numpy as np
import pytest

from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.records.split import Split
from synthaudit.audit.statistics import Estimate, NotMeasured
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.tasks.holdout_nearness import ATTACKS, holdout_nearness

LEVEL = 1e-4


def labs(rows: int, seed: int, shift: float = 0.0) -> Records:
    """Return correlated numbers of people."""
    rng = np.random.default_rng([seed, 3])
    values = shift + rng.normal(size=(rows, 1)) + 0.5 * rng.normal(size=(rows, 6)).round(2)
    schema = Schema(tuple(Column(f"x{at}", "continuous") for at in range(6)))
    return Records.of(schema, {f"x{at}": column.round(2) for at, column in enumerate(values.T)})


def jittered(*tables: Records) -> Records:
    """Return rows near those of the tables, none of them a copy."""
    rows = Records.concat(list(tables))
    noise = np.random.default_rng(4).normal(0, 0.15, rows.rest.shape)
    return Records(rows.schema, rows.codes, (rows.rest + noise).round(2), rows.patients)


class Sides:
    """What the control reads of a context."""

    def __init__(self, reference: Records | None, *, given: bool = True) -> None:
        parted = Split.of(
            labs(600, 1),
            labs(500, 2).with_patients(np.arange(1000, 1500)),
            None if reference is None else reference.with_patients(np.arange(2000, 2000 + len(reference))),
        )
        self.members, self.holdout, self.reference = parted.members, parted.holdout, parted.reference
        self.plan = type("Plan", (), {"seed": 0, "reference_given": given})
        self.numeric_scale = None


def aucs(sides: Sides, synthetic: Records) -> dict[str, Estimate | NotMeasured]:
    context: AuditContext = sides  # type: ignore[assignment]
    return dict(holdout_nearness(context, synthetic, rng=np.random.default_rng(0)))


def smallest(found: dict[str, Estimate | NotMeasured]) -> float:
    measured = [one.p_value for one in found.values() if isinstance(one, Estimate)]
    assert len(measured) in (0, len(ATTACKS))  # a hundredth of fair references look unlike the holdout

    return min([1.0, *(p for p in measured if p is not None)])


def test_a_table_learned_from_the_whole_file_is_nearer_to_the_holdout() -> None:
    sides = Sides(labs(500, 3))
    found = aucs(sides, jittered(sides.members, sides.holdout))
    assert smallest(found) <= LEVEL
    assert found["calibrated"].value > 0.6  # type: ignore[union-attr]


@pytest.mark.parametrize("seed", range(3, 9))
def test_one_learned_from_the_members_alone_is_not(seed: int) -> None:
    """Six tests at 1 in 10,000."""
    sides = Sides(labs(500, seed))
    assert smallest(aucs(sides, jittered(sides.members))) > LEVEL


def test_a_reference_of_other_people_is_not_compared() -> None:
    other = Sides(labs(500, 3, shift=1.0))
    reasons = {getattr(one, "reason", "") for one in aucs(other, jittered(other.members)).values()}
    assert reasons == {"holdout and reference differ by their real rows alone"}
    for sides, reason in (
        (Sides(None), "no reference was given beside the holdout"),
        (Sides(labs(300, 3), given=False), "no reference was given beside the holdout"),
        (Sides(labs(60, 3)), "fewer than 100 patients in the holdout or the reference"),
    ):
        assert {getattr(one, "reason", "") for one in aucs(sides, jittered(sides.members)).values()} == {reason}
