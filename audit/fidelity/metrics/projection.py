"""A projection of the tables onto a plane, counted in squares: where patients are, and where synthetic rows are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.audit.errors import check_positive
from synthaudit.audit.fidelity.named_features import NamedFeatures
from synthaudit.audit.fidelity.patient_intervals import DRAWS, OVER_BOTH, normal_interval, patient_count
from synthaudit.audit.fidelity.patient_samples import equal_samples
from synthaudit.audit.protocols import Better, MetricResult
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload

EDGE = 0.01
"""Share of the test patients beyond the outermost squares on each side; who lies there counts in those squares."""


@dataclass(frozen=True)
class Projection:
    """Overlap of synthetic rows and members on the plane of the two main directions among other real patients.

    The plane is that of a principal component analysis of the test patients, so neither compared table sets it. It is
    cut into squares; ``overlap`` is the share of rows that both tables have in the same squares, 1 for two
    equal pictures. Squares of fewer than ``small_count`` patients or rows are blank in the figure, so no point is
    anybody's. Members, test patients and synthetic rows are drawn at one size, one row per patient.

    Attributes:
        features: Features of the table that enter, at most; numbers first, then those that vary most.
        squares: Squares along each side, at most; fewer where patients are few.
        rows: Rows of each table, at most.
    """

    title: ClassVar[str] = "Projection onto a plane"
    question: ClassVar[str] = "Do synthetic rows lie where patients lie?"
    source: ClassVar[str] = "Pearson, On lines and planes of closest fit to systems of points in space, 1901"
    better: ClassVar[Mapping[str, Better]] = {"projected_overlap": "higher"}
    presets: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})

    features: int = 300
    squares: int = 24
    rows: int = 20_000

    def __post_init__(self) -> None:
        check_positive(features=self.features, squares=self.squares, rows=self.rows)

    def measure(
        self,
        real: Records,
        synthetic: Records,
        test: Records,
        *,
        rng: np.random.Generator,
        small_count: int = 10,
    ) -> MetricResult:
        """Return the overlap; the figure holds the shares of the three tables in every square, row by row."""
        if min(patient_count(real), len(synthetic), patient_count(test)) < max(2, 4 * small_count):
            reason = f"a plane with four squares of {small_count} patients needs {4 * small_count} patients and rows"
            return MetricResult.not_measured(self.better, reason)
        chosen = NamedFeatures.of(test, test, most=self.features, small_count=small_count)
        if len(chosen.names) < 2:
            return MetricResult.not_measured(self.better, f"in fewer than two columns {small_count} patients differ")
        tables = equal_samples(real, synthetic, test, most=self.rows, rng=rng)
        matrices = [chosen.matrix(table) for table in tables]
        middle = matrices[2].mean(axis=0)
        plane = _main_directions(matrices[2] - middle)
        points = [(matrix - middle) @ plane for matrix in matrices]
        side = int(np.clip(np.sqrt(len(tables[0]) / (2 * small_count)), 2, self.squares))
        ends = [np.quantile(points[2][:, axis], (EDGE, 1 - EDGE)) for axis in (0, 1)]
        cuts = [np.linspace(low, high, side + 1)[1:-1] for low, high in ends]
        counts = np.stack([_count(each, cuts, side) for each in points])
        size = len(tables[0])
        overlap = float(np.minimum(*counts[:2]).sum()) / size
        draws = [rng.multinomial(size, count / size, DRAWS) for count in counts[:2]]
        spread = float((np.minimum(*draws).sum(axis=1) / size).std(ddof=1))
        statistics = {"projected_overlap": normal_interval(overlap, spread, size, OVER_BOTH, bounds=(0, 1))}
        shown = np.round(np.where(counts >= small_count, counts, 0) / size, 5)
        names = ("members", "synthetic", "holdout")
        figure = {name: tuple(row.tolist()) for name, row in zip(names, shown, strict=True)}
        return MetricResult(statistics, figures={"projection": figure})

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        width = min(self.features, work.columns)
        return 1e-8 * min(self.rows, work.members) * width * (3 + width / 10) + 1e-8 * work.columns * work.members


def _main_directions(centred: np.ndarray) -> np.ndarray:
    """Return the two directions of largest variance, shape ``(f, 2)``; the largest loading of each is positive."""
    _, vectors = np.linalg.eigh(centred.T @ centred)
    plane: np.ndarray = vectors[:, [-1, -2]]
    largest = plane[np.abs(plane).argmax(axis=0), (0, 1)]
    return plane * np.where(largest < 0, -1.0, 1.0)


def _count(points: np.ndarray, cuts: list[np.ndarray], side: int) -> np.ndarray:
    """Return the rows in every square, those of one height after another from the lowest, shape ``(side**2,)``."""
    across, upwards = (np.searchsorted(cut, points[:, axis]) for axis, cut in enumerate(cuts))
    return np.bincount(upwards * side + across, minlength=side**2)
