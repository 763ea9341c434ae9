"""How good the generators are: means, rare codes and prediction on claims, and seizures from synthetic recordings.

    python benchmarks/quality.py --data ../shared/data/desynpuf            # three seeds of six generators: half an hour
    python benchmarks/quality.py --data ../shared/data/desynpuf --seeds 1 --members 5000 --generators vae corgan
    python benchmarks/quality.py --seizures                                # train on synthetic, test on real: a minute

Single runs of a GAN prove nothing: every number is the mean over seeds with its smallest and largest in brackets.
Prediction (Choi et al., 2017): one logistic regression a column, learnt from real or synthetic rows, F1 on real rows
that no generator saw.
"""

import argparse
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from synthaudit.audit.fidelity.metrics.dimension_prediction import DimensionPrediction
from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.records.readers import CodeEvents
from synthaudit.audit.records.split import split
from synthaudit.audit.statistics import Estimate
from synthaudit.generators import GENERATORS

NAMES = ("vae", "emrwgan", "medgan", "corgan", "gan", "marginal")


def fidelity(name: str, members: Records, test: Records, seed: int, columns: int | None) -> dict[str, float]:
    """Train a generator as the catalogue has it and return its numbers."""
    started = time.process_time()
    fitted = GENERATORS[name]().fit(members, seed=seed)
    seconds = time.process_time() - started
    drawn = fitted.sample(len(members), seed=seed)
    real, made = members.codes.mean(axis=0), drawn.codes.mean(axis=0)
    reading = DimensionPrediction(columns=columns).measure(members, drawn, test, rng=np.random.default_rng(0))
    scores = {key: value.value for key, value in reading.statistics.items() if isinstance(value, Estimate)}
    floor = 0.5 / len(members)  # the logarithm of a code that nobody has
    return {
        "means": float(np.corrcoef(real, made)[0, 1]),
        "log means": float(np.corrcoef(np.log(real + floor), np.log(made + floor))[0, 1]),
        "F1 synthetic": scores.get("f1_synthetic", float("nan")),
        "F1 real": scores.get("f1_real", float("nan")),
        "F1 loss": scores.get("f1_loss", float("nan")),
        "AUC synthetic": scores.get("auc_synthetic", float("nan")),
        "AUC real": scores.get("auc_real", float("nan")),
        "CPU s": seconds,
    }


def claims(options: argparse.Namespace) -> Iterator[str]:
    """Yield the lines of a Markdown table over the generators."""
    loaded = CodeEvents(preset="synpuf", path=str(options.data), rollup="icd9").read()
    sides = split(loaded.records, seed=0, members=options.members, holdout=options.holdout)
    members, test = sides.members, sides.holdout
    yield (
        f"{len(members):,} members x {len(members.schema)} columns, {len(test):,} patients tested on, "
        f"{options.seeds} seeds, {torch.get_num_threads()} threads.\n"
    )
    heads: tuple[str, ...] = ()
    for name in options.generators:
        runs = [fidelity(name, members, test, seed, options.columns) for seed in range(1, options.seeds + 1)]
        if not heads:
            heads = tuple(runs[0])
            yield "| generator | " + " | ".join(heads) + " |"
            yield "|---" * (1 + len(heads)) + "|"
        yield f"| {name} | " + " | ".join(_spread([run[head] for run in runs]) for head in heads) + " |"


def _spread(values: list[float]) -> str:
    digits = 0 if min(values) > 5 else 3
    middle = f"{np.mean(values):.{digits}f}"
    return middle if len(values) == 1 else f"{middle} [{min(values):.{digits}f}, {max(values):.{digits}f}]"


def recordings(rows: int, seed: int, *, samples: int = 178) -> Records:
    """Return a stand-in for UCI's epileptic table: ``samples`` continuous columns of one second, and the class.

    One recording in five is a seizure: 3 to 6 strong rhythms a second; the others are weak rhythms of 8 to 12. Both
    ride on autoregressive noise, as EEG does. Amplitude alone does not tell them apart for certain.
    """
    rng = np.random.default_rng(seed)
    seizure = rng.random(rows) < 0.2
    beat = np.where(seizure, rng.uniform(3, 6, rows), rng.uniform(8, 12, rows))[:, None]
    strength = np.where(seizure, rng.lognormal(0.9, 0.5, rows), rng.lognormal(0, 0.5, rows))[:, None]
    wave = strength * np.sin(2 * np.pi * beat * np.arange(samples) / samples + rng.uniform(0, 2 * np.pi, (rows, 1)))
    noise = rng.normal(0, 0.5, (rows, samples))
    for at in range(1, samples):
        noise[:, at] += 0.8 * noise[:, at - 1]
    names = [f"X{at}" for at in range(1, samples + 1)]
    schema = Schema((*(Column(name, "continuous") for name in names), Column("seizure", "binary")))
    values: Mapping[str, np.ndarray] = dict(zip(names, (100 * (wave + noise)).T, strict=True)) | {"seizure": seizure}
    return Records.of(schema, values)


def seizures(name: str, seed: int, *, rows: int = 2000, **options: object) -> tuple[float, float]:
    """Return the AUROC on fresh real recordings of a classifier learnt from real, and from synthetic recordings."""
    members, test = recordings(rows, 100 + seed), recordings(2000, 10_000 + seed)
    drawn = GENERATORS[name](**options).fit(members, seed=seed).sample(rows, seed=seed)
    return auroc(members, test), auroc(drawn, test)


def auroc(train: Records, test: Records) -> float:
    """Return the AUROC of a regression on what tells a seizure: the strength of each rhythm of a recording."""
    model = LogisticRegression(C=1.0, max_iter=1000)
    model.fit(rhythms(train), train.column("seizure"))
    return float(roc_auc_score(test.column("seizure"), model.decision_function(rhythms(test))))


def rhythms(records: Records) -> np.ndarray:
    """Return log power at 1 to 20 beats a second, shape ``(n, 20)``."""
    waves = np.stack([records.column(name) for name in records.schema.names if name.startswith("X")], axis=1)
    return np.log1p(np.abs(np.fft.rfft(waves, axis=1))[:, 1:21])


def trials(options: argparse.Namespace) -> Iterator[str]:
    """Yield the lines of a Markdown table of seizures told on real recordings."""
    yield "| generator | train on real | train on synthetic | loss |"
    yield "|---|---|---|---|"
    for name in ("vae", "corgan"):
        both = [seizures(name, seed) for seed in range(1, options.seeds + 1)]
        columns = ([a for a, _ in both], [b for _, b in both], [a - b for a, b in both])
        yield f"| {name} | " + " | ".join(_spread(list(column)) for column in columns) + " |"


def main() -> None:
    """Parse the options and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, help="folder of the CMS DE-SynPUF files")
    parser.add_argument("--generators", nargs="+", default=NAMES, choices=sorted(GENERATORS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--members", type=int, default=15_000)
    parser.add_argument("--holdout", type=int, default=10_000)
    parser.add_argument("--columns", type=int, help="predict only so many columns, drawn at random")
    parser.add_argument("--seizures", action="store_true", help="the recordings instead of the claims")
    options = parser.parse_args()
    if not options.seizures and options.data is None:
        parser.error("expected --data, the folder of the claims, or --seizures")
    for line in trials(options) if options.seizures else claims(options):
        print(line, flush=True)


if __name__ == "__main__":
    main()
