"""A simulated cohort: patients with latent comorbidity profiles, whose law is known and can be sampled again and again.

Codes follow a Zipf-Mandelbrot law, profiles tilt it towards chapters of neighbouring codes, and a patient's frailty
drives how many codes there are, how old the patient is and how far the laboratory values lie from normal. Two draws
from one ``Cohort`` are exchangeable, so a draw is an honest holdout, and an honest *null* release that saw no member.
"""

from dataclasses import dataclass, replace

import numpy as np

from synthaudit.audit.errors import check_positive
from synthaudit.audit.records.population import PopulationLaw, code_names
from synthaudit.audit.records.schema import Column, Schema
from synthaudit.audit.records.sex_codes import sex_of
from synthaudit.audit.records.table import Records

MIMIC_MEAN_CODES = 11.3
"""Mean number of distinct codes per patient in MIMIC-III, rolled up to 1,071 codes (Choi et al., 2017, table 1)."""

FRAILTY = 1.8
"""Gamma shape of the number of codes: 1 to about 80 over 46,520 patients, as in MIMIC-III."""


@dataclass(frozen=True)
class LabTest:
    """A laboratory value.

    Attributes:
        name: Its name.
        typical: Its typical value.
        spread: Its standard deviation; below 0, that of a lognormal value's logarithm.
        decimals: Decimals that a laboratory reports.
    """

    name: str
    typical: float
    spread: float
    decimals: int

    def values(self, deviation: np.ndarray) -> np.ndarray:
        """Return values at deviations in standard units, rounded as a laboratory rounds."""
        if self.spread < 0:
            values = self.typical * np.exp(-self.spread * deviation)
        else:
            values = self.typical + self.spread * deviation
        rounded: np.ndarray = np.round(np.maximum(values, 0.0), self.decimals)
        return rounded


PANEL = (
    LabTest("creatinine", 1.1, -0.45, 2),
    LabTest("sodium", 139.0, 4.5, 0),
    LabTest("glucose", 128.0, -0.3, 0),
    LabTest("haemoglobin", 12.4, 1.9, 1),
    LabTest("white cells", 9.0, -0.4, 1),
    LabTest("platelets", 235.0, -0.35, 0),
    LabTest("potassium", 4.2, 0.5, 1),
    LabTest("bilirubin", 0.7, -0.6, 1),
    LabTest("albumin", 3.6, 0.6, 1),
    LabTest("lactate", 1.6, -0.5, 1),
    LabTest("urea", 20.0, -0.5, 0),
    LabTest("heart rate", 85.0, 16.0, 0),
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
            test = _lab_test(at)
            columns.append(Column(test.name, "continuous", integer=test.decimals == 0, missing=self.missing > 0))
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
        law = PopulationLaw.draw(profiles=self.profiles, codes=self.codes, labs=self.labs, seed=self.population)
        rng = np.random.default_rng([17, seed])
        mixture = rng.standard_gamma(
            0.15 * len(law.popularity) * law.popularity, (size, self.profiles)
        )  # (n, profiles)
        mixture += 1e-9  # every draw can underflow to 0 together
        mixture /= mixture.sum(axis=1, keepdims=True)
        frailty = rng.standard_gamma(FRAILTY, size) / FRAILTY  # (n,), mean 1
        # A stream of its own: a cohort without demographics has the same codes.
        male = np.random.default_rng([23, seed]).random(size) < mixture @ law.male
        impossible = self._impossible(male) if self.demographics else None
        codes = law.draw_codes(mixture, frailty, mean_codes=self.expected_codes, impossible=impossible, rng=rng)
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
        rest += [_lab_test(at).values(deviation[:, at]) for at in range(self.labs)]
        if self.missing:
            for values in rest[len(rest) - self.labs :]:
                values[rng.random(len(owner)) < self.missing] = np.nan
        block = np.column_stack(rest) if rest else np.empty((len(owner), 0))
        return Records(self.schema, codes, block, owner)

    def _impossible(self, male: np.ndarray) -> np.ndarray | None:
        """Return which codes per patient's sex rules out, shape ``(n, codes)``; None where only one sex could have any.

        Where every code were ruled out for one sex, its patients could have none.
        """
        sexes = [sex_of(name, "icd9") for name in code_names(self.codes, seed=self.population)]
        of_women, of_men = (np.array([sex == which for sex in sexes]) for which in ("female", "male"))
        if min((~of_women).sum(), (~of_men).sum()) < max(1, self.codes // 2):
            return None
        return np.where(male[:, None], of_women, of_men)


def _thin(codes: np.ndarray, owner: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return one row per visit: each shows a patient's code with probability 0.6, and at least one of them."""
    patient, code = np.nonzero(codes)
    per_patient = np.bincount(patient, minlength=len(codes))
    first = per_patient.cumsum() - per_patient
    per_visit = per_patient[owner]  # (visits,)
    start = per_visit.cumsum() - per_visit
    event = np.arange(per_visit.sum()) - np.repeat(start - first[owner], per_visit)  # position in (patient, code)
    keep = rng.random(len(event)) < 0.6
    keep[start + (rng.random(len(owner)) * per_visit).astype(np.intp)] = True
    visits = np.zeros((len(owner), codes.shape[1]), dtype=np.uint8)
    visits[np.repeat(np.arange(len(owner)), per_visit)[keep], code[event[keep]]] = 1
    return visits


def _lab_test(at: int) -> LabTest:
    """Return the test of a laboratory column; the panel repeats under new names."""
    test = PANEL[at % len(PANEL)]
    return test if at < len(PANEL) else replace(test, name=f"{test.name} {at // len(PANEL) + 1}")
