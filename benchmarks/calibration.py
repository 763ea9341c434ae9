"""Does every interval cover, and every test reject, as often as it says? Prints a table; exits 1 if one does not.

    python benchmarks/calibration.py --repeats 200
    python benchmarks/calibration.py --repeats 5000 --only roc      # nightly

A row passes while its rate is within three standard errors of what it promises. Rows marked "usual recipe" show what
tools commonly do instead and cannot fail.
"""

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import expit, logit, ndtr, ndtri

from synthaudit.audit.statistics import (
    Estimate,
    Measurement,
    NotMeasured,
    differences,
    epsilon,
    intervals,
    multiplicity,
    one_run,
    power,
    resampling,
    roc,
)
from synthaudit.audit.statistics.guessing_rules import RankedCanaries, geometric_rules, pure_epsilon

Rng = np.random.Generator


@dataclass(frozen=True)
class Row:
    """One promise, and a trial: True if the interval covered or the test erred, None where nothing was said."""

    name: str
    promise: float  # coverage at least, or error rate at most
    covers: bool
    trial: Callable[[Rng], bool | None]
    judged: bool = True  # False: shown for comparison


def coverage(name: str, draw: Callable[[Rng], Measurement], truth: float, promise: float = 0.945) -> Row:
    """Return a row that asks whether the interval holds the truth. Nominal 95 % may cover 94.5 %."""

    def trial(rng: Rng) -> bool | None:
        drawn = draw(rng)
        return None if isinstance(drawn, NotMeasured) else drawn.low <= truth + 1e-12 and drawn.high >= truth - 1e-12

    return Row(name, promise, True, trial)


def overstated(name: str, draw: Callable[[Rng], Measurement], truth: float) -> Row:
    """Return a row that asks whether a 95 % lower bound lies above the truth."""

    def trial(rng: Rng) -> bool | None:
        drawn = draw(rng)
        return None if isinstance(drawn, NotMeasured) else drawn.low > truth + 1e-9

    return Row(name, 0.05, False, trial)


def rejects(name: str, p_value: Callable[[Rng], float]) -> Row:
    """Return a row that asks whether a true null hypothesis is rejected at 5 %."""
    return Row(name, 0.05, False, lambda rng: p_value(rng) <= 0.05)


def gauss(rng: Rng, n1: int, n0: int, mu: float) -> tuple[np.ndarray, np.ndarray]:
    """Return scores of the Gaussian mechanism."""
    return rng.normal(mu, 1, n1), rng.normal(0, 1, n0)


def p_of(drawn: Measurement) -> float:
    return drawn.p_value if isinstance(drawn, Estimate) and drawn.p_value is not None else math.nan


def roc_rows() -> Iterator[Row]:
    """Yield AUC, its differences, TPR at a low FPR, advantage, precision and F1."""
    for n1, n0, area in [(10, 10, 0.7), (60, 60, 0.9), (20, 500, 0.9), (500, 500, 0.5), (1000, 1000, 0.98)]:
        name, mu = f"roc.auc          gaussian AUC {area}, {n1}+{n0}", math.sqrt(2) * float(ndtri(area))
        yield coverage(name, lambda r, a=n1, b=n0, m=mu: roc.auc(*gauss(r, a, b, m)), area)
    for copies in (3, 8):
        share = copies / 500

        def scores(r: Rng, p: float = share) -> tuple[np.ndarray, np.ndarray]:
            return (r.random(500) < p) * 1.0, np.zeros(500)

        yield coverage(f"roc.auc          {copies} copies of 500", lambda r, f=scores: roc.auc(*f(r)), 0.5 + share / 2)
        yield Row(
            f"usual recipe     logit-DeLong, {copies} copies of 500",
            0.945,
            True,
            lambda r, f=scores, t=0.5 + share / 2: _logit_delong(*f(r), t),
            judged=False,
        )
    yield rejects("roc.auc p        null, normal, 200+200", lambda r: p_of(roc.auc(*gauss(r, 200, 200, 0))))
    yield rejects("roc.auc p        null, few matches, 400+400", lambda r: p_of(roc.auc(*r.poisson(0.01, (2, 400)))))
    for n1, n0, fpr, mu in [(500, 500, 0.01, 1), (500, 5000, 0.001, 1), (2000, 2000, 0.01, 0), (500, 500, 0.01, 3)]:
        truth = float(ndtr(mu + ndtri(fpr)))
        yield coverage(
            f"roc.tpr_at_fpr   gaussian mu {mu}, FPR {fpr}, {n1}+{n0}",
            lambda r, a=n1, b=n0, f=fpr, m=mu: roc.tpr_at_fpr(*gauss(r, a, b, m), fpr=f),
            truth,
        )
    yield Row("usual recipe     quantile + CP, mu 1, FPR 0.01, 500+500", 0.945, True, _usual_tpr, judged=False)
    for side, truth in ((-1e-9, 0.0), (1e-9, 1.0)):
        jump = partial(roc.tpr_at_fpr, np.full(300, 0.95 + side), fpr=0.05)
        yield coverage(
            f"roc.tpr_at_fpr   ROC jumps at the FPR, truth {truth:.0f}", lambda r, f=jump: f(r.random(300)), truth
        )
    low_fpr = partial(roc.tpr_at_fpr, fpr=0.01)
    yield rejects("roc.tpr_at_fpr p null, FPR 0.01, 500+500", lambda r: p_of(low_fpr(*gauss(r, 500, 500, 0))))
    gap = float(ndtr(1 / math.sqrt(2)) - ndtr(0.5))
    yield coverage("roc.auc_difference paired, 100+100", lambda r: roc.auc_difference(*_pair(r)), gap)
    best = 2 * float(ndtr(0.5)) - 1
    yield coverage("roc.advantage    all thresholds, 300+300", lambda r: roc.advantage(*gauss(r, 300, 300, 1)), best)
    yield rejects("roc.advantage p  null, 300+300", lambda r: p_of(roc.advantage(*gauss(r, 300, 300, 0))))
    for tpr, fpr in [(0.3, 0.02), (0.1, 0.1)]:
        for name, of in [("precision  ", _precision), ("relative_f1", _f1)]:
            yield coverage(
                f"roc.{name}  TPR {tpr}, FPR {fpr}, share .1",
                lambda r, t=tpr, f=fpr, g=of: g(_rate(r, 300, t), _rate(r, 300, f)),
                of(tpr, fpr),
            )


def interval_rows() -> Iterator[Row]:
    """Yield rates, clustered rates, differences, residual risk, means and the bootstrap."""
    for method in intervals.METHODS:
        floor = 0.945 if method == "clopper-pearson" else 0.92  # the others cover 95 % on average over p
        for p in (0.02, 0.3):
            rate = partial(intervals.binomial, trials=100, method=method)
            yield coverage(f"intervals.binomial {method}, p {p}", lambda r, q=p, f=rate: f(_count(r, q)), p, floor)
    for p, alike in [(0.1, 0.3), (0.5, 0.9), (0.01, 0.5)]:
        name = f"intervals.clustered_rate p {p}, alike {alike}, 60 patients"
        yield coverage(name, lambda r, q=p, a=alike: _clustered(r, q, a), p)
    for a, c, n in [(0.3, 0.1, 200), (0.02, 0.01, 500), (0.9, 0.6, 80)]:
        for of, truth in [(differences.difference, a - c), (differences.residual_risk, (a - c) / (1 - c))]:
            yield coverage(
                f"intervals.{of.__name__:10} {a}, {c}, n {n}",
                lambda r, x=a, y=c, k=n, g=of: g(_rate(r, k, x), _rate(r, k, y)),
                truth,
            )
    yield coverage(
        "intervals.student_mean   5 normal releases", lambda r: intervals.student_mean(r.normal(0, 1, 5)), 0.0
    )
    # Asymptotic in the number of patients.
    yield coverage("resampling.bootstrap mean of 200 normal, 40 patients", _bootstrap, 0.0, 0.92)


def epsilon_rows() -> Iterator[Row]:
    """Yield bounds from trainings and from canaries; the truth is randomised response or a Gaussian."""
    for eps in (0.0, 1.0, 2.0):
        q = float(expit(eps))
        yield overstated(
            f"epsilon.clopper_pearson randomised response {eps}, 200+200",
            lambda r, p=q: epsilon.clopper_pearson(
                int(r.binomial(200, p)), int(r.binomial(200, 1 - p)), 200, 200, delta=0
            ),
            eps,
        )
    yield overstated(
        "epsilon.gdp_mu   mu 1, 200+200",
        lambda r: epsilon.gdp_mu(int(r.binomial(200, ndtr(0.5))), int(r.binomial(200, ndtr(-0.5))), 200, 200),
        1.0,
    )
    for threshold in one_run.THRESHOLDS:
        for eps, m in ((0.0, 100), (1.0, 100), (1.0, 1000), (3.0, 300)):
            yield overstated(
                f"one_run {threshold:11} randomised response {eps}, {m} canaries",
                lambda r, t=threshold, e=eps, k=m: one_run.epsilon_from_scores(
                    *_response(r, k, e), delta=0, threshold=t
                ),
                eps,
            )
        yield overstated(
            f"one_run {threshold:11} f-DP, gaussian mu 1, 200 canaries",
            lambda r, t=threshold: one_run.epsilon_from_scores(*_noisy_bits(r, 200), delta=1e-5, threshold=t, gdp=True),
            epsilon.gdp_epsilon(1.0, delta=1e-5),
        )
    yield Row("usual recipe     best (k+, k-) of all, eps 0, 100 canaries", 0.05, False, _uncorrected, judged=False)


def audit_rows() -> Iterator[Row]:
    """Yield max-T over related attacks, and the power that is promised."""
    labels = np.arange(100) < 50
    yield rejects(
        "multiplicity.max_t 10 related useless attacks, 50+50",
        lambda r: (
            multiplicity.max_t(0.7 * r.normal(size=100) + r.normal(size=(10, 100)), labels, permutations=499).p_value
        ),
    )
    shift = math.sqrt(2) * float(ndtri(power.detectable_auc(200, 200)))
    yield Row(
        "power.detectable_auc 80 % of audits see it, 200+200",
        0.78,
        True,
        lambda r: p_of(roc.auc(*gauss(r, 200, 200, shift))) <= 0.05,
    )


def _rate(rng: Rng, trials: int, p: float) -> Estimate:
    drawn = intervals.binomial(int(rng.binomial(trials, p)), trials, method="wilson")
    if isinstance(drawn, NotMeasured):
        raise ValueError(drawn.reason)
    return drawn


_precision = partial(roc.precision_at_prior, prior=0.1)
_f1 = partial(roc.relative_f1, fraction=0.1)


def _count(rng: Rng, p: float) -> int:
    return int(rng.binomial(100, p))


def _clustered(rng: Rng, p: float, alike: float) -> Measurement:
    strength, tries = (1 - alike) / alike, rng.integers(1, 9, 60)
    return intervals.clustered_rate(rng.binomial(tries, rng.beta(p * strength, (1 - p) * strength, 60)), tries)


def _bootstrap(rng: Rng) -> Measurement:
    values = rng.normal(0, 1, 40).repeat(5) + rng.normal(0, 1, 200)

    def mean(weights: np.ndarray) -> np.ndarray:
        return np.asarray(weights @ values / weights.sum(axis=1))

    return resampling.bootstrap(mean, 200, clusters=np.arange(40).repeat(5), resamples=999)


def _pair(rng: Rng) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    members, holdout = gauss(rng, 100, 100, 1)
    return members, holdout, members + rng.normal(0, 1, 100), holdout + rng.normal(0, 1, 100)


def _response(rng: Rng, canaries: int, eps: float) -> tuple[np.ndarray, np.ndarray]:
    coin = rng.random(canaries) < 0.5
    told = np.where(rng.random(canaries) < expit(eps), coin, ~coin)
    scores = np.where(told, 1.0, -1.0) * rng.random(canaries)
    return scores[coin], scores[~coin]


def _noisy_bits(rng: Rng, canaries: int) -> tuple[np.ndarray, np.ndarray]:
    coin = rng.random(canaries) < 0.5
    scores = rng.normal(0, 1, canaries) + coin
    return scores[coin], scores[~coin]


def _logit_delong(members: np.ndarray, holdout: np.ndarray, truth: float) -> bool | None:
    area, variance = roc.delong(members, holdout)
    if variance == 0 or not 0 < area < 1:
        return None
    half = 1.96 * math.sqrt(variance) / (area * (1 - area))
    return bool(expit(logit(area) - half) <= truth <= expit(logit(area) + half))


def _usual_tpr(rng: Rng) -> bool:
    members, holdout = gauss(rng, 500, 500, 1)
    drawn = intervals.binomial(int((members > np.quantile(holdout, 0.99)).sum()), 500)
    return isinstance(drawn, Estimate) and drawn.low <= float(ndtr(1 + ndtri(0.01))) <= drawn.high


def _uncorrected(rng: Rng) -> bool:
    ordered, rules = RankedCanaries.by_score(*_response(rng, 100, 0.0), rng), geometric_rules(100)
    return bool(pure_epsilon(rules.guesses, ordered.correct(rules), 0.05).max() > 1e-9)


GROUPS = {"roc": roc_rows, "intervals": interval_rows, "epsilon": epsilon_rows, "audit": audit_rows}


def measure(row: Row, repeats: int, seed: int) -> tuple[str, bool]:
    """Return the printed line of one row, and whether its promise was kept."""
    rng, started = np.random.default_rng([seed, len(row.name), sum(row.name.encode())]), time.perf_counter()
    outcomes = [outcome for _ in range(repeats) if (outcome := row.trial(rng)) is not None]
    if not outcomes:
        return f"{row.name:58} nothing was measured", not row.judged
    rate = float(np.mean(outcomes))
    error = math.sqrt(row.promise * (1 - row.promise) / len(outcomes))
    kept = rate >= row.promise - 3 * error if row.covers else rate <= row.promise + 3 * error
    verdict = ("ok" if kept else "BROKEN") if row.judged else "-"
    promise = f"{'>=' if row.covers else '<='} {row.promise:.3f}"
    seconds = time.perf_counter() - started
    return (
        f"{row.name:58} {promise:>8} {rate:7.4f} {error:7.4f} {len(outcomes):6} {seconds:6.1f}  {verdict}",
        kept or not row.judged,
    )


def main() -> int:
    """Print the table; return 1 if a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=1000, help="simulated audits a row")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=sorted(GROUPS), help="one group of rows")
    options = parser.parse_args()
    print(f"{'procedure and system':58} {'promise':>8} {'rate':>7} {'s.e.':>7} {'n':>6} {'sec':>6}")
    sound = True
    for name, rows in GROUPS.items():
        for row in rows() if options.only in (None, name) else ():
            line, kept = measure(row, options.repeats, options.seed)
            print(line, flush=True)
            sound &= kept
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
