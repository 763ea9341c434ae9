"""Rows and series as an audit of a large claims table would leave them: seeded numbers, no patient."""

import numpy as np

from synthaudit.audit.suite.result import (
    Estimated,
    Row,
    Series,
    ThreatModel,
    Unmeasured,
)

MEMBERS, HOLDOUT, REFERENCE, COLUMNS = 15000, 10000, 7520, 930
SIZES, REFERENCES, KNOWN, RELEASES = (1500, 7500, 15000, 60000), (1000, 7520), (4, 16, 64, 256), 3
FILE, SAMPLER = "synthetic rows only", "generator as a sampler"
# How far an attack rises above chance at the largest size, how true the columns are, how much they spread.
SYSTEMS = {
    "medgan": ("medGAN", "system", 0.004, 0.985, 0.012),
    "vae": ("Variational autoencoder", "system", 0.075, 0.994, 0.008),
    "republish": ("Republished members", "control", 0.46, 0.9995, 0.001),
    "null": ("Fresh patients", "control", 0.0, 0.9995, 0.001),
}
ATTACKS = {"nearest": ("Nearest synthetic record", 0.8), "calibrated": ("Distance calibrated by a reference", 1.0)}


def estimate(value, half, *, trials=20000, low=-np.inf, high=np.inf, method="logit-DeLong"):
    value = float(np.clip(value, low, high))
    ends = [float(np.clip(value + side * half, low, high)) for side in (-1, 1)]
    return Estimated(value=value, low=ends[0], high=ends[1], confidence=0.95, trials=trials, method=method)


def share(value, trials=10000):
    value = float(np.clip(value, 0, 1))
    half = 1.96 * np.sqrt(max(value * (1 - value), 1e-4) / trials)
    return estimate(value, half, trials=trials, low=0.0, high=1.0, method="Clopper-Pearson")


class Notebook:
    """Collects rows, giving each the id that its fields spell."""

    def __init__(self):
        self.rows, self.series = [], []

    def add(self, section, level, system, release, method, statistic, number, *, slice="all", knows=None, **more):
        parts = [section, level, system, release, method, statistic, slice]
        if knows:
            parts += [knows.synthetic_rows, knows.reference_rows, knows.known_columns]
        label = "/".join("-" if part is None else str(part) for part in parts)
        fields = {"members": MEMBERS, "holdout": HOLDOUT, **more}
        self.rows.append(
            Row(id=label, section=section, level=level, system=system, release=release, method=method,
                statistic=statistic, slice=slice, knowledge=knows, number=number, **fields)
        )  # fmt: skip

    def over_releases(self, section, system, method, statistic, numbers, **more):
        """Add the row of each release, and their mean with an interval over releases."""
        for release, number in enumerate(numbers):
            self.add(section, "release", system, release, method, statistic, number, **more)
        values = [number.value for number in numbers]
        mean, spread = float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 2 else 0.0
        whole = (
            estimate(mean, 4.303 * spread / np.sqrt(len(values)), trials=len(values), method="t over releases")
            if len(values) > 2
            else Unmeasured(reason="expected at least 3 releases")
        )
        self.add(section, "generator", system, None, method, statistic, whole, **more)


def membership(book, key, leak, rng):
    for synthetic in SIZES:
        grown = leak * (0.35 + 0.65 * np.log(synthetic / SIZES[0]) / np.log(SIZES[-1] / SIZES[0]))
        for attack, (_, power) in ATTACKS.items():
            for reference in REFERENCES if attack == "calibrated" else (0,):
                knows = ThreatModel(access=FILE, synthetic_rows=synthetic, reference_rows=reference)
                strength = grown * power * (0.8 + 0.2 * reference / REFERENCE)
                auc = [estimate(0.5 + strength + rng.normal(0, 0.004), 0.0071) for _ in range(RELEASES)]
                book.over_releases("membership", key, attack, "auc", auc, knows=knows, chance=0.5)
                for fpr in (0.01, 0.001):
                    rates = [share(fpr * (1 + 30 * strength) + rng.normal(0, fpr / 12)) for _ in range(RELEASES)]
                    book.over_releases(
                        "membership", key, attack, "tpr_at_fpr", rates, slice=f"fpr {fpr}", knows=knows, chance=fpr
                    )
                power_law = 1 / (1 + 9 * strength)
                fpr = np.concatenate([np.geomspace(1e-3, 1, 40)])
                book.series.append(
                    Series(id=f"roc/{key}/{attack}/{synthetic}/{reference}", section="membership", system=key,
                           release=0, method=attack, name="roc", knowledge=knows,
                           values={"fpr": tuple(fpr), "tpr": tuple(fpr**power_law)})
                )  # fmt: skip
        knows = ThreatModel(access=FILE, synthetic_rows=synthetic)
        for radius in range(5):
            found = 0.022 * (radius + 1) ** 1.6 * np.log(synthetic) / np.log(SIZES[-1])
            hits, false = [share(found + grown * 0.9 + rng.normal(0, 2e-3)) for _ in range(RELEASES)], share(found)
            more = {"slice": f"within {radius}", "knows": knows}
            book.over_releases("membership", key, "nearest", "sensitivity", hits, **more)
            book.over_releases("membership", key, "nearest", "false_positive_rate", [false] * RELEASES, **more)
            excess = [estimate(hit.value - false.value, 0.006, low=-1, high=1) for hit in hits]
            book.over_releases("membership", key, "nearest", "excess", excess, chance=0.0, **more)
            right = [share(hit.value / (hit.value + false.value + 1e-9), 400) for hit in hits]
            book.over_releases("membership", key, "nearest", "precision", right, chance=0.5, **more)


def attribute(book, key, leak, rng):
    for synthetic in SIZES[1:3]:
        for known in KNOWN:
            knows = ThreatModel(access=FILE, synthetic_rows=synthetic, known_columns=known, known_choice="random")
            base = 0.12 + 0.07 * np.log(known) / np.log(4)
            for statistic, level in (("sensitivity", base), ("precision", base + 0.08), ("f1", base + 0.04)):
                for slice, value in (("members", level + leak), ("holdout", level), ("baseline", level + 0.03)):
                    drawn = [share(value + rng.normal(0, 0.003), 4000) for _ in range(RELEASES)]
                    book.over_releases(
                        "attribute", key, "donors", statistic, drawn, slice=slice, knows=knows, worse="higher"
                    )
                for prefix, gap in (("leakage", leak), ("imputation", -0.03)):
                    drawn = [estimate(gap + rng.normal(0, 0.003), 0.012, trials=4000) for _ in range(RELEASES)]
                    name = f"{prefix}_{statistic}"
                    book.over_releases("attribute", key, "donors", name, drawn, knows=knows, chance=0.0)


def fidelity(book, key, likeness, spread, rng):
    real = np.clip(rng.beta(0.5, 18, COLUMNS), 0.001, 0.6)
    fresh = np.clip(real + rng.normal(0, 0.0012, COLUMNS), 0, 1)
    made = np.clip(real + rng.normal(0, spread, COLUMNS) * np.sqrt(real), 0, 1)
    kept = np.clip(rng.beta(3, 3, COLUMNS), 0, 1)
    pairs = {
        "dimension_probability": ("pearson", (real, made, fresh), (likeness, 0.9996)),
        "dimension_prediction": (
            "f1_correlation",
            (kept, np.clip(kept - spread * 9 * rng.random(COLUMNS), 0, 1),
             np.clip(kept + rng.normal(0, 0.02, COLUMNS), 0, 1)),
            (likeness - 0.05, 0.97),
        ),
    }  # fmt: skip
    for method, (statistic, points, values) in pairs.items():
        for slice, value in zip(("synthetic", "yardstick"), values, strict=True):
            number = estimate(value, 0.003, low=-1, high=1, trials=COLUMNS, method="bootstrap")
            book.add("fidelity", "release", key, 0, method, statistic, number, slice=slice, chance=1.0, worse="lower")
            error = estimate(spread / 10 if slice == "synthetic" else 0.0004, 0.0002, low=0, trials=COLUMNS)
            book.add("fidelity", "release", key, 0, method, "mean_error", error, slice=slice, chance=0.0)
            other = points[1] if slice == "synthetic" else points[2]
            book.series.append(
                Series(id=f"points/{key}/{method}/{slice}", section="fidelity", system=key, release=0, method=method,
                       name="points", values={"real": tuple(points[0]), "synthetic": tuple(other)})
            )  # fmt: skip
    if key in ("medgan", "vae"):
        steps = np.arange(60)
        losses = {
            "autoencoder": tuple(0.2 * np.exp(-steps / 12) + 0.02),
            "generator": tuple(0.7 + 0.1 * np.sin(steps / 6)),
        }
        book.series.append(
            Series(id=f"training/{key}", section="fidelity", system=key, release=0, method=key, name="training",
                   values=losses)
        )  # fmt: skip


def controls(book, rng):
    for part, auc in (("linear classifier", 0.502), ("boosted trees", 0.497)):
        book.add("control", "release", "data", None, "blind", "auc", estimate(auc, 0.008), slice=part, chance=0.5)
    for attack, (_, power) in ATTACKS.items():
        for kind, ease in (("verbatim", 1.0), ("perturbed", 0.35)):
            for fraction in (0.001, 0.003, 0.01, 0.03, 0.1):
                caught = share(1 - np.exp(-((fraction * ease * power / 0.006) ** 1.5)), 20)
                slice = f"{attack}: {kind} {fraction:g}"
                book.add("control", "release", "null", 0, "planted", "detection_rate", caught, slice=slice)
            smallest = (
                estimate(0.01 if kind == "verbatim" else 0.03, 0, trials=20, method="ladder")
                if attack == "calibrated"
                else Unmeasured(reason="no rung of the ladder was caught in 80 % of repeats")
            )
            book.add("control", "release", "null", 0, "planted", "smallest_leak", smallest, slice=f"{attack}: {kind}")
