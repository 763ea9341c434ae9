"""People behind the numbers: how many patients stand in a synthetic table, and how many are singled out by it."""

from dataclasses import dataclass, replace

from synthaudit.audit.suite.result import Estimated, Row, SystemCard
from synthaudit.audit.suite.result.small_counts import counts_told
from synthaudit.reports.view.result_view import ResultView

NEARLY, VERBATIM = "verbatim or nearly, distinctive records", "verbatim, distinctive records"
SINGLING = ("singling_one", "singling_many", "replay")
UNIQUE = "unique_values"


@dataclass(frozen=True)
class PatientCount:
    """How many of some patients.

    Attributes:
        count: How many; None where the result tells only that they are few.
        of: Out of how many.
        at_least: Whether there may be more, since the result tells only that few are missing.
    """

    count: int | None
    of: int
    at_least: bool = False


@dataclass(frozen=True)
class CopyCounts:
    """Patients of both sides whose record stands in one synthetic table of a system, and near whom no other comes.

    They are counted out of all patients of their side.

    Attributes:
        verbatim: Whether word for word; else word for word or but for one value.
        beyond_holdout: Lower end of the interval of the difference between the sides; None where it was not measured.
    """

    members: PatientCount
    holdout: PatientCount
    verbatim: bool
    beyond_holdout: float | None


@dataclass(frozen=True)
class SingledOut:
    """What the attack that singles out the most members beyond the holdout came to."""

    method: str
    members: PatientCount
    holdout: PatientCount


def copied_patients(view: ResultView, card: SystemCard, *, verbatim: bool = False) -> CopyCounts | None:
    """Return the copies in the system's release with the most of them; None where they were not looked for."""
    slice, split = VERBATIM if verbatim else NEARLY, view.result.split
    found = []
    for row in view.rows("membership", "sensitivity", method="copies", system=card.key, level="release", slice=slice):
        members, holdout = patients_behind(row), _beside(view, row, "false_positive_rate")
        if members is not None and holdout is not None:
            members = replace(members, of=split.members.patients)
            holdout = replace(holdout, of=split.holdout.patients)
            found.append(CopyCounts(members, holdout, verbatim, _least_excess(view, row)))
    return max(found, key=lambda one: one.members.count or 0, default=None)


def singled_out(view: ResultView, card: SystemCard) -> SingledOut | None:
    """Return the attack that singles out most members beyond the holdout; None where none ran."""
    found: list[tuple[float, SingledOut]] = []
    for method in SINGLING:
        for row in view.rows("reidentification", "success", method=method, system=card.key, slice="members"):
            other = view.rows(
                "reidentification", "success", method=method, system=card.key, slice="holdout",
                release=row.release, knowledge=row.knowledge,
            )  # fmt: skip
            if row.level == "release" and other:
                found += _singled_out(row, other[0])
    for row in view.rows("reidentification", "sensitivity", method=UNIQUE, system=card.key, level="release"):
        # Nobody's identifying value stands there: no column may identify, and no attempt was made.
        named = isinstance(row.number, Estimated) and row.number.value > 0
        if named and (beside := _other(view, row, "false_positive_rate")) is not None:
            found += _singled_out(row, beside)
    return max(found, key=lambda pair: pair[0], default=(0.0, None))[1]


def _singled_out(members: Row, holdout: Row) -> list[tuple[float, SingledOut]]:
    """Return by how much the told share of members is larger, and the counts; nothing that was not counted."""
    sides = patients_behind(members), patients_behind(holdout)
    if sides[0] is None or sides[1] is None:
        return []
    shares = [row.number.value if isinstance(row.number, Estimated) else 0.0 for row in (members, holdout)]
    return [(shares[0] - shares[1], SingledOut(members.method, sides[0], sides[1]))]


def patients_behind(row: Row) -> PatientCount | None:
    """Return the patients behind a rate; None where it is no rate of patients, a blank count where it is suppressed."""
    if isinstance(row.number, Estimated):
        return counted_patients(row.number)
    return PatientCount(None, row.members or row.holdout) if "fewer than" in row.number.reason else None


def counted_patients(number: Estimated) -> PatientCount:
    """Return the patients behind a rate of them, as they may be told."""
    count = round(number.value * number.trials)
    least, most = counts_told(number, count)
    return PatientCount(None if least < count else count, number.trials, at_least=most > count)


def _beside(view: ResultView, row: Row, statistic: str) -> PatientCount | None:
    """Return the count of another statistic of the same attack."""
    other = _other(view, row, statistic)
    return patients_behind(other) if other is not None else None


def _other(view: ResultView, row: Row, statistic: str) -> Row | None:
    fields = ("method", "system", "slice", "release", "knowledge", "level")
    same = {name: getattr(row, name) for name in fields}
    return next(iter(view.rows(row.section, statistic, **same)), None)


def _least_excess(view: ResultView, row: Row) -> float | None:
    excess = _other(view, row, "excess")
    return excess.number.low if excess is not None and isinstance(excess.number, Estimated) else None
