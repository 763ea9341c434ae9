"""Tables that give nobody away, and two audits whose sides are not what they should be."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from scipy.special import ndtr, ndtri

from synthaudit.audit.selftest.known_table import KnownTable, Truth, among_others
from synthaudit.audit.selftest.population import CannotPlant, Population


@dataclass(frozen=True)
class OtherPatients:
    """Rows of real patients who are on no side, or made of theirs.

    Attributes:
        how: ``as they are``; ``independent`` shuffles each column; ``noisy`` adds a tenth of the spread to numbers and
            redraws a tenth of the levels; ``permuted levels`` renames the levels of each column.
    """

    truth: ClassVar[Truth] = "no leak"

    how: Literal["as they are", "independent", "noisy", "permuted levels"]

    @property
    def sentence(self) -> str:
        """What the table is, in plain words."""
        return {
            "as they are": "other real patients, whom no attacker can want less to find",
            "independent": "other patients' columns, each shuffled on its own",
            "noisy": "other patients' rows with noise on every number and a tenth of the levels redrawn",
            "permuted levels": "other patients' rows with the levels of each column renamed among each other",
        }[self.how]

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        rows = among_others(people, people.others[:0], len(people.members), rng)
        if self.how == "independent":
            rows = rng.permuted(rows, axis=0)
        elif self.how == "noisy":
            redrawn = rng.random(rows.shape) < 0.1
            redrawn[:, people.numbers] = False
            rows = jittered(people, np.where(redrawn, rng.permuted(rows, axis=0), rows), 0.1, rng)
        elif self.how == "permuted levels":
            columns = [at for at in people.levels if people.schema.columns[at].levels]
            if not columns:
                raise CannotPlant("no column holds named levels")
            for at in columns:
                known = ~np.isnan(rows[:, at])
                renamed = rng.permutation(len(people.schema.columns[at].levels))
                rows[known, at] = renamed[rows[known, at].astype(np.int64)]
        return KnownTable(people, rows)


@dataclass(frozen=True)
class ReferenceBootstrap:
    """Reference records drawn with replacement: the table was made from patients who are named as others."""

    truth: ClassVar[Truth] = "invalid"
    sentence: ClassVar[str] = "the reference records themselves, drawn with replacement: no stranger's knowledge"

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        return KnownTable(people, people.reference[rng.integers(len(people.reference), size=len(people.members))])


@dataclass(frozen=True)
class BinnedMarginals:
    """Columns drawn on their own from the members' coarse histograms.

    Attributes:
        epsilon: Epsilon of Laplace noise on the counts of all columns together; None for none.
        bins: Bins of a number, with borders from other patients.
    """

    truth: ClassVar[Truth] = "no leak"

    epsilon: float | None = None
    bins: int = 10

    @property
    def sentence(self) -> str:
        """What the table is, in plain words."""
        noise = f", with Laplace noise of epsilon {self.epsilon:g}" if self.epsilon is not None else ""
        return f"independent columns from the members' histograms of {self.bins} bins{noise}"

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        columns = [self._column(people, at, rng) for at in range(len(people.schema))]
        return KnownTable(people, np.column_stack(columns))

    def _column(self, people: Population, at: int, rng: np.random.Generator) -> np.ndarray:
        strangers = np.concatenate([people.reference, people.others])[:, at]
        known = strangers[~np.isnan(strangers)]
        mine, size = people.members[:, at], len(people.members)
        as_number = at in people.numbers and len(np.unique(known)) > self.bins
        domain = np.unique(np.quantile(known, np.linspace(0, 1, self.bins + 1))) if as_number else np.unique(known)
        if as_number:
            counts = np.histogram(mine[~np.isnan(mine)].clip(domain[0], domain[-1]), domain)[0].astype(np.float64)
        else:
            counts = np.array([(mine == value).sum() for value in domain], dtype=np.float64)
        if people.schema.columns[at].missing:
            counts, domain = np.append(counts, np.isnan(mine).sum()), np.append(domain, np.nan)
        if self.epsilon is not None:
            counts = counts + rng.laplace(scale=len(people.schema) / self.epsilon, size=len(counts))
        weights = counts.clip(min=1e-9)
        bins = rng.choice(len(weights), size=size, p=weights / weights.sum())
        if not as_number:
            return domain[bins]
        upper = domain[(bins + 1).clip(max=len(domain) - 1)]
        drawn_values = domain[bins] + rng.random(size) * np.where(np.isnan(upper), 0, upper - domain[bins])
        whole = people.schema.columns[at].integer or at not in people.measurements
        values: np.ndarray = np.round(drawn_values) if whole else drawn_values
        return values


@dataclass(frozen=True)
class GaussianCopula:
    """A Gaussian copula fitted on other patients."""

    truth: ClassVar[Truth] = "no leak"
    sentence: ClassVar[str] = "a Gaussian copula that was fitted on other patients"

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        others = people.others
        ranks = others.argsort(axis=0, kind="stable").argsort(axis=0)
        jointly = ndtri((ranks + 0.5) / len(others))
        covariance = np.corrcoef(jointly, rowvar=False).reshape(others.shape[1], -1)
        drawn_normal = rng.multivariate_normal(np.zeros(len(covariance)), covariance, size=len(people.members))
        place = (ndtr(drawn_normal) * len(others)).astype(np.int64).clip(max=len(others) - 1)
        return KnownTable(people, np.take_along_axis(np.sort(others, axis=0), place, axis=0))


@dataclass(frozen=True)
class XorSplit:
    """Members and holdout parted by two columns together, and a table of other patients like the members."""

    truth: ClassVar[Truth] = "invalid"
    sentence: ClassVar[str] = "other patients' rows, but members and holdout differ in how two columns go together"

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        everyone = np.concatenate([people.members, people.holdout, people.reference, people.others])
        everyone = everyone[rng.permutation(len(everyone))]
        sides = [everyone[:, at] > np.nanmedian(everyone[:, at]) for at in range(everyone.shape[1])]
        balanced = sorted(range(len(sides)), key=lambda at: abs(sides[at].mean() - 0.5))[:2]
        if len(balanced) < 2 or abs(sides[balanced[1]].mean() - 0.5) > 0.2:
            raise CannotPlant("no two columns divide the patients about evenly")
        apart = sides[balanced[0]] ^ sides[balanced[1]]
        alike, unlike = everyone[apart], everyone[~apart]
        size = min(len(people.members), len(unlike) * 3 // 4, len(alike) * 2 // 5)
        quarter = max(size // 4, 1)
        reference = np.concatenate([alike[size : size + quarter], unlike[size : size + quarter]])
        parted = Population(people.schema, alike[:size], unlike[:size], reference, alike[size + quarter :])
        return KnownTable(parted, among_others(parted, alike[:0], size, rng))


@dataclass(frozen=True)
class MadeFromHoldout:
    """The holdout's own rows, as where a table's maker trained on the wrong half."""

    truth: ClassVar[Truth] = "invalid"
    sentence: ClassVar[str] = "the holdout's own rows: no control group, since the table was made from them"

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        return KnownTable(people, people.holdout[rng.permutation(len(people.holdout))])


def jittered(people: Population, rows: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Return rows with normal noise on every number, of a share of its standard deviation; whole numbers stay whole."""
    moved = rows.copy()
    for at in people.numbers:
        moved[:, at] += share * people.spread[at] / 3.29 * rng.standard_normal(len(rows))
        column = people.schema.columns[at]
        if column.integer or column.kind == "count":
            moved[:, at] = np.round(moved[:, at])
        if column.kind == "count":
            moved[:, at] = moved[:, at].clip(min=0)
    return moved
