"""What an attack may touch: the rows the attacker holds, on scales that no target can move.

A score must not depend on which other targets were put before the attacker in the same batch: every range, radius
and subsample below comes from synthetic and reference rows alone.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.neighbours import Neighbors, metric_for, nearest, ranges_of
from synthaudit.audit.records import Records
from synthaudit.audit.records.sampling import one_row_per_patient

Distance = Literal["auto", "hamming", "cosine", "jaccard", "gower"]
DISTANCES: tuple[Distance, ...] = ("auto", "hamming", "cosine", "jaccard", "gower")


def require_reference(knowledge: Knowledge) -> Records:
    """Return the reference records; ``ValueError`` where the attacker holds none (ask ``Knowledge.lacks`` first)."""
    missing = knowledge.lacks(frozenset({Need.REFERENCE}))
    if missing or knowledge.reference is None:
        raise ValueError(f"expected reference records: {missing}")
    return knowledge.reference


def subsample(records: Records, size: int, rng: np.random.Generator) -> Records:
    """Return ``size`` rows at random without repeats, in their order; the records themselves if they have no more."""
    if size >= len(records):
        return records
    return records.take(np.sort(rng.choice(len(records), size, replace=False)))


def one_row_each(records: Records, size: int, rng: np.random.Generator) -> Records:
    """Return one row, at random, of ``size`` patients at random (of all if there are no more), in the rows' order.

    Tries on two rows of one patient are not two tries.
    """
    chosen = one_row_per_patient(records, rng)
    if size < len(chosen):
        chosen = rng.choice(chosen, size, replace=False)
    return records.take(np.sort(chosen))


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
    """Return the ``k`` nearest rows of ``base`` to each target (fewer if ``base`` is smaller), on the attacker's scale.

    Raises ``ValueError`` if ``base`` has no rows.
    """
    if not len(base):
        raise ValueError("expected at least one row to search in, got none")
    chosen = metric_for(targets.schema) if metric == "auto" else metric
    held = [knowledge.synthetic] + ([knowledge.reference] if knowledge.reference is not None else [])
    ranges = ranges_of(*held) if chosen == "gower" else None
    return nearest(targets, base, k=min(k, len(base)), metric=chosen, radii=tuple(radii), known=known, ranges=ranges)
