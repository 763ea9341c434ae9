"""What rests on few patients, told coarsely: the one rule for all that is written outside ``restricted/``.

Let L be the plan's ``small_count``. A count of 1 to L - 1 patients, out of n, is told as L, and one of all but 1 to
L - 1 patients as n - L: with an interval that fits each of these counts, so that nobody can tell which it was. None
and all are told as they are. Out of fewer than L, or where L would be half of n and more, nothing is told.

What could give a count back is computed from what is told: differences of the two sides, precision, chance, residual
risk and means over releases; and where a group is told beside a part of it that lacks fewer than L of its patients, the
part is told as lacking L. Curves leave out such points.

Verdicts rest on the exact numbers, which stand in ``restricted/`` alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from synthaudit.audit.statistics import Estimate, Measurement, differences, intervals
from synthaudit.audit.statistics.decision_metrics import precision_of_claims
from synthaudit.audit.suite.result.numbers import Estimated, Unmeasured, measurement_of, number_of
from synthaudit.audit.suite.result.planted import PlantedTrials
from synthaudit.audit.suite.result.result import Result
from synthaudit.audit.suite.result.rows import Row, Series

RATES = frozenset(
    {
        *("tpr_at_fpr", "sensitivity", "false_positive_rate", "success", "published_rate", "accuracy", "precision"),
        "stranger_rate",
        *("f1", "weighted_f1", "confident_accuracy", "confident_precision", "average_precision"),
    }
)
"""Statistics that are shares of patients, or of what patients were asked."""

CONFIDENCE, TAIL = 0.95, 0.025
TOLD = "; 1 to "
"""Begins what the method of a number says where the number is told coarsely."""

PARTS = ", distinctive records"
"""Ends the name of a slice that is a part of the one before it."""

NESTED = {"verbatim": "verbatim or nearly"}
"""Rules that find some of whom another rule finds."""


def without_small_counts(result: Result) -> Result:
    """Return a result as it may be published; one in which nothing rests on few patients is returned as it is."""
    limit, split = result.split.small_count, result.split
    rows = rows_without_small_counts(result.rows, limit)
    shown = {
        "identical": told_share(split.identical, split.holdout.rows, limit),
        "near_identical": told_share(split.near_identical, split.holdout.rows, limit),
        "identical_among_members": told_share(split.identical_among_members, split.members.rows, limit),
        "distinctive": told_share(split.distinctive, split.target_members + split.target_holdout, limit),
    }
    series = series_without_small_counts(result.series, result.rows, limit)
    same = rows == result.rows and series == result.series and all(getattr(split, key) == shown[key] for key in shown)
    if same:
        return result
    return result.model_copy(update={"rows": rows, "series": series, "split": split.model_copy(update=shown)})


def told_count(count: float, of: float, limit: int) -> float | None:
    """Return a count as it is told; None where nothing is.

    >>> [told_count(count, 500, 10) for count in (0, 1, 9, 10, 490, 491, 499, 500)]
    [0, 10, 10, 10, 490, 490, 490, 500]
    >>> told_count(3, 19, 10), told_count(0, 19, 10), told_count(0, 9, 10)
    (None, 0, None)
    """
    if of < limit:
        return None
    few, all_but_few = _is_few(count, limit), _is_few(of - count, limit)
    if (few or all_but_few) and of <= 2 * limit:
        return None
    return limit if few else of - limit if all_but_few else count


def told_share(share: float, of: int, limit: int) -> float:
    """Return a share as it is told; of too few rows as none or all, whichever is nearer."""
    count = told_count(share * of, of, limit)
    return float(round(share)) if count is None else share if count == share * of else count / of


def told_coarsely(number: Estimated) -> bool:
    """Whether a rate is told as that of a few patients more, or fewer, than there were."""
    return TOLD in number.method


def counts_told(number: Estimated, count: int) -> tuple[float, float]:
    """Return the least and the greatest count that a rate stands for: its own, unless it is told coarsely."""
    if not told_coarsely(number):
        return count, count
    few = int(number.method.partition(TOLD)[2].split(" ", 1)[0])
    return (1, few + 1) if count == few + 1 else (count, number.trials - 1)


def rows_without_small_counts(rows: Iterable[Row], limit: int) -> tuple[Row, ...]:
    """Return rows as they may be published, in the same order; all rows of one task belong together."""
    exact = tuple(rows)
    shown = {row.id: _told_rate(row, limit) for row in exact}
    for row in sorted(exact, key=lambda row: row.slice.endswith(PARTS)):
        if row.slice.endswith(PARTS):
            shown[row.id] = _told_part(row, row.id.removesuffix(PARTS), shown, exact, limit)
        elif row.slice in NESTED:
            whole = row.id.removesuffix(row.slice) + NESTED[row.slice]
            shown[row.id] = _told_part(row, whole, shown, exact, limit)
    changed = {row.id for row in exact if shown[row.id] != row}
    by_place = {(_task_of(row), row.statistic, row.slice): row.id for row in exact}

    def parents(row: Row) -> list[str]:
        places = ((_task_of(row), statistic, part) for statistic, part in _sources(row))
        return [by_place[place] for place in places if place in by_place]

    for row in exact:
        sources = parents(row)
        if len(sources) == 2 and changed & set(sources):
            shown[row.id] = _derived(row, shown[sources[0]], shown[sources[1]])
    releases: dict[tuple[object, ...], list[Row]] = {}
    for row in exact:
        if row.release is not None:
            releases.setdefault(_over_releases(row), []).append(row)
    for row in exact:
        own = releases.get(_over_releases(row), []) if row.release is None and row.level == "generator" else []
        if any(shown[one.id] != one for one in own):
            shown[row.id] = _mean(row, [shown[one.id] for one in own])
    return tuple(shown[row.id] for row in exact)


def series_without_small_counts(series: Iterable[Series], rows: Iterable[Row], limit: int) -> tuple[Series, ...]:
    """Return figures' points without those that rest on few patients, and counts of planted tables as shown."""
    patients = {_task_of(row): (row.members, row.holdout) for row in rows if row.statistic == "auc"}
    return tuple(one for each in series for one in _told_series(each, patients.get(each.id.rpartition("/")[0]), limit))


def _is_few(count: float, limit: int) -> bool:
    return 1e-9 < count < limit - 1e-9


def _task_of(row: Row) -> str:
    return row.id.removesuffix(f"/{row.statistic}" + ("" if row.slice == "all" else f"/{row.slice}"))


def _over_releases(row: Row) -> tuple[object, ...]:
    return row.section, row.system, row.method, row.statistic, row.slice, row.knowledge


def _base(row: Row) -> int | None:
    """Return out of how many patients a rate counts; None for what is no rate of patients."""
    number = row.number
    if row.section in ("fidelity", "privacy") or row.statistic not in RATES or not isinstance(number, Estimated):
        return None
    if row.section == "membership" and row.statistic == "precision":
        return None  # computed from the two sides
    if row.release is None and row.level == "generator":
        return row.members  # a mean over releases: its trials are releases
    return row.members if row.statistic == "tpr_at_fpr" else number.trials


def _told_rate(row: Row, limit: int) -> Row:
    sizes = {side: 0 for side in ("members", "holdout") if _is_few(getattr(row, side), limit)}
    row = row.model_copy(update=sizes) if sizes else row
    if row.section in ("fidelity", "privacy"):
        return row
    if sizes and isinstance(row.number, Estimated):
        return _nothing(row, limit)
    if sizes and isinstance(row.number, Unmeasured) and any(sign.isdigit() for sign in row.number.reason):
        return _nothing(row, limit)  # such a reason counts attempts or patients
    of = _base(row)
    if of is None or not isinstance(row.number, Estimated):
        return row
    count = row.number.value * of
    shown = told_count(count, of, limit)
    if shown is None:
        return _nothing(row, limit)
    return row if shown == count else _with_count(row, shown, of, limit)


def _told_part(row: Row, whole_id: str, shown: dict[str, Row], rows: tuple[Row, ...], limit: int) -> Row:
    """Return a part's rate as lacking at least so many patients of the whole."""
    of, own = _base(row), shown[row.id]
    whole = next((one for one in rows if one.id == whole_id), None)
    if of is None or whole is None or not isinstance(own.number, Estimated) or not isinstance(row.number, Estimated):
        return own
    all_of = _base(whole)
    if all_of is None or not isinstance(whole.number, Estimated):
        return own
    lacking = round(whole.number.value * all_of) - round(row.number.value * of)
    if not _is_few(lacking, limit):
        return own
    fewer = told_count(max(round(whole.number.value * all_of) - limit, limit), of, limit)
    if fewer is None or fewer > of:
        return _nothing(row, limit)
    as_before = TOLD in own.number.method and fewer == round(own.number.value * of)
    return own if as_before else _with_count(row, fewer, of, limit)


def _with_count(row: Row, count: float, of: int, limit: int) -> Row:
    """Return a row with a count in place of its own, and an interval that fits all counts told so."""
    if not isinstance(row.number, Estimated):
        raise ValueError(f"expected a measured row, got {row.id}")
    least, most = (1.0, limit) if count == limit else (of - limit, of - 1.0) if count == of - limit else (count, count)
    low = intervals.exact_bounds(least, of, lower_error=TAIL, upper_error=TAIL)[0]
    high = intervals.exact_bounds(most, of, lower_error=TAIL, upper_error=TAIL)[1]
    method = f"{row.number.method}{TOLD}{limit - 1} patients are told as {limit}"
    update = {"value": count / of, "low": low, "high": high, "p_value": None, "method": method}
    return row.model_copy(update={"number": row.number.model_copy(update=update)})


def _nothing(row: Row, limit: int) -> Row:
    return row.model_copy(update={"number": Unmeasured(reason=f"fewer than {limit} patients")})


def _sources(row: Row) -> Iterator[tuple[str, str]]:
    """Yield statistic and slice of the two numbers of the same task that a number is computed from."""
    if row.section == "attribute":
        for prefix, sides in (("leakage_", ("members", "holdout")), ("imputation_", ("holdout", "baseline"))):
            if row.statistic.startswith(prefix):
                yield from ((row.statistic.removeprefix(prefix), side) for side in sides)
    elif row.statistic in ("excess", "residual_risk") and row.section == "reidentification" and row.slice == "all":
        yield from (("success", side) for side in ("members", "holdout"))
    elif row.statistic in ("excess", "precision", "sensitivity"):
        yield from ((side, row.slice) for side in ("sensitivity", "false_positive_rate"))


def _derived(row: Row, left: Row, right: Row) -> Row:
    """Return a number computed again from the two that it comes from, as they are shown."""
    if row.statistic == "sensitivity":  # its chance level is the rate of the other side
        chance = right.number.value if isinstance(right.number, Estimated) and row.chance is not None else None
        return left.model_copy(update={"chance": chance})
    if isinstance(row.number, Unmeasured):
        return row
    for side in (left, right):
        if isinstance(side.number, Unmeasured):
            return row.model_copy(update={"number": side.number, "members": 0, "holdout": 0})
    ours, theirs = measurement_of(left.number), measurement_of(right.number)
    if not isinstance(ours, Estimate) or not isinstance(theirs, Estimate):
        raise ValueError(f"expected two measured rows under {row.id}")
    number: Measurement
    if row.statistic == "precision":
        found, matched = (round(rate.value * rate.trials) for rate in (ours, theirs))
        prior = row.chance if row.chance is not None else 0.5
        number = precision_of_claims(found, matched, ours.trials, theirs.trials, prior=prior)
    elif row.statistic == "residual_risk":
        number = differences.residual_risk(ours, theirs)
    else:
        number = replace(differences.difference(ours, theirs), p_value=None)
    return row.model_copy(update={"number": number_of(number)})


def _mean(row: Row, releases: list[Row]) -> Row:
    values = [measurement_of(one.number) for one in releases]
    estimates = [value for value in values if isinstance(value, Estimate)]
    if not estimates:
        return row.model_copy(update={"number": releases[0].number})
    bounds = None if row.section in ("control", "fidelity") else (-1.0, 1.0) if row.chance == 0.0 else (0.0, 1.0)
    return row.model_copy(update={"number": number_of(intervals.mean_over_releases(estimates, bounds=bounds))})


def _told_series(series: Series, patients: tuple[int, int] | None, limit: int) -> Iterator[Series]:
    values = series.values
    if series.name == "roc":
        members, holdout = patients or (0, 0)
        points = zip(values["fpr"], values["tpr"], strict=True)
        kept = [(x, y) for x, y in points if _is_told(x, holdout, limit) and _is_told(y, members, limit)]
        if len(kept) == len(values["fpr"]):
            yield series
        elif kept:
            shown = {"fpr": tuple(x for x, _ in kept), "tpr": tuple(y for _, y in kept)}
            yield series.model_copy(update={"values": shown})
        return
    trials = PlantedTrials.of(series)
    if trials is None:
        yield series
    elif "found" in trials.values:
        shown = dict(values)
        for counts, sizes in (("found", "members"), ("matched", "holdout")):
            raised = _with_told_baseline(trials, values[counts], values[sizes], limit)
            both = [told_count(count, of, limit) for count, of in zip(raised, values[sizes], strict=True)]
            if None in both:
                return
            shown[counts] = tuple(float(count) for count in both if count is not None)
        yield series.model_copy(update={"values": shown})
    elif trials.statistic == "auc" or not any(
        _is_few(abs(value) * of / 2, limit) for value, of in zip(values["value"], values["trials"], strict=True)
    ):
        yield series


def _with_told_baseline(
    trials: PlantedTrials, counts: tuple[float, ...], sizes: tuple[float, ...], limit: int
) -> list[float]:
    """Return counts in planted tables as if what was found with nothing planted were the count that is told of it."""
    raised = list(counts)
    for repeat in trials.repeats():
        bare = counts[repeat[0]] if 0 in repeat else 0.0
        if _is_few(bare, limit):
            for place in repeat.values():
                raised[place] = min(counts[place] + limit - bare, sizes[place])
    return raised


def _is_told(share: float, of: int, limit: int) -> bool:
    count = share * of
    return share in (0.0, 1.0) or not (_is_few(count, limit) or _is_few(of - count, limit) or of < limit)
