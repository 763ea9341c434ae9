"""Means of statistics over independent trainings: what is said of a training procedure, not of one release."""

from collections import defaultdict
from collections.abc import Iterable

from synthaudit.audit.statistics import Estimate, intervals
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.result import Row, measurement_of, number_of

ATTACKED = ("membership", "attribute", "reidentification")
AVERAGED = (*ATTACKED, "fidelity")

NOT_AVERAGED = frozenset({"max_t_p"})
"""Statistics whose mean over releases would mean nothing."""

MIN_RELEASES = 3
"""Independent trainings below which nothing is said about a training procedure."""


def mean_rows(rows: Iterable[Row], components: Components) -> list[Row]:
    """Return generator-level rows: the mean of a statistic over independent trainings."""
    if components.plan.sweep.releases < MIN_RELEASES:
        return []
    groups: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        pooled = row.knowledge is not None and row.knowledge.combined_releases > 1
        if row.statistic in NOT_AVERAGED or row.slice.startswith("group: ") or pooled:
            continue
        if row.release is not None and row.section in AVERAGED and row.system in components.recipes:
            groups[row.section, row.system, row.method, row.statistic, row.slice, row.knowledge].append(row)
    means = []
    for group in groups.values():
        first = group[0]
        values = [measured for row in group if isinstance(measured := measurement_of(row.number), Estimate)]
        if not values:
            continue
        bounds = (-1.0, 1.0) if first.chance == 0.0 else (0.0, 1.0)
        measured = intervals.mean_over_releases(values, bounds=bounds if first.section in ATTACKED else None)
        label, _, rest = first.id.partition(f"/{first.system}/{first.release}/")
        means.append(
            first.model_copy(
                update={
                    "id": f"{label}/{first.system}/mean/{rest}",
                    "level": "generator",
                    "release": None,
                    "number": number_of(measured),
                }
            )
        )
    return means
