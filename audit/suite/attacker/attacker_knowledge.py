"""What the attacker of a task holds, and how the result says it."""

from typing import Any

from synthaudit.audit.knowledge import Access, Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.suite.attacker.shadow_trainer import RecipeTrainer, shadow_trainer
from synthaudit.audit.suite.attacker.stored_generator import fresh_samples, weights_of
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.task import Task
from synthaudit.audit.suite.result import ThreatModel

BEYOND = (Need.SAMPLER, Need.TRAINER, Need.WEIGHTS)
"""What an attacker may hold of the generator besides the published rows, the strongest last."""


def attacker_knowledge(task: Task, context: AuditContext) -> Knowledge:
    """Return what the attacker of a task holds: first rows of the synthetic tables and reference, and what it needs."""
    tables = [context.synthetic(task.system, task.release + copy) for copy in range(task.copies)]
    held = context.shifted_reference if task.shifted else context.reference
    needs = needs_of(task, context)
    access = {Need.SAMPLER: Access.SAMPLER, Need.WEIGHTS: Access.WEIGHTS}
    return Knowledge(
        synthetic=Records.concat([table.take(slice(0, task.synthetic)) for table in tables]),
        reference=held.take(slice(0, task.reference)) if held is not None and task.reference else None,
        access=next((access[need] for need in reversed(BEYOND) if need in needs and need in access), Access.SYNTHETIC),
        trainer=shadow_trainer(context, task.system) if Need.TRAINER in needs else None,
        weights=weights_of(context, task.system, task.release) if Need.WEIGHTS in needs else None,
        fresh_samples=fresh_samples(context, task) if Need.SAMPLER in needs else None,
    )


def needs_of(task: Task, context: AuditContext) -> frozenset[Need]:
    """Return what the attack of a task cannot do without; metrics need nothing."""
    needs: frozenset[Need] = getattr(context.components.methods.get(task.method), "needs", frozenset())
    return needs


def threat_model_of(task: Task, context: AuditContext, *, known: int | None) -> ThreatModel:
    """Return what the result says of an attacker's knowledge; ``known`` counts the columns known of a target."""
    attribute = task.kind == "attribute"
    beyond = [need.value for need in BEYOND if need in needs_of(task, context)]
    return ThreatModel(
        access=" and ".join(["synthetic rows", *beyond]) if beyond else Access.SYNTHETIC.value,
        synthetic_rows=task.synthetic,
        reference_rows=task.reference,
        known_columns=known,
        known_choice=task.columns if attribute else None,
        error_rate=task.noise,
        secret=context.plan.secrets.text if attribute else None,
        reference_population="shifted" if task.shifted else "same population",
        target_choice=context.plan.targets.choice,
        targets_per_side=task.targets or None,
        prior=context.plan.targets.prior,
        combined_releases=task.copies,
    )


def as_used(knows: ThreatModel | None, knowledge: Knowledge) -> ThreatModel | None:
    """Return what was known with what the attack made of it: shadow models and their size, rows sampled afresh."""
    if knows is None:
        return None
    used: dict[str, Any] = {}
    if isinstance(knowledge.trainer, RecipeTrainer) and knowledge.trainer.trained:
        used["shadow_models"], used["shadow_rows"] = knowledge.trainer.trained[-1]
    if knowledge.fresh_samples is not None:
        used["fresh_rows"] = len(knowledge.fresh_samples)
    return knows.model_copy(update=used)
