"""Epsilon of all noisy steps on real records: by opacus's PRV accountant, cross-checked by Renyi DP.

The phases of one training compose in one history (Gopi, Lee & Wutschitz, 2021; Mironov, 2017).
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from opacus.accountants import PRVAccountant, RDPAccountant

from synthaudit.audit.errors import TrainingError

ORDERS = (
    [1 + x / 100 for x in range(1, 10)]
    + [1 + x / 10 for x in range(1, 100)]
    + list(range(12, 64))
    + [80, 128, 256, 512]
)
ERROR = 0.01  # by which the PRV accountant's bound lies above its own estimate, at most
MAX_EPSILON = 60.0  # epsilon above which PRV's grid outgrows memory, and means nothing any more


@dataclass(frozen=True)
class GaussianPhase:
    """Steps of one phase: each adds Gaussian noise to a sum over a Poisson sample of the records.

    Attributes:
        name: Name of the phase.
        noise_multiplier: Standard deviation of the noise over the norm to which each record is clipped.
        sample_rate: Chance of a record to be in a step's sample.
        steps: Steps on real records.
    """

    name: str
    noise_multiplier: float
    sample_rate: float
    steps: int


def rdp_epsilon(phases: Sequence[GaussianPhase], delta: float) -> float | None:
    """Return epsilon by Renyi DP, which can only be too large; None where a step added no noise."""
    if any(phase.noise_multiplier == 0 for phase in phases if phase.steps):
        return None
    accountant = RDPAccountant()
    accountant.history = [(phase.noise_multiplier, phase.sample_rate, phase.steps) for phase in phases if phase.steps]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the best order is an end of the list
        epsilon = float(accountant.get_epsilon(delta, alphas=ORDERS))
    return epsilon if math.isfinite(epsilon) else None


def epsilon_of(phases: Sequence[GaussianPhase], delta: float) -> tuple[float | None, float | None]:
    """Return epsilon of all phases together, by PRV, and by Renyi DP.

    Raises:
        TrainingError: PRV lies above Renyi DP by more than its error: one of them is wrong.
    """
    loose = rdp_epsilon(phases, delta)
    if loose is None or loose > MAX_EPSILON:
        return loose, loose
    history = tuple((phase.noise_multiplier, phase.sample_rate, phase.steps) for phase in phases if phase.steps)
    tight = _prv(history, delta)
    check_accountants_agree(tight, loose)
    return tight, loose


def check_accountants_agree(tight: float, loose: float) -> None:
    """Raise ``TrainingError`` if the tight accountant claims a larger epsilon than the loose one."""
    if not tight <= loose + 2 * ERROR:
        raise TrainingError(
            f"The accountants contradict each other: PRV says epsilon {tight:.4f}, Renyi DP {loose:.4f}, and it can "
            "only be the larger. No epsilon is claimed. Choose another noise, sampling rate or number of steps."
        )


@lru_cache(maxsize=256)
def _prv(history: tuple[tuple[float, float, int], ...], delta: float) -> float:
    accountant = PRVAccountant()
    accountant.history = list(history)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the coarse bound behind its grid is coarse
        return float(accountant.get_epsilon(delta, eps_error=ERROR))


@lru_cache(maxsize=64)
def calibrate_noise_multiplier(epsilon: float, delta: float, phases: tuple[GaussianPhase, ...]) -> float:
    """Return the noise multiplier that, times that of each phase, costs at most epsilon; within 2 % of it.

    Raises:
        TrainingError: No noise below 10,000 suffices.
    """

    def scaled(noise: float) -> list[GaussianPhase]:
        return [replace(phase, noise_multiplier=noise * phase.noise_multiplier) for phase in phases]

    low, high = 1e-2, 1e4
    if (rdp_epsilon(scaled(high), delta) or math.inf) > epsilon:
        raise TrainingError(f"No noise keeps epsilon {epsilon} at delta {delta}. Ask for more, or train fewer steps.")
    while high / low > 1.001:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if (rdp_epsilon(scaled(middle), delta) or math.inf) <= epsilon else (middle, high)
    # Renyi DP's answer is safe; PRV is tighter, and spends what it leaves.
    best, floor, noise = high, 0.0, high
    for _ in range(12):
        spent = epsilon_of(scaled(noise), delta)[0] or math.inf
        if spent <= epsilon:
            best = min(best, noise)
            if spent >= 0.98 * epsilon:
                return best
        else:
            floor = max(floor, noise)
        guess = noise * (spent / (0.99 * epsilon)) ** 0.8
        noise = guess if floor < guess < best else math.sqrt(best * (floor or 0.5 * best))
    return best
