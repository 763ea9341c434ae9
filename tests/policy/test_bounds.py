import numpy as np
import pytest
from simulated_audits import a_result, a_row, an_estimate

from synthaudit.audit.policy.bounds import candidates, row_bounds
from synthaudit.audit.policy.criteria import Criterion
from synthaudit.audit.statistics import Estimate, NotMeasured, differences, intervals, roc


def test_an_exact_rate_is_computed_again_at_the_wanted_error():
    low, high = row_bounds(a_row("sensitivity", intervals.binomial(20, 2000)))(0.001)
    assert (low, high) == intervals.exact_bounds(20, 2000, lower_error=0.001, upper_error=0.001)


def test_a_number_keeps_its_interval_at_its_own_level():
    row = a_row("auc", an_estimate(0.6, 0.02))
    np.testing.assert_allclose(row_bounds(row)(0.025), (0.58, 0.62))


def test_a_number_in_the_unit_interval_moves_on_the_logit_scale():
    row = a_row("auc", Estimate(0.5, 0.4, 0.6, 0.95, 10**9))
    low, _ = row_bounds(row)(0.00135)  # three standard errors instead of 1.96
    np.testing.assert_allclose(low, 1 / (1 + np.exp(3 / 1.959964 * np.log(0.6 / 0.4))), rtol=1e-4)


def test_a_correlation_moves_on_fishers_scale():
    ends = np.tanh(np.arctanh(0.9) + np.array([-0.2, 0.2]))
    row = a_row("pearson", Estimate(0.9, *ends, 0.95, 10**9, "Fisher z over columns"), section="fidelity")
    np.testing.assert_allclose(
        np.arctanh(row_bounds(row)(0.05)), np.arctanh(0.9) + 0.2 * np.array([-1, 1]) * 0.839225, rtol=1e-5
    )


def test_a_mean_over_three_releases_moves_with_students_quantile():
    row = a_row("auc", Estimate(0.5, 0.45, 0.55, 0.95, 3, "Student t over releases"), release=None, level="generator")
    _, high = row_bounds(row)(0.05)
    np.testing.assert_allclose(high, 0.5 + 0.05 * 2.919986 / 4.302653, rtol=1e-6)


def test_releases_that_agree_keep_their_bound_towards_a_looser_level():
    row = a_row("auc", intervals.student_mean(np.full(3, 0.5), bounds=(0, 1)), release=None, level="generator")
    assert row_bounds(row)(0.05)[1] == row.number.high
    assert row_bounds(row)(1e-6) == pytest.approx((0.0, 1.0))


def test_a_bound_without_limit_stays_without():
    row = a_row("leakage_accuracy", Estimate(0.1, 0.0, np.inf, 0.95, 50), section="attribute")
    assert row_bounds(row)(0.05)[1] == np.inf


def test_a_row_without_a_number_has_no_bounds():
    with pytest.raises(ValueError, match="expected a measured row"):
        row_bounds(a_row("auc", NotMeasured("too few")))


def relative_f1_at(found: int, matched: int, fraction: float):
    rows = [
        a_row("sensitivity", intervals.binomial(found, 2000), part="within 0"),
        a_row("false_positive_rate", intervals.binomial(matched, 2000), part="within 0"),
    ]
    asked = Criterion(
        id="E",
        title="t",
        section="membership",
        statistic=("relative_f1",),
        slice=("within *",),
        sampling_fraction=fraction,
        threshold=0.2,
        citation="c",
    )
    return candidates(a_result(rows), asked, "vae")[0]


def test_relative_f1_by_hand():
    # Everybody found and nobody accused is a perfect attacker; accusing everybody scores 0.
    (perfect,), (everybody,) = relative_f1_at(2000, 0, 0.05), relative_f1_at(2000, 2000, 0.05)
    assert perfect.number.value == pytest.approx(1.0)
    assert everybody.number.value == pytest.approx(0.0)
    (half,) = relative_f1_at(1000, 100, 0.1)
    f1 = 2 * 0.1 * 0.5 / (0.1 * 0.5 + 0.9 * 0.05 + 0.1)
    naive = 2 * 0.1 / 1.1
    assert half.number.value == pytest.approx((f1 - naive) / (1 - naive))
    assert half.number.low < half.number.value < half.number.high
    assert len(half.sources) == 2


# Error rates: 2,000 draws at a one-sided error of 0.05 (0.005) have a standard error of 0.005 (0.0016). A bound is
# condemned beyond three of those, so a valid one fails such a test about once in 700 times; seeds are fixed.
ALLOWED = {0.05: 0.065, 0.005: 0.0098}


def errors(draw, truth: float, error: float) -> tuple[float, float]:
    """Return how often the lower bound is above the truth and the upper below it."""
    rng = np.random.default_rng(11)
    ends = np.array([row_bounds(draw(rng))(error) for _ in range(2_000)])
    return float((ends[:, 0] > truth).mean()), float((ends[:, 1] < truth).mean())


@pytest.mark.parametrize("error", [0.05, 0.005])
@pytest.mark.parametrize("size", [60, 300])
def test_moved_bounds_of_an_auc_err_as_rarely_as_they_say(error, size):
    shift = np.sqrt(2) * 0.125661  # AUC 0.55

    def draw(rng):
        return a_row("auc", roc.auc(rng.standard_normal(size) + shift, rng.standard_normal(size)))

    assert max(errors(draw, 0.55, error)) <= ALLOWED[error]


@pytest.mark.parametrize("error", [0.05, 0.005])
def test_moved_bounds_of_a_low_false_positive_rate_err_as_rarely_as_they_say(error):
    def draw(rng):
        measured = roc.tpr_at_fpr(rng.standard_normal(1000), rng.standard_normal(1000), fpr=0.01)
        return a_row("tpr_at_fpr", measured, part="fpr 0.01")

    assert max(errors(draw, 0.01, error)) <= ALLOWED[error]


@pytest.mark.parametrize("error", [0.05, 0.005])
def test_moved_bounds_of_a_leakage_err_as_rarely_as_they_say(error):
    def side(rng, rate):
        tries = rng.integers(1, 8, 300)
        return intervals.clustered_rate(rng.binomial(tries, rate).astype(float), tries.astype(float))

    def draw(rng):
        return a_row(
            "leakage_sensitivity", differences.difference(side(rng, 0.12), side(rng, 0.07)), section="attribute"
        )

    assert max(errors(draw, 0.05, error)) <= ALLOWED[error]


@pytest.mark.parametrize("error", [0.05, 0.005])
@pytest.mark.parametrize("rates", [(0.003, 0.0), (0.013, 0.01), (0.0, 0.0)])
def test_bounds_of_an_excess_err_as_rarely_as_they_say(error, rates):
    rng = np.random.default_rng(12)
    asked = Criterion(
        id="C",
        title="t",
        section="membership",
        statistic=("excess",),
        slice=("within 0",),
        threshold=0.003,
        citation="c",
    )
    ends = []
    for found, matched in rng.binomial(2000, rates, size=(1_000, 2)):
        true, false = intervals.binomial(int(found), 2000), intervals.binomial(int(matched), 2000)
        rows = [
            a_row("sensitivity", true, part="within 0"),
            a_row("false_positive_rate", false, part="within 0"),
            a_row("excess", differences.difference(true, false), part="within 0"),
        ]
        ends.append(candidates(a_result(rows), asked, "vae")[0][0].bounds(error))
    low, high = np.array(ends).T
    truth = rates[0] - rates[1]
    assert max((low > truth).mean(), (high < truth).mean()) <= ALLOWED[error]
