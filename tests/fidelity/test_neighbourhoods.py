"""Coverage, adversarial accuracy and the discriminator on releases with known answers."""

import numpy as np
import pytest

from synthaudit.audit.fidelity.metrics.adversarial_accuracy import AdversarialAccuracy
from synthaudit.audit.fidelity.metrics.coverage import Coverage
from synthaudit.audit.fidelity.metrics.discriminator import Discriminator
from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.statistics import NotMeasured

TWO_NUMBERS = Schema((Column("x", "continuous"), Column("y", "continuous")))


def cloud(rows, seed, shift=0.0, patients=None):
    values = np.random.default_rng(seed).normal(size=(rows, 2)) + shift
    return Records.of(TWO_NUMBERS, {"x": values[:, 0], "y": values[:, 1]}, patients)


def on_a_line(*values, patients=None):
    return Records.of(Schema((Column("x", "continuous", low=0, high=100),)), {"x": np.array(values, float)}, patients)


def read(metric, real, synthetic, test):
    return metric.measure(real, synthetic, test, rng=np.random.default_rng(0)).statistics


def test_coverage_by_hand():
    # Reach to the nearest own neighbour: real 1, 1, 8, 30; synthetic 2, 2, 45, 41.
    statistics = read(Coverage(k=1), on_a_line(10, 11, 19, 49), on_a_line(12, 14, 100, 55), on_a_line(0, 100))
    assert statistics["coverage"].value == 3 / 4  # 11 has 12, 19 has 14, 49 has 55; but 12 is 2 away from 10
    assert statistics["precision"].value == 2 / 4  # 12 has 11, 55 has 49; 14 is 3 from 11, 100 is 51 from 49
    assert statistics["authenticity"].value == pytest.approx(2.5 / 4)  # 12 ties with 10; 14 and 100 do; 55 does not


def test_copies_are_neither_authentic_nor_hidden():
    real, test = cloud(400, 1), cloud(400, 2)
    copied, fresh = read(Coverage(), real, real, test), read(Coverage(), real, cloud(400, 3), test)
    assert copied["authenticity"].value == 0
    assert copied["coverage"].value == copied["precision"].value == 1
    assert fresh["authenticity"].low < 0.5 < fresh["authenticity"].high + 0.05
    assert fresh["coverage"].low > 0.9

    copied, fresh = (read(AdversarialAccuracy(), real, made, test) for made in (real, cloud(400, 3)))
    assert copied["copies_real"].value == 1
    assert copied["copies_test"].value == fresh["copies_real"].value == 0
    assert copied["accuracy_real"].value == 0  # every row's copy is nearer than any other row
    assert copied["privacy_loss"].low > 0.4
    assert fresh["privacy_loss"].low <= 0 <= fresh["privacy_loss"].high
    assert fresh["accuracy_test"].low <= 0.5 <= fresh["accuracy_test"].high


def test_a_shifted_cloud_is_told_apart_by_all():
    real, test, made = cloud(300, 1), cloud(300, 2), cloud(300, 3, shift=6.0)
    assert read(AdversarialAccuracy(), real, made, test)["accuracy_test"].value > 0.99
    assert read(Coverage(), real, made, test)["coverage"].value < 0.02
    statistics = read(Discriminator(), real, made, test)
    assert min(statistics["auc_linear"].value, statistics["auc_trees"].value) > 0.99


def test_rows_of_one_patient_are_not_each_others_neighbours():
    real = cloud(300, 1)
    doubled = Records.concat([real, real])  # every patient twice, under one id
    statistics = read(Coverage(), doubled, cloud(300, 3), real)
    assert statistics["coverage"].trials == 300
    assert statistics["coverage"].value > 0.9


def test_only_trees_see_a_lost_interaction():
    rng = np.random.default_rng(4)
    first, second = rng.random((2, 1500)) < 0.5
    real = Records.binary("ab", np.column_stack([first, second]))
    tied = Records.binary("ab", np.column_stack([first, first]))  # the same rates
    statistics = read(Discriminator(folds=3), real, tied, real)
    assert statistics["auc_linear"].high < 0.55
    assert statistics["auc_trees"].value == pytest.approx(0.75, abs=0.03)  # odd rows are all real, even ones 1 in 3


def test_fresh_rows_are_not_told_apart():
    statistics = read(Discriminator(), cloud(500, 1), cloud(500, 2), cloud(10, 3))
    for estimate in statistics.values():  # two intervals at 95 % on one fixed seed
        assert estimate.low - 0.02 < 0.5 < estimate.high + 0.02


@pytest.mark.parametrize("metric", [Coverage(), AdversarialAccuracy(), Discriminator()])
def test_too_few_rows_are_not_measured(metric):
    for real, synthetic in ((cloud(1, 1), cloud(30, 2)), (cloud(30, 1), cloud(0, 2))):
        reading = read(metric, real, synthetic, cloud(30, 3))
        assert all(isinstance(statistic, NotMeasured) for statistic in reading.values())
        assert set(reading) == set(metric.better)
    assert isinstance(read(AdversarialAccuracy(), cloud(30, 1), cloud(30, 2), cloud(0, 3))["privacy_loss"], NotMeasured)


def test_options_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="expected k > 0, got 0"):
        Coverage(k=0)
    with pytest.raises(ValueError, match="expected folds > 0, got 0"):
        Discriminator(folds=1)
    with pytest.raises(ValueError, match="expected rows > 0"):
        AdversarialAccuracy(rows=0)
