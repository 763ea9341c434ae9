"""Attribute inference one column at a time: each column in turn is the secret, so no leak is diluted by the others."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from synthaudit.attacks.attacker_scale import nearest_on_attacker_scale
from synthaudit.attacks.attribute.record_linkage import LinkedCells, copy_probabilities, guess_each_column
from synthaudit.attacks.attribute.votes import vote
from synthaudit.audit.knowledge import Knowledge
from synthaudit.audit.records import Records
from synthaudit.audit.suite.attacker.attacker_knowledge import attacker_knowledge
from synthaudit.audit.suite.context.audit_context import AuditContext, rng_of
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.known_columns import secret_columns
from synthaudit.audit.suite.context.quasi_identifiers import quasi_identifiers
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.task import TableSizes, Task
from synthaudit.audit.suite.result import Section
from synthaudit.audit.suite.tasks.planting.plantable_secrets import PlantableSecrets, kept_secrets
from synthaudit.audit.suite.tasks.rows import row_template
from synthaudit.audit.suite.tasks.sampling import CELLS, sample
from synthaudit.audit.suite.tasks.secret_rows import SecretGuesses, grade_secrets
from synthaudit.audit.suite.tasks.synthetic_sizes import synthetic_sizes
from synthaudit.audit.suite.tasks.task_kind import (
    OVERHEAD,
    DropRank,
    MostKnowledge,
    TaskKind,
    TaskStage,
    rank_of_release,
    workload,
)

MOST_COMPARISONS = 4e10
"""Pairs of cells compared when all columns are guessed, at most: half a minute on one core."""

DONORS = 20
"""Nearest rows on the quasi-identifiers that are looked through for equally near ones, whose majority is taken."""

COMPARISONS = 1.5e9
"""Pairs of cells compared per step while the shared columns are learned; of more targets, a random part is used."""

FEWEST = 256
"""Targets of which the shared columns are learned, at least."""


class EachSecret(TaskKind):
    """Lets one attacker guess every column from all others, and every column from the quasi-identifiers."""

    stage: ClassVar[TaskStage] = TaskStage.RELEASE
    by_size: ClassVar[bool] = True
    section: ClassVar[Section] = "attribute"
    statistic: ClassVar[str | None] = "secret_leakage"

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield one task per release, on its largest synthetic table."""
        if sizes.columns < 2:
            return
        for system in components.systems:
            for release in range(components.releases(system)):
                rows = max(synthetic_sizes(components, sizes, system))
                most = min(CELLS, int(MOST_COMPARISONS / rows)) // (2 * sizes.columns)
                targets = sample(components, sizes, most)
                yield Task("secrets", system, release, "each column", rows, sizes.reference, sample=targets)

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Guess every column of all targets, and grade each column against holdout patients and imputation."""
        sides = context.targets_of(task)
        knowledge, targets = attacker_knowledge(task, context), sides.pooled
        real = knowledge.real if knowledge.real is not None else targets
        rng = rng_of(context, task)
        donors = knowledge.synthetic.take(rng.permutation(len(knowledge.synthetic)))
        cells = LinkedCells.of(targets, real)
        few = rng.permutation(len(targets))[: _targets_to_learn(len(donors), len(real.schema))]
        shared = copy_probabilities(cells.take(np.sort(few)), donors)
        guesses = {"all other columns": guess_each_column(cells, shared, donors)}
        imputed = None
        if knowledge.real is not None:
            strangers = knowledge.real.take(rng.permutation(len(knowledge.real)))
            imputed = guess_each_column(cells, shared, strangers)
        declared = context.plan.secrets
        known = quasi_identifiers(context.real, declared.quasi_identifiers, declared.public)
        if known.any() and not known.all():
            from_known = _from_known(targets, donors, known, Knowledge(donors, knowledge.real, scale=knowledge.scale))
            from_known[:, known] = np.inf  # known, so not to be guessed
            guesses["quasi-identifiers"] = from_known
        after = context.secret if context.secret.any() else ~secret_columns(context.real, declared.public)
        inferred = SecretGuesses(targets, len(sides.members), guesses, imputed, after)
        template = row_template(task, context, self.section)
        seed = int(rng.integers(2**31))
        fewest = context.plan.small_count
        plantable = PlantableSecrets.of(inferred, real, shared, small_count=fewest)
        plantable.save(kept_secrets(context, task.key))
        return TaskResult.of(task, grade_secrets(template, inferred, real, small_count=fewest, seed=seed))

    def cost(self, task: Task, components: Components, sizes: TableSizes) -> float:
        """Return seconds: some fifty steps of learning, and one comparison of all targets."""
        everybody = workload(task, components, sizes).targets
        learned = min(everybody, _targets_to_learn(task.synthetic, sizes.columns))
        per_cell = 2e-10 if sizes.rest else 1.5e-10
        return OVERHEAD + task.synthetic * sizes.columns * per_cell * (50 * learned + 3 * everybody)

    def rank(self, task: Task, components: Components, sizes: TableSizes, most: MostKnowledge) -> DropRank | None:
        """Later releases can be spared."""
        return rank_of_release(task)

    def key_parts(self, task: Task, components: Components) -> Mapping[str, Any]:
        """What the attacker is after, and what it can know."""
        return {"secrets": components.plan.secrets.model_dump(mode="json")}


def _targets_to_learn(rows: int, columns: int) -> int:
    return max(FEWEST, int(COMPARISONS / max(rows * columns, 1)))


def _from_known(targets: Records, donors: Records, known: np.ndarray, knowledge: Knowledge) -> np.ndarray:
    """Return guesses of the nearest rows on the known columns: the majority of those that agree on all, if any do."""
    mask = np.broadcast_to(known, (len(targets), len(known)))
    found = nearest_on_attacker_scale(targets, donors, knowledge, k=min(DONORS, len(donors)), known=mask)
    nearest = found.distance <= found.distance[:, :1] + 1e-9
    values = vote(donors, found.index, counted=nearest, scale=knowledge.units).values
    return np.array(values, dtype=np.float64)
