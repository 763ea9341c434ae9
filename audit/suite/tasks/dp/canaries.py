"""The one-run audit: many canaries, each inserted by a coin of its own, one training, and who was in.

Under (epsilon, delta)-DP of that training nobody guesses the coins better than its claim allows (Steinke, Nasr &
Jagielski, 2023). Coins compare a canary present with absent, so epsilon is that for adding or removing one; where a
coin chooses one of two, it is that for replacing one. Each canary's law, the attacks and the confidence are fixed
before any coin is tossed. The claim compared with is that of this very training, whose size differs a little.

The audit runs twice: under the public schema, and with vocabulary, levels and bounds taken from the training data, as
most published code does. What the second gives away beyond the first is the metadata leak; a claim about the training
does not cover it.
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from synthaudit.audit.protocols import Fitted
from synthaudit.audit.records import Records
from synthaudit.audit.statistics import NotMeasured
from synthaudit.audit.statistics.best_attack_bound import one_run_bound
from synthaudit.audit.statistics.roc import auc_difference
from synthaudit.audit.suite.context.audit_context import AuditContext, use_one_thread
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.task import TableSizes, Task, seed_of
from synthaudit.audit.suite.result import ThreatModel
from synthaudit.audit.suite.tasks.dp.canary_assignment import CanaryAssignment
from synthaudit.audit.suite.tasks.dp.canary_design import describe, with_more_codes
from synthaudit.audit.suite.tasks.dp.canary_scores import black_box, white_box, with_domain
from synthaudit.audit.suite.tasks.dp.claim import claim_of, claim_rows, with_access
from synthaudit.audit.suite.tasks.dp.domain import Domain
from synthaudit.audit.suite.tasks.dp.dp_task import DPTask
from synthaudit.audit.suite.tasks.rows import RowTemplate
from synthaudit.audit.suite.tasks.synthetic_sizes import synthetic_sizes
from synthaudit.audit.suite.tasks.task_kind import OVERHEAD, TaskStage
from synthaudit.audit.workload import Workload

PUBLIC, FROM_DATA = "domain public", "domain from data"


class CanaryAudit(DPTask):
    """Trains once per domain with canaries among the members, and bounds epsilon by who was in."""

    stage: ClassVar[TaskStage] = TaskStage.DP_TRAINING

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield one task per generator whose claim is audited."""
        if components.plan.dp_audit.canaries:
            for system in filter(components.claims, components.recipes):
                yield Task("canaries", system, synthetic=max(synthetic_sizes(components, sizes, system)))

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Train under each domain and bound epsilon; all in one task, since domains are compared."""
        plan, recipe = context.plan.dp_audit, context.components.recipes[task.system]
        if not context.components.is_control(task.system):
            use_one_thread()
        like = context.reference if context.reference is not None else context.holdout
        rng = np.random.default_rng(seed_of(context.plan.seed, "canaries"))
        patients = int(max(side.patients.max() for side in (context.members, context.holdout, like))) + 1
        coins = CanaryAssignment.toss(plan, like, patients=patients, rng=rng)
        schema = coins.canaries.rows.schema
        trained = Records.concat([with_more_codes(context.members, schema), coins.canaries.rows.take(coins.inserted)])
        trained = trained.take(rng.permutation(len(trained)))  # a row's place says nothing
        reference = with_more_codes(context.reference, schema) if context.reference is not None else None
        rows, first = [], {}
        for name in (PUBLIC, FROM_DATA) if plan.data_dependent_domain else (PUBLIC,):
            domain = Domain(schema, schema) if name == PUBLIC else Domain.of(trained)
            fitted = recipe.fit(domain.restrict(trained), seed=_seed(context, task, "fit"), device=context.device)
            claim = claim_of(
                fitted.training.ledger,
                adjacency="replace one" if coins.paired else "add or remove one",
                delta=plan.delta,
                note=f"canaries: {describe(plan.canary_distribution, plan.unique_code_canaries)}",
            )
            label = _label(task, coins, 0 if reference is None else len(reference))
            by_access = (
                {} if fitted.training.problem else _scores(fitted, coins, domain, reference, task=task, context=context)
            )
            for access in ("black box", "white box"):
                here, part = with_access(label, access), f"{access}, {name}"
                scores = by_access.get(access)
                if not scores:
                    why = fitted.training.problem or "the generator's weights say nothing of a record"
                    rows += claim_rows(here, NotMeasured(why), claim, part=part, judged=name == PUBLIC)
                    continue
                found = one_run_bound(
                    coins.per_coin(scores),
                    coins.heads,
                    delta=claim.guarantee.delta,
                    claim=claim.mu if claim.mu is not None else claim.guarantee.claimed,
                    paired=coins.paired,
                    gaussian=claim.mu is not None,
                    significance=plan.significance,
                    seed=_seed(context, task, part),
                )
                rows += claim_rows(here, found, claim, part=part, judged=name == PUBLIC)
                if access == "black box":
                    first[name] = next(iter(scores.values()))
        if len(first) == 2:
            after, before = (first[name] for name in (FROM_DATA, PUBLIC))
            gone = coins.inserted
            leak = auc_difference(after[gone], after[~gone], before[gone], before[~gone])
            rows.append(with_access(label, "black box").row("metadata_leak", leak, part="black box", chance=0.0))
        return TaskResult.of(task, rows)

    def cost(self, task: Task, components: Components, sizes: TableSizes) -> float:
        """Return seconds of the trainings, and of the attacks on all canaries."""
        plan = components.plan.dp_audit
        work = Workload(members=sizes.members + plan.canaries // 2, columns=sizes.columns + plan.unique_code_canaries)
        attacks = Workload(targets=plan.canaries, synthetic=task.synthetic, reference=sizes.reference).pair_seconds
        training = components.recipes[task.system].cost(work)
        return OVERHEAD + (1 + plan.data_dependent_domain) * (1 + training + 4 * attacks)


def _scores(
    fitted: Fitted,
    coins: CanaryAssignment,
    domain: Domain,
    reference: Records | None,
    *,
    task: Task,
    context: AuditContext,
) -> dict[str, dict[str, np.ndarray]]:
    """Return what attackers say of all canaries, by access; white box includes what the synthetic rows say."""
    targets = coins.canaries.rows
    synthetic = domain.embed(fitted.sample(task.synthetic, seed=_seed(context, task, "sample")))
    rng = np.random.default_rng(_seed(context, task, "attacks"))
    unique_code, attacks = coins.canaries.unique_code, context.components.canary_attacks
    read = black_box(attacks, targets, unique_code, synthetic, reference, scale=context.numeric_scale, rng=rng)
    outside = domain.count_out_of_domain(targets)
    alone = (unique_code >= 0) & (outside == 0) & (domain.seen != domain.public)
    weights = white_box(
        fitted, domain.restrict(targets), domain.restrict(coins.canaries.without_unique_code), coins.canaries.features
    )
    found = {"black box": with_domain(read, outside, alone)}
    return {**found, "white box": with_domain(weights, outside, alone)} if weights else found


def _label(task: Task, coins: CanaryAssignment, reference: int) -> RowTemplate:
    inside = int(coins.inserted.sum())
    knows = ThreatModel(access="synthetic rows only", synthetic_rows=task.synthetic, reference_rows=reference)
    outside = len(coins.inserted) - inside
    return RowTemplate(task.label, "privacy", task.system, None, "canaries", knows, inside, outside, "mechanism")


def _seed(context: AuditContext, task: Task, what: str) -> int:
    return seed_of(context.plan.seed, "canaries", task.system, what)
