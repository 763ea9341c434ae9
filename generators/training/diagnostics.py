"""Whether a trained generator can be trusted at all: a collapsed one would pass every privacy test."""

import numpy as np

from synthaudit.audit.records import Records
from synthaudit.audit.records.row_identity import distinct_rows
from synthaudit.generators.encoding.layout import Layout

PROBE = 1000
FEW_DISTINCT = 0.02
COMMON, MAX_UNSEEN = 0.01, 0.2


def diagnose(probe: Records, *, finite: bool, members: int, unseen: float = 0.0) -> str | None:
    """Return why a model should not be audited as if it worked, or None.

    The probe is ``PROBE`` drawn rows. Mode collapse is suspected where under 2 % of them are distinct; a table in which
    few distinct rows are possible, or seen among few members, is not held against the model. ``unseen`` is the share of
    common values that are never drawn.
    """
    if not finite:
        return "a loss stopped being a finite number; lower the learning rate"
    if not np.isfinite(probe.rest).all() and not any(column.missing for column in probe.schema.columns):
        return "it draws numbers that are not finite; lower the learning rate"
    distinct = distinct_rows(probe)
    if distinct < FEW_DISTINCT * PROBE and members >= PROBE and len(probe.schema) > 10:
        return f"mode collapse: only {distinct} of {PROBE} drawn rows are distinct; train longer or change the recipe"
    if probe.codes.shape[1] > 10 and not probe.rest.shape[1] and not probe.codes.any():
        return f"collapse: every one of {PROBE} drawn rows is empty; train longer"
    if unseen > MAX_UNSEEN:
        return f"collapse: {unseen:.0%} of the values that 1 % of the members have are never drawn; train longer"
    return None


def count_unseen_values(layout: Layout, probe: Records, rates: np.ndarray) -> tuple[int, int]:
    """Return how many common values no row of the probe shows, and how many are common: held by 1 % of the members.

    ``rates`` is the share of members that have each yes/no unit, shape ``(d,)``. A value of that rate is absent from
    1,000 rows by chance once in 20,000 times.
    """
    units = np.setdiff1d(np.arange(layout.width), layout.numeric)
    common = units[rates[units] >= COMMON]
    shown = layout.indicators(probe)[:, common].any(axis=0)
    return int((~shown).sum()), len(common)
