"""The law of a simulated population: profiles of comorbidity, and codes drawn from a patient's mixture of them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class PopulationLaw:
    """The distribution that a simulated population's patients are drawn from.

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
    def draw(cls, *, profiles: int, codes: int, labs: int, seed: int) -> "PopulationLaw":
        """Return the law of a population; another seed gives another population."""
        rng = np.random.default_rng([29, seed])
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
            lab_shift=rng.normal(0, 1.2, (profiles, labs)),
            lab_slope=rng.normal(0, 1, labs),
        )

    def draw_codes(
        self,
        mixture: np.ndarray,
        frailty: np.ndarray,
        *,
        mean_codes: float,
        impossible: np.ndarray | None,
        rng: np.random.Generator,
    ) -> np.ndarray:
        """Return a 0/1 matrix, shape ``(n, codes)``, with at least one code per row and none that is ``impossible``.

        A patient's number of codes is 1 + Poisson(frailty x (mean - 1)); the codes are drawn one by one from the
        patient's mixture of profiles, and repeats are drawn again (successive sampling without replacement).

        Args:
            mixture: Shares of profiles of every patient, shape ``(n, profiles)``.
            frailty: Of every patient, shape ``(n,)``, mean 1.
            mean_codes: Mean number of codes per patient.
            impossible: Which codes a patient cannot have, shape ``(n, codes)``.
            rng: Draws numbers and codes.
        """
        size, profiles = mixture.shape
        target = 1 + rng.poisson((mean_codes - 1) * frailty)
        target = np.minimum(target, max(1, self.codes // 2))  # as many as any patient can have, whatever the sex
        ladder = mixture.cumsum(axis=1)
        ladder /= ladder[:, -1:]
        ladder = (ladder + np.arange(size)[:, None]).ravel()
        matrix = np.zeros(size * self.codes, dtype=np.uint8)
        lacking = target
        while lacking.any():
            patient = np.repeat(np.arange(size), lacking)  # (events,)
            profile = np.searchsorted(ladder, patient + rng.random(len(patient)), side="right")
            profile = np.clip(profile - patient * profiles, 0, profiles - 1)
            code = np.searchsorted(self.cumulative, profile + rng.random(len(patient)), side="right")
            code = np.clip(code - profile * self.codes, 0, self.codes - 1)
            cell = np.unique(patient * self.codes + code)
            cell = cell[matrix[cell] == 0]
            if impossible is not None:
                cell = cell[~impossible.ravel()[cell]]
            matrix[cell] = 1
            lacking = lacking - np.bincount(cell // self.codes, minlength=size)
        return matrix.reshape(size, self.codes)


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
