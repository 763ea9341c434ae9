"""Whose record is like nobody else's: there a match betrays a person, elsewhere it betrays a crowd.

Records with few codes match a synthetic row in any population (medGAN's own presence disclosure finds about as many
strangers as members), so an excess of exact matches drowns in their noise. Members and holdout are pooled to decide
who is distinctive: the same crowd judges both sides, so that who trained the generator has no bearing on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from synthaudit.audit.neighbours import metric_for, nearest
from synthaudit.audit.records import Records

RADII = (2.0, 1.0, 0.0)
"""Codes within which no other real patient may stand, tried in this order."""

ENOUGH = 0.5
"""Share of the targets that must remain for a radius to be used."""


@dataclass(frozen=True, eq=False)
class Distinctive:
    """Targets whose record no other real patient comes near.

    Attributes:
        members: Which target members, shape ``(patients,)``, bool, in the order of their numbers.
        holdout: Which target holdout patients, likewise.
        radius: Codes within which no other real patient stands; 0 asks for a record of one's own only.
    """

    members: np.ndarray
    holdout: np.ndarray
    radius: float

    @property
    def share(self) -> float:
        """Share of the targets that are distinctive."""
        return float(np.concatenate([self.members, self.holdout]).mean())


def distinctive(pool: Records, members: Records, holdout: Records) -> Distinctive:
    """Return the distinctive targets at the largest radius that leaves at least half of them.

    Mixed tables use radius 0: numbers hardly ever agree by chance. A patient with several rows is distinctive if all
    of them are. Memory and time are those of one pass of the neighbour kernel over targets and pool.
    """
    apart = [to_others(pool, side) for side in (members, holdout)]
    chosen = tuple(side > 0.0 for side in apart)
    for radius in RADII if pool.schema.all_binary else RADII[-1:]:
        chosen = tuple(side > radius for side in apart)
        if np.concatenate(chosen).mean() >= ENOUGH:
            break
    return Distinctive(chosen[0], chosen[1], radius)


def to_others(
    pool: Records,
    targets: Records,
    *,
    k: int = 1,
    metric: str = "auto",
    ranges: Mapping[str, float] | None = None,
) -> np.ndarray:
    """Return each patient's distance to the k nearest rows of other patients, on average, shape ``(patients,)``.

    Of a patient's several rows the one nearest to others counts; infinity where there are no others.
    """
    patients, owner = np.unique(targets.patients, return_inverse=True)
    own = int(np.unique(pool.patients, return_counts=True)[1].max())
    within = min(own + k, len(pool))  # a patient's own rows cannot fill all places
    chosen = metric_for(pool.schema) if metric == "auto" else metric
    found = nearest(targets, pool, k=within, metric=chosen, ranges=ranges)
    strangers = np.where(pool.patients[found.index] == targets.patients[:, None], np.inf, found.distance)
    strangers.sort(axis=1)
    closest = np.full(len(patients), np.inf)
    np.minimum.at(closest, owner, strangers[:, :k].mean(axis=1))
    return closest
