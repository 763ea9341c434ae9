"""Fisher's exact test of two rates."""

import numpy as np
from scipy.special import gammaln


def fisher_p(found: int, matched: int, members: int, holdout: int) -> float:
    """Return the one-sided exact p-value of "members are found no more often than holdout patients".

    Given how many are found in all, the members among them are hypergeometric where sides are exchangeable.

    >>> fisher_p(2, 0, 2, 2) == 1 / 6
    True
    """
    drawn = found + matched
    ours = np.arange(max(found, drawn - holdout), min(drawn, members) + 1)
    terms = _log_choose(members, ours) + _log_choose(holdout, drawn - ours) - _log_choose(members + holdout, drawn)
    return float(min(np.exp(terms).sum(), 1.0)) if found else 1.0


def _log_choose(n: int, k: np.ndarray | int) -> np.ndarray:
    log: np.ndarray = gammaln(n + 1) - gammaln(np.asarray(k) + 1) - gammaln(n - np.asarray(k) + 1)
    return log
