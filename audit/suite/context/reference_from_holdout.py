"""A reference where none is given: part of the holdout, set aside by patient.

Two attacks in three compare a target with real records of other patients, and are silent without any. Holdout patients
are such records, and the control group has patients to spare.
"""

from collections.abc import Mapping

import numpy as np

from synthaudit.audit.records import Records
from synthaudit.audit.statistics.low_fpr import holdout_needed
from synthaudit.audit.suite.context.task import seed_of
from synthaudit.audit.suite.plan import Plan

RATES = (0.001, 0.01)
"""False positive rates that the remaining holdout still allows a statement about, the first that can be afforded."""

WORTH_IT = 0.2
"""Least share of the holdout that is set aside: with fewer records no attack calibrates."""


def with_reference(plan: Plan, tables: Mapping[str, Records]) -> tuple[dict[str, Records], str | None]:
    """Return the sides with part of the holdout as reference where there is none, and what a report must say of it."""
    wanted = plan.split.reference_from_holdout > 0 and any(size != 0 for size in plan.sweep.reference_rows)
    if "reference" in tables or not wanted:
        return dict(tables), None
    patients = {role: len(np.unique(table.patients)) for role, table in tables.items()}
    share = plan.split.reference_from_holdout
    parts = set_aside_reference(tables["holdout"], members=patients["members"], share=share, seed=plan.seed)
    if parts is None:
        return dict(tables), (
            f"no reference was given, and {patients['holdout']:,} holdout patients are too few to set some aside: "
            "attacks that compare with records of other real patients are not measured"
        )
    holdout, reference = parts
    return {**tables, "holdout": holdout, "reference": reference}, (
        f"no reference was given, so {len(np.unique(reference.patients)):,} of {patients['holdout']:,} holdout "
        f"patients, drawn at random, are the attacker's reference, and the other "
        f"{len(np.unique(holdout.patients)):,} the control group"
    )


def patients_to_set_aside(holdout: int, members: int, share: float) -> int:
    """Return how many holdout patients become the reference; 0 where the holdout is too small to share.

    No more than there are members, since no attack is given more, and so few that true positive rates at 1 % false
    positives can be stated: at 0.1 % too, where that leaves a fifth of the holdout.

    >>> [patients_to_set_aside(holdout, 5000, 1 / 3) for holdout in (300, 500, 2000, 5000, 60_000)]
    [0, 132, 666, 1312, 5000]
    """
    wanted = min(int(share * holdout), members)
    for rate in RATES:
        spare = min(wanted, holdout - holdout_needed(rate))
        if spare >= min(WORTH_IT * holdout, wanted):
            return max(spare, 0)
    return 0


def set_aside_reference(holdout: Records, *, members: int, share: float, seed: int) -> tuple[Records, Records] | None:
    """Return the rest of the holdout and the reference, all rows of a patient on one side; None where it is too small.

    Args:
        holdout: Rows of all holdout patients.
        members: Member patients.
        share: Share of the holdout patients to set aside.
        seed: Seed of the plan.
    """
    patients = np.unique(holdout.patients)
    count = patients_to_set_aside(len(patients), members, share)
    if not count:
        return None
    rng = np.random.default_rng(seed_of(seed, "reference from the holdout"))
    chosen = np.isin(holdout.patients, patients[rng.permutation(len(patients))[:count]])
    return holdout.take(~chosen), holdout.take(chosen)
