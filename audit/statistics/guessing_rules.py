"""Guessing rules of a one-run audit: how many of the ranked canaries are guessed "inserted" and "left out".

An attacker ranks the canaries by score, guesses at the ends of the ranking and abstains in between (Steinke, Nasr &
Jagielski, 2023).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, logit

from synthaudit.audit.statistics.ranks import midranks


@dataclass(frozen=True, eq=False)
class GuessingRules:
    """A family of rules: guess "inserted" for the ``top`` highest scores and "left out" for the ``bottom`` lowest.

    Attributes:
        top: One count per rule, shape ``(rules,)``.
        bottom: One count per rule, shape ``(rules,)``.
    """

    top: np.ndarray
    bottom: np.ndarray

    @property
    def guesses(self) -> np.ndarray:
        """Guesses of each rule, shape ``(rules,)``."""
        return np.asarray(self.top + self.bottom)

    def rule(self, index: int) -> "GuessingRules":
        """Return the family of one rule alone."""
        return GuessingRules(self.top[index : index + 1], self.bottom[index : index + 1])


@dataclass(frozen=True, eq=False)
class RankedCanaries:
    """Canaries from the highest score to the lowest.

    Attributes:
        inserted: Whether each was inserted, shape ``(m,)``, bool.
    """

    inserted: np.ndarray

    @classmethod
    def by_score(cls, inserted: np.ndarray, left_out: np.ndarray, rng: np.random.Generator) -> "RankedCanaries":
        """Rank by score; a coin decides between equal scores."""
        scores = np.concatenate([inserted, left_out])
        return cls((np.lexsort((rng.random(len(scores)), scores))[::-1]) < len(inserted))

    @property
    def size(self) -> int:
        """Number of canaries m."""
        return len(self.inserted)

    def correct(self, rules: GuessingRules) -> np.ndarray:
        """Return how many guesses of each rule are correct, shape ``(rules,)``."""
        from_top = np.append(0, np.cumsum(self.inserted))
        from_bottom = np.append(0, np.cumsum(~self.inserted[::-1]))
        return np.asarray(from_top[rules.top] + from_bottom[rules.bottom])


def equal_count_rules(size: int) -> GuessingRules:
    """Return the rules with k guesses at the top, at the bottom, or at both ends, for every k up to half."""
    k, zero = np.arange(1, size // 2 + 1), np.zeros(size // 2, int)
    return GuessingRules(np.concatenate([k, zero, k]), np.concatenate([zero, k, k]))


def geometric_rules(size: int) -> GuessingRules:
    """Return all pairs of guess counts from a geometric grid of ratio about 1.25, at most ``size`` guesses together."""
    grid = np.unique(np.append(0, np.geomspace(1, size, 2 + int(np.log(size) / np.log(1.25))).round().astype(int)))
    return _pairs(grid, grid, size)


def hull_rules(ranked: RankedCanaries, inserted: np.ndarray, left_out: np.ndarray) -> GuessingRules:
    """Return all pairs of a top and a bottom cut at corners of the convex hull of the ROC, or none at one end."""
    scores = np.concatenate([inserted, left_out])
    _, level = np.unique(-scores, return_inverse=True)
    tp = np.append(0, np.cumsum(np.bincount(level[: len(inserted)], minlength=level.max() + 1)))
    fp = np.append(0, np.cumsum(np.bincount(level[len(inserted) :], minlength=level.max() + 1)))
    hull: list[int] = []
    for i in range(len(tp)):
        while len(hull) > 1 and (tp[i] - tp[hull[-1]]) * (fp[hull[-1]] - fp[hull[-2]]) >= (
            tp[hull[-1]] - tp[hull[-2]]
        ) * (fp[i] - fp[hull[-1]]):
            hull.pop()
        hull.append(i)
    cuts = (tp + fp)[hull]
    return _pairs(cuts, ranked.size - cuts, ranked.size)


def _pairs(tops: np.ndarray, bottoms: np.ndarray, most: int) -> GuessingRules:
    top, bottom = (side.ravel() for side in np.meshgrid(tops, bottoms))
    valid = (top + bottom >= 1) & (top + bottom <= most)
    return GuessingRules(top[valid], bottom[valid])


def pure_epsilon(guesses: np.ndarray, correct: np.ndarray, significance: float) -> np.ndarray:
    """Return the one-run bound at delta 0, in closed form: the logit of a Clopper-Pearson limit of the accuracy."""
    # The quantile is undefined without a right guess, where the bound is 0.
    accuracy = np.where(correct > 0, betaincinv(np.maximum(correct, 1), guesses - correct + 1, significance), 0.5)
    return np.asarray(np.maximum(logit(accuracy), 0.0))


def rank_rules(ranked: RankedCanaries, rules: GuessingRules, significance: float) -> np.ndarray:
    """Return rule numbers from the largest pure bound to the smallest; more guesses first among equals."""
    bounds = pure_epsilon(rules.guesses, ranked.correct(rules), significance)
    return np.lexsort((-rules.guesses, -bounds))


@dataclass(frozen=True, eq=False)
class RankedGuesses:
    """Canaries ranked by an attack, and whether its guess of each is correct.

    Attributes:
        order: Canaries from the first to the last, shape ``(m,)``.
        correct: Whether the guess "inserted" (or the guess by sign) is correct of each, in that order, bool.
        by_sign: Whether the sign of the evidence is guessed and the surest come first; else the highest score comes
            first, the top is guessed "inserted" and the bottom "left out".
    """

    order: np.ndarray
    correct: np.ndarray
    by_sign: bool

    @classmethod
    def from_scores(cls, scores: np.ndarray, inserted: np.ndarray, rng: np.random.Generator) -> "RankedGuesses":
        """Rank from the highest score to the lowest; a coin decides between equal ones."""
        order = np.lexsort((rng.random(len(scores)), scores))[::-1]
        return cls(order, inserted[order], by_sign=False)

    @classmethod
    def from_signs(cls, evidence: np.ndarray, inserted: np.ndarray, rng: np.random.Generator) -> "RankedGuesses":
        """Rank from the strongest evidence to the weakest; coins decide where it is equal, or zero."""
        coins = rng.random(len(evidence))
        order = np.lexsort((coins, np.abs(evidence)))[::-1]
        guess = np.where(evidence == 0, coins < 0.5, evidence > 0)
        return cls(order, (guess == inserted)[order], by_sign=True)

    def subset(self, mask: np.ndarray) -> RankedCanaries:
        """Return the ranking of some of the canaries, given as a mask of shape ``(m,)``."""
        return RankedCanaries(self.correct[mask[self.order]])


def centre_on_best_threshold(scores: np.ndarray, inserted: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return each score's rank less that of the threshold with the fewest errors on ``first``, shape ``(m,)``.

    How many canaries lie above a threshold is not fixed as the number of guesses at the top is, so that a threshold
    that separates them perfectly loses none.
    """
    ranks = midranks(scores)
    order = np.argsort(ranks[first], kind="stable")
    labels, values = inserted[first][order], ranks[first][order]
    correct = np.append(0, np.cumsum(~labels)) + np.append(np.cumsum(labels[::-1])[::-1], 0)
    edges = np.concatenate([[values[0] - 1], (values[1:] + values[:-1]) / 2, [values[-1] + 1]])
    between = np.append(np.insert(values[1:] > values[:-1], 0, True), True)  # never through equal scores
    return np.asarray(ranks - edges[int(np.argmax(np.where(between, correct, -1)))])
