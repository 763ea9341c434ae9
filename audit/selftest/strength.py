"""How strong a planted leak is, measured by the attacker who knows how it was planted: the truth of a self-test."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np

from synthaudit.audit.policy import Policy
from synthaudit.audit.statistics import Estimate, differences, intervals, low_fpr, roc

CONFIDENCE = 0.998
"""Two-sided: a leak is beyond a limit for certain where its lower bound is, which errs once in a thousand."""


@dataclass(frozen=True)
class Strength:
    """One number on a planted leak, in the words of a policy.

    Attributes:
        statistic: What a policy's criterion calls it.
        estimate: The number.
        text: The number, in words.
    """

    statistic: str
    estimate: Estimate
    text: str

    @property
    def likely_low(self) -> float:
        """About the one-sided 95 % lower bound."""
        z = intervals.normal_quantile(0.9) / intervals.normal_quantile(CONFIDENCE)
        return self.estimate.value - z * (self.estimate.value - self.estimate.low)


def score_strengths(members: np.ndarray, holdout: np.ndarray) -> list[Strength]:
    """Return the AUC and the true positive rate at 1 % of an attacker's scores."""
    auc = roc.auc(members, holdout, confidence=CONFIDENCE)
    found = [Strength("auc", auc, f"AUC {auc.value:.2f}")] if isinstance(auc, Estimate) else []
    rate = low_fpr.tpr_at_fpr(members, holdout, fpr=0.01, confidence=CONFIDENCE)
    if isinstance(rate, Estimate):
        found.append(Strength("tpr_at_fpr", rate, f"TPR {rate.value:.0%} at 1% FPR"))
    return found


def copy_strength(members: np.ndarray, holdout: np.ndarray, *, what: str = "members found") -> Strength:
    """Return by how much the share of members found in a table exceeds that of holdout patients."""
    excess = _difference(members, holdout)
    return Strength("excess", excess, f"{members.mean():.1%} of {what}, {holdout.mean():.1%} of holdout")


def secret_strength(members: np.ndarray, holdout: np.ndarray) -> Strength | None:
    """Return by how much the share of secrets rightly guessed is larger for members; None with too few to say."""
    if min(len(members), len(holdout)) < 2:
        return None
    text = f"secret of {members.mean():.0%} of members, {holdout.mean():.0%} of holdout"
    return Strength("secret_leakage", _difference(members, holdout), text)


def _difference(members: np.ndarray, holdout: np.ndarray) -> Estimate:
    a, b = (intervals.binomial(int(hits.sum()), len(hits), confidence=CONFIDENCE) for hits in (members, holdout))
    if not isinstance(a, Estimate) or not isinstance(b, Estimate):
        raise ValueError("expected at least one patient on either side")
    return differences.difference(a, b)


def limit_of(policy: Policy, statistic: str) -> float | None:
    """Return the lowest limit that a policy sets on a statistic of a release; None where it sets none."""
    limits = [
        criterion.failing_limit
        for criterion in policy.criteria
        if criterion.level == "release" and any(fnmatchcase(statistic, pattern) for pattern in criterion.statistic)
    ]
    return min(limits, default=None)


def strongest_against(policy: Policy, strengths: Iterable[Strength]) -> tuple[Strength | None, float]:
    """Return the strength that lies furthest beyond its limit, and by how much its lower bound does (as a ratio)."""
    best, beyond = None, -np.inf
    for strength in strengths:
        limit = limit_of(policy, strength.statistic)
        if limit is None:
            continue
        chance = 0.5 if strength.statistic == "auc" else 0.01 if strength.statistic == "tpr_at_fpr" else 0.0
        ratio = (strength.estimate.low - limit) / max(limit - chance, 1e-9)
        if ratio > beyond:
            best, beyond = strength, ratio
    return best, float(beyond)
