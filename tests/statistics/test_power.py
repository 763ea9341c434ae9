"""Power: what the formulas promise is what simulated audits find."""

import numpy as np
import pytest
from scipy.special import ndtri

from synthaudit.audit.statistics import power, roc


@pytest.mark.parametrize(("n1", "n0"), [(100, 100), (60, 300)])
def test_the_detectable_auc_is_detected_as_often_as_promised(n1, n0):
    # 1000 simulated audits at the promised 80 %: s.e. .013; Hanley-McNeil is off by a little more than that.
    shift = np.sqrt(2) * ndtri(power.detectable_auc(n1, n0))
    rng = np.random.default_rng(0)
    found = [roc.auc(rng.normal(shift, 1, n1), rng.normal(0, 1, n0)).p_value <= 0.05 for _ in range(1000)]
    assert np.mean(found) == pytest.approx(0.8, abs=0.05)


def test_required_inverts_detectable():
    sizes = power.required_sizes(0.55)
    assert sizes.members == sizes.holdout
    assert power.detectable_auc(*sizes) <= 0.55 < power.detectable_auc(sizes.members - 1, sizes.holdout - 1)
    assert power.required_sizes(0.55, ratio=3).holdout == 3 * power.required_sizes(0.55, ratio=3).members
    assert power.required_sizes(0.6).members < sizes.members < power.required_sizes(0.55, power=0.95).members
    assert power.required_sizes(0.999).members <= 10


def test_the_smallest_audits_detect_nothing():
    assert power.detectable_auc(1, 1) == 1.0
    assert "at least 368 holdout records" in power.detectable_rate(100, 367, fpr=0.01).reason
    assert "1 members cannot show" in power.detectable_rate(1, 368, fpr=0.5).reason


@pytest.mark.parametrize(("n1", "n0", "fpr"), [(500, 500, 0.01), (2000, 2000, 0.01), (300, 300, 0.1)])
def test_the_detectable_rate_is_detected_as_often_as_promised(n1, n0, fpr):
    # 400 simulated audits at 80 %: s.e. .02. Whole counts make the true power fall where it may, near 80 %.
    rate = power.detectable_rate(n1, n0, fpr=fpr)
    share = (rate - fpr) / (1 - fpr)
    rng, found = np.random.default_rng(1), []
    for _ in range(400):
        members = rng.random(n1) + (rng.random(n1) < share)
        found.append(roc.tpr_at_fpr(members, rng.random(n0), fpr=fpr).low > fpr)
    assert np.mean(found) == pytest.approx(0.8, abs=0.08)


def test_impossible_questions_are_refused():
    for call in (
        lambda: power.required_sizes(0.5),
        lambda: power.detectable_auc(0, 5),
        lambda: power.detectable_rate(5, 500, fpr=0),
        lambda: power.detectable_auc(5, 5, power=1),
    ):
        with pytest.raises(ValueError, match="expected"):
            call()
