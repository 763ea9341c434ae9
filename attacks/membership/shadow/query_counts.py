"""Membership inference by counting queries: how many synthetic rows agree with the target on a few random columns?"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.discretizer import Discretizer
from synthaudit.attacks.membership.shadow.in_out_statistics import InOutStatistics, learn_log_odds
from synthaudit.attacks.membership.shadow.shadow_models import Background, check_models, train_shadow_models
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

    Score: the log odds of 'in' by one logistic regression for all targets. Conjunctions have one to four columns, drawn
    by how surprising the target's value is: a diagnosis of few patients comes before the absence of one. Counts are
    standardised against those in the shadows' tables and averaged by order and rarity; the regression learns on the
    shadows which of these averages tell in from out. The published attack grows a forest per target, on thousands of
    shadows.

    Attributes:
        queries: Conjunctions per target.
        models: Shadow models, a multiple of 8.
        max_pairs: Pairs of a target and a shadow that the regression learns from, at most.
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
    background: ClassVar[Background] = "reference"

    queries: int = 256
    models: int = 16
    max_pairs: int = 60_000

    def __post_init__(self) -> None:
        check_positive(queries=self.queries, max_pairs=self.max_pairs)
        check_models(self.models)

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the log odds of 'in', shape ``(n,)``."""
        # Compiles kernels, which `synthaudit list` need not wait for.
        from synthaudit.attacks.membership.shadow.conjunctions import pack_levels

        shadows = train_shadow_models(targets, knowledge, models=self.models)
        tables = [knowledge.synthetic] + ([knowledge.real] if knowledge.real is not None else [])
        levels = Discretizer.fit(targets.schema, knowledge.units)
        own = levels.positions(targets)
        conjunctions = self._draw_conjunctions(_surprise(levels, tables), own, rng)
        bits = [pack_levels(levels, table) for table in (knowledge.synthetic, *shadows.tables)]
        features = np.empty((len(bits), len(targets), ORDERS * (len(RARITIES) + 1)))
        for start in range(0, len(targets), BLOCK):
            part = slice(start, start + BLOCK)
            features[:, part] = self._features(bits, conjunctions[part], shadows.target_inclusion[:, part])
        return learn_log_odds(features, shadows.target_inclusion, max_pairs=self.max_pairs, rng=rng)

    def cost(self, work: Workload) -> float:
        """Return seconds on one core, without the training of shadow models, which several attacks share."""
        return work.comparison_seconds

    def _draw_conjunctions(self, surprise: np.ndarray, own: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return each target's conjunctions, shape ``(n, q, 4)``; query q has order 1 + q mod 4, one level repeated.

        Columns are drawn with chances proportional to how surprising the target's level is among the attacker's rows.

        Args:
            surprise: From ``_surprise``, shape ``(L,)``.
            own: Each target's own levels, shape ``(n, p)``.
            rng: Draws the columns.
        """
        # The same uniform numbers for every target: a record's conjunctions do not depend on the other targets.
        uniform = rng.random((self.queries, ORDERS))
        out = np.empty((len(own), self.queries, ORDERS), dtype=np.int64)
        place = np.minimum(np.arange(ORDERS), np.arange(self.queries)[:, None] % ORDERS)
        used = np.take_along_axis(uniform, np.where(place == np.arange(ORDERS), place, 0), axis=1)
        for start in range(0, len(own), BLOCK):
            rows = own[start : start + BLOCK]
            reach = np.cumsum(surprise[rows], axis=1)
            reach = reach / reach[:, -1:] + np.arange(len(rows))[:, None]  # increasing along all rows together
            cell = np.searchsorted(reach.ravel(), (used[None] + np.arange(len(rows))[:, None, None]).ravel())
            cell = np.minimum(cell, rows.size - 1)
            out[start : start + BLOCK] = rows.ravel()[cell].reshape(len(rows), self.queries, ORDERS)
        return out

    def _features(self, bits: list[np.ndarray], conjunctions: np.ndarray, inclusion: np.ndarray) -> np.ndarray:
        """Return mean deviations by order and rarity, ``(1 + K, n, 12)``; 0 where there is no such conjunction."""
        from synthaudit.attacks.membership.shadow.conjunctions import count_conjunctions

        size = len(conjunctions)
        flat = conjunctions.reshape(-1, ORDERS)
        counts = np.stack([count_conjunctions(table, flat) for table in bits]).astype(np.float64)
        repeated = np.repeat(inclusion, self.queries, axis=1)
        # The square root makes a count's spread the same whatever its mean.
        deviations = InOutStatistics.of(np.sqrt(counts), repeated).standardized().reshape(len(bits), size, self.queries)
        rarity = np.digitize(counts[1:].mean(axis=0), RARITIES).reshape(size, self.queries)
        group = rarity * ORDERS + np.arange(self.queries) % ORDERS
        belongs = group[:, :, None] == np.arange(ORDERS * (len(RARITIES) + 1))  # (n, q, groups)
        total = np.einsum("knq,nqg->kng", deviations, belongs.astype(np.float64), optimize=True)
        mean: np.ndarray = total / np.maximum(belongs.sum(axis=1), 1)
        return mean


def _surprise(levels: Discretizer, tables: list[Records]) -> np.ndarray:
    """Return minus the log share of each level among the attacker's rows, smoothed by half a row, shape ``(L,)``."""
    tally, total = np.zeros(int(levels.offsets[-1])), 0
    for rows in tables:
        total += len(rows)
        for start in range(0, len(rows), ROWS):
            position = levels.positions(rows.take(slice(start, start + ROWS)))
            tally += np.bincount(position.ravel(), minlength=len(tally))
    surprise: np.ndarray = -np.log((tally + 0.5) / (total + 1.0))
    return surprise
