"""Every attack against three systems whose best possible AUC is known in closed form: a copier, averages, and nothing.

    OMP_NUM_THREADS=1 python benchmarks/known_answers.py [--releases 8] [--models 16]

Copy: each synthetic row is a member's with probability 0.4, else a fresh patient; 60 fair codes, so nobody resembles
anybody and the best AUC is ``1 - (1 - 0.4 / n) ** m / 2``. Averages: independent columns at the members' rates, best
AUC ``Phi(sqrt(d / 2n) / sqrt(1 + n / m + n / r))``; who trains shadow models on the targets also knows that half of
them are members, and may reach ``Phi(sqrt(d / n) / sqrt(1 + 2n / m))``. Nothing: fresh patients, best AUC one half. The
table holds mean AUCs over releases with their standard errors.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.stats import norm

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.audit.knowledge import InsufficientKnowledge, Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.statistics import Estimate, roc

RATE = 0.4
SIZES = {"copy": (400, 60, 800), "averages": (400, 400, 400), "nothing": (400, 60, 400)}
REFERENCE = 4_000


def codes(matrix: np.ndarray) -> Records:
    """Return a binary matrix as records."""
    return Records.binary([f"c{at}" for at in range(matrix.shape[1])], matrix)


def draw_rows(system: str, members: np.ndarray, rate: np.ndarray, rows: int, rng: np.random.Generator) -> np.ndarray:
    """Return synthetic rows of a system trained on the members."""
    fresh = rng.random((rows, len(rate))) < rate
    if system == "copy":
        copied = rng.random(rows) < RATE
        return np.where(copied[:, None], members[rng.integers(len(members), size=rows)], fresh)
    return rng.random(fresh.shape) < members.mean(axis=0) if system == "averages" else fresh


class Recipe:
    """A system in the attacker's hands."""

    def __init__(self, system: str, rate: np.ndarray, members: int, seed: int) -> None:
        self.system, self.rate, self.members, self.seed = system, rate, members, seed

    def train(self, pool: Records, inclusion: np.ndarray, *, seeds: Sequence[int], size: int) -> list[Records]:
        """Return one table per shadow model."""
        rngs = [np.random.default_rng(seed) for seed in seeds]
        return [
            codes(draw_rows(self.system, pool.codes[chosen], self.rate, size, rng))
            for chosen, rng in zip(inclusion, rngs, strict=True)
        ]


def aucs(system: str, seed: int, models: int) -> dict[str, float]:
    """Return the AUC of every attack that needs no weights on one release."""
    n, d, m = SIZES[system]
    rng = np.random.default_rng([seed, n, d])
    rate = rng.uniform(0.1, 0.9, d) if system == "averages" else np.full(d, 0.5)
    members, holdout, reference = (rng.random((size, d)) < rate for size in (n, n, REFERENCE))
    synthetic, fresh = (codes(draw_rows(system, members, rate, rows, rng)) for rows in (m, 10 * n))
    recipe = Recipe(system, rate, n, seed)
    knowledge = Knowledge(synthetic, codes(reference), trainer=recipe, fresh_samples=fresh)
    targets = codes(np.concatenate([members, holdout]))
    values = {}
    for name, kind in MEMBERSHIP.items():
        if Need.WEIGHTS in kind.needs:
            continue
        attack = kind(**({"models": models} if Need.TRAINER in kind.needs else {}))
        try:
            scores = attack.score(targets, knowledge, rng=np.random.default_rng(seed))
        except InsufficientKnowledge:
            continue
        measured = roc.auc(scores[:n], scores[n:])
        values[name] = measured.value if isinstance(measured, Estimate) else np.nan
    return values


def main() -> None:
    """Print a table with a row per attack."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--releases", type=int, default=8)
    parser.add_argument("--models", type=int, default=16)
    options = parser.parse_args()
    n, d, m = SIZES["averages"]
    best = {
        "copy": 1 - (1 - RATE / SIZES["copy"][0]) ** SIZES["copy"][2] / 2,
        "averages": float(norm.cdf(np.sqrt(d / (2 * n)) / np.sqrt(1 + n / m + n / REFERENCE))),
        "nothing": 0.5,
    }
    per_release = {system: [aucs(system, seed, options.models) for seed in range(options.releases)] for system in SIZES}
    print("| attack | copy | averages | nothing |\n|---|---|---|---|")
    print("| **best possible** | " + " | ".join(f"**{best[system]:.3f}**" for system in SIZES) + " |")
    for name in per_release["copy"][0]:
        cells = []
        for system in SIZES:
            values = np.array([one[name] for one in per_release[system]])
            cells.append(f"{values.mean():.3f} ({values.std(ddof=1) / np.sqrt(len(values)):.3f})")
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
