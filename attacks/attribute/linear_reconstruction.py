"""Attribute inference from pairwise averages alone: the best linear guess of what is unknown from what is known."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.attacker_scale import plausible_rows
from synthaudit.attacks.feature_encoder import FeatureEncoder
from synthaudit.audit.errors import check_positive
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.protocols import Guesses
from synthaudit.audit.records import NumericScale, Records
from synthaudit.audit.workload import Workload

BLOCK = 4_096
"""Targets guessed at once: 4,096 x 1,071 float64 take 35 MB."""
BATCH = 20_000_000
"""Numbers in the systems that are solved at once: 160 MB."""


@dataclass(frozen=True)
class LinearReconstruction:
    """Conditional means ``mu_U + C_UK C_KK^-1 (x_K - mu_K)``, of synthetic means mu and covariances C.

    What a linear reconstruction can draw from published two-way marginals (after Annamalai et al., 2024), for all
    unknown columns U in one solve; known columns K may differ from target to target. Guess: codes at 1/2, the likeliest
    level, the mean number. Confidence: the linear probability of the guess, cut to [0, 1]; for numbers, the share of
    the variance that the known columns explain. Correlations are shrunk by as much as their noise asks for (Schaefer
    and Strimmer, 2005). One system of the known columns' size is solved for every distinct set of known columns.

    Attributes:
        jitter: Variance added to every encoded column, in units of its own, so that equal columns can be solved.
    """

    title: ClassVar[str] = "Linear reconstruction"
    question: ClassVar[str] = (
        "Can a patient's unknown values be worked out from pairwise averages of the synthetic table?"
    )
    source: ClassVar[str] = "after Annamalai et al., USENIX Security 2024 (arXiv 2301.10053)"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and some columns of each target, and solves for the rest from the "
        "table's means and covariances."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})

    jitter: float = 1e-3

    def __post_init__(self) -> None:
        check_positive(jitter=self.jitter)

    def guess(self, targets: Records, known: np.ndarray, knowledge: Knowledge, *, rng: np.random.Generator) -> Guesses:
        """Guess every cell where ``known`` (shape ``(n, p)``) is false, from the synthetic rows' moments."""
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        del rng  # nothing is drawn
        moments = Moments.of(plausible_rows(knowledge), knowledge.units, self.jitter)
        schema = targets.schema
        values = np.empty(known.shape, np.uint8 if schema.all_binary else np.float64)
        confidence = np.empty(known.shape, np.float32)
        # One thread: thousands of small systems, each too small to share out, and the same sums on any machine.
        with threadpool_limits(limits=1):
            for start in range(0, len(targets), BLOCK):
                rows = slice(start, start + BLOCK)
                expected, explained = moments.conditional(targets.take(rows), known[rows])
                values[rows], confidence[rows] = moments.encoder.decode(expected, explained)
        return Guesses(values, confidence)

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.inference_seconds


@dataclass(frozen=True, eq=False)
class Moments:
    """Means and correlations of a table's encoded columns.

    Attributes:
        encoder: The encoding.
        mean: Shape ``(d,)``.
        scale: Standard deviations, shape ``(d,)``, above 0.
        correlation: Shrunk correlations, shape ``(d, d)``, with 1 + jitter on the diagonal.
    """

    encoder: FeatureEncoder
    mean: np.ndarray
    scale: np.ndarray
    correlation: np.ndarray

    @classmethod
    def of(cls, rows: Records, units: NumericScale, jitter: float) -> "Moments":
        """Return the moments of the rows; one sparse product, 8 d^2 bytes."""
        encoder = FeatureEncoder.fit(rows.schema, units)
        matrix = encoder.sparse(rows).astype(np.float64)
        mean = np.asarray(matrix.mean(axis=0)).ravel()
        covariance = (matrix.T @ matrix).toarray() / len(rows) - np.outer(mean, mean)
        scale = np.sqrt(np.maximum(np.diag(covariance), 1e-12))
        correlation = np.clip(covariance / np.outer(scale, scale), -1.0, 1.0)
        np.fill_diagonal(correlation, 0.0)
        noise = ((1.0 - correlation**2) ** 2).sum() / max(len(rows) - 1, 1)
        signal = (correlation**2).sum()
        correlation *= 1.0 - min(1.0, noise / signal) if signal > 0 else 0.0
        np.fill_diagonal(correlation, 1.0 + jitter)
        return cls(encoder, mean, scale, correlation)

    def conditional(self, targets: Records, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what the encoded columns are expected to be, and the variance explained, each of shape ``(n, d)``."""
        shown = known[:, self.encoder.owner]  # (n, d)
        apart = np.where(shown, (self.encoder.dense(targets) - self.mean) / self.scale, 0.0)
        patterns, which = np.unique(shown, axis=0, return_inverse=True)
        weight = np.zeros(apart.shape)
        explained = np.zeros(apart.shape, np.float32)
        if 4 * len(patterns) <= len(targets):  # over sets of known columns: targets who share one share its system
            for at, pattern in enumerate(patterns):
                rows, place = np.flatnonzero(which == at), np.flatnonzero(pattern)
                self._solve_shared(apart, rows, place, weight, explained)
        else:
            widest = max(int(shown.sum(axis=1).max()), 1)
            step = max(BATCH // (widest * (widest + self._numbers.size)), 1)
            for start in range(0, len(targets), step):
                self._solve_each(apart, shown, slice(start, start + step), weight, explained)
        return (weight @ self.correlation) * self.scale + self.mean, explained

    @property
    def _numbers(self) -> np.ndarray:
        return np.flatnonzero(~self.encoder.indicator)

    def _solve_shared(
        self, apart: np.ndarray, rows: np.ndarray, place: np.ndarray, weight: np.ndarray, explained: np.ndarray
    ) -> None:
        """Solve one system for all targets of whom the same columns are known."""
        system = self.correlation[np.ix_(place, place)]
        toward = self.correlation[np.ix_(place, self._numbers)]
        solved = np.linalg.solve(system, np.concatenate([apart[np.ix_(rows, place)].T, toward], axis=1))
        weight[np.ix_(rows, place)] = solved[:, : len(rows)].T
        explained[np.ix_(rows, self._numbers)] = (toward * solved[:, len(rows) :]).sum(axis=0)

    def _solve_each(
        self, apart: np.ndarray, shown: np.ndarray, rows: slice, weight: np.ndarray, explained: np.ndarray
    ) -> None:
        """Solve one system a target, all of one size: an unknown column fills it up as an equation of its own."""
        known = shown[rows]
        widest = max(int(known.sum(axis=1).max()), 1)
        place = np.argsort(~known, axis=1, kind="stable")[:, :widest]  # known columns first, shape (b, widest)
        real = np.take_along_axis(known, place, axis=1)
        both = real[:, :, None] & real[:, None, :]
        system = np.where(both, self.correlation[place[:, :, None], place[:, None, :]], np.eye(widest))
        toward = np.where(real[:, :, None], self.correlation[place[:, :, None], self._numbers], 0.0)
        wanted = np.take_along_axis(apart[rows], place, axis=1)[:, :, None]
        solved = np.linalg.solve(system, np.concatenate([wanted, toward], axis=2))
        np.put_along_axis(weight[rows], place, solved[:, :, 0], axis=1)
        explained[rows, self._numbers] = (toward * solved[:, :, 1:]).sum(axis=1)
