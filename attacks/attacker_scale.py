"""Distances and samples on the attacker's scale, which no target can move.

A score must not depend on which other targets are scored in the same batch: every range, radius and subsample below
comes from synthetic and reference rows alone.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from synthaudit.audit.knowledge import Knowledge
from synthaudit.audit.neighbours import Neighbors, metric_for, nearest, ranges_of
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
        knowledge: Fixes the ranges of numeric columns, by synthetic and reference rows.
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
    ranges = None
    if chosen == "gower":
        ranges = ranges_of(knowledge.synthetic, *([] if knowledge.reference is None else [knowledge.reference]))
    return nearest(targets, base, k=min(k, len(base)), metric=chosen, radii=tuple(radii), known=known, ranges=ranges)


def subsample(records: Records, size: int, rng: np.random.Generator) -> Records:
    """Return ``size`` rows at random without repeats, in their order; the records themselves if they have no more."""
    if size >= len(records):
        return records
    return records.take(np.sort(rng.choice(len(records), size, replace=False)))


def sample_patients(records: Records, size: int, rng: np.random.Generator) -> Records:
    """Return one row, at random, of ``size`` patients at random (of all if there are no more), in the rows' order.

    Attempts on two rows of one patient are not two independent attempts.
    """
    chosen = one_row_per_patient(records, rng)
    if size < len(chosen):
        chosen = rng.choice(chosen, size, replace=False)
    return records.take(np.sort(chosen))
