"""Attribute inference: what an attacker who knows some columns of each target guesses of the rest."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from synthaudit.audit.knowledge import Knowledge
from synthaudit.audit.statistics import NotMeasured
from synthaudit.audit.suite.attacker.attacker_knowledge import attacker_knowledge
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.task import TableSizes, Task
from synthaudit.audit.suite.result import Section
from synthaudit.audit.suite.tasks.attribute_metrics import Columns
from synthaudit.audit.suite.tasks.attribute_query import (
    AttributeQuery,
    imputation_baseline,
    run_attack,
    tolerance,
)
from synthaudit.audit.suite.tasks.attribute_rows import grade_attributes
from synthaudit.audit.suite.tasks.rows import RowTemplate, row_template
from synthaudit.audit.suite.tasks.sampling import sample_of_cells
from synthaudit.audit.suite.tasks.synthetic_sizes import is_part, rank_of_size, synthetic_sizes
from synthaudit.audit.suite.tasks.task_kind import (
    OVERHEAD,
    DropRank,
    DropReason,
    MostKnowledge,
    TaskKind,
    TaskStage,
    rank_of_release,
    workload,
)


class AttributeInference(TaskKind):
    """Lets one attack guess the unknown cells of all targets, and the same attack without the synthetic rows."""

    stage: ClassVar[TaskStage] = TaskStage.RELEASE
    by_size: ClassVar[bool] = True
    section: ClassVar[Section] = "attribute"
    statistic: ClassVar[str | None] = "leakage_f1"

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield the attacks on every table, with every choice of known columns and every rate of errors in them."""
        for system in components.systems:
            for release in range(components.releases(system)):
                for rows in synthetic_sizes(components, sizes, system):
                    for key in components.attribute:
                        most = sample_of_cells(components, sizes)
                        base = Task("attribute", system, release, key, rows, sizes.reference, sample=most)
                        rates, choices = (
                            sorted(set(components.plan.sweep.error_rate)),
                            _known_columns(components, sizes),
                        )
                        if is_part(sizes, system, rows):  # for the curve over sizes: the attacker who knows most
                            rates, choices = rates[:1], choices[-1:]
                        for choice, known in choices:
                            for rate in rates:
                                yield replace(base, known=known, known_choice=choice, error_rate=rate)

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Let the attack guess, and grade it against holdout patients and imputation."""
        knowledge, query = attacker_knowledge(task, context), AttributeQuery.of(task, context)
        known = int(query.known[0].sum()) if len(query.known) else 0
        template = _with_known(row_template(task, context, self.section), task, context, known)
        missing = knowledge.lacks(context.components.attribute[task.method].needs)
        if missing is None and not known:
            missing = "the table has no such column to know"
        if missing is None and not query.secret.any():
            missing = "nothing is left to guess"
        if missing is not None:
            return TaskResult.of(task, [template.row("leakage_f1", NotMeasured(missing), chance=0.0)])
        reference = knowledge.reference
        rows_only = Knowledge(synthetic=knowledge.synthetic, reference=reference, scale=knowledge.scale)
        members, holdout = run_attack(task, context, query, rows_only, "synthetic")
        baseline = imputation_baseline(task, context, query, reference)
        columns = Columns.of(context.real, tolerance(context.holdout))
        return TaskResult.of(task, grade_attributes(template, members, holdout, baseline, columns))

    def cost(self, task: Task, components: Components, sizes: TableSizes) -> float:
        """Return seconds of the attack."""
        return OVERHEAD + components.attribute[task.method].cost(workload(task, components, sizes))

    def rank(self, task: Task, components: Components, sizes: TableSizes, most: MostKnowledge) -> DropRank | None:
        """Other columns and wrong ones can be spared first, then attackers who know less, other sizes and releases."""
        choices = components.plan.sweep.known_choice
        main = choices[0] if "random" not in choices else "random"
        if task.error_rate > min(components.plan.sweep.error_rate) or task.known_choice != main:
            return DropRank(DropReason.VARIANT)
        if most.exceeds(task):
            return DropRank(DropReason.LESS_KNOWLEDGE)
        candidates = synthetic_sizes(components, sizes, task.system)
        return rank_of_size(task, candidates, sizes) or rank_of_release(task)

    def key_parts(self, task: Task, components: Components) -> Mapping[str, Any]:
        """What the attacker is after."""
        return {"secrets": components.plan.secrets.model_dump(mode="json")}


def _with_known(template: RowTemplate, task: Task, context: AuditContext, known: int) -> RowTemplate:
    """Return a template that says which columns the attacker knows, and what it is after."""
    if template.knowledge is None:
        return template
    update = {
        "known_columns": known or None,
        "known_choice": task.known_choice,
        "secret": context.plan.secrets.text,
    }
    return replace(template, knowledge=template.knowledge.model_copy(update=update))


def _known_columns(components: Components, sizes: TableSizes) -> list[tuple[str, int]]:
    """Return which columns the attacker knows, and how many of them, so that something is left to guess."""
    known = sorted({known for known in components.plan.sweep.known_columns if 0 < known < sizes.columns})
    found: list[tuple[str, int]] = []
    for choice in dict.fromkeys(components.plan.sweep.known_choice):
        if choice == "random":
            found += [(choice, count) for count in known or ([sizes.columns // 2] if sizes.columns > 1 else [])]
        elif choice == "frequent":
            found += [(choice, count) for count in sorted({min(n, sizes.columns - sizes.rest) for n in known})]
        else:
            found.append((choice, 0))
    return found
