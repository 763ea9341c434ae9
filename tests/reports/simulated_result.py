"""A result over simulated rows, and the findings of a policy on it."""

import numpy as np
from simulated_rows import (
    ATTACKS,
    COLUMNS,
    HOLDOUT,
    MEMBERS,
    REFERENCE,
    RELEASES,
    SYSTEMS,
    Notebook,
    attribute,
    controls,
    fidelity,
    membership,
)

from synthaudit.audit.suite.result import (
    DataCard,
    Finding,
    MethodCard,
    Result,
    RunCard,
    Source,
    SplitCard,
    SplitPart,
    SystemCard,
    Unmeasured,
)


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
