"""Attacks against generators whose leak is known in closed form: the best attack reaches it, none exceeds it."""

import numpy as np
import pytest
from scipy.stats import norm, rankdata

from synthaudit.attacks.membership.density.domias_product import DomiasProduct
from synthaudit.attacks.membership.density.tracing import Tracing
from synthaudit.attacks.membership.distance.calibrated import CalibratedDistance
from synthaudit.attacks.membership.distance.exact import ExactMatch
from synthaudit.attacks.membership.distance.nearest import DCR
from synthaudit.audit.knowledge import Knowledge
from synthaudit.audit.records import Records


def table(matrix):
    return Records.binary([f"c{j}" for j in range(matrix.shape[1])], matrix)


def auc(members: np.ndarray, holdout: np.ndarray) -> float:
    ranks = rankdata(np.concatenate([members, holdout]))[: len(members)]
    return float((ranks.sum() - len(members) * (len(members) + 1) / 2) / (len(members) * len(holdout)))


def marginal_audit(attack, *, n: int, d: int, m: int, seed: int, reference: int = 4_000) -> float:
    """Return the attack's AUC on one release of independent columns with the members' means."""
    rng = np.random.default_rng(seed)
    rate = rng.uniform(0.1, 0.9, d)
    members, holdout, real = (rng.random((size, d)) < rate for size in (n, n, reference))
    release = rng.random((m, d)) < members.mean(axis=0)
    knowledge = Knowledge(table(release), table(real))
    scores = attack.score(table(np.concatenate([members, holdout])), knowledge, rng=rng)
    return auc(scores[:n], scores[n:])


@pytest.mark.parametrize(("n", "d", "m"), [(400, 400, 400), (400, 400, 4_000), (200, 800, 200), (400, 400, 40)])
def test_tracing_reaches_the_closed_form_against_marginals(n, d, m):
    # Eight releases: standard error about 0.008 at n = 400, and what a reference of 4,000 costs is below that.
    measured = np.mean([marginal_audit(Tracing(), n=n, d=d, m=m, seed=seed) for seed in range(8)])
    assert abs(measured - norm.cdf(np.sqrt(d / (2 * n)) / np.sqrt(1 + n / m))) < 0.025


def test_the_product_ratio_is_as_good_as_tracing_against_marginals():
    measured = np.mean([marginal_audit(DomiasProduct(), n=400, d=400, m=400, seed=seed) for seed in range(8)])
    assert abs(measured - norm.cdf(np.sqrt(1 / 2) / np.sqrt(2))) < 0.025


@pytest.mark.parametrize("attack", [DCR(), DCR(k=10), ExactMatch(), CalibratedDistance()])
def test_distances_see_nothing_where_tracing_sees_the_leak(attack):
    measured = np.mean([marginal_audit(attack, n=400, d=400, m=400, seed=seed) for seed in range(8)])
    assert measured < 0.55  # tracing: 0.69


@pytest.mark.parametrize(
    ("n", "m", "rate"), [(1_000, 1_000, 0.1), (1_000, 10_000, 0.1), (1_000, 100, 0.1), (800, 800, 1)]
)
def test_exact_match_finds_copies_as_often_as_the_closed_form_says(n, m, rate):
    rng = np.random.default_rng(int(m + 10 * rate))
    members, holdout = (rng.random((size, 60)) < 0.5 for size in (n, n))
    release = np.where(rng.random(m)[:, None] < rate, members[rng.integers(0, n, m)], rng.random((m, 60)) < 0.5)
    caught, mistaken = (
        ExactMatch().score(table(rows), Knowledge(table(release)), rng=rng) > 0 for rows in (members, holdout)
    )
    expected = 1 - (1 - rate / n) ** m
    assert not mistaken.any()  # 60 fair codes: two patients agree with probability 1e-18
    assert abs(caught.mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / n)
