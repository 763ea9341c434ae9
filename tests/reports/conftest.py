"""A result as an audit of a large claims table would leave it: seeded numbers, every kind of row, no patient."""

import sys
from pathlib import Path

import numpy as np
import pytest

from synthaudit.audit.suite.result import (
    DataCard,
    Estimated,
    Finding,
    MethodCard,
    Result,
    Row,
    RunCard,
    Series,
    Source,
    SplitCard,
    SplitPart,
    SystemCard,
    ThreatModel,
    Unmeasured,
)

sys.path.insert(0, str(Path(__file__).parent))  # tests of this folder share example_results

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
    for method in ("members against members", "holdout against holdout"):
        for attack in ATTACKS:
            for key in ("medgan", "vae"):
                number = estimate(0.5 + rng.normal(0, 0.003), 0.0085)
                book.add("control", "release", key, 0, method, "auc", number, slice=attack, chance=0.5)
    book.add("control", "release", "data", None, "blind", "auc", estimate(0.502, 0.008), chance=0.5)
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


def make_result(
    *, names=None, title="Claims 2008-2010, sample 1", systems=tuple(SYSTEMS), seed=7, rows=None, series=None
):
    """Return a result over ``systems``; ``names`` renames them; ``rows`` replaces every number."""
    book, rng, names = Notebook(), np.random.default_rng(seed), names or {}
    for key in systems:
        _, _, leak, likeness, spread = SYSTEMS[key]
        membership(book, key, leak, rng)
        attribute(book, key, leak * 0.8, rng)
        fidelity(book, key, likeness, spread, rng)
    if systems:
        controls(book, rng)
    card = {
        "summary": "Trained on the members; rows are drawn code by code.",
        "source": "Choi et al., 2017",
        "releases": RELEASES,
    }
    return Result(
        title=title, seed=seed, preset="thorough", plan={"data": {"reader": "synpuf"}}, plan_sha256="ab" * 32,
        data=DataCard(reader="synpuf", rows=32520, patients=32520, columns=COLUMNS, kinds={"binary": COLUMNS},
                      schema_inferred=True, schema_sha256="cd" * 32, ones_per_row=9.8, density=0.0105,
                      notes=("12 blank codes were dropped",),
                      sources=(Source(name="claims_sample_1.csv", sha256="ef" * 32),)),
        split=SplitCard(members=SplitPart(rows=MEMBERS, patients=MEMBERS),
                        holdout=SplitPart(rows=HOLDOUT, patients=HOLDOUT),
                        reference=SplitPart(rows=REFERENCE, patients=REFERENCE),
                        target_members=10000, target_holdout=10000,
                        seed=11, small_count=10, identical=0.031, near_identical=0.058, identical_among_members=0.04),
        systems=tuple(
            SystemCard(key=key, title=names.get(key, SYSTEMS[key][0]), role=SYSTEMS[key][1], options={"epochs": 300},
                        seconds=412.0, steps=90000, **card)
            for key in systems
        ),
        methods=(
            *(MethodCard(key=key, section="membership", title=text, question="Is the target near?",
                         source="van Breugel et al., 2023") for key, (text, _) in ATTACKS.items()),
            MethodCard(key="donors", section="attribute", title="Nearest donors", question="What do like rows say?",
                       source="Choi et al., 2017", options={"donors": 5}),
            MethodCard(key="dimension_probability", section="fidelity", title="Dimension-wise probability",
                       question="Is each code as frequent as in the real table?", source="Choi et al., 2017"),
            MethodCard(key="dimension_prediction", section="fidelity", title="Dimension-wise prediction",
                       question="Can each code be predicted as well?", source="Choi et al., 2017"),
        ),
        rows=tuple(book.rows) if rows is None else rows, series=tuple(book.series) if series is None else series,
        untested=("An attacker who holds the generator's weights", "Linking two releases of the same system"),
        run=RunCard(started="2025-03-14T09:26:53+00:00", seconds=1840.0, tasks=212, failed=(), workers=2, device="cpu",
                    hardware="2 x86-64 cores, 8 GB", versions={"synthaudit": "0.1.0", "python": "3.11.9"}),
    )  # fmt: skip


def judge(result, *, system, id, title, section, statistic, threshold, verdict, row, worse="higher", severity="high"):
    """Return a finding that rests on one row of the result."""
    words = {"fail": "breaks", "pass": "keeps", "inconclusive": "may or may not keep", "invalid": "cannot be held to"}
    decisive = next((one for one in result.rows if one.id == row), None)
    number = decisive.number if decisive else Unmeasured(reason="368 holdout records are needed, 120 were there")
    reason = f"the interval {words[verdict]} the limit" if verdict in words else "368 holdout records are needed"
    return Finding(
        id=id, title=title, system=system, verdict=verdict, severity=severity, reason=reason, section=section,
        level="release", statistic=statistic, threshold=threshold, worse=worse, number=number,
        rows=(row,) if decisive else (), considered=24,
        detectable="1 % of rows copied verbatim" if section == "membership" else None,
        citation="El Emam et al., 2022",
    )  # fmt: skip


def make_findings(result):
    """Return what a policy says of the two systems: one passes in part, one fails."""
    found = []
    for key, verdicts in {
        "medgan": ("pass", "inconclusive", "pass", "not measured", "pass"),
        "vae": ("fail", "fail", "inconclusive", "not measured", "pass"),
    }.items():
        auc = f"membership/release/{key}/0/calibrated/auc/all/60000/7520/None".replace("None", "-")
        tpr = f"membership/release/{key}/0/calibrated/tpr_at_fpr/fpr 0.01/60000/7520/-"
        leak = f"attribute/release/{key}/0/donors/leakage_sensitivity/all/15000/0/256"
        like = f"fidelity/release/{key}/0/dimension_probability/pearson/synthetic"
        asked = (
            ("MEM-1", "Members cannot be told from others", "membership", "auc", 0.55, auc, "higher", "high"),
            ("MEM-2", "No member stands out", "membership", "tpr_at_fpr", 0.015, tpr, "higher", "high"),
            ("ATT-1", "Nothing more is learned", "attribute", "leakage_sensitivity", 0.05, leak, "higher", "high"),
            ("REI-1", "Nobody is singled out", "reidentification", "singling_out", 0.09, "", "higher", "medium"),
            ("FID-1", "Codes are as frequent as in the real table", "fidelity", "pearson", 0.95, like, "lower", "low"),
        )  # fmt: skip
        for verdict, (id, title, section, statistic, limit, row, worse, severity) in zip(verdicts, asked, strict=True):
            found.append(
                judge(result, system=key, id=id, title=title, section=section, statistic=statistic, threshold=limit,
                      verdict=verdict, row=row, worse=worse, severity=severity)
            )  # fmt: skip
    return tuple(found)


@pytest.fixture(scope="session")
def audited():
    """Return a large result and its findings."""
    result = make_result()
    return result, make_findings(result)


@pytest.fixture(scope="session")
def document(audited):
    """Return the finished document of the large result."""
    from synthaudit.reports.report import build_report

    return build_report(*audited)


@pytest.fixture(scope="session")
def build():
    """Return the builders, for tests that bend the result."""
    return make_result, make_findings
