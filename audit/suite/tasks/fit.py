"""Training of a generator: one release of one system, its synthetic table, and what attackers need of it."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from synthaudit.audit.errors import InputError, TrainingError
from synthaudit.audit.protocols import Fitted
from synthaudit.audit.records.frame import write_table
from synthaudit.audit.records.row_identity import distinct_share
from synthaudit.audit.records.storage import load_records, save_records
from synthaudit.audit.suite.attacker.stored_generator import store_model
from synthaudit.audit.suite.context.audit_context import AuditContext, use_one_thread
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.run_folder import TaskResult, TrainingCard
from synthaudit.audit.suite.context.task import TableSizes, Task, seed_of
from synthaudit.audit.suite.result import Section
from synthaudit.audit.suite.tasks.rows import row_template
from synthaudit.audit.suite.tasks.synthetic_sizes import largest_size
from synthaudit.audit.suite.tasks.task_kind import (
    OVERHEAD,
    DropRank,
    MostKnowledge,
    TaskKind,
    TaskStage,
    rank_of_release,
    workload,
)


class Fit(TaskKind):
    """Trains a generator on the members and samples the table that is attacked."""

    stage: ClassVar[TaskStage] = TaskStage.TRAINING
    section: ClassVar[Section] = "fidelity"

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield one training per generator and release."""
        for system in components.recipes:
            for release in range(components.releases(system)):
                yield Task("fit", system, release, synthetic=largest_size(components, sizes, system))

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Train, sample, and store the table; curves of the losses are its series."""
        if not context.components.is_control(task.system):
            use_one_thread()
        started = time.perf_counter()
        seed = seed_of(context.plan.seed, "fit", task.system, task.release)
        fitted = context.components.recipes[task.system].fit(context.members, seed=seed, device=context.device)
        distinct = _publish(fitted, task, context) if fitted.training.problem is None else 0.0
        card = TrainingCard(
            seconds=round(time.perf_counter() - started, 3),
            steps=fitted.training.steps,
            problem=fitted.training.problem,
            notes=tuple(fitted.training.notes),
            distinct=distinct,
            ledger=fitted.training.ledger,
        )
        template = row_template(task, context, self.section)
        losses = fitted.training.losses.items()
        curves = [template.series(f"loss {name}", {"loss": np.array(values)}) for name, values in losses if values]
        return TaskResult.of(task, (), curves).model_copy(update={"training": card})

    def intact(self, task: Task, context: AuditContext) -> bool:
        """Whether the synthetic table can be read; an archive carries a checksum of each of its parts."""
        card = context.folder.read_task(task.key).training
        if card is not None and card.problem is not None:
            return True
        try:
            load_records(context.synthetic_path(task.system, task.release, task.key))
        except InputError:
            return False
        return True

    def cost(self, task: Task, components: Components, sizes: TableSizes) -> float:
        """Return seconds of one training."""
        return OVERHEAD + components.recipes[task.system].cost(workload(task, components, sizes))

    def rank(self, task: Task, components: Components, sizes: TableSizes, most: MostKnowledge) -> DropRank | None:
        """Later releases can be spared."""
        return rank_of_release(task)

    def key_parts(self, task: Task, components: Components) -> Mapping[str, Any]:
        """Rows that samplers want are sampled right after training."""
        return {"fresh": components.fresh_sample_factor}


def _publish(fitted: Fitted, task: Task, context: AuditContext) -> float:
    """Sample and store the synthetic table; return its share of distinct rows."""
    seed = seed_of(context.plan.seed, "sample", task.system, task.release)
    synthetic = fitted.sample(task.synthetic, seed=seed)
    if len(synthetic) != task.synthetic or synthetic.schema.names != context.members.schema.names:
        raise TrainingError(f"{task.system}: expected {task.synthetic} rows under the members' schema")
    save_records(synthetic, context.synthetic_path(task.system, task.release, task.key))
    store_model(fitted, context, task)
    if not context.components.is_control(task.system):
        write_table(synthetic, context.folder.synthetic / f"{task.system}-{task.release}.parquet")
    return distinct_share(synthetic)
