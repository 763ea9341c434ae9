"""The joint test: all membership attacks on one table at once, so that the best of many is not good by luck."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from synthaudit.audit.statistics import Estimate, NotMeasured, intervals
from synthaudit.audit.statistics.multiplicity import max_t
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.task import TableSizes, Task, seed_of
from synthaudit.audit.suite.result import Row, Section
from synthaudit.audit.suite.tasks.rows import CONFIDENCE, RowTemplate, row_template
from synthaudit.audit.suite.tasks.scores import AttackScores, attacks_by_release, read_scores
from synthaudit.audit.suite.tasks.task_kind import TaskKind, TaskStage

ALL = "all attacks"


class JointTest(TaskKind):
    """Tests all attacks on the largest table of a release together."""

    stage: ClassVar[TaskStage] = TaskStage.SCORES
    section: ClassVar[Section] = "membership"
    statistic: ClassVar[str | None] = "missing"

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield one task per release that is attacked."""
        for system, release, attacks in attacks_by_release(components, tasks):
            sources = tuple(task.key for task in attacks)
            yield Task("joint", system, release, synthetic=attacks[0].synthetic, sources=sources)

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Test the attacks by the scores that they left."""
        template = row_template(task, context, self.section)
        seed = seed_of(context.plan.seed, task.label)
        return TaskResult.of(task, joint_test(template, read_scores(task, context), seed))


def joint_test(template: RowTemplate, scored: Sequence[AttackScores], seed: int) -> list[Row]:
    """Judge all attacks on a table at once: the chance that useless ones would look as good as the best did.

    Attacks on one synthetic table with every reference count: step-down max-T (Westfall and Young, 1993). The row of
    an attack holds its p-value after the others have been paid for. Attacks that took a sample of the targets are a
    family of their own, and what the two families find is corrected for there being two (Bonferroni).
    """
    if not scored:
        return [replace(template, method=ALL).row("max_t_p", NotMeasured("no attack was measured"), worse="lower")]
    table = np.stack([np.concatenate([one.members, one.holdout]) for one in scored])
    first = len(scored[0].members)
    if not 0 < first < table.shape[1]:
        return [replace(template, method=ALL).row("max_t_p", NotMeasured("no target on one side"), worse="lower")]
    is_member = np.arange(table.shape[1]) < first
    left_out = np.isnan(table)
    families = np.unique(left_out, axis=0, return_inverse=True)[1].ravel()
    p_values = np.ones(len(scored))
    for family in np.unique(families):
        own, here = families == family, ~left_out[np.argmax(families == family)]
        judged = max_t(table[own][:, here], is_member[here], seed=seed)
        p_values[own] = np.minimum(1.0, (families.max() + 1) * np.array(judged.adjusted))

    def measured(p: float) -> Estimate:
        drawn = judged.permutations + 1
        around = intervals.binomial(round(p * drawn), drawn, confidence=CONFIDENCE)
        low, high = (around.low, around.high) if isinstance(around, Estimate) else (0.0, 1.0)
        method = f"step-down max-T over {len(scored)} attacks; interval: {judged.permutations:,} permutations"
        return Estimate(p, min(low, p), max(high, p), CONFIDENCE, table.shape[1], method, p)

    rows = [replace(template, method=ALL).row("max_t_p", measured(float(p_values.min())), worse="lower")]
    for one, adjusted in zip(scored, map(float, p_values), strict=True):
        here = replace(
            template, method=one.row.method, knowledge=one.row.knowledge, task=f"{template.task}/{one.row.id}"
        )
        rows.append(here.row("max_t_p", measured(adjusted), part="adjusted", worse="lower"))
    return rows
