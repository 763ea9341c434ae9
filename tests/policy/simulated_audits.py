"""Results of audits that never ran: their numbers are drawn, then put through the statistics that a real audit uses."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from synthaudit.audit.statistics import Estimate, Measurement, NotMeasured, differences, intervals, roc
from synthaudit.audit.suite.result import (
    DataCard,
    MethodCard,
    Result,
    Row,
    RunCard,
    SplitCard,
    SplitPart,
    SystemCard,
    ThreatModel,
    number_of,
)

SIZE = 2000
REFERENCE = 1000
ATTACKS = ("nearest", "presence", "calibrated")
DISTINCTIVE = "verbatim, distinctive records"


def a_row(
    statistic: str,
    measurement: Measurement,
    *,
    section: str = "membership",
    system: str = "vae",
    method: str = "nearest",
    part: str = "all",
    release: int | None = 0,
    level: str = "release",
    chance: float | None = 0.5,
    worse: str = "higher",
    rows: int = SIZE,
    known: int | None = None,
) -> Row:
    """Return one row of a result."""
    knowledge = None
    if section in ("membership", "attribute", "reidentification"):
        knowledge = ThreatModel(
            access="synthetic rows only", synthetic_rows=rows, reference_rows=0, known_columns=known
        )
    return Row(
        id=f"{system}/{release}/{method}/{rows}/{known}/{level}/{statistic}/{part}",
        section=section,
        level=level,
        system=system,
        release=release,
        method=method,
        statistic=statistic,
        slice=part,
        knowledge=knowledge,
        number=number_of(measurement),
        chance=chance,
        worse=worse,
        members=SIZE,
        holdout=SIZE,
    )


def a_system(key: str = "vae", *, role: str = "system", **changes: Any) -> SystemCard:
    """Return the card of a system under test."""
    plain = {"title": key, "summary": "", "source": "", "options": {}, "releases": 3, "seconds": 1.0}
    return SystemCard(key=key, role=role, **{**plain, **changes})


def a_result(
    rows: Iterable[Row], *, systems: Iterable[SystemCard] | None = None, seed: int = 0, **changes: Any
) -> Result:
    """Return a result with these rows."""
    rows = tuple(rows)
    methods = tuple(
        MethodCard(key=key, section="membership", title=key, question="?", source="") for key in (*ATTACKS, "donors")
    )
    plain: Mapping[str, Any] = {
        "title": "A simulated audit",
        "seed": seed,
        "preset": "standard",
        "plan": {},
        "plan_sha256": "0" * 64,
        "data": DataCard(
            reader="simulated",
            rows=3 * SIZE,
            patients=3 * SIZE,
            columns=500,
            kinds={"binary": 500},
            schema_inferred=False,
            schema_sha256="1" * 64,
            ones_per_row=11.3,
            density=0.02,
        ),
        "split": SplitCard(
            members=SplitPart(rows=SIZE, patients=SIZE),
            holdout=SplitPart(rows=SIZE, patients=SIZE),
            reference=SplitPart(rows=REFERENCE, patients=REFERENCE),
            target_members=SIZE,
            target_holdout=SIZE,
            seed=0,
            small_count=10,
            identical=0.0,
            near_identical=0.0,
            identical_among_members=0.0,
        ),
        "systems": tuple(systems) if systems is not None else (a_system(),),
        "methods": methods,
        "rows": rows,
        "run": RunCard(
            started="2026-01-01T00:00:00Z",
            seconds=1.0,
            tasks=1,
            workers=1,
            device="cpu",
            hardware="",
            versions={"synthaudit": "0.1.0"},
        ),
    }
    return Result(**{**plain, **changes})


def an_estimate(value: float, half: float, *, trials: int = 2 * SIZE, method: str = "DeLong, Wilson scale") -> Estimate:
    """Return a symmetric 95 % interval."""
    return Estimate(value, value - half, value + half, 0.95, trials, method)


def good_controls(*, system: str = "vae", rate: float = 1.0) -> list[Row]:
    """Return controls as a fair split and strong attacks give them."""
    fair = an_estimate(0.501, 0.02)
    rows = [
        a_row("auc", fair, section="control", system="data", method="blind", release=None, part=part)
        for part in ("linear classifier", "boosted trees")
    ]
    caught = intervals.binomial(round(20 * rate), 20)
    for attack in ATTACKS:
        rows += [
            a_row(
                "detection_rate",
                caught,
                section="control",
                system=system,
                method="planted",
                part=f"{attack}: verbatim {share:g}",
                chance=0.05,
                worse="lower",
            )
            for share in (0.003, 0.01, 0.1, 0.3)
        ]
        smallest = Estimate(0.01, 0.003, 0.01, 0.8, 20) if rate >= 0.8 else NotMeasured("no rung was caught")
        rows.append(
            a_row(
                "smallest_leak",
                smallest,
                section="control",
                system=system,
                method="planted",
                part=f"{attack}: verbatim",
            )
        )
    return rows


def audit(
    rng: np.random.Generator,
    *,
    copied: int = 0,
    matches: float = 0.0,
    releases: int = 3,
    sizes: tuple[int, ...] = (SIZE,),
    known: tuple[int, ...] = (4, 16),
    size: int = SIZE,
    targets: int | None = None,
) -> Result:
    """Return an audit of a generator that draws fresh patients, save ``copied`` members copied in each release.

    Scores of the three attacks are standard normal, correlated at 0.6 across attacks for the same target and at
    0.5 across releases, with the copied members on top. A fixed claim matches a distinctive target with probability
    ``matches``, any target with 3 % more, and copied members surely. Attributes: 5 guessed codes a patient, right
    with probability 0.3. Attempts at single patients succeed on either side as often as on real tables of other
    patients, and surely on copied members. Audits with the same number ``targets`` attack the same patients.
    """
    rows = []
    lot = rng if targets is None else np.random.default_rng(targets)
    person = lot.standard_normal((2, size))  # how exposed a patient is, whatever the generator
    for release in range(releases):
        for synthetic in sizes:
            hit = np.zeros(size, bool)
            hit[rng.choice(size, round(copied * synthetic / SIZE), replace=False)] = True
            shared = rng.standard_normal((2, size))
            for attack in ATTACKS:
                own = rng.standard_normal((2, size))
                scores = np.sqrt(0.5) * person + np.sqrt(0.1) * shared + np.sqrt(0.4) * own
                scores[0, hit] = 10
                rows += _membership(attack, *scores, release=release, synthetic=synthetic)
            found = int((hit | (rng.random(size) < matches)).sum())
            matched = int((rng.random(size) < matches).sum())
            rows += _claims(DISTINCTIVE, found, matched, size=size, release=release, synthetic=synthetic)
            common = [int(side) for side in rng.binomial(size, 0.03, 2)]  # records that many people share
            rows += _claims(
                "within 0", found + common[0], matched + common[1], size=size, release=release, synthetic=synthetic
            )
            for columns in known:
                rows += _attribute(rng, hit, release=release, synthetic=synthetic, known=columns)
            rows += _single_patients(rng, hit, release=release, synthetic=synthetic)
    return a_result(rows + _drawn_controls(rng, size))


def _membership(attack: str, members: np.ndarray, holdout: np.ndarray, *, release: int, synthetic: int) -> list[Row]:
    where = {"method": attack, "release": release, "rows": synthetic}
    return [
        a_row("auc", roc.auc(members, holdout), **where),
        a_row("tpr_at_fpr", roc.tpr_at_fpr(members, holdout, fpr=0.01), part="fpr 0.01", chance=0.01, **where),
        a_row("tpr_at_fpr", roc.tpr_at_fpr(members, holdout, fpr=0.001), part="fpr 0.001", chance=0.001, **where),
    ]


def _claims(rule: str, found: int, matched: int, *, size: int, synthetic: int = SIZE, **where: Any) -> list[Row]:
    true, false = intervals.binomial(found, size), intervals.binomial(matched, size)
    where = {"method": "copies" if rule == DISTINCTIVE else "presence", "rows": synthetic, "part": rule, **where}
    return [
        a_row("sensitivity", true, chance=false.value, **where),
        a_row("false_positive_rate", false, chance=None, **where),
        a_row("excess", differences.difference(true, false), chance=0.0, **where),
    ]


def _attribute(rng: np.random.Generator, hit: np.ndarray, *, release: int, synthetic: int, known: int) -> list[Row]:
    asked = np.full(len(hit), 5.0)
    sides = []
    for copied in (hit, np.zeros_like(hit)):
        right = np.where(copied, 5, rng.binomial(5, 0.3, size=len(hit)))
        sides.append(intervals.clustered_rate(right.astype(float), asked))
    leak = differences.difference(*sides)
    where = {"section": "attribute", "method": "donors", "release": release, "rows": synthetic, "known": known}
    return [a_row("leakage_sensitivity", leak, chance=0.0, **where)]


BY_CHANCE = {"singling_one": 0.08, "singling_many": 0.1, "replay": 0.06, "linking": 0.005}
"""Attempts that succeed on real tables of other patients, by attack."""


def _single_patients(rng: np.random.Generator, hit: np.ndarray, *, release: int, synthetic: int) -> list[Row]:
    rows = []
    for attack, rate in BY_CHANCE.items():
        counts = [int((copied | (rng.random(len(hit)) < rate)).sum()) for copied in (hit, np.zeros_like(hit))]
        excess = differences.difference(*(intervals.binomial(count, len(hit)) for count in counts))
        where = {"section": "reidentification", "method": attack, "release": release, "rows": synthetic}
        rows.append(a_row("excess", excess, chance=0.0, **where))
    identified = [int((copied | (rng.random(len(hit)) < 1e-4)).sum()) for copied in (hit, np.zeros_like(hit))]
    where = {"section": "reidentification", "release": release, "rows": synthetic}
    return rows + _claims("identifying columns", *identified, size=len(hit), method="unique_values", **where)


def _drawn_controls(rng: np.random.Generator, size: int) -> list[Row]:
    rows = [row for row in good_controls() if row.method == "planted"]
    for part in ("linear classifier", "boosted trees"):
        blind = roc.auc(rng.standard_normal(size // 2), rng.standard_normal(size // 2))
        rows.append(a_row("auc", blind, section="control", system="data", method="blind", release=None, part=part))
    return rows
