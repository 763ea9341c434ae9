"""Do shadow models see what attacks without them miss? A variational autoencoder that memorised its members, attacked.

    OMP_NUM_THREADS=1 python benchmarks/shadow_strength.py [--models 16] [--releases 3] [--epochs 600]
    OMP_NUM_THREADS=1 python benchmarks/shadow_strength.py --real data/desynpuf [--models 8] [--generator vae]

Each release is a new cohort of 500 members, 500 holdout and 1,000 reference patients under 100 codes; with ``--real``
it is 15,000 members of CMS DE-SynPUF, 7,000 reference patients and 2,000 targets a side, and the generator is trained
as it is by default. The best attack without shadows is chosen after the fact, by its AUC on the same release, which
favours it. Differences are DeLong's, paired by target.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.audit.knowledge import InsufficientKnowledge, Knowledge, Need
from synthaudit.audit.records import Cohort, Records
from synthaudit.audit.records.readers import READERS
from synthaudit.audit.records.split import split
from synthaudit.audit.statistics import Estimate, roc
from synthaudit.audit.suite.attacker.shadow_trainer import RecipeTrainer
from synthaudit.generators import GENERATORS

MEMBERS, REFERENCE = 500, 1_000


@dataclass(frozen=True)
class Tables:
    """Who was trained on, who was not, whom the attacker knows; targets are the first of either side."""

    members: Records
    holdout: Records
    reference: Records
    targets: int


def simulated_tables(seed: int) -> Tables:
    """Return a cohort of few patients."""
    cohort = Cohort(codes=100, mean_codes=10)
    parts = (cohort.draw(size, seed=10 * seed + at) for size, at in ((MEMBERS, 0), (MEMBERS, 1), (REFERENCE, 3)))
    return Tables(*parts, targets=MEMBERS)


def real_tables(folder: str, seed: int) -> Tables:
    """Return 15,000 members of the claims of CMS DE-SynPUF."""
    whole = READERS["codes"](preset="synpuf", path=folder, rollup="icd9").read(Path()).records
    parts = dict(split(whole, members=15_000, holdout=10_000, reference=7_000, seed=seed).parts)
    return Tables(parts["members"], parts["holdout"], parts["reference"], targets=2_000)


def audit(recipe: object, tables: Tables, seed: int, models: int, folder: Path) -> None:
    """Attack one release by everything, and print AUCs and differences."""
    members, size = tables.members, tables.targets
    both = Records.concat([members.take(slice(0, size)), tables.holdout.take(slice(0, size))])
    targets = both.with_patients(np.arange(len(both)))
    started = time.process_time()
    fitted = recipe.fit(members, seed=seed + 1)  # type: ignore[attr-defined]
    print(f"{seed}  trained in {time.process_time() - started:.1f} s CPU: {fitted.training.problem}", flush=True)
    trainer = RecipeTrainer(recipe, len(members), len(members), seed + 5, folder)
    published = fitted.sample(len(members), seed=seed + 1)
    fresh = fitted.sample(10 * len(members), seed=seed + 9)
    knowledge = Knowledge(published, tables.reference, trainer=trainer, weights=fitted, fresh_samples=fresh)
    scores: dict[str, np.ndarray] = {}
    for name, kind in MEMBERSHIP.items():
        attack_options = {"models": models} if Need.TRAINER in kind.needs else {}
        started = time.process_time()
        try:
            scores[name] = kind(**attack_options).score(targets, knowledge, rng=np.random.default_rng(0))
        except InsufficientKnowledge:  # weights without such a part
            continue
        measured = roc.auc(scores[name][:size], scores[name][size:])
        print(f"{seed}  {name:18} {measured}  {time.process_time() - started:6.1f} s CPU", flush=True)
    plain = [name for name in scores if MEMBERSHIP[name].needs <= {Need.SYNTHETIC, Need.REFERENCE}]
    values = {name: roc.auc(scores[name][:size], scores[name][size:]) for name in plain}
    best = max(plain, key=lambda name: one.value if isinstance(one := values[name], Estimate) else 0.0)
    for name in (name for name in scores if name not in plain):
        pair = (scores[name][:size], scores[name][size:], scores[best][:size], scores[best][size:])
        apart = roc.auc_difference(*pair)
        p_value = f"p = {apart.p_value:.2g}" if isinstance(apart, Estimate) and apart.p_value is not None else ""
        print(f"{seed}  {name:18} minus {best}: {apart}  {p_value}", flush=True)


def main() -> None:
    """Attack each release and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--models", type=int, default=16)
    parser.add_argument("--releases", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=600)
    parser.add_argument("--real", help="folder of CMS DE-SynPUF")
    parser.add_argument("--generator", default="vae")
    options = parser.parse_args()
    recipe = GENERATORS["vae"](epochs=options.epochs, latent=32, hidden=(128,), lr=3e-3)
    if options.real:
        recipe = GENERATORS[options.generator]()
    for seed in range(options.releases):
        tables = real_tables(options.real, seed) if options.real else simulated_tables(seed)
        with tempfile.TemporaryDirectory() as folder:
            audit(recipe, tables, seed, options.models, Path(folder))


if __name__ == "__main__":
    main()
