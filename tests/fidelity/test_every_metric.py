"""What every metric owes, whatever it measures."""

import subprocess
import sys

import numpy as np
import pytest

from synthaudit.audit.fidelity import METRICS
from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.statistics import Estimate, NotMeasured
from synthaudit.audit.workload import Workload

MIXED = Schema(
    (
        Column("sick", "binary"),
        Column("old", "binary"),
        Column("age", "continuous", missing=True),
        Column("stays", "count"),
        Column("ward", "categorical", levels=("a", "b", "c")),
        Column("stage", "ordinal", levels=("i", "ii", "iii")),
    )
)


def mixed(rows, seed, patients=None):
    rng = np.random.default_rng(seed)
    sick = rng.random(rows) < 0.4
    age = np.where(rng.random(rows) < 0.1, np.nan, rng.normal(60, 10, size=rows) + 8 * sick)
    columns = {
        "sick": sick,
        "old": rng.random(rows) < 0.3,
        "age": age,
        "stays": rng.poisson(1 + sick),
        "ward": rng.integers(3, size=rows),
        "stage": rng.integers(3, size=rows),
    }
    return Records.of(MIXED, columns, patients)


def codes(rows, seed):
    return Records.binary(map(str, range(30)), np.random.default_rng(seed).random((rows, 30)) < 0.2)


TABLES = {
    "mixed": (mixed(200, 1), mixed(150, 2), mixed(120, 3)),
    "codes": (codes(200, 1), codes(150, 2), codes(120, 3)),
    "repeated": (mixed(200, 1, np.arange(200) // 2), mixed(150, 2), mixed(120, 3, np.arange(120) // 3)),
    "ten": (mixed(10, 1), mixed(10, 2), mixed(10, 3)),
    "one": (mixed(1, 1), mixed(1, 2), mixed(1, 3)),
    "empty": (mixed(0, 1), mixed(0, 2), mixed(0, 3)),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("tables", TABLES)
@pytest.mark.parametrize("name", METRICS)
def test_every_statistic_is_a_number_with_an_interval_or_a_reason(name, tables):
    metric = METRICS[name]()
    reading = metric.measure(*TABLES[tables], rng=np.random.default_rng(1))
    assert set(reading.statistics) == set(metric.better)
    for statistic in reading.statistics.values():
        assert isinstance(statistic, Estimate | NotMeasured)
        assert not isinstance(statistic, Estimate) or (np.isfinite(statistic.value) and statistic.method)
        assert not isinstance(statistic, NotMeasured) or statistic.reason
    for figure in (reading.points, *reading.figures.values()):
        assert len({len(series) for series in figure.values()}) <= 1
    assert reading == metric.measure(*TABLES[tables], rng=np.random.default_rng(1))


def test_presets_take_metrics_in_the_order_of_the_catalogue():
    by_preset = {
        preset: [name for name, metric in METRICS.items() if preset in metric.presets]
        for preset in ("quick", "standard", "thorough")
    }
    pictures = ["column_distributions", "correlation_map", "projection", "closest_record"]
    assert by_preset["quick"] == ["dimension_probability", "dimension_prediction", *pictures]
    assert by_preset["standard"] == [
        *("dimension_probability", "dimension_prediction", "cooccurrence", "record_length", "rare_codes", "marginals"),
        *("coverage", "adversarial_accuracy", "discriminator", *pictures),
    ]
    assert by_preset["thorough"] == by_preset["standard"]


def test_costs_grow_with_what_a_metric_looks_at():
    small = Workload(targets=100, members=1_000, synthetic=1_000, columns=100)
    large = Workload(targets=100, members=30_000, synthetic=30_000, columns=930)
    for name, kind in METRICS.items():
        metric = kind()
        assert 0 < metric.cost(small) < metric.cost(large), name
    whole, part = METRICS["dimension_prediction"](), METRICS["dimension_prediction"](columns=93)
    assert whole.cost(large) == pytest.approx(120)  # two tables of 30,000 x 930, one minute each
    assert part.cost(large) == pytest.approx(12)
    assert METRICS["discriminator"]().cost(large) == pytest.approx(83.7)


def test_the_catalogue_loads_nothing_heavy():
    loaded = "[m for m in ('torch', 'sklearn', 'numba', 'scipy.stats') if m in sys.modules]"
    run = subprocess.run(
        [sys.executable, "-c", f"import sys, synthaudit.audit.fidelity; print({loaded})"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]"
