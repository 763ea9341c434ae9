"""Planted leaks and membership attacks: what ever more leaked members do to an attack's scores."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synthaudit.audit.records import Records
from synthaudit.audit.statistics import roc
from synthaudit.audit.suite.tasks.planting.leaks import MAKERS, Ladder, leaking_blocks
from synthaudit.audit.suite.tasks.planting.trials import Trials
from synthaudit.audit.suite.tasks.rows import CONFIDENCE

LADDER = Ladder(0.05, 20, (1, 2, 3, 4, 6, 10))
"""Up to half of the members; fewer than one in twenty hardly move a ranking."""

FEW = Ladder(0.05, 20, (2, 6, 10))
"""For rules fixed beforehand, and for attacks that must look at the whole table again at every strength."""

FALSE_POSITIVE_RATES = (0.001, 0.01)

Scores = tuple[np.ndarray, np.ndarray]
"""Scores of target members and of target holdout, one per patient."""

ScoreTable = Callable[[Records, np.random.Generator], Scores]
"""Attacks a synthetic table."""


@dataclass(frozen=True, eq=False)
class AttackedTable:
    """A synthetic table under one attack, to which rows that leak are added.

    Attributes:
        members: All members.
        synthetic: The table.
        score: The attack.
        claims: Rules fixed beforehand: label to threshold.
        unplanted: Its scores on the table where a score is the largest over rows that are judged each alone: then only
            planted rows need to be looked at. None for any other attack, which is run on the whole again.
    """

    members: Records
    synthetic: Records
    score: ScoreTable
    claims: Mapping[str, float]
    unplanted: Scores | None

    def planted(self, kind: str, ladder: Ladder, seeds: Sequence[int]) -> Iterator[tuple[int, Scores]]:
        """Yield, repeat by repeat, the scores with nothing planted and at each strength; scores rest on one stream."""
        first = seeds[0]
        patients = len(np.unique(self.members.patients))
        blocks = leaking_blocks(kind, self.members, self.synthetic, ladder, np.random.default_rng(first))
        size, strengths = ladder.size(patients), ladder.strengths(patients)
        alone = [] if self.unplanted is None else [self.score(rows, np.random.default_rng(first)) for rows in blocks]
        for order, seed in zip(ladder.orders(len(blocks), seeds), seeds, strict=True):
            yield 0, self.unplanted or self.score(self.synthetic, np.random.default_rng(seed))
            for count in strengths:
                chosen = order[: count // size]
                if self.unplanted is None:
                    table = Records.concat([self.synthetic, *(blocks[at] for at in chosen)])
                    yield count, self.score(table, np.random.default_rng(seed))
                else:
                    sides = zip(self.unplanted, *(alone[at] for at in chosen), strict=True)
                    members, holdout = (np.max(np.stack(side), axis=0) for side in sides)
                    yield count, (members, holdout)


def plant_for_attack(table: AttackedTable, trials: Trials, seeds: Sequence[int]) -> None:
    """Add what the attack measures with leaks of every kind; only copies for fixed rules, and where all is looked at.

    Args:
        table: What is attacked.
        trials: Where the measurements go.
        seeds: One per repeat.
    """
    few = table.unplanted is None or bool(table.claims)
    for kind in ("verbatim",) if few else tuple(MAKERS):
        for planted, scores in table.planted(kind, FEW if few else LADDER, seeds):
            _grade(trials, kind, planted, scores, table.claims)


def _grade(trials: Trials, kind: str, planted: int, scores: Scores, claims: Mapping[str, float]) -> None:
    """Add the ranking, the hits at few false alarms, and those of rules fixed beforehand."""
    trials.add_estimate(kind, "auc", "all", planted, roc.auc(*scores, confidence=CONFIDENCE))
    for rate in FALSE_POSITIVE_RATES:
        measured = roc.tpr_at_fpr(*scores, fpr=rate, confidence=CONFIDENCE)
        trials.add_estimate(kind, "tpr_at_fpr", f"fpr {rate:g}", planted, measured)
    for rule, threshold in claims.items():
        found, matched = ((side >= threshold).sum() for side in scores)
        sizes = {"members": len(scores[0]), "holdout": len(scores[1])}
        trials.add(kind, "excess", rule, planted, {"found": found, "matched": matched, **sizes})
