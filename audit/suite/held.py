"""What the attacker of a cell holds, and how the result says it."""

from typing import Any

from audit.knowledge import Access, Knowledge, Need
from audit.records import Records
from audit.suite.cells import Cell
from audit.suite.job import Job
from audit.suite.result import Knows
from audit.suite.trainer import RecipeTrainer, trainer_of
from audit.suite.weights import fresh_of, weights_of

BEYOND = (Need.SAMPLER, Need.TRAINER, Need.WEIGHTS)
"""What an attacker may hold of the generator besides the published rows, the strongest last."""


def knowledge_of(cell: Cell, job: Job) -> Knowledge:
    """Return what the attacker of a cell holds: first rows of the synthetic tables and reference, and what it needs."""
    tables = [job.synthetic(cell.subject, cell.release + copy) for copy in range(cell.copies)]
    held = job.shifted_reference if cell.shifted else job.reference
    needs = needs_of(cell, job)
    access = {Need.SAMPLER: Access.SAMPLER, Need.WEIGHTS: Access.WEIGHTS}
    return Knowledge(
        synthetic=Records.concat([table.take(slice(0, cell.synthetic)) for table in tables]),
        reference=held.take(slice(0, cell.reference)) if held is not None and cell.reference else None,
        access=next((access[need] for need in reversed(BEYOND) if need in needs and need in access), Access.SYNTHETIC),
        trainer=trainer_of(job, cell.subject) if Need.TRAINER in needs else None,
        weights=weights_of(job, cell.subject, cell.release) if Need.WEIGHTS in needs else None,
        fresh=fresh_of(job, cell) if Need.SAMPLER in needs else None,
    )


def needs_of(cell: Cell, job: Job) -> frozenset[Need]:
    """Return what the attack of a cell cannot do without; metrics need nothing."""
    needs: frozenset[Need] = getattr(job.bench.things.get(cell.method), "needs", frozenset())
    return needs


def knows_of(cell: Cell, job: Job, *, known: int | None) -> Knows:
    """Return what the result says of an attacker's knowledge; ``known`` counts the columns known of a target."""
    attribute = cell.kind == "attribute"
    beyond = [need.value for need in BEYOND if need in needs_of(cell, job)]
    return Knows(
        access=" and ".join(["synthetic rows", *beyond]) if beyond else Access.SYNTHETIC.value,
        synthetic_rows=cell.synthetic,
        reference_rows=cell.reference,
        known_columns=known,
        known_kind=cell.columns if attribute else None,
        noise=cell.noise,
        secret=job.plan.secrets.text if attribute else None,
        reference_kind="shifted" if cell.shifted else "same population",
        target_choice=job.plan.targets.choice,
        targets=cell.targets or None,
        prior=job.plan.targets.prior,
        copies=cell.copies,
    )


def as_used(knows: Knows | None, knowledge: Knowledge) -> Knows | None:
    """Return what was known with what the attack made of it: shadow models and their size, rows sampled afresh."""
    if knows is None:
        return None
    used: dict[str, Any] = {}
    if isinstance(knowledge.trainer, RecipeTrainer) and knowledge.trainer.trained:
        used["shadow_models"], used["shadow_rows"] = knowledge.trainer.trained[-1]
    if knowledge.fresh is not None:
        used["fresh_rows"] = len(knowledge.fresh)
    return knows.model_copy(update=used)
