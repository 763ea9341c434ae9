"""Copies: members whose record stands in the synthetic table, word for word or but for one value."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from synthaudit.audit.files import replacing, write_atomically
from synthaudit.audit.records import NumericScale, Records
from synthaudit.audit.records.row_identity import row_numbers
from synthaudit.audit.records.storage import read_arrays
from synthaudit.audit.statistics import NotMeasured, intervals
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.distinctive import ENOUGH
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.task import TableSizes, Task
from synthaudit.audit.suite.result import Row, Section
from synthaudit.audit.suite.tasks.membership_rows import DISTINCTIVE, grade_claim
from synthaudit.audit.suite.tasks.rows import CONFIDENCE, RowTemplate, row_template
from synthaudit.audit.suite.tasks.synthetic_sizes import largest_size
from synthaudit.audit.suite.tasks.task_kind import (
    OVERHEAD,
    DropRank,
    MostKnowledge,
    TaskKind,
    TaskStage,
    rank_of_release,
)

METHOD = "copies"
STRANGER_RATE = "stranger_rate"
"""Share of the distinctive patients of both sides who would have been found in the reference rows."""

VERBATIM = "verbatim"
NEARLY = "verbatim or nearly"

TOLERANCE = 0.005
"""Difference up to which two numbers agree, as a share of their real spread from the 5th to the 95th percentile."""

DISTANCES = {VERBATIM: (2, 1, 0), NEARLY: (3, 2, 1)}
"""Columns in which every other patient must differ more than that for a record to be distinctive, tried in this order.

Two more than a copy may differ in: so a synthetic row that is a copy of such a patient is one of nobody else, and in
tables of codes records of the same population seldom come that near by chance.
"""

PAIRS_PER_SECOND = 3e7
"""Pairs of rows compared per second where hardly any column tells patients apart; most tables are a hundredth of it."""


class Copies(TaskKind):
    """Looks for every member and every holdout patient in a whole synthetic table."""

    stage: ClassVar[TaskStage] = TaskStage.RELEASE
    section: ClassVar[Section] = "membership"
    statistic: ClassVar[str | None] = "excess"

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield one task per release: all rows of a given file, or all that were sampled."""
        for system in components.systems:
            rows = largest_size(components, sizes, system)
            for release in range(components.releases(system)):
                yield Task("copies", system, release, synthetic=rows)

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Count copied patients on both sides, and list the members among them in the run's restricted folder."""
        scale = context.holdout if context.reference is None else context.reference
        synthetic = context.synthetic(task.system, task.release)
        found = find_copies(context.members, context.holdout, synthetic, tolerances(scale), strangers=context.reference)
        template = replace(row_template(task, context, self.section), method=METHOD)
        _write_copied(task, context, found)
        found.save(kept_copies(context, task.key))
        return TaskResult.of(task, grade_copies(template, found))

    def cost(self, task: Task, components: Components, sizes: TableSizes) -> float:
        """Return seconds of all comparisons, with those among real patients."""
        people = sizes.members + sizes.holdout
        return OVERHEAD + people * (people + task.synthetic) / PAIRS_PER_SECOND

    def rank(self, task: Task, components: Components, sizes: TableSizes, most: MostKnowledge) -> DropRank | None:
        """Only with its release."""
        return rank_of_release(task)


@dataclass(frozen=True, eq=False)
class CopiedPatients:
    """Which patients stand in a synthetic table; members first, then holdout, in the order of their numbers.

    Attributes:
        patients: Numbers of the patients, shape ``(n,)``.
        members: How many of them are members.
        verbatim: Who has a row that equals a synthetic one, shape ``(n,)``, bool.
        nearly: Who has one that agrees with a synthetic one in all columns but one, or in all.
        distinctive: For either, whose record no other patient comes near; None where too few have such a record.
        by_strangers: For either, who would have been found in the rows of other real patients, shape ``(n,)``, bool;
            nothing where no others are known.
    """

    patients: np.ndarray
    members: int
    verbatim: np.ndarray
    nearly: np.ndarray
    distinctive: dict[str, np.ndarray | None]
    by_strangers: Mapping[str, np.ndarray] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Keep it for the tasks that plant copies."""
        apart = {name: mask for name, mask in self.distinctive.items() if mask is not None}
        with replacing(path, mode=0o600) as file:
            kept = {"patients": self.patients, "members": np.array(self.members), **apart}
            np.savez_compressed(file, allow_pickle=False, found=np.stack([self.verbatim, self.nearly]), **kept)

    @classmethod
    def load(cls, path: Path) -> "CopiedPatients":
        """Return what was kept."""
        kept = read_arrays(path)
        apart = {name: kept.get(name) for name in DISTANCES}
        return cls(kept["patients"], int(kept["members"]), kept["found"][0], kept["found"][1], apart)


def kept_copies(context: AuditContext, key: str) -> Path:
    """Return where a task leaves who is copied."""
    return context.folder.restricted / "copies" / f"{key}.npz"


def tolerances(scale: Records) -> dict[str, float]:
    """Return the difference up to which numbers agree, by column, from real records that are no members.

    Neither the table under test nor its training data may set the scale on which copies are looked for.
    """
    known = NumericScale.of(scale)
    return {name: TOLERANCE * known.middle(name) for name in known.ranges}


def find_copies(
    members: Records,
    holdout: Records,
    synthetic: Records,
    tolerance: dict[str, float],
    *,
    strangers: Records | None = None,
) -> CopiedPatients:
    """Look for every patient of both sides in a synthetic table.

    Tables of a few coarse columns agree by chance, so patients are also judged by whether their record is distinctive:
    no other patient of either side agrees with it in all columns but ``DISTANCES``, the first that leaves half of all.
    ``strangers`` are rows of other real patients, which show how often chance alone finds somebody.
    """
    # The kernels' compiler takes half a second to import; a command that only lists tasks should not wait for it.
    from synthaudit.audit.neighbours.near_copies import has_near_copy

    pool = Records.concat([members, holdout])
    patients, owner = np.unique(pool.patients, return_inverse=True)
    is_member = np.isin(patients, members.patients)
    order = np.argsort(~is_member, kind="stable")

    def of_patients(rows: np.ndarray) -> np.ndarray:
        """Return which patients have such a row."""
        any_row = np.zeros(len(patients), dtype=bool)
        any_row[owner[rows]] = True
        return any_row[order]

    real, published = row_numbers(pool, synthetic)
    nearly = of_patients(has_near_copy(pool, synthetic, tolerance))
    distinctive: dict[str, np.ndarray | None] = {}
    apart: dict[int, np.ndarray] = {}
    for kind, radii in DISTANCES.items():
        for differing in radii:
            if differing not in apart:
                near = has_near_copy(pool, pool, tolerance, differing=differing, strangers=True)
                apart[differing] = ~of_patients(near)
            if apart[differing].mean() >= ENOUGH:
                break
        enough = apart[differing].mean() >= ENOUGH
        distinctive[kind] = apart[differing] if enough else None
    verbatim = of_patients(np.isin(real, published))
    by_strangers: dict[str, np.ndarray] = {}
    if strangers is not None and len(strangers):
        ours, theirs = row_numbers(pool, strangers)
        others = of_patients(np.isin(ours, theirs))
        by_strangers = {VERBATIM: others, NEARLY: others | of_patients(has_near_copy(pool, strangers, tolerance))}
    return CopiedPatients(patients[order], int(is_member.sum()), verbatim, verbatim | nearly, distinctive, by_strangers)


def grade_copies(template: RowTemplate, found: CopiedPatients) -> list[Row]:
    """Return, for verbatim copies and for those with near ones: the rates of both sides, and what members have more.

    Rates are Clopper-Pearson's, differences Newcombe's on them: chance hits both sides alike. How often it does is read
    off other real patients too, so that a policy need not take it from the table under test.
    """
    rows: list[Row] = []
    for kind, copied in ((VERBATIM, found.verbatim), (NEARLY, found.nearly)):
        first = found.members
        rows += grade_claim(template, kind, copied[:first], copied[first:])
        apart, part = found.distinctive[kind], f"{kind}, {DISTINCTIVE}"
        if apart is None:
            reason = NotMeasured("more than half of the patients share their record, or nearly, with another patient")
            rows.append(template.row("excess", reason, part=part, chance=0.0))
            continue
        sides = copied[:first][apart[:first]], copied[first:][apart[first:]]
        rows += grade_claim(template, part, *sides)
        if kind in found.by_strangers:
            met = found.by_strangers[kind][apart]
            rate = intervals.binomial(int(met.sum()), len(met), confidence=CONFIDENCE)
            rows.append(template.row(STRANGER_RATE, rate, part=part))
    return rows


def _write_copied(task: Task, context: AuditContext, found: CopiedPatients) -> None:
    """Write ``restricted/copied-SYSTEM-RELEASE.csv``, mode 0600: the copied members, by pseudonym."""
    lines = io.StringIO()
    table = csv.writer(lines, lineterminator="\n")
    table.writerow(("pseudonym", "copy", "distinctive"))
    for at in np.flatnonzero(found.nearly[: found.members]):
        kind = VERBATIM if found.verbatim[at] else "nearly"
        apart = found.distinctive[VERBATIM if found.verbatim[at] else NEARLY]
        known = "" if apart is None else "yes" if apart[at] else "no"
        table.writerow((context.pseudonyms[found.patients[at]], kind, known))
    path = context.folder.restricted / f"copied-{task.system}-{task.release}.csv"
    write_atomically(path, lines.getvalue().encode(), mode=0o600)
