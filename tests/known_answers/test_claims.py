"""Audits of a privacy claim on mechanisms whose guarantee is known: true claims stand, false ones fall, leaks are seen.

The suite's own functions grade; an audit here is one cell with a seed of its own.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from known_systems import Copy, codes, most

from synthaudit.audit.records import Records
from synthaudit.audit.statistics import NotMeasured
from synthaudit.audit.statistics.best_attack_bound import EpsilonBound
from synthaudit.audit.statistics.epsilon import gdp_epsilon
from synthaudit.audit.suite.context.audit_context import AuditContext, write_context
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.prepare import prepare
from synthaudit.audit.suite.context.run_folder import RunFolder
from synthaudit.audit.suite.context.task import Task
from synthaudit.audit.suite.plan import make_plan
from synthaudit.audit.suite.result import Estimated, Row, Unmeasured
from synthaudit.audit.suite.tasks import TASKS
from synthaudit.audit.suite.tasks.dp.claim import claim_of
from synthaudit.audit.suite.tasks.dp.pairs import bound_in_pairs
from synthaudit.audit.suite.tasks.listing import list_tasks

MAKER = "known_systems:PrivateMarginal"
Audit = Callable[..., list[Row]]


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """Return a function that performs one audit of a claim: kind, seed, options of the system and of the audit."""
    made: dict[str, AuditContext] = {}

    def performed(
        kind: str, seed: int, *, use: str = MAKER, options: dict[str, object], **mechanism: object
    ) -> list[Row]:
        raw = {
            "preset": "quick",
            "data": {"reader": "simulated", "patients": 480, "codes": 30, "population": 1, "mean_codes": 1.5},
            "split": {"members": 200, "holdout": 80, "reference": 200},
            "sweep": {"releases": 1, "synthetic_rows": ["2x"]},
            "attacks": {"tracing": {}},
            "metrics": {},
            "controls": {"enabled": False},
            "generators": {"system": {"use": use, **options}},
            "dp_audit": {"attacks": ["tracing"], "generators": ["system"], **mechanism},
        }
        plan = make_plan({**raw, "seed": seed})
        if "job" not in made:
            folder = RunFolder(tmp_path_factory.mktemp("claims"))
            folder.create()
            made["job"] = write_context(folder, plan, prepare(plan, base=Path(), salt=b"x"), device="cpu")
        context = replace(made["job"], plan=plan)
        task = next(task for task in list_tasks(Components(plan), context.sizes) if task.kind == kind)
        return list(TASKS[kind].run(task, context).rows)

    return performed


def number(rows: list[Row], statistic: str, part: str) -> Estimated:
    found = next(row.number for row in rows if (row.statistic, row.slice) == (statistic, part))
    assert isinstance(found, Estimated), found
    return found


CANARIES = {"canaries": 120, "unique_code_canaries": 120, "trainings": 0}
PARTS = ("black box, domain public", "white box, domain public")


# 40 trainings each: a true error rate of 5 % shows more than most(.05) bounds above the claim once in a thousand.
@pytest.mark.parametrize("mechanism", ["Gaussian", "noisy sum"])
@pytest.mark.parametrize("insertion", ["independent", "paired"])
def test_a_true_claim_stands_whatever_its_canaries(audit: Audit, mechanism: str, insertion: str) -> None:
    runs, refuted, low = 40, dict.fromkeys(PARTS, 0), dict.fromkeys(PARTS, 0)
    seen = []
    for seed in range(runs):
        rows = audit(
            "canaries",
            seed,
            options={"sigma": 0.5, "mechanism": mechanism},
            insertion=insertion,
            data_dependent_domain=False,
            **CANARIES,
        )
        for part in PARTS:
            excess = number(rows, "claim_excess", part)
            claimed, lower = number(rows, "epsilon_claimed", part), number(rows, "epsilon_lower", part)
            assert excess.value == pytest.approx(lower.value - claimed.value)
            assert excess.p_value is not None
            refuted[part] += excess.value > 0
            low[part] += excess.p_value <= 0.05
            seen.append(lower.value)
    assert max(refuted.values()) <= most(0.05, runs)
    assert max(low.values()) <= most(0.05, runs)
    # Bounds that are always 0 would be valid as well. Replacing one doubles epsilon, and delta grows by e^10: too much
    # for any bound, unless the mechanism is known to be Gaussian.
    assert (max(seen) > 0) == (insertion == "independent" or mechanism == "Gaussian")


def test_a_claim_without_the_noise_falls_in_one_training(audit: Audit) -> None:
    # A fiftieth of the noise: canaries with a code of their own stand out of it, and white-box guesses are all right.
    for seed in range(12):
        options = {"sigma": 2.0, "added": 0.02, "mechanism": "noisy sum"}
        rows = audit("canaries", seed, options=options, data_dependent_domain=False, **CANARIES)
        excess = number(rows, "claim_excess", PARTS[1])
        assert excess.p_value is not None
        assert excess.value > 0
        assert excess.p_value < 0.05


TRAININGS = {"canaries": 0, "trainings": 80, "patients_per_training": 20}


def test_a_true_claim_stands_over_trainings_and_mu_comes_near(audit: Audit) -> None:
    runs, above, values = 50, 0, []
    for seed in range(runs):
        rows = audit("trainings", seed, options={"sigma": 0.5}, **TRAININGS)
        assert number(rows, "epsilon_claimed", "white box").value == pytest.approx(
            gdp_epsilon(2.0, delta=1e-5), rel=1e-6
        )
        mu, excess = number(rows, "mu_lower", "white box"), number(rows, "claim_excess", "white box")
        assert mu.value <= mu.ceiling  # type: ignore[operator]
        above += mu.value > 2.0
        assert (mu.value > 2.0) == (excess.value > 0)
        values.append(mu.value)
    assert above <= most(0.05, runs)
    assert np.mean(values) > 0.4  # 26 + 26 judged trainings, of which 16 % err, show no more


def test_half_the_noise_falls_over_trainings(audit: Audit) -> None:
    # Claimed mu 1, true mu 4: 80 + 80 judged trainings, of which 2 % err.
    fell = 0
    for seed in range(10):
        rows = audit(
            "trainings",
            seed,
            options={"sigma": 1.0, "added": 0.25},
            canaries=0,
            trainings=240,
            patients_per_training=20,
        )
        excess = number(rows, "claim_excess", "white box")
        fell += excess.p_value is not None and excess.p_value <= 1e-3
    assert fell == 10


def test_copies_of_the_target_are_held_against_the_claim_for_a_group(audit: Audit) -> None:
    rows = audit("trainings", 1, options={"sigma": 4.0}, target_copies=4, **TRAININGS)
    claimed = number(rows, "epsilon_claimed", "white box")
    assert claimed.value == pytest.approx(gdp_epsilon(1.0, delta=1e-5), rel=1e-6)
    guarantee = rows[0].guarantee
    assert guarantee is not None
    assert (guarantee.group, guarantee.adjacency, guarantee.delta) == (4, "add or remove one", 1e-5)


def test_a_domain_from_data_gives_away_what_the_noise_hides(audit: Audit) -> None:
    rows = audit("canaries", 3, options={"sigma": 2.0}, canaries=160, unique_code_canaries=100, trainings=0)
    hidden = number(rows, "epsilon_lower", "black box, domain public")
    shown = number(rows, "epsilon_lower", "black box, domain from data")
    leak = number(rows, "metadata_leak", "black box")
    assert hidden.value < number(rows, "epsilon_claimed", "black box, domain public").value
    # About 50 judged canaries with a code of their own, all told right by the columns alone.
    assert shown.value > 2.0
    assert leak.low > 0.2
    # No claim about the training covers that, so that it refutes none.
    assert not [row for row in rows if row.statistic == "claim_excess" and "from data" in row.slice]


# Pairs of patients.


def coin_scores(size: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(seed)
    return [(rng.standard_normal(size), rng.standard_normal(size + 20)) for _ in range(6)]


def test_pairs_refute_no_claim_of_a_table_that_saw_nobody() -> None:
    # 80 audits of 150 pairs by 6 attacks against the claim of perfect privacy.
    runs, refuted = 80, 0
    perfect = claim_of(None, adjacency="replace one", delta=1e-5)
    perfect = replace(perfect, guarantee=perfect.guarantee.model_copy(update={"claimed": 0.0}))
    for seed in range(runs):
        found = bound_in_pairs(coin_scores(150, seed), perfect, significance=0.05, seed=seed)
        assert isinstance(found, EpsilonBound)
        refuted += found.p_value is not None and found.p_value <= 0.05
    assert refuted <= most(0.05, runs)


def test_pairs_refute_every_small_claim_of_a_table_of_copies() -> None:
    from synthaudit.attacks.membership import MEMBERSHIP
    from synthaudit.audit.knowledge import Knowledge

    rng = np.random.default_rng(4)
    n = 300
    members, holdout = (codes(rng.integers(0, 2, (n, 60), dtype=np.uint8)) for _ in range(2))
    table = Copy(1.0).fit(members, seed=1).sample(5 * n, seed=1)
    scores = MEMBERSHIP["nearest"]().score(Records.concat([members, holdout]), Knowledge(table), rng=rng)
    found = bound_in_pairs(
        [(scores[:n], scores[n:])], claim_of(None, adjacency="replace one", delta=1e-6), significance=0.05, seed=1
    )
    assert isinstance(found, EpsilonBound)
    assert found.bound.value > 3.0
    assert found.bound.ceiling is not None
    assert found.bound.value <= found.bound.ceiling


def test_the_split_is_what_makes_pairs_fair() -> None:
    # A table made without anybody, but sides that differ: the bound must not be given, or it would accuse the table.
    assert isinstance(
        bound_in_pairs(
            [(np.zeros(5), np.zeros(5))], claim_of(None, adjacency="replace one", delta=1e-5), significance=0.05, seed=1
        ),
        NotMeasured,
    )


def test_a_cell_is_not_a_number_without_attacks(audit: Audit) -> None:
    rows = audit("canaries", 1, use="marginal", options={}, data_dependent_domain=False, **CANARIES)
    white = next(row.number for row in rows if row.slice.startswith("white box"))
    assert isinstance(white, Unmeasured)
    assert "weights" in white.reason
    assert not [row for row in rows if row.statistic in ("epsilon_claimed", "claim_excess")]  # nothing is claimed
    assert Task("canaries", "x").label == "canaries/x/0//m0/r0/k0"
