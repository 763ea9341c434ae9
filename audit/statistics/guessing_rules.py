"""Canaries in the order of their scores, and the families of guessing rules that are tried on them."""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, logit

from synthaudit.audit.statistics.ranks import midranks


@dataclass(frozen=True, eq=False)
class Rules:
    """Guess "inserted" for the ``top`` highest scores and "left out" for the ``bottom`` lowest.

    Attributes:
        top: One count a rule, shape ``(rules,)``.
        bottom: One count a rule, shape ``(rules,)``.
    """

    top: np.ndarray
    bottom: np.ndarray

    @property
    def guesses(self) -> np.ndarray:
        """Guesses of each rule, shape ``(rules,)``."""
        return np.asarray(self.top + self.bottom)


@dataclass(frozen=True, eq=False)
class Ordered:
    """Canaries from the highest score to the lowest.

    Attributes:
        inserted: Whether each was inserted, shape ``(m,)``, bool.
    """

    inserted: np.ndarray

    @classmethod
    def of(cls, inserted: np.ndarray, left_out: np.ndarray, rng: np.random.Generator) -> "Ordered":
        """Order by score; a coin decides between equal scores."""
        scores = np.concatenate([inserted, left_out])
        return cls((np.lexsort((rng.random(len(scores)), scores))[::-1]) < len(inserted))

    @property
    def size(self) -> int:
        """Number of canaries m."""
        return len(self.inserted)

    def correct(self, rules: Rules) -> np.ndarray:
        """Return the right guesses of each rule, shape ``(rules,)``."""
        from_top = np.append(0, np.cumsum(self.inserted))
        from_bottom = np.append(0, np.cumsum(~self.inserted[::-1]))
        return np.asarray(from_top[rules.top] + from_bottom[rules.bottom])


def every_rule(size: int) -> Rules:
    """Return rules with k guesses at the top, at the bottom, or at both ends, for every k up to half."""
    k, zero = np.arange(1, size // 2 + 1), np.zeros(size // 2, int)
    return Rules(np.concatenate([k, zero, k]), np.concatenate([zero, k, k]))


def ladder_rules(size: int) -> Rules:
    """Return all pairs of guess counts from a ladder of ratio about 1.25, at most ``size`` guesses together."""
    ladder = np.unique(np.append(0, np.geomspace(1, size, 2 + int(np.log(size) / np.log(1.25))).round().astype(int)))
    return _pairs(ladder, ladder, size)


def hull_rules(ordered: Ordered, inserted: np.ndarray, left_out: np.ndarray) -> Rules:
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
    return _pairs(cuts, ordered.size - cuts, ordered.size)


def _pairs(tops: np.ndarray, bottoms: np.ndarray, most: int) -> Rules:
    top, bottom = (side.ravel() for side in np.meshgrid(tops, bottoms))
    kept = (top + bottom >= 1) & (top + bottom <= most)
    return Rules(top[kept], bottom[kept])


def pure_epsilon(guesses: np.ndarray, correct: np.ndarray, significance: float) -> np.ndarray:
    """Return the one-run bound at delta 0, in closed form: the logit of a Clopper-Pearson limit of the accuracy."""
    # The quantile is undefined without a right guess, where the bound is 0.
    accuracy = np.where(correct > 0, betaincinv(np.maximum(correct, 1), guesses - correct + 1, significance), 0.5)
    return np.asarray(np.maximum(logit(accuracy), 0.0))


def best_first(ordered: Ordered, rules: Rules, significance: float) -> np.ndarray:
    """Return rule numbers from the largest pure bound to the smallest; more guesses first among equals."""
    bounds = pure_epsilon(rules.guesses, ordered.correct(rules), significance)
    return np.lexsort((-rules.guesses, -bounds))


@dataclass(frozen=True, eq=False)
class Line:
    """Canaries lined up by an attack: from the highest score on, or from the surest sign on.

    Attributes:
        order: Canaries in line, shape ``(m,)``.
        right: Whether "inserted" (or what the sign says) is right of each, in that order.
        signed: Whether signs are guessed; else the top is guessed "inserted" and the bottom "left out".
    """

    order: np.ndarray
    right: np.ndarray
    signed: bool

    @classmethod
    def from_ends(cls, scores: np.ndarray, inserted: np.ndarray, rng: np.random.Generator) -> "Line":
        """Line up from the highest score to the lowest; a coin decides between equal ones."""
        order = np.lexsort((rng.random(len(scores)), scores))[::-1]
        return cls(order, inserted[order], signed=False)

    @classmethod
    def signed_by(cls, evidence: np.ndarray, inserted: np.ndarray, rng: np.random.Generator) -> "Line":
        """Line up from the strongest evidence to the weakest; coins decide where it is equal, or none."""
        coins = rng.random(len(evidence))
        order = np.lexsort((coins, np.abs(evidence)))[::-1]
        guess = np.where(evidence == 0, coins < 0.5, evidence > 0)
        return cls(order, (guess == inserted)[order], signed=True)

    def part(self, chosen: np.ndarray) -> Ordered:
        """Return the line of some of the canaries, given as a mask."""
        return Ordered(self.right[chosen[self.order]])


def centred(scores: np.ndarray, inserted: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return each score's rank less that of the cut with the fewest errors on ``first``, shape ``(m,)``.

    How many canaries lie above a cut is not fixed as the number of guesses at the top is, so that a clean cut loses
    none of them.
    """
    ranks = midranks(scores)
    order = np.argsort(ranks[first], kind="stable")
    placed, values = inserted[first][order], ranks[first][order]
    right = np.append(0, np.cumsum(~placed)) + np.append(np.cumsum(placed[::-1])[::-1], 0)
    edges = np.concatenate([[values[0] - 1], (values[1:] + values[:-1]) / 2, [values[-1] + 1]])
    between = np.append(np.insert(values[1:] > values[:-1], 0, True), True)  # never through equal scores
    return np.asarray(ranks - edges[int(np.argmax(np.where(between, right, -1)))])
