"""Contract test of fidelity metrics."""

from typing import Any

import numpy as np

from synthaudit.audit.protocols import Metric, MetricResult
from synthaudit.audit.records import Records
from synthaudit.audit.statistics import Estimate, NotMeasured
from synthaudit.testing.expectations import checked_instance, expect, inputs_unchanged
from synthaudit.testing.patients import simulated_patients


def check_metric(plugin: Any) -> None:
    """Check that a metric keeps the contract of ``Metric``.

    It gives just the statistics that ``better`` names, each an interval around a finite number or the reason why there
    is none, also for tables of one row; series for a figure are of one length; the same seed gives the same numbers.

    Args:
        plugin: The metric's class, or an instance.

    Raises:
        AssertionError: It does not; says in which way.
    """
    metric: Metric = checked_instance("metric", plugin)
    tables = [simulated_patients(seed=seed) for seed in range(3)]
    result = _measure(metric, *tables)
    expect(result == _measure(metric, *tables), f"{type(metric).__name__}: expected equal statistics for equal seeds")
    _measure(metric, *(table.take(slice(0, 1)) for table in tables))


def _measure(metric: Metric, real: Records, synthetic: Records, test: Records) -> MetricResult:
    name = f"{type(metric).__name__}.measure()"
    with inputs_unchanged(name, real=real, synthetic=synthetic, test=test):
        result = metric.measure(real, synthetic, test, rng=np.random.default_rng(4), small_count=2)
    expect(isinstance(result, MetricResult), f"{name}: expected a MetricResult, got {type(result).__name__}")
    names, promised = sorted(result.statistics), sorted(metric.better)
    expect(names == promised, f"{name}: expected the statistics that 'better' names, {promised}, got {names}")
    for key, statistic in result.statistics.items():
        if isinstance(statistic, NotMeasured):
            expect(bool(statistic.reason), f"{name}: expected a reason why '{key}' is not measured")
            continue
        expect(
            isinstance(statistic, Estimate),
            f"{name}: expected '{key}' to be an Estimate, got {type(statistic).__name__}",
        )
        expect(bool(np.isfinite(statistic.value)), f"{name}: expected a finite '{key}'")
        expect(bool(statistic.method), f"{name}: expected '{key}' to name the method of its interval")
    for figure in (result.points, *result.figures.values()):
        lengths = {len(series) for series in figure.values()}
        expect(len(lengths) <= 1, f"{name}: expected points of one length in all series of a figure")
    return result
