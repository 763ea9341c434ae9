"""How near synthetic rows lie to members and to the holdout: a number that people look for, and no proof."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.audit.errors import check_positive
from synthaudit.audit.fidelity.bar_edges import round_step
from synthaudit.audit.fidelity.patient_samples import equal_samples
from synthaudit.audit.fidelity.shown_bars import wilson
from synthaudit.audit.neighbours import nearest
from synthaudit.audit.protocols import Better, MetricResult
from synthaudit.audit.records import NumericScale, Records
from synthaudit.audit.statistics import Measurement, intervals
from synthaudit.audit.workload import Workload

BARS = 16
"""Bars of the histogram of distances, about."""


@dataclass(frozen=True)
class ClosestRecord:
    """Share of synthetic rows closer to a member than to any holdout patient, and the distances themselves.

    Members and holdout are sampled at one size, one row per patient, so that a row that knows neither lies closer to
    a member half of the time; ties count one half. The interval is over the patients who are nearest to some row: one
    patient near many rows is one observation. The measure is an average over rows: a few copies among thousands of
    rows do not move it, and attacks on each patient find them.

    Attributes:
        rows: Patients per side and synthetic rows, at most.
    """

    title: ClassVar[str] = "Distances of synthetic rows"
    question: ClassVar[str] = "Do synthetic rows lie closer to members than to patients that the generator never saw?"
    source: ClassVar[str] = "Platzer and Reutterer, Holdout-based empirical assessment, Frontiers in Big Data 2021"
    better: ClassVar[Mapping[str, Better]] = {"closer_to_members": "lower"}
    presets: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})

    rows: int = 5_000

    def __post_init__(self) -> None:
        check_positive(rows=self.rows)

    def measure(
        self,
        real: Records,
        synthetic: Records,
        test: Records,
        *,
        rng: np.random.Generator,
        small_count: int = 10,
    ) -> MetricResult:
        """Return the share; the figure holds distances to members and to the holdout, and of the holdout to members."""
        members, holdout = equal_samples(real, test, most=self.rows, rng=rng)
        if min(len(members), len(synthetic)) < 2:
            return MetricResult.not_measured(self.better, "a comparison needs two patients per side and synthetic rows")
        chosen = np.sort(rng.permutation(len(synthetic))[: self.rows])
        rows, ranges = synthetic.take(chosen), NumericScale.of(test).ranges
        to_members, to_holdout = (nearest(rows, side, ranges=ranges) for side in (members, holdout))
        near, far = to_members.distance[:, 0], to_holdout.distance[:, 0]
        closer = (near < far) + 0.5 * (near == far)
        share = _share(closer, to_members.index[:, 0], to_holdout.index[:, 0], len(members))
        real_distance = nearest(holdout, members, ranges=ranges).distance[:, 0]
        figure = _histogram({"members": near, "holdout": far, "real": real_distance}, small_count)
        return MetricResult({"closer_to_members": share}, figures={"distances": figure} if figure else {})

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


def _share(closer: np.ndarray, member: np.ndarray, outsider: np.ndarray, patients: int) -> Measurement:
    """Return the share of rows closer to a member, over the patients nearest to them."""
    trials = np.zeros(2 * patients)
    np.add.at(trials, member, closer)
    successes = trials.copy()
    np.add.at(trials, patients + outsider, 1 - closer)
    return intervals.clustered_rate(successes, trials)


def _histogram(distances: Mapping[str, np.ndarray], small_count: int) -> dict[str, tuple[float, ...]]:
    """Return shares by bars of distances with Wilson's intervals; empty where fewer than two bars may be shown.

    Bars in which one of the sides has fewer than ``small_count`` rows, but has some, are joined with the next.
    """
    together = np.concatenate(list(distances.values()))
    high = float(np.quantile(together, 0.98))
    if high <= 0:
        return {}
    whole = bool(np.all(together == np.round(together)))
    step = round_step(high / BARS, whole=whole)
    edges = np.round(step * np.arange(1, int(high / step) + 1), 12)
    counts = np.stack([np.bincount(np.searchsorted(edges, one, side="right"), minlength=len(edges) + 1)
                       for one in distances.values()])  # fmt: skip
    groups: list[list[int]] = [[]]
    for at in range(len(edges) + 1):
        groups[-1].append(at)
        inside = counts[:, groups[-1]].sum(axis=1)
        if inside.any() and not ((inside > 0) & (inside < small_count)).any():
            groups.append([])
    if len(groups) > 1 and groups[-1]:
        groups[-2].extend(groups.pop())
    groups = [group for group in groups if group]
    inside = np.stack([counts[:, group].sum(axis=1) for group in groups], axis=1)
    if len(groups) < 2 or ((inside > 0) & (inside < small_count)).any():
        return {}
    begin = [0.0, *(float(edges[group[-1]]) for group in groups[:-1])]
    end = [*begin[1:], float(edges[-1] + step)]
    series: dict[str, tuple[float, ...]] = {"from": tuple(begin), "to": tuple(end)}
    for (name, values), row in zip(distances.items(), inside, strict=True):
        share = row / len(values)
        for suffix, numbers in zip(("", " low", " high"), (share, *wilson(share, len(values))), strict=True):
            series[f"{name}{suffix}"] = tuple(np.round(numbers, 4).tolist())
    return series
