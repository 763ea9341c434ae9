"""Who is at risk: attacks graded on groups of patients, with many groups paid for and small ones kept silent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from synthaudit.audit.records import Column, NumericScale, Records
from synthaudit.audit.statistics import Estimate, Measurement, NotMeasured, roc
from synthaudit.audit.suite.context.distinctive import to_others
from synthaudit.audit.suite.context.targets import Targets
from synthaudit.audit.suite.result import Row
from synthaudit.audit.suite.tasks.rows import CONFIDENCE, RowTemplate

LEAST = 30
"""Targets per side below which nothing is said of a group."""

TENTH = 0.1
LEVELS = 6
"""Levels beyond which a column is not one to group by."""

COLUMNS = 4
"""Columns, at most, whose levels become groups."""

AGES = (0, 18, 40, 65, 80, np.inf)
RATE = 0.01
SMALL = NotMeasured("too few patients of this group among the targets to say anything of them")


@dataclass(frozen=True, eq=False)
class Group:
    """Some of the targets, chosen by what their records say and never by their side.

    Attributes:
        name: What they have in common.
        members: Which target members, shape ``(patients,)``, bool.
        holdout: Which target holdout patients, likewise.
        family: Groups that part the targets between them share one; None for others.
    """

    name: str
    members: np.ndarray
    holdout: np.ndarray
    family: str | None = None

    @property
    def fewest(self) -> int:
        """Patients on the smaller side."""
        return min(int(self.members.sum()), int(self.holdout.sum()))


def groups_of(targets: Targets, real: Records, *, small_count: int, rng: np.random.Generator) -> list[Group]:
    """Return the groups of patients that an audit looks at.

    Levels of columns with few of them, bands of age, the shortest and the longest tenth of records, the tenth most
    isolated among real patients, and those with a rare code. Ties at a tenth's edge are broken by lot.
    """
    both = Records.concat([targets.members, targets.holdout])
    patients, first, owner = np.unique(both.patients, return_index=True, return_inverse=True)
    is_member = np.isin(patients, targets.members.patients)

    def group(name: str, chosen: np.ndarray, family: str | None = None) -> Group:
        return Group(name, chosen[is_member], chosen[~is_member], family)

    def tenth(name: str, value: np.ndarray) -> Group:
        order = np.lexsort((rng.random(len(value)), -value))
        chosen = np.zeros(len(value), dtype=bool)
        chosen[order[: int(TENTH * len(value))]] = True
        return group(name, chosen)

    found = [group(*level) for level in _levels(both.take(first))]
    if both.schema.codes:
        length = np.zeros(len(patients))
        np.maximum.at(length, owner, (both.codes > 0).sum(axis=1).astype(np.float64))
        found += [tenth("shortest tenth of records", -length), tenth("longest tenth of records", length)]
    found.append(tenth("most isolated tenth", to_others(real, both, ranges=NumericScale.of(targets.holdout).ranges)))
    if both.schema.codes:
        carried = np.zeros((len(patients), both.codes.shape[1]), dtype=bool)
        np.logical_or.at(carried, owner, both.codes > 0)
        rare = _carriers(carried, is_member, small_count)
        found += [group("carriers of a rare code", rare)] if rare.any() else []
    return found


def _levels(rows: Records) -> Iterator[tuple[str, np.ndarray, str]]:
    """Yield name, who, and column of the groups that columns make; one row per patient."""
    used = 0
    for column in rows.schema.columns:
        values = rows.column(column.name)
        if column.original_name.lower() == "age" and column.is_numeric:
            for low, high in pairwise(AGES):
                name = f"age {low:g} to {high - 1:g}" if np.isfinite(high) else f"age {low:g} and over"
                yield name, (values >= low) & (values < high), column.name
        elif (levels := _named(column)) and used < COLUMNS:
            used += 1
            for at, level in enumerate(levels):
                coded = level in dict(column.originals)  # such a code names its column
                yield level if coded else f"{column.name} {level}", values == at, column.name


def _named(column: Column) -> tuple[str, ...]:
    """Return the levels of a column to group by, or nothing."""
    if column.kind == "binary" and column.original_name.lower() in ("sex", "gender"):
        return ("0", "1")
    return column.levels if column.kind == "categorical" and 2 <= len(column.levels) <= LEVELS else ()


def _carriers(carried: np.ndarray, is_member: np.ndarray, small_count: int) -> np.ndarray:
    """Return who has one of the rarest codes, codes taken from the rarest up until a tenth of the targets have one.

    Only codes that ``small_count`` patients of either side have: a code of two people names them.
    """
    sides = [carried[is_member].sum(axis=0), carried[~is_member].sum(axis=0)]
    common = np.minimum(*sides) >= small_count
    chosen = np.zeros(len(carried), dtype=bool)
    for code in np.argsort(sides[0] + sides[1], kind="stable"):
        if chosen.mean() >= TENTH:
            break
        if common[code]:
            chosen |= carried[:, code]
    return chosen


def suppressed(groups: Sequence[Group], least: int) -> set[str]:
    """Return the names of groups that must not be shown: the small ones, and one more where subtraction betrays one."""
    hidden = {group.name for group in groups if group.fewest < least}
    for family in {group.family for group in groups if group.family is not None}:
        parts = [group for group in groups if group.family == family and group.members.any() | group.holdout.any()]
        shown = [group for group in parts if group.name not in hidden]
        if len(parts) - len(shown) == 1 and shown:
            hidden.add(min(shown, key=lambda group: group.fewest).name)
    return hidden


def grade_groups(
    labels: Mapping[str, RowTemplate],
    scores: Mapping[str, tuple[np.ndarray, np.ndarray]],
    groups: Sequence[Group],
    least: int,
) -> list[Row]:
    """Grade every attack on every group; all intervals hold together with 95 % (Bonferroni).

    Args:
        labels: What the rows of an attack have in common, by the attack's key.
        scores: Scores of members and of holdout, one a patient, by the attack's key.
        groups: The groups.
        least: Targets per side below which a group is not shown.
    """
    hidden, rows = suppressed(groups, least), []
    family = 2 * len(scores) * sum(group.name not in hidden for group in groups)
    for key, (members, holdout) in scores.items():
        for group in groups:
            part = f"group: {group.name}"
            if group.name in hidden:
                rows.append(replace(labels[key], members=0, holdout=0).row("auc", SMALL, part=part, chance=0.5))
                continue
            ours, theirs = (
                side[chosen & ~np.isnan(side)] for side, chosen in ((members, group.members), (holdout, group.holdout))
            )
            if min(len(ours), len(theirs)) < least:  # the attack took a sample of the targets
                rows.append(replace(labels[key], members=0, holdout=0).row("auc", SMALL, part=part, chance=0.5))
                continue
            label = replace(labels[key], members=len(ours), holdout=len(theirs))
            sure = 1 - (1 - CONFIDENCE) / family
            ranked = _bonferroni(roc.auc(ours, theirs, confidence=sure), family)
            found = _bonferroni(roc.tpr_at_fpr(ours, theirs, fpr=RATE, confidence=sure), family)
            rows.append(label.row("auc", ranked, part=part, chance=0.5))
            rows.append(label.row("tpr_at_fpr", found, part=part, chance=RATE))
    return rows


def _bonferroni(measured: Measurement, family: int) -> Measurement:
    """Return a number computed at the stricter level as one of a family that holds together with 95 %."""
    if not isinstance(measured, Estimate):
        return measured
    return replace(
        measured,
        confidence=CONFIDENCE,
        p_value=None if measured.p_value is None else min(1.0, family * measured.p_value),
        method=f"{measured.method}; Bonferroni over {family} numbers of groups",
    )
