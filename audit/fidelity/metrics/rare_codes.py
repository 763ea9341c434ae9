"""Survival of rare codes, by bands of real frequency and never of one code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy

from synthaudit.audit.fidelity.patient_intervals import count_patients, share_of_columns
from synthaudit.audit.protocols import Better, MetricResult
from synthaudit.audit.records import Records
from synthaudit.audit.statistics import Measurement, NotMeasured
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class RareCodes:
    """Which share of the codes in a band of real frequency occurs at all in the synthetic table.

    Bands are codes had by 1 to ``small_count - 1`` real patients, by ``small_count`` to ten times as many, and by more.
    ``invented`` is the share of codes that no real patient has and a synthetic row does. A band of fewer than
    ``small_count`` codes is not measured: its share would point at single codes. Intervals are over columns.

    Survival of the rarest is good for use and bad for secrecy: read it beside the attacks.
    """

    title: ClassVar[str] = "Rare codes"
    question: ClassVar[str] = "Do rare conditions survive in the synthetic table, or are they forgotten?"
    source: ClassVar[str] = "synthaudit; after the non-zero column counts of Baowaly et al., JAMIA 2019"
    better: ClassVar[Mapping[str, Better]] = {
        "rarest_survive": "higher",
        "rare_survive": "higher",
        "common_survive": "higher",
        "invented": "lower",
    }
    presets: ClassVar[frozenset[str]] = frozenset({"standard", "thorough"})

    def measure(
        self,
        real: Records,
        synthetic: Records,
        test: Records,
        *,
        rng: np.random.Generator,
        small_count: int = 10,
    ) -> MetricResult:
        """Count survivors of every band; there are no points, since each would be a code."""
        del test, rng  # a count: nothing is fitted or drawn
        if not len(real) or not len(synthetic) or not real.schema.codes:
            reason = "one of the tables has no rows" if real.schema.codes else "the table has no binary or count column"
            return MetricResult.not_measured(self.better, reason)
        patients = count_patients(scipy.sparse.csr_matrix(real.codes > 0), real)
        occurs: np.ndarray = np.any(synthetic.codes > 0, axis=0)
        bands = {
            "rarest_survive": (patients > 0) & (patients < small_count),
            "rare_survive": (patients >= small_count) & (patients < 10 * small_count),
            "common_survive": patients >= 10 * small_count,
            "invented": patients == 0,
        }
        return MetricResult({name: _share(occurs[band], small_count) for name, band in bands.items()})

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


def _share(occurs: np.ndarray, small_count: int) -> Measurement:
    if len(occurs) < small_count:
        return NotMeasured(f"fewer than {small_count} codes in this band: a share would point at single codes")
    return share_of_columns(int(occurs.sum()), len(occurs))
