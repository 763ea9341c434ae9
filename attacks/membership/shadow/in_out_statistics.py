"""Where the published table's signal stands among those of shadow models that saw the record or did not."""

from dataclasses import dataclass

import numpy as np

PRIOR = 16.0
"""Degrees of freedom with which the pooled variance speaks against a target's own."""


@dataclass(frozen=True, eq=False)
class InOutStatistics:
    """A signal of n targets in the published table and in K shadows, and what it is where the target was in or out.

    Attributes:
        published: Shape ``(n,)``.
        shadows: Shape ``(K, n)``.
        inside: Who was in which shadow, shape ``(K, n)``, bool; each target in at least two and out of two.
    """

    published: np.ndarray
    shadows: np.ndarray
    inside: np.ndarray

    @classmethod
    def of(cls, read: np.ndarray, inside: np.ndarray) -> "InOutStatistics":
        """Return the standing of what ``ShadowModels.read`` found, shape ``(1 + K, n)``."""
        return cls(read[0], read[1:], inside)

    def mean(self, side: bool) -> np.ndarray:
        """Return each target's mean over the models that saw it, or those that did not, shape ``(n,)``."""
        chosen = self.inside == side
        total: np.ndarray = np.where(chosen, self.shadows, 0.0).sum(axis=0) / chosen.sum(axis=0)
        return total

    def squares(self, side: bool) -> np.ndarray:
        """Return each target's sum of squared deviations from that mean, shape ``(n,)``."""
        apart = np.where(self.inside == side, self.shadows - self.mean(side), 0.0)
        total: np.ndarray = np.square(apart).sum(axis=0)
        return total

    def degrees_of_freedom(self, side: bool) -> np.ndarray:
        """Return the degrees of freedom of ``squares``, shape ``(n,)``."""
        left: np.ndarray = (self.inside == side).sum(axis=0) - 1.0
        return left

    def variance(self, *sides: bool, prior: float = PRIOR) -> np.ndarray:
        """Return each target's variance within the sides, drawn towards that of all targets, shape ``(n,)``, above 0.

        With an infinite prior it is the pooled variance, the same for all targets.
        """
        squares = np.sum([self.squares(side) for side in sides], axis=0)
        degrees_of_freedom = np.sum([self.degrees_of_freedom(side) for side in sides], axis=0)
        pooled = max(float(squares.sum() / degrees_of_freedom.sum()), 0.0)
        if pooled <= np.finfo(np.float64).tiny:
            return np.ones(len(self.published))  # every model reads the same: any scale will do
        if np.isinf(prior):
            return np.full(len(self.published), pooled)
        own: np.ndarray = (squares + prior * pooled) / (degrees_of_freedom + prior)
        return own

    def effect(self) -> np.ndarray:
        """Return what being in raises the signal by, each target's estimate drawn towards the mean of all, ``(n,)``.

        Empirical Bayes: sixteen models say little of one target's effect, and much of the targets' effects.
        """
        raw = self.mean(True) - self.mean(False)
        noise = float(
            np.mean(
                self.variance(True, False)
                * (1 / (self.degrees_of_freedom(True) + 1) + 1 / (self.degrees_of_freedom(False) + 1))
            )
        )
        spread = max(float(raw.var()) - noise, 0.0)
        weight = spread / (spread + noise) if spread + noise > 0 else 0.0
        drawn: np.ndarray = raw.mean() + weight * (raw - raw.mean())
        return drawn

    def deviations(self) -> np.ndarray:
        """Return how far each table's signal lies from midway between in and out, in deviations, ``(1 + K, n)``.

        A shadow is compared with the other shadows only, so that its deviations and the published table's mean the
        same, and a classifier that learns from the first may judge the second.
        """
        middle = (self.mean(True) + self.mean(False)) / 2
        scale = np.sqrt(self.variance(True, False))
        own = np.where(self.inside, self.mean(True), self.mean(False))
        left = np.where(
            self.inside, self.degrees_of_freedom(True), self.degrees_of_freedom(False)
        )  # models on its side besides itself
        without = middle - (self.shadows - own) / (2 * left)
        found: np.ndarray = np.concatenate([(self.published - middle)[None], self.shadows - without]) / scale
        return found


def learned(features: np.ndarray, inside: np.ndarray, *, rows: int, rng: np.random.Generator) -> np.ndarray:
    """Return the log odds of 'in' for the published table, learned from the shadows, shape ``(n,)``.

    One logistic regression for all targets, on pairs of a target and a shadow.

    Args:
        features: What every table says of every target, shape ``(1 + K, n, f)``, the published table first.
        inside: Who was in which shadow, shape ``(K, n)``.
        rows: Pairs it learns from, at most.
        rng: Draws them.
    """
    from sklearn.linear_model import LogisticRegression

    pairs = features[1:].reshape(-1, features.shape[-1])
    truth = inside.ravel()
    if len(pairs) > rows:
        chosen = np.sort(rng.choice(len(pairs), rows, replace=False))
        pairs, truth = pairs[chosen], truth[chosen]
    scale = pairs.std(axis=0)
    scale[scale == 0] = 1.0
    model = LogisticRegression(C=1.0, max_iter=500).fit(pairs / scale, truth)
    odds: np.ndarray = model.decision_function(features[0] / scale).astype(np.float64)
    return odds
