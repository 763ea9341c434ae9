"""A signal's mean and variance over the shadow models that saw a record, and over those that did not."""

from dataclasses import dataclass

import numpy as np

PRIOR = 16.0
"""Degrees of freedom with which the pooled variance counts against a target's own."""
TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, eq=False)
class InOutStatistics:
    """A signal of n targets in the published table and in K shadow tables, split by who was in which model.

    Attributes:
        published: Shape ``(n,)``.
        shadows: Shape ``(K, n)``.
        inclusion: Who was in which shadow, shape ``(K, n)``, bool; each target in at least two and out of two.
    """

    published: np.ndarray
    shadows: np.ndarray
    inclusion: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, inclusion: np.ndarray) -> "InOutStatistics":
        """Return the statistics of what ``ShadowModels.evaluate`` gave, shape ``(1 + K, n)``."""
        return cls(values[0], values[1:], inclusion)

    def mean(self, side: bool) -> np.ndarray:
        """Return each target's mean over the models that saw it, or those that did not, shape ``(n,)``."""
        chosen = self.inclusion == side
        mean: np.ndarray = np.where(chosen, self.shadows, 0.0).sum(axis=0) / chosen.sum(axis=0)
        return mean

    def sum_of_squares(self, side: bool) -> np.ndarray:
        """Return each target's sum of squared deviations from that mean, shape ``(n,)``."""
        deviation = np.where(self.inclusion == side, self.shadows - self.mean(side), 0.0)
        total: np.ndarray = np.square(deviation).sum(axis=0)
        return total

    def degrees_of_freedom(self, side: bool) -> np.ndarray:
        """Return the degrees of freedom of ``sum_of_squares``, shape ``(n,)``."""
        count: np.ndarray = (self.inclusion == side).sum(axis=0) - 1.0
        return count

    def pooled_variance(self, *sides: bool) -> float:
        """Return the variance within the sides, pooled over targets; 1 where no model differs from another."""
        squares, freedom = self._sums(sides)
        pooled = float(squares.sum() / freedom.sum())
        return pooled if pooled > TINY else 1.0

    def variance(self, *sides: bool, prior: float = PRIOR) -> np.ndarray:
        """Return each target's variance within the sides, shrunk towards the pooled one, shape ``(n,)``, above 0.

        ``(S + prior x pooled) / (f + prior)``, of a sum of squares S with f degrees of freedom; 1 where no model
        differs from another, since any scale will do then.
        """
        squares, freedom = self._sums(sides)
        if squares.sum() / freedom.sum() <= TINY:
            return np.ones(len(self.published))
        variance: np.ndarray = (squares + prior * self.pooled_variance(*sides)) / (freedom + prior)
        return variance

    def effect(self) -> np.ndarray:
        """Return what inclusion raises the signal by, each target's estimate shrunk towards the mean of all, ``(n,)``.

        Empirical Bayes: sixteen models say little of one target's effect, and much of the targets' effects.
        """
        raw = self.mean(True) - self.mean(False)
        inside, outside = (self.degrees_of_freedom(side) + 1 for side in (True, False))
        noise = float(np.mean(self.variance(True, False) * (1 / inside + 1 / outside)))
        spread = max(float(raw.var()) - noise, 0.0)
        weight = spread / (spread + noise) if spread + noise > 0 else 0.0
        shrunk: np.ndarray = raw.mean() + weight * (raw - raw.mean())
        return shrunk

    def standardized(self) -> np.ndarray:
        """Return how far each table's signal lies from midway between in and out, in deviations, ``(1 + K, n)``.

        A shadow is compared with the other shadows only, so that its deviations and the published table's mean the
        same, and a classifier that learns from the first may judge the second.
        """
        middle = (self.mean(True) + self.mean(False)) / 2
        scale = np.sqrt(self.variance(True, False))
        own = np.where(self.inclusion, self.mean(True), self.mean(False))
        others = np.where(self.inclusion, self.degrees_of_freedom(True), self.degrees_of_freedom(False))
        middle_of_others = middle - (self.shadows - own) / (2 * others)
        deviations: np.ndarray = (
            np.concatenate([(self.published - middle)[None], self.shadows - middle_of_others]) / scale
        )
        return deviations

    def _sums(self, sides: tuple[bool, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Return sums of squares and degrees of freedom over the sides, each of shape ``(n,)``."""
        squares = np.sum([self.sum_of_squares(side) for side in sides], axis=0)
        freedom = np.sum([self.degrees_of_freedom(side) for side in sides], axis=0)
        return squares, freedom


def learn_log_odds(
    features: np.ndarray, inclusion: np.ndarray, *, max_pairs: int, rng: np.random.Generator
) -> np.ndarray:
    """Return the log odds of 'in' for the published table, learned from the shadows, shape ``(n,)``.

    One logistic regression for all targets, on pairs of a target and a shadow.

    Args:
        features: What every table says of every target, shape ``(1 + K, n, f)``, the published table first.
        inclusion: Who was in which shadow, shape ``(K, n)``.
        max_pairs: Pairs it learns from, at most.
        rng: Draws them.
    """
    from sklearn.linear_model import LogisticRegression

    pairs = features[1:].reshape(-1, features.shape[-1])
    labels = inclusion.ravel()
    if len(pairs) > max_pairs:
        chosen = np.sort(rng.choice(len(pairs), max_pairs, replace=False))
        pairs, labels = pairs[chosen], labels[chosen]
    scale = pairs.std(axis=0)
    scale[scale == 0] = 1.0
    model = LogisticRegression(C=1.0, max_iter=500).fit(pairs / scale, labels)
    log_odds: np.ndarray = model.decision_function(features[0] / scale).astype(np.float64)
    return log_odds
