"""Targets: the patients put before the attacker, chosen without regard to their side, and their order before it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from synthaudit.audit.neighbours import metric_for
from synthaudit.audit.records import NumericScale, Records
from synthaudit.audit.suite.context.distinctive import Distinctive, to_others
from synthaudit.audit.suite.context.task import seed_of
from synthaudit.audit.suite.plan import Plan

NEIGHBOURS = 5
"""Other patients whose mean distance is a patient's vulnerability (Meeus et al., Achilles' heels, 2023: k = 5)."""

BLOCK = 4096
"""Rows looked through at once for their rarest code: 4,096 x 1,071 take 35 MB."""


@dataclass(frozen=True, eq=False)
class Targets:
    """Both sides as the attacker meets them, labels withheld.

    Attributes:
        members: Rows of target members.
        holdout: Rows of target holdout patients.
        distinctive: Which of them have a record that no other real patient comes near.
    """

    members: Records
    holdout: Records
    distinctive: Distinctive

    @property
    def pooled(self) -> Records:
        """Rows of both sides, members first."""
        return Records.concat([self.members, self.holdout])

    def fewer(self, most: int, *, rng: np.random.Generator) -> "Targets":
        """Return ``most`` patients of each side, drawn at random."""
        kept, masks = [], []
        sides = ((self.members, self.distinctive.members), (self.holdout, self.distinctive.holdout))
        for records, apart in sides:
            patients = np.unique(records.patients)
            chosen = np.isin(patients, rng.choice(patients, size=min(most, len(patients)), replace=False))
            kept.append(records.take(np.isin(records.patients, patients[chosen])))
            masks.append(apart[chosen])
        return Targets(kept[0], kept[1], Distinctive(masks[0], masks[1], self.distinctive.radius))


@dataclass(frozen=True, eq=False)
class ShuffledTargets:
    """Both sides in one list, in the random order in which every attacker meets them.

    Whatever an attack makes of ties and of order, it makes of them alike on both sides: a difference between the sides
    can only come from the synthetic rows.

    Attributes:
        records: Rows of members and holdout, shuffled.
        order: Place of each shuffled row in the list of members and then holdout, shape ``(n,)``.
        members: Rows of the members.
    """

    records: Records
    order: np.ndarray
    members: int

    @classmethod
    def of(cls, targets: Targets, pooled: Records, *, seed: int) -> "ShuffledTargets":
        """Return rows in their shuffled order: those of ``targets.pooled``, or what an attacker sees of them."""
        order = np.random.default_rng(seed_of(seed, "order of targets")).permutation(len(pooled))
        return cls(pooled.take(order), order, len(targets.members))

    def by_side(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what was said of the shuffled rows, first axis ``n``, for members and for holdout in their order."""
        restored = np.empty_like(values)
        restored[self.order] = values
        return restored[: self.members], restored[self.members :]


def choose_targets(plan: Plan, members: Records, holdout: Records) -> tuple[np.ndarray, np.ndarray]:
    """Return which rows of members and of holdout the plan puts before the attacker, bool masks."""
    wanted = plan.targets
    if wanted.choice == "random":
        rngs = [np.random.default_rng(seed_of(plan.seed, "targets", side)) for side in ("members", "holdout")]
        return random_patients(members, wanted.members, rng=rngs[0]), random_patients(
            holdout, wanted.holdout, rng=rngs[1]
        )
    rng = np.random.default_rng(seed_of(plan.seed, "targets", wanted.choice))
    return conspicuous_patients(members, holdout, (wanted.members, wanted.holdout), wanted.choice, rng=rng)


def random_patients(records: Records, most: int, *, rng: np.random.Generator) -> np.ndarray:
    """Return a mask of all rows of ``most`` patients drawn at random; of all rows where there are no more patients."""
    patients = np.unique(records.patients)
    if len(patients) <= most:
        return np.ones(len(records), dtype=bool)
    return np.isin(records.patients, rng.choice(patients, size=most, replace=False))


def conspicuous_patients(
    members: Records, holdout: Records, most: tuple[int, int], choice: str, *, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return masks of the patients who stand out most among both sides together, about ``most`` of each side.

    One ranking and one cut for both sides: a member is as likely to be chosen as a stranger with the same record, so
    the choice itself tells nothing. The cut depends on the sides' sizes alone, hence the counts vary a little.
    """
    pool = Records.concat([members, holdout])
    patients = np.unique(pool.patients)
    value = vulnerability(pool, NumericScale.of(holdout).ranges) if choice == "vulnerable" else -rarest_value(pool)
    sizes = [len(np.unique(side.patients)) for side in (members, holdout)]
    share = min(1.0, *(wanted / size for wanted, size in zip(most, sizes, strict=True)))
    order = np.lexsort((rng.random(len(patients)), -value))
    chosen = patients[order[: int(share * len(patients))]]
    return np.isin(members.patients, chosen), np.isin(holdout.patients, chosen)


def vulnerability(pool: Records, ranges: Mapping[str, float] | None = None) -> np.ndarray:
    """Return each patient's mean distance to the nearest rows of other patients, shape ``(patients,)``.

    Cosine on tables of codes, Gower's otherwise (METHODS 2.2 weighs the two by their columns). A record without any
    code is like every other such record, whatever the cosine of nothing.
    """
    metric = "cosine" if pool.schema.all_binary else metric_for(pool.schema)
    far = to_others(pool, pool, k=NEIGHBOURS, metric=metric, ranges=ranges)
    if metric == "cosine":
        _, owner = np.unique(pool.patients, return_inverse=True)
        far[np.bincount(owner, weights=pool.codes.any(axis=1)) == 0] = 0.0
    return far


def rarest_value(pool: Records) -> np.ndarray:
    """Return how many rows share each patient's rarest code or level, shape ``(patients,)``; infinite without any."""
    carriers = (pool.codes > 0).sum(axis=0).astype(np.float64)
    least = np.full(len(pool), np.inf)
    for start in range(0, len(pool), BLOCK):  # over blocks of rows
        rows = slice(start, start + BLOCK)
        least[rows] = np.where(pool.codes[rows] > 0, carriers, np.inf).min(axis=1, initial=np.inf)
    for at, position in enumerate(pool.schema.rest):
        if not pool.schema.columns[position].is_numeric:
            level = np.nan_to_num(pool.rest[:, at], nan=-1).astype(np.int64) + 1
            least = np.minimum(least, np.bincount(level).astype(np.float64)[level])
    _, owner = np.unique(pool.patients, return_inverse=True)
    rarest = np.full(owner.max(initial=-1) + 1, np.inf)
    np.minimum.at(rarest, owner, least)
    return rarest
