"""Coverage, precision and authenticity: synthetic rows in the neighbourhoods of real rows, and the other way round."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.audit.errors import check_positive
from synthaudit.audit.fidelity.patient_samples import equal_samples
from synthaudit.audit.neighbours import nearest
from synthaudit.audit.protocols import Better, MetricResult
from synthaudit.audit.records import NumericScale, Records
from synthaudit.audit.statistics import Measurement, intervals
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class Coverage:
    """Shares of rows whose neighbourhood holds a row of the other side.

    A row's neighbourhood reaches to the k-th nearest other row of its own side. ``coverage`` is the share of real rows
    whose neighbourhood holds a synthetic row (Naeem et al., 2020), ``precision`` the share of synthetic rows whose
    neighbourhood holds a real row. Being symmetric and counted at each row's own neighbourhood, both resist the single
    outlying row with a huge neighbourhood that spoils the older precision and recall. ``authenticity`` is the share
    of synthetic rows farther from their nearest real row than that row is from its nearest other real row (Alaa et
    al., 2022), ties counting one half: one half or more where rows are not copied.

    Neighbourhoods shrink with the number of rows, so both sides are drawn at one size, one row per patient. Intervals
    are over rows judged, the other rows fixed.

    Attributes:
        k: Neighbours that make a neighbourhood.
        rows: Rows per side, at most.
    """

    title: ClassVar[str] = "Coverage and authenticity"
    question: ClassVar[str] = "Are all kinds of patients there, are they plausible, and are they not copies?"
    source: ClassVar[str] = "Naeem et al., ICML 2020 (coverage); Alaa et al., ICML 2022 (authenticity)"
    better: ClassVar[Mapping[str, Better]] = {"coverage": "higher", "precision": "higher", "authenticity": "higher"}
    presets: ClassVar[frozenset[str]] = frozenset({"standard", "thorough"})

    k: int = 5
    rows: int = 10_000

    def __post_init__(self) -> None:
        check_positive(k=self.k, rows=self.rows)

    def measure(
        self,
        real: Records,
        synthetic: Records,
        test: Records,
        *,
        rng: np.random.Generator,
        small_count: int = 10,
    ) -> MetricResult:
        """Judge every drawn row; no column and no row is shown."""
        del small_count
        left, right = equal_samples(real, synthetic, most=self.rows, rng=rng)
        if len(left) <= self.k:
            reason = f"a neighbourhood of {self.k} rows needs {self.k + 1} real patients and synthetic rows"
            return MetricResult.not_measured(self.better, reason)
        ranges = NumericScale.of(test).ranges
        left_radii = nearest(left, left, k=self.k, exclude_same_row=True, ranges=ranges).distance
        right_radii = nearest(right, right, k=self.k, exclude_same_row=True, ranges=ranges).distance
        to_synthetic, to_real = nearest(left, right, ranges=ranges), nearest(right, left, ranges=ranges)
        gap, own = to_real.distance[:, 0], left_radii[to_real.index[:, 0], 0]
        return MetricResult(
            {
                "coverage": _share(to_synthetic.distance[:, 0] <= left_radii[:, -1]),
                "precision": _share(gap <= right_radii[:, -1]),
                "authenticity": _share((gap > own) + 0.5 * (gap == own)),
            }
        )

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


def _share(hits: np.ndarray) -> Measurement:
    return intervals.clustered_rate(hits, np.ones(len(hits)))
