"""What audits of a privacy claim can see: level and power against mechanisms whose guarantee is known, and the time.

    python benchmarks/claim_power.py --audits 100
    python benchmarks/claim_power.py --patients 10000 --codes 1071 --canaries 1000

The mechanism is mu-Gaussian-DP and each audit meets it at its tightest: a canary's score is a normal number, moved by
mu if the canary was in. Four useless attacks stand beside it, so that the choice between them is paid for. ``above``
counts bounds above the truth (level), ``refuted`` those that reject the claim of half the mu at 5 %. With
``--patients`` one canary audit of the VAE is timed instead. Prints a Markdown table; nothing is asserted.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from synthaudit.audit.statistics.best_attack_bound import EpsilonBound, multi_run_bound, one_run_bound
from synthaudit.audit.statistics.epsilon import gdp_epsilon
from synthaudit.audit.suite.execution.run import run
from synthaudit.audit.suite.plan import make_plan
from synthaudit.audit.suite.result import Estimated

DELTA = 1e-5
USELESS = 4


def scores(mu: float, inserted: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return what five attackers say of each trial, the last of them all there is to say."""
    best = mu * inserted + rng.standard_normal(len(inserted))
    return np.vstack([rng.standard_normal((USELESS, len(inserted))), best])


def one_audit(kind: str, size: int, mu: float, seed: int) -> tuple[float, float, bool]:
    """Return the bound, the truth it should stay below, and whether the claim of half the mu is refuted."""
    rng = np.random.default_rng([size, seed, round(1000 * mu)])
    inserted = rng.random(size) < 0.5
    table = scores(mu, inserted, rng)
    gaussian = kind != "coins, epsilon"
    truth, claim = gdp_epsilon(mu, delta=DELTA), (mu / 2 if gaussian else gdp_epsilon(mu / 2, delta=DELTA))
    found: object
    if kind == "trainings, mu":
        truth = mu
        found = multi_run_bound(
            table[:, inserted], table[:, ~inserted], delta=DELTA, claim=claim, gaussian=True, seed=seed
        )
    else:
        found = one_run_bound(table, inserted, delta=DELTA, claim=claim, gaussian=gaussian, seed=seed)
    if not isinstance(found, EpsilonBound) or found.p_value is None:
        raise ValueError(f"expected a bound, got {found}")
    return found.bound.value, truth, found.p_value <= 0.05


def power(audits: int) -> None:
    """Print level and power of each kind of audit."""
    print("| audit | trials | mu | epsilon or mu that is true | mean bound | above the truth | half is refuted |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    kinds = (("coins, epsilon", (200, 1000)), ("coins, Gaussian", (200, 1000)), ("trainings, mu", (100, 200, 500)))
    for kind, sizes in kinds:
        for size in sizes:
            for mu in (0.5, 1.0, 2.0, 4.0):
                found = np.array([one_audit(kind, size, mu, seed) for seed in range(audits)])
                bounds, truth, refuted = found[:, 0], found[0, 1], found[:, 2]
                print(
                    f"| {kind} | {size:,} | {mu:g} | {truth:.2f} | {bounds.mean():.2f} | {(bounds > truth).mean():.1%} "
                    f"| {refuted.mean():.0%} |",
                    flush=True,
                )


def timed(patients: int, codes: int, canaries: int) -> None:
    """Print how long one canary audit of the VAE takes, public domain and domain from data."""
    raw = {
        "data": {"reader": "simulated", "patients": patients + 4000, "codes": codes},
        "split": {"members": patients, "holdout": 2000, "reference": 2000},
        "sweep": {"releases": 1, "synthetic_rows": ["1x"]},
        "attacks": {"tracing": {}},
        "metrics": {},
        "controls": {"enabled": False},
        "generators": {"vae": {}},
        "dp_audit": {
            "generators": ["vae"],
            "canaries": canaries,
            "unique_code_canaries": canaries // 5,
            "trainings": 0,
        },
    }
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        result = run(make_plan(raw), Path(folder) / "run", base=Path())
        seconds = time.perf_counter() - started
    print(f"{canaries:,} canaries, {patients:,} patients x {codes:,} codes, both domains: {seconds:.0f} s in all")
    for row in result.select(method="canaries", statistic="epsilon_lower"):
        if isinstance(row.number, Estimated):
            print(f"- {row.slice}: {row.number.value:.2f}, ceiling {row.number.ceiling:.2f}")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--audits", type=int, default=100)
    options.add_argument("--patients", type=int, default=0)
    options.add_argument("--codes", type=int, default=1071)
    options.add_argument("--canaries", type=int, default=1000)
    given = options.parse_args()
    if given.patients:
        timed(given.patients, given.codes, given.canaries)
    else:
        power(given.audits)
