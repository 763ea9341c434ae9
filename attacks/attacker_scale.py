"""Distances and samples on the attacker's scale, which no target can move.

A score must not depend on which other targets are scored in the same batch: ranges come from real records
beside the targets, radii and subsamples from the attacker's rows.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from synthaudit.audit.knowledge import Knowledge
from synthaudit.audit.neighbours import Neighbors, metric_for, nearest
from synthaudit.audit.records import Records
from synthaudit.audit.records.sampling import one_row_per_patient

Distance = Literal["auto", "hamming", "cosine", "jaccard", "gower"]
DISTANCES: tuple[Distance, ...] = ("auto", "hamming", "cosine", "jaccard", "gower")


def nearest_on_attacker_scale(
    targets: Records,
    base: Records,
    knowledge: Knowledge,
    *,
    k: int = 1,
    metric: str = "auto",
    radii: Sequence[float] = (),
    known: np.ndarray | None = None,
) -> Neighbors:
    """Return the ``k`` rows of ``base`` nearest to each target, or all of them if they are fewer.

    Args:
        targets: n records.
        base: The rows to search in.
        knowledge: Fixes the ranges of numeric columns, by real records.
        k: How many rows per target.
        metric: ``auto`` chooses by the schema.
        radii: Distances within which rows are counted, too.
        known: Which columns count for which target, shape ``(n, p)``; None counts all.

    Raises:
        ValueError: ``base`` has no rows.
    """
    if not len(base):
        raise ValueError("expected at least one row to search in, got none")
    chosen = metric_for(targets.schema) if metric == "auto" else metric
    ranges = knowledge.units.ranges if chosen == "gower" else None
    return nearest(targets, base, k=min(k, len(base)), metric=chosen, radii=tuple(radii), known=known, ranges=ranges)


def subsample(records: Records, size: int, rng: np.random.Generator) -> Records:
    """Return ``size`` rows at random without repeats, in their order; the records themselves if they have no more."""
    if size >= len(records):
        return records
    return records.take(np.sort(rng.choice(len(records), size, replace=False)))


def plausible_rows(knowledge: Knowledge) -> Records:
    """Return the synthetic rows without numbers far outside the real range; all of them if few would remain.

    Means and regressions follow a few wild cells; who learns from the rows leaves such rows out. Where most rows have
    one, a column is in other units, and leaving rows out mends nothing.
    """
    fits = knowledge.units.plausible(knowledge.synthetic)
    return knowledge.synthetic if fits.all() or 2 * fits.sum() < len(fits) else knowledge.synthetic.take(fits)


def sample_patients(records: Records, size: int, rng: np.random.Generator) -> Records:
    """Return one row, at random, of ``size`` patients at random (of all if there are no more), in the rows' order.

    Attempts on two rows of one patient are not two independent attempts.
    """
    chosen = one_row_per_patient(records, rng)
    if size < len(chosen):
        chosen = rng.choice(chosen, size, replace=False)
    return records.take(np.sort(chosen))
