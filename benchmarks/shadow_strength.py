"""Do shadow models see what attacks without them miss? A variational autoencoder that memorised its members, attacked.

    OMP_NUM_THREADS=1 python benchmarks/shadow_strength.py [--models 16] [--releases 3] [--epochs 600]

Each release is a new cohort of 500 members, 500 holdout and 1,000 reference patients under 100 codes. The best attack
without shadows is chosen after the fact, by its AUC on the same release, which favours it. Differences are DeLong's,
paired by target.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from attacks.membership import MEMBERSHIP
from audit.knowledge import Knowledge, Need
from audit.records import Cohort, Records
from audit.statistics import Estimate, roc
from audit.suite.trainer import RecipeTrainer
from generators import GENERATORS

MEMBERS, REFERENCE = 500, 1_000


def audit(recipe: object, seed: int, models: int, folder: Path) -> None:
    """Attack one release by everything, and print AUCs and differences."""
    cohort = Cohort(codes=100, mean_codes=10)
    members, holdout = (cohort.draw(MEMBERS, seed=10 * seed + side) for side in (0, 1))
    reference = cohort.draw(REFERENCE, seed=10 * seed + 3)
    both = Records.concat([members, holdout])
    targets = both.with_patients(np.arange(len(both)))
    fitted = recipe.fit(members, seed=seed + 1)  # type: ignore[attr-defined]
    trainer = RecipeTrainer(recipe, MEMBERS, MEMBERS, seed + 5, folder)
    knowledge = Knowledge(fitted.sample(MEMBERS, seed=seed + 1), reference, trainer=trainer)
    scores: dict[str, np.ndarray] = {}
    for name, kind in MEMBERSHIP.items():
        if Need.WEIGHTS in kind.needs:
            continue
        options = {"models": models} if Need.TRAINER in kind.needs else {}
        started = time.process_time()
        scores[name] = kind(**options).score(targets, knowledge, rng=np.random.default_rng(0))
        measured = roc.auc(scores[name][:MEMBERS], scores[name][MEMBERS:])
        print(f"{seed}  {name:18} {measured}  {time.process_time() - started:6.1f} s CPU", flush=True)
    plain = [name for name in scores if Need.TRAINER not in MEMBERSHIP[name].needs]
    values = {name: roc.auc(scores[name][:MEMBERS], scores[name][MEMBERS:]) for name in plain}
    best = max(plain, key=lambda name: one.value if isinstance(one := values[name], Estimate) else 0.0)
    for name in (name for name in scores if name not in plain):
        sides = (scores[name][:MEMBERS], scores[name][MEMBERS:], scores[best][:MEMBERS], scores[best][MEMBERS:])
        apart = roc.auc_difference(*sides)
        p_value = f"p = {apart.p_value:.2g}" if isinstance(apart, Estimate) and apart.p_value is not None else ""
        print(f"{seed}  {name:18} minus {best}: {apart}  {p_value}", flush=True)


def main() -> None:
    """Attack as many releases as asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--models", type=int, default=16)
    parser.add_argument("--releases", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=600)
    asked = parser.parse_args()
    recipe = GENERATORS["vae"](epochs=asked.epochs, latent=32, hidden=(128,), lr=3e-3)
    for seed in range(asked.releases):
        with tempfile.TemporaryDirectory() as folder:
            audit(recipe, seed, asked.models, Path(folder))


if __name__ == "__main__":
    main()
