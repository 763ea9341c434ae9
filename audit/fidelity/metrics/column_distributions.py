"""The distribution of every column, to be looked at: bars of members, holdout and synthetic rows side by side."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import scipy

from synthaudit.audit.fidelity.patient_intervals import (
    DRAWS,
    Z,
    count_patients,
    exact_count,
    patient_count,
    share_of_columns,
)
from synthaudit.audit.fidelity.shown_bars import shown_bars, wilson
from synthaudit.audit.protocols import Better, MetricResult
from synthaudit.audit.records import Records
from synthaudit.audit.statistics.multiplicity import holm
from synthaudit.audit.workload import Workload

ERROR = 0.05
"""Probability that any column of a table of new patients is said to differ."""


@dataclass(frozen=True)
class ColumnDistributions:
    """Which columns are distributed unlike the members', and the bars of each.

    A column is cut into bars at rounded real quantiles, or by its levels; bars of fewer than ``small_count`` members or
    test patients are pooled. A column in which only one bar would be left counts under ``columns_not_shown`` alone.
    ``columns_differ`` is the share of the others whose bars differ from the members' by a chi-square test at 5 %,
    corrected by Holm. Where patients have several rows, the rows count as one per patient, which is cautious.

    Attributes:
        most: Columns that are no codes whose bars are kept, at most; those that differ most.
        most_codes: Codes and other 0/1 columns whose rates are kept, likewise.
    """

    title: ClassVar[str] = "Distribution of each column"
    question: ClassVar[str] = "Which columns are distributed unlike the real ones, and how?"
    source: ClassVar[str] = "Pearson's chi-square test of homogeneity, corrected by Holm, 1979"
    better: ClassVar[Mapping[str, Better]] = {"columns_differ": "lower", "columns_not_shown": "lower"}
    presets: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})

    most: int = 200
    most_codes: int = 2000

    def measure(
        self,
        real: Records,
        synthetic: Records,
        test: Records,
        *,
        rng: np.random.Generator,
        small_count: int = 10,
    ) -> MetricResult:
        """Return how many columns differ; the figures are the bars of each column, and its distance."""
        if not min(len(real), len(synthetic), len(test)):
            return MetricResult.not_measured(self.better, "a table without rows has no distribution")
        sizes = np.array([patient_count(real), patient_count(test), len(synthetic)])
        compared = _Compared(sizes, small_count, rng)
        codes = [at for at in real.schema.codes if real.schema.columns[at].kind == "binary"]
        _compare_codes(compared, codes, real, test, synthetic)
        for at in sorted(set(range(len(real.schema))) - set(codes)):
            column = real.schema.columns[at]
            bars = shown_bars(column, (real, test), (synthetic,), test, small_count)
            if bars is not None:
                compared.add(column.name, bars.labels, bars.counts / bars.counts.sum(axis=1, keepdims=True))
        hidden = exact_count(len(real.schema) - len(compared.distance), len(real.schema))
        if not compared.distance:
            reason = f"no column has two bars of {small_count} members and as many test patients"
            return MetricResult.not_measured(self.better, reason, columns_not_shown=hidden)
        differ = int((holm(np.array(list(compared.p_values.values()))) <= ERROR).sum())
        statistics = {"columns_differ": share_of_columns(differ, len(compared.distance)), "columns_not_shown": hidden}
        return MetricResult(statistics, figures=compared.figures(self.most, self.most_codes))

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return 1e-7 * work.columns * (work.members + work.synthetic + work.targets)


@dataclass(eq=False)
class _Compared:
    """The columns compared so far: shares of members, test patients and synthetic rows in each bar."""

    sizes: np.ndarray
    small_count: int
    rng: np.random.Generator
    bars: dict[str, Mapping[str, tuple[float, ...]]] = field(default_factory=dict)
    codes: dict[str, tuple[float, ...]] = field(default_factory=dict)
    distance: dict[str, tuple[float, ...]] = field(default_factory=dict)
    p_values: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, labels: tuple[str, ...], shares: np.ndarray) -> None:
        """Compare one column, given shares of shape ``(3, bars)``."""
        self._compare([name], shares[:, None, :])
        self.bars[name] = dict(zip(labels, map(tuple, self._with_intervals(shares, whole=True).tolist()), strict=True))

    def add_codes(self, names: list[str], rates: np.ndarray) -> None:
        """Compare 0/1 columns, given rates of ones of shape ``(3, columns)``."""
        self._compare(names, np.stack([1 - rates, rates], axis=2))
        self.codes |= dict(zip(names, map(tuple, self._with_intervals(rates).tolist()), strict=True))

    def figures(self, most: int, most_codes: int) -> dict[str, dict[str, tuple[float, ...]]]:
        """Return the series of the columns that differ most, each with what it needs to be read alone."""
        farthest = sorted(self.distance, key=lambda name: -self.distance[name][0])
        codes = [name for name in farthest if name in self.codes][:most_codes]
        others = [name for name in farthest if name in self.bars][:most]
        series = {"column distances": {name: self.distance[name] for name in farthest if name in {*codes, *others}}}
        if codes:
            series["binary columns"] = {name: self.codes[name] for name in codes}
        return series | {f"column: {name}": dict(self.bars[name]) for name in others}

    def _with_intervals(self, shares: np.ndarray, *, whole: bool = False) -> np.ndarray:
        """Return members, test and synthetic, each with its interval, in nine numbers per bar, shape ``(bars, 9)``.

        A synthetic share of 1 to ``small_count - 1`` rows stands at ``small_count`` rows: in the table of a generator
        that copies, these are patients. Where the bars are a ``whole``, the largest makes up for it: else what is
        missing to 1 would tell.
        """
        floor = min(self.small_count / self.sizes[2], 1.0)
        parts = []
        for side, (row, size) in enumerate(zip(shares, self.sizes, strict=True)):
            shown = np.where((row > 0) & (side == 2), np.maximum(row, floor), row)
            if whole:
                shown[shown.argmax()] -= shown.sum() - row.sum()
            parts += [shown, *wilson(shown, int(size))]
        return np.round(np.stack(parts, axis=1), 4)

    def _compare(self, names: list[str], shares: np.ndarray) -> None:
        """Add distances and p-values of columns with equally many bars, shares of shape ``(3, columns, bars)``."""
        members, test, synthetic = shares
        numbers = [*self._distance(members, synthetic, 2), *self._distance(members, test, 1)]
        self.distance |= dict(zip(names, map(tuple, np.round(np.stack(numbers, axis=1), 4).tolist()), strict=True))
        left, right = self.sizes[0], self.sizes[2]
        pooled = (members * left + synthetic * right) / (left + right)
        ratio = np.divide((members - synthetic) ** 2, pooled, out=np.zeros_like(pooled), where=pooled > 0)
        statistic = ratio.sum(axis=1) / (1 / left + 1 / right)
        p_values = scipy.special.chdtrc((pooled > 0).sum(axis=1) - 1, statistic)
        self.p_values |= dict(zip(names, p_values.tolist(), strict=True))

    def _distance(self, members: np.ndarray, other: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return total variation distances of columns and the ends of their intervals, each of shape ``(columns,)``."""
        value = 0.5 * np.abs(members - other).sum(axis=1)
        draws = [
            self.rng.multinomial(int(size), shares / shares.sum(axis=1, keepdims=True), (DRAWS, len(shares))) / size
            for shares, size in ((members, self.sizes[0]), (other, self.sizes[side]))
        ]
        spread = 0.5 * np.abs(draws[0] - draws[1]).sum(axis=2).std(axis=0, ddof=1)
        return value, np.clip(value - Z * spread, 0, value), np.clip(value + Z * spread, value, 1)


def _compare_codes(compared: _Compared, codes: list[int], real: Records, test: Records, synthetic: Records) -> None:
    """Compare those 0/1 columns that enough patients have, and enough lack, on both real sides."""
    if not codes:
        return
    places = [real.schema.codes.index(at) for at in codes]
    tables = [scipy.sparse.csr_matrix(table.codes[:, places] > 0) for table in (real, test, synthetic)]
    shown = np.ones(len(codes), dtype=bool)
    for table, records in zip(tables[:2], (real, test), strict=True):
        having, without = count_patients(table, records), patient_count(records) - count_patients(table, records)
        shown &= np.minimum(having, without) >= compared.small_count
    rates = np.stack([np.asarray(table.mean(axis=0), dtype=np.float64).ravel() for table in tables])
    if shown.any():
        names = [real.schema.columns[at].name for at, kept in zip(codes, shown, strict=True) if kept]
        compared.add_codes(names, rates[:, shown])
