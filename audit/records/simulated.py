"""A simulated cohort: patients with latent comorbidity profiles, whose law is known and can be sampled again and again.

Codes follow a Zipf-Mandelbrot law, profiles tilt it towards chapters of neighbouring codes, and a patient's frailty
drives how many codes there are, how old the patient is and how far the laboratory values lie from normal. Two draws
from one ``Cohort`` are exchangeable, so a draw is an honest holdout, and an honest *null* release that saw no member.
"""

from dataclasses import dataclass

import numpy as np

from synthaudit.audit.errors import check_positive
from synthaudit.audit.records.schema import Column, Schema
from synthaudit.audit.records.sex_codes import sex_of
from synthaudit.audit.records.table import Records

MIMIC_MEAN_CODES = 11.3
"""Mean number of distinct codes per patient in MIMIC-III, rolled up to 1,071 codes (Choi et al., 2017, table 1)."""

FRAILTY = 1.8
"""Gamma shape of the number of codes: 1 to about 80 over 46,520 patients, as in MIMIC-III."""

LABS = (  # name, typical value, spread, decimals; a spread below 0 means lognormal
    ("creatinine", 1.1, -0.45, 2),
    ("sodium", 139.0, 4.5, 0),
    ("glucose", 128.0, -0.3, 0),
    ("haemoglobin", 12.4, 1.9, 1),
    ("white cells", 9.0, -0.4, 1),
    ("platelets", 235.0, -0.35, 0),
    ("potassium", 4.2, 0.5, 1),
    ("bilirubin", 0.7, -0.6, 1),
    ("albumin", 3.6, 0.6, 1),
    ("lactate", 1.6, -0.5, 1),
    ("urea", 20.0, -0.5, 0),
    ("heart rate", 85.0, 16.0, 0),
)


@dataclass(frozen=True)
class Cohort:
    """The law of a population of patients; ``draw`` samples it.

    Attributes:
        patients: Patients drawn where ``draw`` is not told a number.
        codes: Diagnosis code columns, binary, named like three-character ICD-9 codes in ICD order.
        labs: Continuous laboratory columns, correlated with the profiles.
        demographics: Whether there are the columns ``age`` and ``sex``.
        visits: Mean rows per patient; 1 gives one row per patient, the whole history.
        missing: Share of laboratory values that were not taken.
        mean_codes: Mean distinct codes per patient; None takes MIMIC-III's 11.3, at most a quarter of the codes.
        profiles: Latent comorbidity profiles.
        population: Seed of the law itself: prevalences, profiles, laboratory shifts. Another seed, another population.
    """

    patients: int = 46_520
    codes: int = 1_071
    labs: int = 0
    demographics: bool = False
    visits: float = 1.0
    missing: float = 0.0
    mean_codes: float | None = None
    profiles: int = 24
    population: int = 0

    def __post_init__(self) -> None:
        check_positive(patients=self.patients, codes=self.codes, profiles=self.profiles)
        if self.labs < 0:
            raise ValueError(f"expected labs >= 0, got {self.labs}")
        if not self.visits >= 1:
            raise ValueError(f"expected visits >= 1, got {self.visits}")
        if not 0 <= self.missing < 1:
            raise ValueError(f"expected missing in [0, 1), got {self.missing}")
        if self.mean_codes is not None and not 1 <= self.mean_codes <= max(1, self.codes / 2):
            raise ValueError(f"expected mean_codes in [1, codes / 2], got {self.mean_codes} of {self.codes} codes")

    @property
    def schema(self) -> Schema:
        """The columns of every draw: age and sex, laboratory values, codes."""
        columns = []
        if self.demographics:
            columns.append(Column("age", "continuous", low=18, high=90, integer=True))
            columns.append(Column("sex", "categorical", levels=("F", "M")))
        for at in range(self.labs):
            name, _, _, decimals = _lab(at)
            columns.append(Column(name, "continuous", integer=decimals == 0, missing=self.missing > 0))
        columns += [Column(name, "binary") for name in code_names(self.codes, seed=self.population)]
        return Schema(tuple(columns))

    @property
    def expected_codes(self) -> float:
        """Mean distinct codes per patient that the law aims at."""
        if self.mean_codes is not None:
            return self.mean_codes
        return max(1.0, min(MIMIC_MEAN_CODES, self.codes / 4))

    def draw(self, patients: int | None = None, *, seed: int) -> Records:
        """Return fresh patients of this population, ids 0, 1, ...; the same seed gives the same patients.

        Takes time and memory proportional to the matrix of codes (50 MB at the default size), plus 100 bytes per
        patient and profile.
        """
        size = self.patients if patients is None else patients
        check_positive(patients=size)
        law = _Law.of(self)
        rng = np.random.default_rng([17, seed])
        mixture = rng.standard_gamma(
            0.15 * len(law.popularity) * law.popularity, (size, self.profiles)
        )  # (n, profiles)
        mixture += 1e-9  # every draw can underflow to 0 together
        mixture /= mixture.sum(axis=1, keepdims=True)
        frailty = rng.standard_gamma(FRAILTY, size) / FRAILTY  # (n,), mean 1
        # A stream of its own: a cohort without demographics has the same codes.
        male = np.random.default_rng([23, seed]).random(size) < mixture @ law.male
        barred = self._barred(male) if self.demographics else None
        codes = _draw_codes(law, mixture, frailty, self.expected_codes, rng, barred)
        age = 64 + 7 * np.log(frailty + 0.1) + mixture @ law.age_shift + rng.normal(0, 11, size)
        owner = np.arange(size)
        if self.visits > 1:
            owner = np.repeat(owner, 1 + rng.poisson(self.visits - 1, size))
            codes = _thin(codes, owner, rng)
        rest = []
        if self.demographics:
            rest += [np.clip(np.rint(age), 18, 90)[owner], male[owner].astype(float)]
        steady = mixture @ law.lab_shift + 0.3 * np.log(frailty + 0.1)[:, None] * law.lab_slope  # (n, labs)
        deviation = steady[owner] + rng.normal(0, 0.7, (len(owner), self.labs))
        rest += [_lab_values(at, deviation[:, at]) for at in range(self.labs)]
        if self.missing:
            for values in rest[len(rest) - self.labs :]:
                values[rng.random(len(owner)) < self.missing] = np.nan
        block = np.column_stack(rest) if rest else np.empty((len(owner), 0))
        return Records(self.schema, codes, block, owner)

    def _barred(self, male: np.ndarray) -> np.ndarray | None:
        """Return which codes per patient's sex rules out, shape ``(n, codes)``; None where only one sex could have any.

        Where every code were ruled out for one sex, its patients could have none.
        """
        sexes = [sex_of(name, "icd9") for name in code_names(self.codes, seed=self.population)]
        of_women, of_men = (np.array([sex == which for sex in sexes]) for which in ("female", "male"))
        if min((~of_women).sum(), (~of_men).sum()) < max(1, self.codes // 2):
            return None
        return np.where(male[:, None], of_women, of_men)


@dataclass(frozen=True, eq=False)
class _Law:
    """The constants of a population.

    Attributes:
        popularity: How common each profile is, shape ``(profiles,)``, sums to 1.
        cumulative: Distribution of codes under each profile, cumulated, plus the profile's number; flat, increasing.
        codes: Number of codes.
        age_shift: Years each profile adds, shape ``(profiles,)``.
        male: Probability of sex M under each profile, shape ``(profiles,)``.
        lab_shift: Standard deviations each profile adds, shape ``(profiles, labs)``.
        lab_slope: How far frailty moves each laboratory value, shape ``(labs,)``.
    """

    popularity: np.ndarray
    cumulative: np.ndarray
    codes: int
    age_shift: np.ndarray
    male: np.ndarray
    lab_shift: np.ndarray
    lab_slope: np.ndarray

    @classmethod
    def of(cls, cohort: Cohort) -> "_Law":
        """Draw the constants from the cohort's population seed."""
        rng = np.random.default_rng([29, cohort.population])
        profiles, codes = cohort.profiles, cohort.codes
        popularity = rng.dirichlet(np.full(profiles, 4.0))
        rank = rng.permutation(codes)
        weight = (rank + 15.0) ** -1.8  # Zipf-Mandelbrot: from two patients in five down to a handful of patients
        chapter = np.arange(codes) * 18 // codes  # ICD-9 has 18 chapters of neighbouring codes
        tilt = rng.normal(0, 1.4, (profiles, 18))[:, chapter] + rng.normal(0, 1.1, (profiles, codes))
        boost = np.exp(tilt)
        boost /= popularity @ boost  # a code's mean boost is 1, so the profiles keep the Zipf law
        law = boost * weight
        law /= law.sum(axis=1, keepdims=True)
        cumulative = law.cumsum(axis=1)
        cumulative /= cumulative[:, -1:]
        flat = (cumulative + np.arange(profiles)[:, None]).ravel()
        return cls(
            popularity,
            flat,
            codes,
            age_shift=rng.normal(0, 9, profiles),
            male=rng.beta(6, 5, profiles),
            lab_shift=rng.normal(0, 1.2, (profiles, cohort.labs)),
            lab_slope=rng.normal(0, 1, cohort.labs),
        )


def _draw_codes(
    law: _Law,
    mixture: np.ndarray,
    frailty: np.ndarray,
    mean_codes: float,
    rng: np.random.Generator,
    barred: np.ndarray | None,
) -> np.ndarray:
    """Return a 0/1 matrix, shape ``(n, codes)``, with at least one code per row and none that is ``barred``.

    A patient's number of codes is 1 + Poisson(frailty x (mean - 1)); the codes are drawn one by one from the
    patient's mixture of profiles, and repeats are drawn again (successive sampling without replacement).
    """
    size, profiles = mixture.shape
    wanted = 1 + rng.poisson((mean_codes - 1) * frailty)
    wanted = np.minimum(wanted, max(1, law.codes // 2))  # as many as any patient can have, whatever the sex
    ladder = mixture.cumsum(axis=1)
    ladder /= ladder[:, -1:]
    ladder = (ladder + np.arange(size)[:, None]).ravel()
    matrix = np.zeros(size * law.codes, dtype=np.uint8)
    lacking = wanted
    while lacking.any():
        patient = np.repeat(np.arange(size), lacking)  # (events,)
        profile = np.searchsorted(ladder, patient + rng.random(len(patient)), side="right")
        profile = np.clip(profile - patient * profiles, 0, profiles - 1)
        code = np.searchsorted(law.cumulative, profile + rng.random(len(patient)), side="right")
        code = np.clip(code - profile * law.codes, 0, law.codes - 1)
        cell = np.unique(patient * law.codes + code)
        cell = cell[matrix[cell] == 0]
        if barred is not None:
            cell = cell[~barred.ravel()[cell]]
        matrix[cell] = 1
        lacking = lacking - np.bincount(cell // law.codes, minlength=size)
    return matrix.reshape(size, law.codes)


def _thin(codes: np.ndarray, owner: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return one row per visit: each shows a patient's code with probability 0.6, and at least one of them."""
    patient, code = np.nonzero(codes)
    held = np.bincount(patient, minlength=len(codes))
    first = held.cumsum() - held
    shown = held[owner]  # (visits,)
    start = shown.cumsum() - shown
    event = np.arange(shown.sum()) - np.repeat(start - first[owner], shown)  # position in (patient, code)
    keep = rng.random(len(event)) < 0.6
    keep[start + (rng.random(len(owner)) * shown).astype(np.intp)] = True
    visits = np.zeros((len(owner), codes.shape[1]), dtype=np.uint8)
    visits[np.repeat(np.arange(len(owner)), shown)[keep], code[event[keep]]] = 1
    return visits


def _lab(at: int) -> tuple[str, float, float, int]:
    """Return name, typical value, spread and decimals of a laboratory column; the panel repeats under new names."""
    name, typical, spread, decimals = LABS[at % len(LABS)]
    return (name if at < len(LABS) else f"{name} {at // len(LABS) + 1}", typical, spread, decimals)


def _lab_values(at: int, deviation: np.ndarray) -> np.ndarray:
    """Return values of a laboratory column from deviations in standard units, rounded as a laboratory rounds."""
    _, typical, spread, decimals = _lab(at)
    values = typical * np.exp(-spread * deviation) if spread < 0 else typical + spread * deviation
    rounded: np.ndarray = np.round(np.maximum(values, 0.0), decimals)
    return rounded


def code_names(codes: int, *, seed: int) -> tuple[str, ...]:
    """Return distinct names like ICD-9 categories, in ICD order: digits, then E codes, then V codes.

    The proportions are MIMIC-III's: of 1,070 categories 845 are numeric, 152 external causes (E) and 73 V codes.
    More than a thousand numeric codes get more digits.
    """
    external = min(999, codes * 152 // 1_070)
    factors = min(91, codes * 73 // 1_070)
    numeric = codes - external - factors
    digits = max(3, len(str(numeric)))
    rng = np.random.default_rng([31, seed])

    def pick(count: int, top: int) -> list[int]:
        return sorted((rng.choice(top, size=count, replace=False) + 1).tolist())

    names = [f"{number:0{digits}d}" for number in pick(numeric, 10**digits - 1)]
    names += [f"E{number:03d}" for number in pick(external, 999)]
    names += [f"V{number:02d}" for number in pick(factors, 91)]
    return tuple(names)
