"""A generator that copies with probability lambda: the share of members found at no false positive is known.

Sixty fair codes: two patients agree with probability 1e-18, so every match is a copy.
"""

import numpy as np
import pytest
from known_systems import Copy, codes, most

from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.audit.knowledge import Knowledge
from synthaudit.audit.records import Records
from synthaudit.audit.statistics import Estimate, intervals, roc

CODES = 60


def people(size: int, rng: np.random.Generator) -> Records:
    return codes(rng.integers(0, 2, (size, CODES), dtype=np.uint8))


def attacked(name: str, rate: float, n: int, m: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores of n members and n holdout patients against one release of m rows."""
    rng = np.random.default_rng(seed)
    members, holdout, reference = (people(size, rng) for size in (n, n, n))
    release = Copy(rate).fit(members, seed=seed).sample(m, seed=seed)
    attack, knowledge = MEMBERSHIP[name](), Knowledge(release, reference)
    scores = attack.score(Records.concat([members, holdout]), knowledge, rng=rng)
    return scores[:n], scores[n:]


# One release a point; 12 points at four standard errors each, so a correct build fails once in a thousand seeds.
@pytest.mark.parametrize(
    ("n", "m", "rate", "printed"),
    [
        (1000, 1000, 0.1, 0.0952),
        (1000, 10_000, 0.1, 0.6321),
        (1000, 100, 0.1, 0.00995),
        (1000, 1000, 1.0, 0.6323),
        (200, 1000, 0.01, None),
        (200, 2000, 0.3, None),
        (200, 50, 1.0, None),
        (3000, 3000, 0.01, None),
        (3000, 300, 0.5, None),
        (3000, 9000, 0.05, None),
        (500, 500, 0.0, None),
        (500, 5000, 1.0, None),
    ],
)
def test_exact_matches_are_as_many_as_the_closed_form_says(n: int, m: int, rate: float, printed: float | None) -> None:
    expected = 1 - (1 - rate / n) ** m
    assert printed is None or expected == pytest.approx(printed, abs=5e-5)
    members, holdout = attacked("exact", rate, n, m, seed=n + m)
    assert not holdout.any()
    # Hits of different members exclude each other, so their number varies less than a binomial one.
    error = 4 * np.sqrt(expected * (1 - expected) / n)
    found = np.count_nonzero(members) / n
    assert abs(found - expected) <= error
    # Of m rows a share lambda are copies, each counted once.
    assert abs(members.sum() - rate * m) <= 4 * np.sqrt(m * rate * (1 - rate))
    measured = roc.auc(members > 0, holdout > 0)
    assert isinstance(measured, Estimate)
    assert abs(measured.value - (1 + expected) / 2) <= error / 2


@pytest.mark.parametrize("name", ["exact", "presence", "nearest", "calibrated"])
def test_attacks_that_see_a_copy_reach_its_auc_and_none_exceeds_it(name: str) -> None:
    n, m, rate = 400, 800, 0.4
    truth = 1 - (1 - rate / n) ** m / 2
    values = []
    for seed in range(12):
        measured = roc.auc(*attacked(name, rate, n, m, seed))
        assert isinstance(measured, Estimate)
        values.append(measured.value)
    # Who was copied gives a standard error of .0035 over 12 releases; fresh rows add that of a null AUC, at most .006.
    assert abs(np.mean(values) - truth) <= 4 * 0.007


def test_intervals_of_an_audit_hold_the_closed_form() -> None:
    # 300 audits; nominal 95 %, and a true coverage of 94.5 % shows more than most(.055) misses once in a thousand.
    n, m, rate, audits = 400, 400, 0.25, 300
    found = 1 - (1 - rate / n) ** m
    truths = {"auc": (1 + found) / 2, "tpr": found + (1 - found) * 0.01, "rate": found}
    misses = dict.fromkeys(truths, 0)
    for seed in range(audits):
        members, holdout = attacked("exact", rate, n, m, 1000 + seed)
        measured = {
            "auc": roc.auc(members > 0, holdout > 0),
            "tpr": roc.tpr_at_fpr(members, holdout, fpr=0.01),
            "rate": intervals.binomial(int(np.count_nonzero(members)), n),
        }
        for name, one in measured.items():
            assert isinstance(one, Estimate)
            misses[name] += not one.low <= truths[name] <= one.high
    assert max(misses.values()) <= most(0.055, audits), misses
