"""Classes of people and synthetic rows that agree on all quasi-identifiers, and how large they are."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Generalised:
    """A quasi-identifier's values, as they are or in coarse intervals.

    Attributes:
        targets: Shape ``(n,)``; missing is NaN.
        synthetic: Shape ``(m,)``.
    """

    targets: np.ndarray
    synthetic: np.ndarray


@dataclass(frozen=True, eq=False)
class EquivalenceClasses:
    """The class of each target and of each synthetic row, numbered alike; a missing value is a value.

    Attributes:
        targets: Shape ``(n,)``, from 0.
        synthetic: Shape ``(m,)``.
    """

    targets: np.ndarray
    synthetic: np.ndarray

    @classmethod
    def of(cls, quasi_identifiers: list[Generalised]) -> "EquivalenceClasses":
        """Return the classes of equal values in all the columns, of which there is at least one."""
        first = len(quasi_identifiers[0].targets)
        number = np.zeros(first + len(quasi_identifiers[0].synthetic), np.int64)
        for column in quasi_identifiers:
            both = np.concatenate([column.targets, column.synthetic])
            _, place = np.unique(both, return_inverse=True, equal_nan=True)
            _, number = np.unique(number * (int(place.max(initial=0)) + 1) + place, return_inverse=True)
        return cls(number[:first], number[first:])

    def count_patients(self, owner: np.ndarray) -> np.ndarray:
        """Return how many patients are in each target's class, shape ``(n,)``; ``owner`` numbers the patients."""
        patients = int(owner.max(initial=0)) + 1
        once = np.unique(self.targets * patients + owner) // patients  # each patient once in each class
        sizes: np.ndarray = np.bincount(once, minlength=int(self.targets.max(initial=0)) + 1)[self.targets]
        return sizes

    def draw_match(self, rng: np.random.Generator) -> np.ndarray:
        """Return a synthetic row of each target's class, drawn at random, shape ``(n,)``; -1 where there is none."""
        classes = int(max(self.targets.max(initial=0), self.synthetic.max(initial=0))) + 1
        sizes = np.bincount(self.synthetic, minlength=classes)
        start = np.cumsum(sizes) - sizes
        order = np.argsort(self.synthetic, kind="stable")
        at = start[self.targets] + (rng.random(len(self.targets)) * sizes[self.targets]).astype(np.intp)
        return np.where(sizes[self.targets] > 0, order[np.minimum(at, len(order) - 1)], -1)


def inverse_population_size(sizes: np.ndarray, sampled: float) -> np.ndarray:
    """Return the expectation of 1 / F for classes of f = ``sizes`` patients in a sample of a population.

    F - f is negative binomial given f (Benedetti and Franconi, 1998), so that the expectation is the integral of
    ``u^(f-1) p / (p + (1 - p) u)`` over u from 0 to 1: for f = 1, ``p / (1 - p) log(1 / p)``; else, with
    ``u = exp(-t / f)``, by Gauss and Laguerre's rule of 64 points.

    Args:
        sizes: Class sizes f in the sample, shape ``(n,)``.
        sampled: Share p of the population that is in the sample, in (0, 1].

    >>> inverse_population_size(np.array([1, 4]), 1.0).tolist()
    [1.0, 0.25]
    """
    if sampled >= 1.0:
        return 1.0 / sizes
    point, weight = np.polynomial.laguerre.laggauss(64)
    distinct, which = np.unique(sizes, return_inverse=True)
    kernel = sampled / (sampled + (1.0 - sampled) * np.exp(-point / distinct[:, None]))  # (distinct, 64)
    expected: np.ndarray = (kernel @ weight) / distinct
    expected[distinct == 1] = -sampled / (1.0 - sampled) * np.log(sampled)
    return expected[which]
