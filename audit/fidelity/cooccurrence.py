"""Pairs of columns: do conditions come together as they should?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import sparse

from audit.fidelity.facts import Facts
from audit.fidelity.patients import CONFIDENCE, counted, owners, patients_with, showable
from audit.protocols import Better, Reading
from audit.records import Records
from audit.statistics import Estimate, Measurement, NotMeasured

GROUPS = 10
"""Groups of patients that the jackknife leaves out in turn; each costs one pass over columns x columns."""

SHOWN_PAIRS = 2000


@dataclass(frozen=True)
class Cooccurrence:
    """Rates and correlations of all pairs of yes/no facts, real against synthetic.

    Facts are those of ``Facts``, less those that fewer than ``small_count`` real patients have or lack. A constant fact
    correlates 0 with all others. Intervals are over patients and synthetic rows, by a jackknife over ten groups, each
    left out of both tables at once; they err on the wide side (Efron & Stein, 1981). The figure shows at most 2,000
    pairs, drawn at random from those that at least ``small_count`` real patients have; lower synthetic rates are drawn
    at ``small_count`` rows.

    The whole is one product of a sparse matrix with itself; four ``(e, e)`` arrays in double precision are held,
    35 MB at 1,071 codes.
    """

    title: ClassVar[str] = "Pairs of codes"
    question: ClassVar[str] = "Do conditions occur together in the synthetic table as often as in the real one?"
    source: ClassVar[str] = "Yan et al., A multifaceted benchmarking of synthetic EHR generation, Nat. Commun. 2022"
    better: ClassVar[Mapping[str, Better]] = {
        "cooccurrence_error": "lower",
        "correlation_error": "lower",
        "correlation_agreement": "higher",
        "facts_hidden": "lower",
    }

    def measure(
        self,
        real: Records,
        synthetic: Records,
        test: Records,
        *,
        rng: np.random.Generator,
        small_count: int = 10,
    ) -> Reading:
        """Return mean absolute errors over pairs, and the correlation of real with synthetic correlations."""
        del test  # pairs need no model, so nothing is held out
        if min(owners(real)[1], owners(synthetic)[1]) < GROUPS:
            reason = f"an interval needs {GROUPS} patients and {GROUPS} synthetic rows"
            return Reading({name: NotMeasured(reason) for name in self.better})
        facts = Facts.of(real)
        seen, made = facts.matrix(real), facts.matrix(synthetic)
        shown = showable(seen, real, small_count)
        hidden = counted(int((~shown).sum()), len(shown))
        if shown.sum() < 3:
            reason = f"pairs need 3 facts that {small_count} real patients have, {int(shown.sum())} do"
            return Reading({**{name: NotMeasured(reason) for name in self.better}, "facts_hidden": hidden})
        left, right = _Pairs.of(seen[:, shown], real, rng), _Pairs.of(made[:, shown], synthetic, rng)
        whole = _compare(left, right, None)
        parts = np.array([_compare(left, right, group) for group in range(GROUPS)])
        errors = np.sqrt((GROUPS - 1) / GROUPS * ((parts - parts.mean(axis=0)) ** 2).sum(axis=0))
        trials = owners(real)[1]
        statistics: dict[str, Measurement] = {
            name: _jackknifed(float(value), float(error), trials, bounds)
            for name, value, error, bounds in zip(
                self.better, whole, errors, ((0.0, 1.0), (0.0, 2.0), (-1.0, 1.0)), strict=False
            )
        }
        points = _points(left, right, seen[:, shown], real, rng, small_count)
        return Reading({**statistics, "facts_hidden": hidden}, points)


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Counts of pairs: in all rows, shape ``(e, e)``, and the sparse counts of every group of patients."""

    whole: np.ndarray
    parts: tuple[sparse.csr_matrix, ...]
    rows: np.ndarray

    @classmethod
    def of(cls, facts: sparse.csr_matrix, records: Records, rng: np.random.Generator) -> "_Pairs":
        position, patients = owners(records)
        group = (rng.permutation(patients) % GROUPS)[position]
        blocks = [facts[group == at] for at in range(GROUPS)]
        parts = tuple((block.T @ block).tocsr() for block in blocks)
        whole = np.asarray(sum(parts[1:], parts[0]).todense(), dtype=np.float64)
        return cls(whole, parts, np.bincount(group, minlength=GROUPS))

    def rates(self, without: int | None) -> np.ndarray:
        """Return the rates of all pairs, shape ``(e, e)``, leaving one group out."""
        if without is None:
            rates: np.ndarray = self.whole / self.rows.sum()
            return rates
        counts: np.ndarray = self.whole - self.parts[without].toarray()
        counts /= self.rows.sum() - self.rows[without]
        return counts


def _correlations(rates: np.ndarray) -> np.ndarray:
    """Return phi coefficients from rates of pairs, shape ``(e, e)``; 0 where a fact is constant."""
    single = np.diag(rates)
    variance = single * (1 - single)
    inverse = np.divide(1, np.sqrt(variance), out=np.zeros_like(single), where=variance > 1e-12)
    phi: np.ndarray = rates - np.outer(single, single)
    phi *= inverse[:, None]
    phi *= inverse
    return phi


def _compare(left: _Pairs, right: _Pairs, without: int | None) -> tuple[float, float, float]:
    """Return both mean errors and the agreement over pairs of two different facts."""
    a, b = left.rates(without), right.rates(without)
    count = len(a) * (len(a) - 1)
    diagonal = np.abs(np.diag(a) - np.diag(b)).sum()
    rate_error = (np.abs(a - b).sum() - diagonal) / count
    a, b = _correlations(a), _correlations(b)
    np.fill_diagonal(a, 0.0)
    np.fill_diagonal(b, 0.0)
    error = np.abs(a - b).sum() / count
    # Sums over the zeroed diagonal add nothing, so the moments are those of the off-diagonal pairs.
    mean_a, mean_b = a.sum() / count, b.sum() / count
    spread = (np.vdot(a, a) / count - mean_a**2) * (np.vdot(b, b) / count - mean_b**2)
    agreement = (np.vdot(a, b) / count - mean_a * mean_b) / np.sqrt(spread) if spread > 1e-24 else np.nan
    return float(rate_error), float(error), float(agreement)


def _jackknifed(value: float, error: float, trials: int, bounds: tuple[float, float]) -> Measurement:
    """Return the estimate with Student's interval of the jackknife."""
    from scipy.special import stdtrit

    if not np.isfinite(error) or not np.isfinite(value):
        return NotMeasured("all correlations are alike, so they cannot agree or disagree")
    reach = float(stdtrit(GROUPS - 1, 1 - (1 - CONFIDENCE) / 2)) * error
    value = min(max(value, bounds[0]), bounds[1])
    low, high = max(value - reach, bounds[0]), min(value + reach, bounds[1])
    method = f"jackknife over {GROUPS} groups of patients and synthetic rows"
    return Estimate(value, low, high, CONFIDENCE, trials, method)


def _points(
    left: _Pairs, right: _Pairs, facts: sparse.csr_matrix, real: Records, rng: np.random.Generator, small_count: int
) -> dict[str, tuple[float, ...]]:
    """Return rates of pairs that enough real patients have."""
    first, second = np.nonzero(np.triu(left.whole >= small_count, k=1))
    if owners(real)[1] < len(real):  # rows are more than patients: count again, by patient, for the pairs in question
        chosen = rng.permutation(len(first))[: 4 * SHOWN_PAIRS]
        first, second = first[chosen], second[chosen]
        both = facts[:, first].multiply(facts[:, second]).tocsr()
        enough = patients_with(both, real) >= small_count
        first, second = first[enough], second[enough]
    chosen = np.sort(rng.permutation(len(first))[:SHOWN_PAIRS])
    rows = right.rows.sum()
    made = right.whole[first[chosen], second[chosen]]
    made = np.where(made > 0, np.maximum(made, min(small_count, rows)), 0.0) / rows
    seen = left.whole[first[chosen], second[chosen]] / left.rows.sum()
    return {"real": tuple(seen.tolist()), "synthetic": tuple(made.tolist())}
