"""Membership inference by counting: how many synthetic rows agree with the patient on random handfuls of columns?"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.levels import Levels
from synthaudit.attacks.membership.shadow.in_out_statistics import InOutStatistics, learned
from synthaudit.attacks.membership.shadow.shadow_models import ShadowModels, check_models, train_shadow_models
from synthaudit.audit.errors import check_positive
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload

ORDERS = 4
RARITIES = (1.0, 10.0)
"""Mean counts over the shadows that part rare, middling and common conjunctions."""
ROWS = 4_096
"""Rows counted at once: 4,096 x 1,071 int64 take 35 MB."""
BLOCK = 256
"""Targets whose counts stand in memory at once: 256 x 256 conjunctions x 65 tables in float64 take 34 MB, thrice."""


@dataclass(frozen=True)
class QueryCounts:
    """Counts of random conjunctions of a target's own values, learned on shadow models (Houssiau et al., TAPAS, 2022).

    Conjunctions have one to four columns, drawn by how telling the target's value is: a diagnosis of few patients
    comes before the absence of one. Counts are compared with those in the shadows' tables, and averaged by order and
    rarity; one logistic regression for all targets learns on the shadows which of these averages tell in from out
    (the published attack grows a forest for each target, on thousands of shadows). Threat model: synthetic rows, the
    generator's recipe, and further real records if there are any. Score: the log odds.

    Attributes:
        queries: Conjunctions a target.
        models: Shadow models, a multiple of 8.
        pairs: Pairs of a target and a shadow that the regression learns from, at most.
    """

    title: ClassVar[str] = "Query counts learned on shadow models"
    question: ClassVar[str] = "Do more synthetic rows share a few of this patient's values than shadow models explain?"
    source: ClassVar[str] = "Houssiau et al., TAPAS, 2022; Meeus et al., Achilles' heels, ESORICS workshops 2023"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.TRAINER})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and the generator's recipe, trains shadow models, and learns from "
        "them which counts of matching rows tell in from out."
    )
    presets: ClassVar[frozenset[str]] = frozenset()
    measures_power: ClassVar[frozenset[str]] = frozenset()

    queries: int = 256
    models: int = 16
    pairs: int = 60_000

    def __post_init__(self) -> None:
        check_positive(queries=self.queries, pairs=self.pairs)
        check_models(self.models)

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the log odds of 'in', shape ``(n,)``."""
        from synthaudit.attacks.membership.shadow.conjunctions import (
            packed,
        )  # compiles kernels, which a list of attacks need not

        shadows = train_shadow_models(targets, knowledge, models=self.models)
        reference = knowledge.reference
        held = [knowledge.synthetic] + ([reference] if reference is not None and len(reference) else [])
        levels = Levels.of(*held)
        shown = levels.first[:-1] + levels.encode(targets).astype(np.int64)
        asked = self._asked(_surprise(levels, held), shown, rng)
        bits = [packed(levels, table) for table in (knowledge.synthetic, *shadows.tables)]
        features = np.empty((len(bits), len(targets), ORDERS * (len(RARITIES) + 1)))
        for start in range(0, len(targets), BLOCK):
            part = slice(start, start + BLOCK)
            features[:, part] = self._features(bits, asked[part], shadows, part)
        return learned(features, shadows.targets, rows=self.pairs, rng=rng)

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds

    def _asked(self, surprise: np.ndarray, shown: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return each target's conjunctions, shape ``(n, q, 4)``; query q has order 1 + q mod 4 and repeats the first.

        Columns are drawn with chances proportional to how surprising the target's level is among the rows held.
        """
        # The same uniform numbers for every target: a record's questions do not depend on who else is asked about.
        drawn = rng.random((self.queries, ORDERS))
        out = np.empty((len(shown), self.queries, ORDERS), dtype=np.int64)
        place = np.minimum(np.arange(ORDERS), np.arange(self.queries)[:, None] % ORDERS)
        used = np.take_along_axis(drawn, np.where(place == np.arange(ORDERS), place, 0), axis=1)
        for start in range(0, len(shown), BLOCK):
            rows = shown[start : start + BLOCK]
            reach = np.cumsum(surprise[rows], axis=1)
            reach = reach / reach[:, -1:] + np.arange(len(rows))[:, None]  # increasing along all rows together
            found = np.searchsorted(reach.ravel(), (used[None] + np.arange(len(rows))[:, None, None]).ravel())
            found = np.minimum(found, rows.size - 1)
            out[start : start + BLOCK] = rows.ravel()[found].reshape(len(rows), self.queries, ORDERS)
        return out

    def _features(self, bits: list[np.ndarray], asked: np.ndarray, shadows: ShadowModels, part: slice) -> np.ndarray:
        """Return mean deviations by order and rarity, ``(1 + K, n, 12)``; 0 where there is no such conjunction."""
        from synthaudit.attacks.membership.shadow.conjunctions import counts

        size = len(asked)
        flat = asked.reshape(-1, ORDERS)
        found = np.stack([counts(table, flat) for table in bits]).astype(np.float64)
        inside = np.repeat(shadows.targets[:, part], self.queries, axis=1)
        # The square root makes a count's spread the same whatever its mean.
        deviations = InOutStatistics.of(np.sqrt(found), inside).deviations().reshape(len(bits), size, self.queries)
        rarity = np.digitize(found[1:].mean(axis=0), RARITIES).reshape(size, self.queries)
        group = rarity * ORDERS + np.arange(self.queries) % ORDERS
        belongs = group[:, :, None] == np.arange(ORDERS * (len(RARITIES) + 1))  # (n, q, groups)
        total = np.einsum("knq,nqg->kng", deviations, belongs.astype(np.float64), optimize=True)
        mean: np.ndarray = total / np.maximum(belongs.sum(axis=1), 1)
        return mean


def _surprise(levels: Levels, held: list[Records]) -> np.ndarray:
    """Return minus the log share of each level among the rows held, smoothed by half a row, shape ``(L,)``."""
    tally, total = np.zeros(int(levels.first[-1])), 0
    for rows in held:
        total += len(rows)
        for start in range(0, len(rows), ROWS):
            encoded = levels.first[:-1] + levels.encode(rows.take(slice(start, start + ROWS)))
            tally += np.bincount(encoded.ravel(), minlength=len(tally))
    surprise: np.ndarray = -np.log((tally + 0.5) / (total + 1.0))
    return surprise
