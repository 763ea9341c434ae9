"""Meaningful identity disclosure: somebody is found by what is known of them, and something new is learned.

Names as in El Emam, Mosquera and Bass (2020): f and F are the sizes of a patient's class of quasi-identifiers in the
sample and in the population, I says whether a synthetic row is in the class, R whether it teaches anything, and
lambda discounts matches that nobody can verify or that wrong fields prevent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import ClassVar

import numpy as np

from synthaudit.audit.errors import check_positive
from synthaudit.audit.knowledge import InsufficientKnowledge, Knowledge, Need
from synthaudit.audit.records import Column, Records
from synthaudit.audit.workload import Workload

MAD = 1.48
"""Deviations from the median, times this, are standard deviations of a normal column."""


@dataclass(frozen=True)
class IdentityDisclosure:
    """The chance of being identified by quasi-identifiers and of being told something by it (El Emam et al., 2020).

    A try is a target. Its value is ``(1 / F) (1 + lambda) / 2 x I x R``, the greatest over generalisations of the
    quasi-identifiers: each is taken as it is, numbers also in coarse intervals, or left out. I is 1 if a synthetic
    row agrees on all that are taken; R is 1 if one such row, drawn at random, is right about enough of the rest:
    about a value that fewer than half of the targets have, or about a number to within 1.48 median absolute
    deviations. The paper's other sum, over ``1 / f`` and divided by the population, is never the greater one when F
    is estimated as it is here, so that the mean over targets is the paper's risk.

    Of the population the sample is all that is known: ``1 / F`` is its expectation given f when everybody is sampled
    with the same chance (Benedetti and Franconi, 1998). ``lambda = verified x (1 - error) ** fields``; the published
    code multiplies by ``1 - (1 - error) ** fields`` instead, so that errors would raise the risk. A code that a
    patient lacks counts neither as an attribute nor as something learned: else nobody who has eleven of a thousand
    codes could ever be told a twentieth of them.

    Threat model: synthetic rows, and the quasi-identifiers of every target.

    Attributes:
        quasi_identifiers: Columns known of everybody; where empty, the demographic ones: categories, whole numbers
            that are no counts of codes, and a code called sex or gender.
        common: So many of the codes most frequent in the synthetic table are known besides.
        population: People among whom a patient hides; None for the worst case, in which the targets are all there are.
        verified: Share of suspected matches that an adversary can verify (0.23 in the studies the paper draws on).
        error: Chance that a quasi-identifier is recorded wrongly (0.0426 there).
        share: Share of a patient's other attributes that must be right for something to be learned.
        intervals: Numbers of intervals, of equally many synthetic rows, into which a number is generalised.
        generalisations: Combinations tried, at most, those that generalise least first.
    """

    title: ClassVar[str] = "Meaningful identity disclosure"
    question: ClassVar[str] = (
        "Can somebody be found by age, sex and the like, and does the synthetic record then tell something true?"
    )
    source: ClassVar[str] = "El Emam, Mosquera and Bass, JMIR 22(11):e23139, 2020"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and the quasi-identifiers of each target, finds a row that "
        "agrees, and learns the rest from it."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"standard", "thorough"})

    quasi_identifiers: tuple[str, ...] = ()
    common: int = 0
    population: int | None = None
    verified: float = 0.23
    error: float = 0.0426
    share: float = 0.05
    intervals: tuple[int, ...] = (20, 5)
    generalisations: int = 128

    def __post_init__(self) -> None:
        for name in ("verified", "error", "share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"expected {name} in [0, 1], got {getattr(self, name)}")
        check_positive(generalisations=self.generalisations)
        if self.population is not None:
            check_positive(population=self.population)
        if self.common < 0 or any(parts < 2 for parts in self.intervals):
            raise ValueError(f"expected common >= 0 and intervals of at least 2, got {self.common}, {self.intervals}")

    def attempt(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return each patient's chance of meaningful disclosure, shape ``(patients,)``, float64, in [0, 1].

        Raises:
            InsufficientKnowledge: The table has no demographic column and none was named.
            InputError: A quasi-identifier that was named is no column.
        """
        synthetic = knowledge.synthetic
        known = self._known(synthetic)
        patients, owner = np.unique(targets.patients, return_inverse=True)
        sampled = min(1.0, len(patients) / (self.population or len(patients)))
        ladders = [list(self._ladder(targets, synthetic, at)) for at in known]
        steps = sorted(product(*(range(len(ladder) + 1) for ladder in ladders)), key=lambda node: (sum(node), node))
        lesson = Lesson.of(targets, synthetic, known, self.share)
        risk = np.zeros(len(targets))
        for node in steps[: self.generalisations]:
            taken = [ladder[step] for ladder, step in zip(ladders, node, strict=True) if step < len(ladder)]
            if not taken:
                continue
            ours, theirs = _classes(taken, len(targets))
            size = _patients_of(ours, owner)
            told = lesson.learned(_drawn(ours, theirs, rng))
            certain = (1 + self.verified * (1 - self.error) ** len(taken)) / 2
            risk = np.maximum(risk, told * certain * one_over_population(size, sampled))
        highest = np.zeros(len(patients))
        np.maximum.at(highest, owner, risk)
        return highest

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.search_seconds

    def _known(self, synthetic: Records) -> list[int]:
        schema = synthetic.schema
        named = [schema.position[schema[name].name] for name in self.quasi_identifiers]
        known = named or [at for at, column in enumerate(schema.columns) if _demographic(column)]
        carriers = (synthetic.codes > 0).sum(axis=0)
        frequent = [schema.codes[at] for at in np.argsort(-carriers, kind="stable")]
        known += [at for at in frequent if at not in known][: self.common]
        if not known:
            raise InsufficientKnowledge(
                "the table has no demographic column; name the quasi_identifiers that an adversary knows"
            )
        return known

    def _ladder(self, targets: Records, synthetic: Records, at: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield a quasi-identifier's values of targets and of synthetic rows, as it is and then ever coarser."""
        column = synthetic.schema.columns[at]
        ours, theirs = (rows.column(column.name).astype(np.float64) for rows in (targets, synthetic))
        yield ours, theirs
        seen = theirs[~np.isnan(theirs)]
        if column.kind not in ("count", "continuous") or not seen.size:
            return
        for parts in self.intervals:
            cuts = np.unique(np.quantile(seen, np.linspace(0, 1, parts + 1)[1:-1]))
            in_ours, in_theirs = (np.where(np.isnan(v), np.nan, np.searchsorted(cuts, v)) for v in (ours, theirs))
            yield in_ours, in_theirs


@dataclass(frozen=True, eq=False)
class Lesson:
    """What there is to learn of each target beyond the quasi-identifiers, and what each synthetic row says of it.

    Attributes:
        codes: Codes worth learning, those that fewer than half have: of the n targets and of the m rows, uint8.
        rest: The other columns that are not known: of the targets and of the rows.
        usual: For each of these, the level that half of the targets or more have; NaN where there is none.
        near: For each of these, how near a guessed number must be; NaN for levels.
        asked: Right guesses that count as something learned, shape ``(n,)``.
    """

    codes: tuple[np.ndarray, np.ndarray]
    rest: tuple[np.ndarray, np.ndarray]
    usual: np.ndarray
    tolerance: np.ndarray
    asked: np.ndarray

    @classmethod
    def of(cls, targets: Records, synthetic: Records, known: list[int], share: float) -> "Lesson":
        """Return what there is to learn of these targets by somebody who knows the columns ``known``."""
        schema = targets.schema
        hidden = np.array([at not in known for at in schema.codes], bool)
        telling = hidden & ((targets.codes > 0).mean(axis=0) < 0.5)
        codes = [np.ascontiguousarray(rows.codes[:, telling] > 0) for rows in (targets, synthetic)]
        places = [place for place, at in enumerate(schema.rest) if at not in known]
        usual, tolerance = np.full(len(places), np.nan), np.full(len(places), np.nan)
        for at, place in enumerate(places):  # over the columns that are no codes
            values = targets.rest[:, place]
            values = values[~np.isnan(values)]
            if schema.columns[schema.rest[place]].is_numeric and values.size:
                tolerance[at] = MAD * np.median(np.abs(values - np.median(values)))
            elif values.size:
                levels, times = np.unique(values, return_counts=True)
                usual[at] = levels[times.argmax()] if 2 * times.max() >= values.size else np.nan
        rest = (targets.rest[:, places], synthetic.rest[:, places])
        attributes = (targets.codes[:, hidden] > 0).sum(axis=1) + (~np.isnan(rest[0])).sum(axis=1)
        return cls((codes[0], codes[1]), rest, usual, tolerance, np.maximum(np.ceil(share * attributes), 1))

    def learned(self, row: np.ndarray) -> np.ndarray:
        """Return whether synthetic row ``row[i]`` teaches enough about target i, shape ``(n,)``; -1 is no row."""
        found = np.flatnonzero(row >= 0)
        right = np.count_nonzero(self.codes[0][found] & self.codes[1][row[found]], axis=1)
        ours, theirs = self.rest[0][found], self.rest[1][row[found]]
        same = np.where(
            np.isnan(self.tolerance), (ours == theirs) & (ours != self.usual), np.abs(ours - theirs) < self.tolerance
        )
        taught = np.zeros(len(row), bool)
        taught[found] = right + same.sum(axis=1) >= self.asked[found]
        return taught


def one_over_population(size: np.ndarray, sampled: float) -> np.ndarray:
    """Return the expectation of 1 / F for classes of ``size`` patients in a sample of a share ``sampled`` of everybody.

    F - f is negative binomial given f (Benedetti and Franconi, 1998), so that the expectation is the integral of
    ``u^(f-1) p / (p + (1 - p) u)`` over u from 0 to 1: for f = 1, ``p / (1 - p) log(1 / p)``; else, with
    ``u = exp(-t / f)``, by Gauss and Laguerre's rule of 64 points.

    >>> one_over_population(np.array([1, 4]), 1.0).tolist()
    [1.0, 0.25]
    """
    if sampled >= 1.0:
        return 1.0 / size
    point, weight = np.polynomial.laguerre.laggauss(64)
    sizes, which = np.unique(size, return_inverse=True)
    kernel = sampled / (sampled + (1.0 - sampled) * np.exp(-point / sizes[:, None]))  # (sizes, 64)
    expected: np.ndarray = (kernel @ weight) / sizes
    expected[sizes == 1] = -sampled / (1.0 - sampled) * np.log(sampled)
    return expected[which]


def _demographic(column: Column) -> bool:
    """Whether a column is one that neighbours and registries know: no code, no measurement."""
    if column.kind == "binary":
        return column.name.lower() in ("sex", "gender")
    return column.kind in ("categorical", "ordinal") or (column.kind == "continuous" and column.integer)


def _classes(taken: list[tuple[np.ndarray, np.ndarray]], first: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the class of each target and of each synthetic row, numbered alike; a missing value is a value."""
    number = np.zeros(first + len(taken[0][1]), np.int64)
    for ours, theirs in taken:
        _, place = np.unique(np.concatenate([ours, theirs]), return_inverse=True, equal_nan=True)
        _, number = np.unique(number * (int(place.max(initial=0)) + 1) + place, return_inverse=True)
    return number[:first], number[first:]


def _patients_of(ours: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Return how many patients are in each row's class, shape ``(n,)``."""
    people = int(owner.max(initial=0)) + 1
    once = np.unique(ours * people + owner) // people  # each patient once in each class
    size: np.ndarray = np.bincount(once, minlength=int(ours.max(initial=0)) + 1)[ours]
    return size


def _drawn(ours: np.ndarray, theirs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a synthetic row of each target's class, drawn at random, shape ``(n,)``; -1 where there is none."""
    classes = int(max(ours.max(initial=0), theirs.max(initial=0))) + 1
    many = np.bincount(theirs, minlength=classes)
    start = np.cumsum(many) - many
    order = np.argsort(theirs, kind="stable")
    at = start[ours] + (rng.random(len(ours)) * many[ours]).astype(np.intp)
    return np.where(many[ours] > 0, order[np.minimum(at, len(order) - 1)], -1)
