"""Negative control: do holdout or reference patients stand in a given table? Then it was made from them, too.

A control group that was trained on controls nothing: its records lie as near to the table as members', and no attack
tells the two apart. So a table is searched for the records of patients it should not know, word for word or but for one
cell. Only records that no other real patient shares count, and three tests say whether too many are found:

- **Against chance.** A patient with exactly one double among the N real patients would have had none without that one.
  So pairs of such patients tell how often a new record of the same population, as each of the table's m rows is, meets
  a record that nobody shares (Good and Turing's argument): of n patients at most ``2 n m pairs / (N (N - 1))``. Given
  pairs and patients found, the share of the latter is binomial. A generator draws another population than the real
  one, so that ``TOLERATED`` times as many are allowed.
- **Against members.** Nobody is found more often than those the table was made from; under a fair split members and
  holdout would otherwise be exchangeable, so Fisher's test is exact.
- **Against a reference that was given**, for the holdout alone, likewise; and only where chance explains less, since a
  reference may be of another population.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from scipy.stats import binom, hypergeom

from synthaudit.audit.records import Records
from synthaudit.audit.records.lone_pairs import partner_counts, stand_in
from synthaudit.audit.statistics import Estimate, Measurement, NotMeasured, intervals
from synthaudit.audit.suite.context.audit_context import AuditContext, rng_of, use_one_thread
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.task import TableSizes, Task
from synthaudit.audit.suite.result import Section
from synthaudit.audit.suite.tasks.holdout_nearness import holdout_nearness
from synthaudit.audit.suite.tasks.rows import CONFIDENCE, row_template
from synthaudit.audit.suite.tasks.synthetic_sizes import largest_size
from synthaudit.audit.suite.tasks.task_kind import TaskKind, TaskStage

METHOD = "published holdout"
ROLES = ("holdout", "reference")

TOLERATED = 2.0
"""How much oftener than real patients synthetic rows may meet a record that nobody shares."""

FEWEST = 5
"""Patients below whom nothing is said, however improbable they are."""


class PublishedHoldout(TaskKind):
    """Looks for the holdout and the reference in a table that was handed in."""

    stage: ClassVar[TaskStage] = TaskStage.RELEASE
    section: ClassVar[Section] = "control"
    statistic: ClassVar[str | None] = "missing"

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield one task per given table; no generator that the audit trains sees the holdout."""
        if components.plan.controls.enabled:
            for system in components.plan.synthetic:
                yield Task("published_holdout", system, synthetic=largest_size(components, sizes, system))

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Search the whole table, and compare holdout and reference as an attack on the holdout."""
        use_one_thread()
        tables = {"members": context.members, "holdout": context.holdout}
        if context.reference is not None:
            tables["reference"] = context.reference
        table = context.synthetic(task.system, task.release)
        found = find_published(tables, table, reference_given=context.plan.reference_given)
        template = replace(row_template(task, context, self.section), method=METHOD, knowledge=None)
        rows = [
            template.row("published_rate", measured, part=role, chance=chance)
            for role, (measured, chance) in found.items()
        ]
        for attack, auc in holdout_nearness(context, table, rng=rng_of(context, task)):
            rows.append(template.row("auc", auc, part=attack, chance=0.5))
        return TaskResult.of(task, rows)


@dataclass(frozen=True, eq=False)
class FoundPatients:
    """Patients of each side whose record no other real patient shares, and those among them who stand in a table.

    Attributes:
        alone: Patients with a record of their own, by side.
        published: Those of them with a row in the table, likewise.
        pairs: Pairs of patients of any side who share a record with each other and with nobody else.
        chances: Pairs of a patient and a synthetic row, over pairs of patients, by side.
    """

    alone: Mapping[str, int]
    published: Mapping[str, int]
    pairs: int
    chances: Mapping[str, float]

    @classmethod
    def of(cls, tables: Mapping[str, Records], synthetic: Records, *, near: bool) -> "FoundPatients":
        """Search a table for the patients of all sides; ``near`` lets one cell differ."""
        pool = Records.concat(list(tables.values()))
        patients, numbers = np.unique(pool.patients, return_inverse=True)
        partners = partner_counts(pool.with_patients(numbers), near=near)
        published = np.zeros(len(patients), dtype=bool)
        published[numbers[stand_in(pool, synthetic, near=near)]] = True
        sides = {role: np.isin(patients, table.patients) for role, table in tables.items()}
        everybody = max(len(patients) * (len(patients) - 1) / 2, 1)
        return cls(
            {role: int((side & (partners == 0)).sum()) for role, side in sides.items()},
            {role: int((side & (partners == 0) & published).sum()) for role, side in sides.items()},
            -(-int((partners == 1).sum()) // 2),
            {role: float(side.sum() * len(synthetic) / everybody) for role, side in sides.items()},
        )

    def expected(self, role: str) -> float:
        """Return how many patients of a side chance puts into the table, at most."""
        return min(self.chances[role] * self.pairs, self.alone[role])

    def beyond_chance(self, role: str, tolerated: float) -> float:
        """Return the p-value of 'as many are found as among new patients', times what is tolerated."""
        found, ratio = self.published[role], tolerated * self.chances[role]
        return float(binom.sf(found - 1, found + self.pairs, ratio / (1 + ratio)))

    def more_than(self, role: str, other: str) -> float:
        """Return the p-value of 'found no more often than the patients of another side' (Fisher's exact test)."""
        both = self.published[role] + self.published[other]
        return float(
            hypergeom.sf(self.published[role] - 1, self.alone[role] + self.alone[other], both, self.alone[role])
        )

    def p_values(self, role: str, *, reference_given: bool) -> list[float]:
        """Return the p-values of all tests of a side."""
        tests = [self.beyond_chance(role, TOLERATED)]
        if role == "holdout" or not reference_given:
            tests.append(self.more_than(role, "members"))
        if role == "holdout" and reference_given:
            tests.append(max(self.more_than(role, "reference"), self.beyond_chance(role, 1.0)))
        return tests


def find_published(
    tables: Mapping[str, Records], synthetic: Records, *, reference_given: bool
) -> dict[str, tuple[Measurement, float | None]]:
    """Return, for the holdout and the reference, the share found in a table, and the share that chance explains.

    Of the patients who share their record with nobody. The p-value is Bonferroni's over all tests of either side, each
    on word-for-word and on nearly equal rows; the share is that of the kind of rows with the smaller one.

    Args:
        tables: Members, holdout and, where there is one, reference.
        synthetic: The whole table.
        reference_given: Whether the reference came from elsewhere, and is not a part of the holdout.
    """
    kinds = [FoundPatients.of(tables, synthetic, near=near) for near in (False, True)]
    roles = [role for role in ROLES if role in tables]
    given = reference_given and "reference" in tables
    p_values = {role: [kind.p_values(role, reference_given=given) for kind in kinds] for role in roles}
    tests = sum(len(tested) for by_kind in p_values.values() for tested in by_kind)
    result: dict[str, tuple[Measurement, float | None]] = {}
    for role in roles:
        smallest = [min(tested) for tested in p_values[role]]
        kind = kinds[int(np.argmin(smallest))]
        measured = intervals.binomial(kind.published[role], kind.alone[role], confidence=CONFIDENCE)
        if not kind.alone[role]:
            measured = NotMeasured("every patient shares their record with another")
        if not isinstance(measured, Estimate):
            result[role] = (measured, None)
            continue
        p_value = min(1.0, tests * min(smallest)) if kind.published[role] >= FEWEST else 1.0
        result[role] = (replace(measured, p_value=p_value), kind.expected(role) / kind.alone[role])
    return result
