"""What each kind of task computes. A task takes a task and a folder's path, and leaves one file behind."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from synthaudit.audit.errors import TrainingError
from synthaudit.audit.files import replacing
from synthaudit.audit.knowledge import InsufficientKnowledge, Knowledge
from synthaudit.audit.protocols import ClaimingAttack, MembershipAttack
from synthaudit.audit.records import Records
from synthaudit.audit.records.frame import write_table
from synthaudit.audit.records.storage import save_records
from synthaudit.audit.statistics import NotMeasured
from synthaudit.audit.suite.attacker.attacker_knowledge import as_used, attacker_knowledge, threat_model_of
from synthaudit.audit.suite.attacker.stored_generator import store_model
from synthaudit.audit.suite.context.audit_context import AuditContext, read_context, rng_of, use_one_thread
from synthaudit.audit.suite.context.run_folder import TaskResult, TrainingCard
from synthaudit.audit.suite.context.targets import Targets
from synthaudit.audit.suite.context.task import EVERYBODY, Task, seed_of
from synthaudit.audit.suite.result import Row, Series
from synthaudit.audit.suite.tasks import controls
from synthaudit.audit.suite.tasks import rows as grade
from synthaudit.audit.suite.tasks.attribute_metrics import Columns
from synthaudit.audit.suite.tasks.attribute_query import AttributeQuery, imputation_baseline, run_attack, tolerance
from synthaudit.audit.suite.tasks.dp.audits import AUDITS
from synthaudit.audit.suite.tasks.joint import by_group, joint_test, scores_of


def run_task(task: Task, folder: str) -> None:
    """Compute a task unless it is finished, and write its result."""
    context = read_context(folder)
    if context.folder.has(task.key):
        return
    started = time.perf_counter()
    result = WORK[task.kind](task, context)
    seconds = round(time.perf_counter() - started, 3)
    context.folder.write_task(result.model_copy(update={"seconds": seconds}))


def label_of(task: Task, context: AuditContext, section: str, *, known: int | None = None) -> grade.RowTemplate:
    """Return what the rows of a task have in common; ``known`` counts the columns known of a target."""
    targets = context.targets_of(task)
    return grade.RowTemplate(
        task=task.label,
        section=section,  # type: ignore[arg-type]
        system=task.system,
        release=None if task.system == EVERYBODY else task.release,
        method=task.method,
        knowledge=threat_model_of(task, context, known=known) if task.synthetic else None,
        members=len(np.unique(targets.members.patients)),
        holdout=len(np.unique(targets.holdout.patients)),
    )


def _fit(task: Task, context: AuditContext) -> TaskResult:
    recipe = context.components.recipes[task.system]
    control = context.components.is_control(task.system)
    if not control:
        use_one_thread()
    started = time.perf_counter()
    seed = seed_of(context.plan.seed, "fit", task.system, task.release)
    fitted = recipe.fit(context.members, seed=seed, device=context.device)
    if fitted.training.problem is None:
        sample_seed = seed_of(context.plan.seed, "sample", task.system, task.release)
        synthetic = fitted.sample(task.synthetic, seed=sample_seed)
        if len(synthetic) != task.synthetic or synthetic.schema.names != context.members.schema.names:
            raise TrainingError(f"{task.system}: expected {task.synthetic} rows under the members' schema")
        save_records(synthetic, context.synthetic_path(task.system, task.release, task.key))
        store_model(fitted, context, task)
        if not control:
            write_table(synthetic, context.folder.synthetic / f"{task.system}-{task.release}.parquet")
        distinct = controls.distinct_share(synthetic)
    else:
        distinct = 0.0
    card = TrainingCard(
        seconds=round(time.perf_counter() - started, 3),
        steps=fitted.training.steps,
        problem=fitted.training.problem,
        notes=tuple(fitted.training.notes),
        distinct=distinct,
        ledger=fitted.training.ledger,
    )
    label = label_of(task, context, "fidelity")
    curves = [label.series(f"loss {name}", {"loss": np.array(v)}) for name, v in fitted.training.losses.items() if v]
    return TaskResult(label=task.label, key=task.key, training=card, series=tuple(curves))


def _membership(task: Task, context: AuditContext) -> TaskResult:
    attack, knowledge = context.components.membership[task.method], attacker_knowledge(task, context)
    label = label_of(task, context, "membership")
    missing = knowledge.lacks(attack.needs)
    if missing is not None:
        return _finished(task, [label.row("auc", NotMeasured(missing), chance=0.5)])
    targets = context.targets_of(task)
    try:
        members, holdout = scored(attack, context, targets, knowledge, rng_of(context, task))
    except InsufficientKnowledge as reason:
        return _finished(task, [label.row("auc", NotMeasured(str(reason)), chance=0.5)])
    label = replace(label, knowledge=as_used(label.knowledge, knowledge))
    rules = attack.claims() if isinstance(attack, ClaimingAttack) else {}
    rows, series = grade.membership(label, members, holdout, rules, targets.distinctive)
    if not task.targets:  # a part of the targets says nothing of the split that all of them do not
        rows += controls.within_sides(label, members, holdout, rng=rng_of(context, task))
    with replacing(context.folder.restricted / "scores" / f"{task.key}.npz", mode=0o600) as path:
        sides = {"members": targets.members, "holdout": targets.holdout}
        who = {f"{side}_ids": context.pseudonyms[np.unique(records.patients)] for side, records in sides.items()}
        np.savez_compressed(path, members=members, holdout=holdout, **who)
    return _finished(task, rows, series)


def scored(
    attack: MembershipAttack, context: AuditContext, targets: Targets, knowledge: Knowledge, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return one score a target patient, members and holdout; the attacker meets both in one shuffled list."""
    both = Records.concat([targets.members, targets.holdout])
    order = np.random.default_rng(seed_of(context.plan.seed, "order of targets")).permutation(len(both))
    shuffled: np.ndarray = np.asarray(attack.score(both.take(order), knowledge, rng=rng), dtype=np.float64)
    if shuffled.shape != (len(both),) or not np.isfinite(shuffled).all():
        raise ValueError("expected one finite score a target")
    scores = np.empty(len(both))
    scores[order] = shuffled
    first = len(targets.members)
    return (
        grade.per_patient(scores[:first], targets.members.patients),
        grade.per_patient(scores[first:], targets.holdout.patients),
    )


def _attribute(task: Task, context: AuditContext) -> TaskResult:
    knowledge, asked = attacker_knowledge(task, context), AttributeQuery.of(task, context)
    count = int(asked.known[0].sum()) if len(asked.known) else 0
    label = label_of(task, context, "attribute", known=count or None)
    missing = knowledge.lacks(context.components.attribute[task.method].needs)
    if missing is None and not count:
        missing = "the table has no such column to know"
    if missing is None and not asked.secret.any():
        missing = "nothing is left to guess"
    if missing is not None:
        return _finished(task, [label.row("leakage_f1", NotMeasured(missing), chance=0.0)])
    reference = knowledge.reference
    plain = Knowledge(synthetic=knowledge.synthetic, reference=reference)
    members, holdout = run_attack(task, context, asked, plain, "synthetic")
    baseline = imputation_baseline(task, context, asked, reference)
    columns = Columns.of(context.real, tolerance(context.holdout))
    return _finished(task, grade.attribute(label, members, holdout, baseline, columns))


def _reidentification(task: Task, context: AuditContext) -> TaskResult:
    """Let the attacker try as many members as holdout patients, with one random stream for both sides."""
    attack, knowledge = context.components.reidentification[task.method], attacker_knowledge(task, context)
    label = label_of(task, context, "reidentification")
    missing = knowledge.lacks(attack.needs)
    if missing is not None:
        return _finished(task, [label.row("residual_risk", NotMeasured(missing), chance=0.0)])
    seed = seed_of(context.plan.seed, task.label)
    sides = _alike(context.targets.members, context.targets.holdout, np.random.default_rng(seed))
    try:
        tries = [attack.attempt(side, knowledge, rng=np.random.default_rng(seed)) for side in sides]
    except InsufficientKnowledge as reason:
        return _finished(task, [label.row("residual_risk", NotMeasured(str(reason)), chance=0.0)])
    return _finished(task, grade.reidentification(label, *tries))


def _alike(members: Records, holdout: Records, rng: np.random.Generator) -> tuple[Records, Records]:
    """Return both sides with the same number of patients, drawn from the larger one."""
    patients = [np.unique(side.patients) for side in (members, holdout)]
    size = min(map(len, patients))
    chosen = [rng.choice(side, size=size, replace=False) for side in patients]
    return members.take(np.isin(members.patients, chosen[0])), holdout.take(np.isin(holdout.patients, chosen[1]))


def _fidelity(task: Task, context: AuditContext) -> TaskResult:
    synthetic = context.synthetic(task.system, task.release).take(slice(0, task.synthetic))
    return _measured(task, context, context.members, synthetic, context.holdout, "synthetic")


def _yardstick(task: Task, context: AuditContext) -> TaskResult:
    """Hold the metric against other real patients: what a perfect generator would reach at this size."""
    other, test = context.reference, context.holdout
    if other is None:
        patients = np.unique(context.holdout.patients)
        first = np.isin(context.holdout.patients, patients[: len(patients) // 2])
        other, test = context.holdout.take(first), context.holdout.take(~first)
    return _measured(task, context, context.members, other, test, "yardstick")


def _measured(
    task: Task, context: AuditContext, real: Records, synthetic: Records, test: Records, part: str
) -> TaskResult:
    metric = context.components.metrics[task.method]
    use_one_thread()
    reading = metric.measure(real, synthetic, test, rng=rng_of(context, task), small_count=context.plan.small_count)
    label = label_of(task, context, "fidelity")
    rows = [
        label.row(name, measured, part=part, worse="lower" if metric.better.get(name) == "higher" else "higher")
        for name, measured in reading.statistics.items()
    ]
    points = {name: np.asarray(values) for name, values in reading.points.items()}
    return _finished(task, rows, [label.series(f"points {part}", points)] if points else [])


def _blind(task: Task, context: AuditContext) -> TaskResult:
    use_one_thread()
    measured = controls.blind(context.targets.members, context.targets.holdout, rng=rng_of(context, task))
    row = label_of(task, context, "control").row("auc", measured, chance=0.5).model_copy(update={"method": "blind"})
    return _finished(task, [row])


def _planted(task: Task, context: AuditContext) -> TaskResult:
    attack, knowledge = context.components.membership[task.method], attacker_knowledge(task, context)
    label = label_of(task, context, "control")
    missing = knowledge.lacks(attack.needs)
    if missing is not None:
        return _finished(task, [controls.renamed(label).row("smallest_leak", NotMeasured(missing), part=task.method)])

    def scores(synthetic: Records, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return scored(attack, context, context.targets, replace(knowledge, synthetic=synthetic), rng)

    rules = attack.claims() if isinstance(attack, ClaimingAttack) else {}
    power = controls.Power(task.method, rules, context.targets.distinctive, context.plan.controls)
    rows = controls.planted(label, power, knowledge.synthetic, context.members, scores, rng_of(context, task))
    return _finished(task, rows)


def _joint(task: Task, context: AuditContext) -> TaskResult:
    return _finished(task, joint_test(label_of(task, context, "membership"), scores_of(task, context), task, context))


def _groups(task: Task, context: AuditContext) -> TaskResult:
    return _finished(task, by_group(label_of(task, context, "membership"), scores_of(task, context), task, context))


def _claim(task: Task, context: AuditContext) -> TaskResult:
    return _finished(task, AUDITS[task.kind](task, context))


def _finished(task: Task, rows: list[Row], series: list[Series] | None = None) -> TaskResult:
    return TaskResult(label=task.label, key=task.key, rows=tuple(rows), series=tuple(series or ()))


WORK: dict[str, Callable[[Task, AuditContext], TaskResult]] = {
    "fit": _fit,
    "membership": _membership,
    "attribute": _attribute,
    "reidentification": _reidentification,
    "fidelity": _fidelity,
    "yardstick": _yardstick,
    "blind": _blind,
    "planted": _planted,
    "joint": _joint,
    "groups": _groups,
    **dict.fromkeys(AUDITS, _claim),
}
