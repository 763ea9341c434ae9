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
    tables = [context.synthetic(task.system, task.release + copy) for copy in range(task.combined_releases)]
    held = context.shifted_reference if task.shifted else context.reference
    needs = context.components.needs(task.method)
    access = {Need.SAMPLER: Access.SAMPLER, Need.WEIGHTS: Access.WEIGHTS}
    return Knowledge(
        synthetic=Records.concat([table.take(slice(0, task.synthetic)) for table in tables]),
        reference=held.take(slice(0, task.reference)) if held is not None and task.reference else None,
        access=next((access[need] for need in reversed(BEYOND) if need in needs and need in access), Access.SYNTHETIC),
        trainer=shadow_trainer(context, task.system) if Need.TRAINER in needs else None,
        weights=weights_of(context, task.system, task.release) if Need.WEIGHTS in needs else None,
        fresh_samples=fresh_samples(context, task) if Need.SAMPLER in needs else None,
        scale=context.numeric_scale,
    )


def threat_model_of(task: Task, context: AuditContext) -> ThreatModel:
    """Return what the result says of an attacker's knowledge."""
    beyond = [need.value for need in BEYOND if need in context.components.needs(task.method)]
    return ThreatModel(
        access=" and ".join(["synthetic rows", *beyond]) if beyond else Access.SYNTHETIC.value,
        synthetic_rows=task.synthetic,
        reference_rows=task.reference,
        error_rate=task.error_rate,
        reference_population="shifted" if task.shifted else "same population",
        target_choice=context.plan.targets.choice,
        targets_per_side=task.targets_per_side or None,
        prior=context.plan.targets.prior,
        combined_releases=task.combined_releases,
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
