"""Co-occurrence, codes a record and rare codes, by hand and by closed form."""

import numpy as np
import pytest

from synthaudit.audit.fidelity.metrics.cooccurrence import Cooccurrence
from synthaudit.audit.fidelity.metrics.rare_codes import RareCodes
from synthaudit.audit.fidelity.metrics.record_length import RecordLength
from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.statistics import NotMeasured


def table(matrix):
    return Records.binary([f"c{k}" for k in range(np.shape(matrix)[1])], matrix)


def read(metric, real, synthetic, **options):
    return metric.measure(real, synthetic, real, rng=np.random.default_rng(0), **options)


def random_table(rows, columns, seed, twins=False):
    rng = np.random.default_rng(seed)
    matrix = rng.random((rows, columns)) < np.linspace(0.2, 0.5, columns)
    if twins:
        matrix[:, 1::2] = matrix[:, ::2] ^ (rng.random((rows, columns // 2)) < 0.05)
    return table(matrix)


def test_pair_errors_are_those_of_numpy():
    real, synthetic = random_table(300, 8, 1, twins=True), random_table(250, 8, 2)
    statistics = read(Cooccurrence(), real, synthetic).statistics
    pairs = np.triu_indices(8, k=1)
    a, b = (np.corrcoef(t.codes.astype(float), rowvar=False)[pairs] for t in (real, synthetic))
    both = [(t.codes.T.astype(float) @ t.codes / len(t))[pairs] for t in (real, synthetic)]
    assert statistics["correlation_error"].value == pytest.approx(np.abs(a - b).mean())
    assert statistics["correlation_agreement"].value == pytest.approx(np.corrcoef(a, b)[0, 1])
    assert statistics["cooccurrence_error"].value == pytest.approx(np.abs(both[0] - both[1]).mean())


def test_a_lost_twin_is_seen_in_pairs_only():
    real = random_table(2000, 8, 1, twins=True)
    same, apart = random_table(2000, 8, 2, twins=True), random_table(2000, 8, 3)
    near, far = (read(Cooccurrence(), real, other).statistics["correlation_agreement"] for other in (same, apart))
    assert near.low > 0.95
    assert far.high < 0.8


def test_pairs_of_few_patients_have_no_point():
    matrix = np.zeros((100, 3), np.uint8)
    matrix[:30, 0] = matrix[21:60, 1] = matrix[50:90, 2] = 1  # 9 have the first two, 10 the last two
    reading = read(Cooccurrence(), table(matrix), table(matrix))
    assert reading.points["real"] == pytest.approx((0.1,))
    assert reading.points["synthetic"] == pytest.approx((0.1,))


def test_the_jackknife_gives_the_spread_over_other_samples():
    """60 pairs of samples; a jackknife over 10 groups: the interval's half is 2.26 s.e.; it may be wide."""
    seen, halves = [], []
    for seed in range(60):
        estimate = read(
            Cooccurrence(), random_table(400, 10, 1000 + seed, twins=True), random_table(400, 10, 5000 + seed)
        ).statistics["cooccurrence_error"]
        seen.append(estimate.value)
        halves.append((estimate.high - estimate.low) / 2 / 2.262)
    assert 0.9 < np.mean(halves) / np.std(seen) < 1.8  # 1.5 measured


def test_codes_a_record_by_hand():
    real = table(np.arange(4) < np.repeat([1, 2], 20)[:, None])  # 20 patients with one code, 20 with two
    synthetic = table(np.arange(4) < np.repeat([2, 4], [30, 10])[:, None])
    reading = read(RecordLength(), real, synthetic)
    assert reading.statistics["mean_gap"].value == pytest.approx(2.5 - 1.5)
    assert reading.statistics["codes_moved"].value == pytest.approx(1.0)
    # Bins {0, 1} and {2, 3, 4}: the first length with ten patients left beyond it ends the first bin.
    assert reading.statistics["shape_error"].value == pytest.approx(0.5)
    assert reading.points["real"] == pytest.approx((0.5, 0.5))
    assert reading.points["synthetic"] == pytest.approx((0.0, 1.0))
    assert reading.points["codes"] == pytest.approx((1.0, 2.0))


def test_no_bin_of_record_lengths_rests_on_few_patients():
    rng = np.random.default_rng(3)
    real = table(rng.random((200, 40)) < rng.gamma(1, 0.15, size=(200, 1)))
    points = read(RecordLength(), real, real).points
    assert len(points["real"]) > 5
    assert min(points["real"]) * 200 > 9.9
    assert sum(points["real"]) == pytest.approx(1)
    assert read(RecordLength(), table(np.ones((9, 3))), real.select(["c0", "c1", "c2"])).points == {}


def test_rare_codes_by_hand():
    # 10 codes nobody has, 10 of 5 patients, 10 of 50 and 5 of 150, of 200.
    counts = np.repeat([0, 5, 50, 150], [10, 10, 10, 5])
    real = table(np.arange(200)[:, None] < counts)
    survivors = np.zeros((30, 35), np.uint8)
    survivors[0, [0, 1, 10, 20, 21, 22, 23, 24, 30]] = 1
    statistics = read(RareCodes(), real, table(survivors)).statistics
    assert [statistics[name].value for name in ("invented", "rarest_survive", "rare_survive")] == [0.2, 0.1, 0.5]
    assert isinstance(statistics["common_survive"], NotMeasured)  # five codes: a share would point at them
    assert not read(RareCodes(), real, table(survivors)).points


@pytest.mark.parametrize("metric", [Cooccurrence(), RecordLength(), RareCodes()])
def test_empty_tables_are_not_measured(metric):
    full, empty = random_table(50, 5, 1), random_table(0, 5, 1)
    for real, synthetic in ((full, empty), (empty, full)):
        reading = read(metric, real, synthetic)
        assert all(isinstance(statistic, NotMeasured) for statistic in reading.statistics.values())
        assert set(reading.statistics) == set(metric.better)


@pytest.mark.parametrize("metric", [RecordLength(), RareCodes()])
def test_tables_without_codes_say_so(metric):
    ages = Records.of(Schema((Column("age", "continuous"),)), {"age": np.arange(30.0)})
    reasons = {statistic.reason for statistic in read(metric, ages, ages).statistics.values()}
    assert reasons == {"the table has no binary or count column"}


def test_constant_columns_do_not_agree_or_disagree():
    constant = table(np.ones((40, 4)))
    statistics = read(Cooccurrence(), constant, constant).statistics
    assert isinstance(statistics["correlation_agreement"], NotMeasured)
    assert statistics["correlation_error"].value == 0
