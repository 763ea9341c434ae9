"""Planted leaks and attacks that point at one patient: how many more members are linked or singled out."""

from collections.abc import Callable, Sequence

import numpy as np

from synthaudit.attacks.reidentification.linkability import Linkability
from synthaudit.attacks.reidentification.unique_replay import UniqueReplay
from synthaudit.audit.knowledge import Knowledge
from synthaudit.audit.protocols import ReidentificationAttack
from synthaudit.audit.records import Records
from synthaudit.audit.statistics import Estimate, differences, intervals
from synthaudit.audit.suite.tasks.planting.leaks import Ladder, leaking_blocks
from synthaudit.audit.suite.tasks.planting.trials import Trials
from synthaudit.audit.suite.tasks.rows import CONFIDENCE

LADDER = Ladder(0.05, 20, (1, 2, 3, 4, 6, 10, 20))
"""Up to all members: in tables of a few coarse columns only then does anything move."""

KIND = "verbatim"

Tries = Callable[[np.ndarray], np.ndarray]
"""Which tries against one side succeed, given the blocks that are planted."""


def plant_for_reidentification(
    attack: ReidentificationAttack,
    sides: tuple[Records, Records],
    members: Records,
    knowledge: Knowledge,
    trials: Trials,
    *,
    seed: int,
    seeds: Sequence[int],
) -> None:
    """Add how much oftener tries succeed against members at each strength; attacks of other kinds are left out.

    Args:
        attack: An attack whose tries can be judged row by row: linkability with one nearest row, or unique replay.
        sides: Target members and as many holdout patients.
        members: All members.
        knowledge: What the attacker holds.
        trials: Where the measurements go.
        seed: Seed of the attack itself.
        seeds: One per repeat.
    """
    patients = len(np.unique(members.patients))
    size, counts = LADDER.size(patients), LADDER.strengths(patients)
    blocks = leaking_blocks(KIND, members, knowledge.synthetic, LADDER, np.random.default_rng(seeds[0]))
    if isinstance(attack, UniqueReplay):
        tries = [_replayed(attack, side, knowledge, blocks, seed) for side in sides]
    elif isinstance(attack, Linkability) and attack.k == 1 and len(members.schema) > 1:
        tries = [_linked(attack, side, knowledge, blocks, seed) for side in sides]
    else:
        return
    for order in LADDER.orders(len(blocks), seeds):
        for count in (0, *counts):
            rates = [_rate(side(order[: count // size])) for side in tries]
            trials.add_estimate(KIND, "excess", "all", count, differences.difference(*rates))


def _rate(succeeded: np.ndarray) -> Estimate:
    rate = intervals.binomial(int(succeeded.sum()), len(succeeded), confidence=CONFIDENCE)
    if not isinstance(rate, Estimate):
        raise ValueError("expected at least one try")
    return rate


def _replayed(
    attack: UniqueReplay, targets: Records, knowledge: Knowledge, blocks: Sequence[Records], seed: int
) -> Tries:
    combinations, unique = attack.combinations(targets, np.random.default_rng(seed))
    before = attack.found_in(knowledge.synthetic, combinations)
    found = np.stack([attack.found_in(rows, combinations) for rows in blocks])

    def tries(chosen: np.ndarray) -> np.ndarray:
        replayed: np.ndarray = unique & (before | found[chosen].any(axis=0))
        return replayed

    return tries


def _linked(attack: Linkability, targets: Records, knowledge: Knowledge, blocks: Sequence[Records], seed: int) -> Tries:
    half, donors, attempted = attack.split_and_sample(targets, knowledge, np.random.default_rng(seed))
    found = [attack.nearest_to_halves(attempted, rows, half, knowledge) for rows in (donors, *blocks)]
    distance = np.array([[one.distance[:, 0] for one in pair] for pair in found])  # (blocks + 1, 2, tries)
    index = np.array([[one.index[:, 0] for one in pair] for pair in found])

    def tries(chosen: np.ndarray) -> np.ndarray:
        tables = np.concatenate([[0], chosen + 1])
        best = distance[tables].argmin(axis=0)  # which table has the row nearest to either half
        row = np.take_along_axis(index[tables], best[None], axis=0)[0]
        linked: np.ndarray = (best[0] == best[1]) & (row[0] == row[1])
        return linked

    return tries
