"""The systems under known answers are generators like any other, and do what their closed forms assume."""

import numpy as np
import pytest
from known_systems import Copy, Dump, NoisyMarginal, RandomisedPresence, codes, most
from scipy.stats import binom

from synthaudit.audit.protocols import Fitted, Generator

SYSTEMS = [Copy(0.5), Dump(), NoisyMarginal(), NoisyMarginal(added=0.5), RandomisedPresence()]


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: type(system).__name__)
def test_they_keep_the_generators_contract(system) -> None:
    members = codes(np.eye(6, dtype=np.uint8))
    fitted = system.fit(members, seed=1)
    assert isinstance(system, Generator)
    assert isinstance(fitted, Fitted)
    first, again, other = (fitted.sample(40, seed=seed) for seed in (1, 1, 2))
    assert first.schema == members.schema
    assert first.fingerprint() == again.fingerprint()
    constant = isinstance(system, RandomisedPresence)  # its rows all say the same
    assert (first.fingerprint() != other.fingerprint()) != constant


def test_one_patient_moves_the_noisy_counts_by_no_more_than_the_sensitivity() -> None:
    # The same seed draws the same noise, so that the difference of two fits is what one patient adds.
    rng = np.random.default_rng(0)
    for ones in (1, 4):
        system = NoisyMarginal(sigma=1e-9, ones=ones, patients=1_000)
        crowd = codes(np.concatenate([np.ones((20, 12)), rng.random((20, 12)) < 0.5]))
        for row in range(40):
            without = crowd.take(np.arange(40) != row)
            moved = 1_000 * (system.fit(crowd, seed=5).rates - system.fit(without, seed=5).rates)
            assert np.linalg.norm(moved) <= np.sqrt(ones) + 1e-9


def test_allowed_misses_are_exceeded_as_rarely_as_stated() -> None:
    assert binom.sf(most(0.05, 200), 200, 0.05) <= 1e-3 < binom.sf(most(0.05, 200) - 1, 200, 0.05)
