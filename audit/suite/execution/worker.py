"""What each kind of cell computes. A task takes a cell and a folder's path, and leaves one file behind."""

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
from synthaudit.audit.records.storage import save
from synthaudit.audit.statistics import NotMeasured
from synthaudit.audit.suite.attacker.attacker_knowledge import as_used, attacker_knowledge, knows_of
from synthaudit.audit.suite.attacker.stored_generator import keep
from synthaudit.audit.suite.context.audit_context import AuditContext, read_context, rng_of, use_one_thread
from synthaudit.audit.suite.context.run_folder import CellResult, TrainingCard
from synthaudit.audit.suite.context.targets import Targets
from synthaudit.audit.suite.result import Row, Series
from synthaudit.audit.suite.tasks import controls
from synthaudit.audit.suite.tasks import grading as grade
from synthaudit.audit.suite.tasks.attribute_metrics import Columns
from synthaudit.audit.suite.tasks.attribute_query import AttributeQuery, guessed, imputed, tolerance
from synthaudit.audit.suite.tasks.dp.audits import AUDITS
from synthaudit.audit.suite.tasks.joint import by_group, scores_of, together
from synthaudit.audit.suite.tasks.listing import EVERYBODY, Task, seed_of


def perform(cell: Task, folder: str) -> None:
    """Compute a cell unless it is finished, and write its result."""
    context = read_context(folder)
    if context.folder.has(cell.key):
        return
    started = time.perf_counter()
    result = WORK[cell.kind](cell, context)
    seconds = round(time.perf_counter() - started, 3)
    context.folder.write_cell(result.model_copy(update={"seconds": seconds}))


def label_of(cell: Task, context: AuditContext, section: str, *, known: int | None = None) -> grade.RowTemplate:
    """Return what the rows of a cell have in common; ``known`` counts the columns known of a target."""
    targets = context.targets_of(cell)
    return grade.RowTemplate(
        cell=cell.label,
        section=section,  # type: ignore[arg-type]
        system=cell.system,
        release=None if cell.system == EVERYBODY else cell.release,
        method=cell.method,
        knowledge=knows_of(cell, context, known=known) if cell.synthetic else None,
        members=len(np.unique(targets.members.patients)),
        holdout=len(np.unique(targets.holdout.patients)),
    )


def _fit(cell: Task, context: AuditContext) -> CellResult:
    recipe = context.components.recipes[cell.system]
    control = context.components.is_control(cell.system)
    if not control:
        use_one_thread()
    started = time.perf_counter()
    seed = seed_of(context.plan.seed, "fit", cell.system, cell.release)
    fitted = recipe.fit(context.members, seed=seed, device=context.device)
    if fitted.training.problem is None:
        sample_seed = seed_of(context.plan.seed, "sample", cell.system, cell.release)
        synthetic = fitted.sample(cell.synthetic, seed=sample_seed)
        if len(synthetic) != cell.synthetic or synthetic.schema.names != context.members.schema.names:
            raise TrainingError(f"{cell.system}: expected {cell.synthetic} rows under the members' schema")
        save(synthetic, context.synthetic_path(cell.system, cell.release, cell.key))
        keep(fitted, context, cell)
        if not control:
            write_table(synthetic, context.folder.synthetic / f"{cell.system}-{cell.release}.parquet")
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
    label = label_of(cell, context, "fidelity")
    curves = [label.series(f"loss {name}", {"loss": np.array(v)}) for name, v in fitted.training.losses.items() if v]
    return CellResult(label=cell.label, key=cell.key, training=card, series=tuple(curves))


def _membership(cell: Task, context: AuditContext) -> CellResult:
    attack, knowledge = context.components.membership[cell.method], attacker_knowledge(cell, context)
    label = label_of(cell, context, "membership")
    missing = knowledge.lacks(attack.needs)
    if missing is not None:
        return _finished(cell, [label.row("auc", NotMeasured(missing), chance=0.5)])
    targets = context.targets_of(cell)
    try:
        members, holdout = scored(attack, context, targets, knowledge, rng_of(context, cell))
    except InsufficientKnowledge as reason:
        return _finished(cell, [label.row("auc", NotMeasured(str(reason)), chance=0.5)])
    label = replace(label, knowledge=as_used(label.knowledge, knowledge))
    rules = attack.claims() if isinstance(attack, ClaimingAttack) else {}
    rows, series = grade.membership(label, members, holdout, rules, targets.distinctive)
    if not cell.targets:  # a part of the targets says nothing of the split that all of them do not
        rows += controls.within_sides(label, members, holdout, rng=rng_of(context, cell))
    with replacing(context.folder.restricted / "scores" / f"{cell.key}.npz", mode=0o600) as path:
        sides = {"members": targets.members, "holdout": targets.holdout}
        who = {f"{side}_ids": context.pseudonyms[np.unique(records.patients)] for side, records in sides.items()}
        np.savez_compressed(path, members=members, holdout=holdout, **who)
    return _finished(cell, rows, series)


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


def _attribute(cell: Task, context: AuditContext) -> CellResult:
    knowledge, asked = attacker_knowledge(cell, context), AttributeQuery.of(cell, context)
    count = int(asked.known[0].sum()) if len(asked.known) else 0
    label = label_of(cell, context, "attribute", known=count or None)
    missing = knowledge.lacks(context.components.attribute[cell.method].needs)
    if missing is None and not count:
        missing = "the table has no such column to know"
    if missing is None and not asked.secret.any():
        missing = "nothing is left to guess"
    if missing is not None:
        return _finished(cell, [label.row("leakage_f1", NotMeasured(missing), chance=0.0)])
    reference = knowledge.reference
    plain = Knowledge(synthetic=knowledge.synthetic, reference=reference)
    members, holdout = guessed(cell, context, asked, plain, "synthetic")
    baseline = imputed(cell, context, asked, reference)
    columns = Columns.of(context.real, tolerance(context.holdout))
    return _finished(cell, grade.attribute(label, members, holdout, baseline, columns))


def _reidentification(cell: Task, context: AuditContext) -> CellResult:
    """Let the attacker try as many members as holdout patients, with one random stream for both sides."""
    attack, knowledge = context.components.reidentification[cell.method], attacker_knowledge(cell, context)
    label = label_of(cell, context, "reidentification")
    missing = knowledge.lacks(attack.needs)
    if missing is not None:
        return _finished(cell, [label.row("residual_risk", NotMeasured(missing), chance=0.0)])
    seed = seed_of(context.plan.seed, cell.label)
    sides = _alike(context.targets.members, context.targets.holdout, np.random.default_rng(seed))
    try:
        tries = [attack.attempt(side, knowledge, rng=np.random.default_rng(seed)) for side in sides]
    except InsufficientKnowledge as reason:
        return _finished(cell, [label.row("residual_risk", NotMeasured(str(reason)), chance=0.0)])
    return _finished(cell, grade.reidentification(label, *tries))


def _alike(members: Records, holdout: Records, rng: np.random.Generator) -> tuple[Records, Records]:
    """Return both sides with the same number of patients, drawn from the larger one."""
    patients = [np.unique(side.patients) for side in (members, holdout)]
    size = min(map(len, patients))
    chosen = [rng.choice(side, size=size, replace=False) for side in patients]
    return members.take(np.isin(members.patients, chosen[0])), holdout.take(np.isin(holdout.patients, chosen[1]))


def _fidelity(cell: Task, context: AuditContext) -> CellResult:
    synthetic = context.synthetic(cell.system, cell.release).take(slice(0, cell.synthetic))
    return _measured(cell, context, context.members, synthetic, context.holdout, "synthetic")


def _yardstick(cell: Task, context: AuditContext) -> CellResult:
    """Hold the metric against other real patients: what a perfect generator would reach at this size."""
    other, test = context.reference, context.holdout
    if other is None:
        patients = np.unique(context.holdout.patients)
        first = np.isin(context.holdout.patients, patients[: len(patients) // 2])
        other, test = context.holdout.take(first), context.holdout.take(~first)
    return _measured(cell, context, context.members, other, test, "yardstick")


def _measured(
    cell: Task, context: AuditContext, real: Records, synthetic: Records, test: Records, part: str
) -> CellResult:
    metric = context.components.metrics[cell.method]
    use_one_thread()
    reading = metric.measure(real, synthetic, test, rng=rng_of(context, cell), small_count=context.plan.small_count)
    label = label_of(cell, context, "fidelity")
    rows = [
        label.row(name, measured, part=part, worse="lower" if metric.better.get(name) == "higher" else "higher")
        for name, measured in reading.statistics.items()
    ]
    points = {name: np.asarray(values) for name, values in reading.points.items()}
    return _finished(cell, rows, [label.series(f"points {part}", points)] if points else [])


def _blind(cell: Task, context: AuditContext) -> CellResult:
    use_one_thread()
    measured = controls.blind(context.targets.members, context.targets.holdout, rng=rng_of(context, cell))
    row = label_of(cell, context, "control").row("auc", measured, chance=0.5).model_copy(update={"method": "blind"})
    return _finished(cell, [row])


def _planted(cell: Task, context: AuditContext) -> CellResult:
    attack, knowledge = context.components.membership[cell.method], attacker_knowledge(cell, context)
    label = label_of(cell, context, "control")
    missing = knowledge.lacks(attack.needs)
    if missing is not None:
        return _finished(cell, [controls.renamed(label).row("smallest_leak", NotMeasured(missing), part=cell.method)])

    def scores(synthetic: Records, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return scored(attack, context, context.targets, replace(knowledge, synthetic=synthetic), rng)

    rules = attack.claims() if isinstance(attack, ClaimingAttack) else {}
    power = controls.Power(cell.method, rules, context.targets.distinctive, context.plan.controls)
    rows = controls.planted(label, power, knowledge.synthetic, context.members, scores, rng_of(context, cell))
    return _finished(cell, rows)


def _joint(cell: Task, context: AuditContext) -> CellResult:
    return _finished(cell, together(label_of(cell, context, "membership"), scores_of(cell, context), cell, context))


def _groups(cell: Task, context: AuditContext) -> CellResult:
    return _finished(cell, by_group(label_of(cell, context, "membership"), scores_of(cell, context), cell, context))


def _claim(cell: Task, context: AuditContext) -> CellResult:
    return _finished(cell, AUDITS[cell.kind](cell, context))


def _finished(cell: Task, rows: list[Row], series: list[Series] | None = None) -> CellResult:
    return CellResult(label=cell.label, key=cell.key, rows=tuple(rows), series=tuple(series or ()))


WORK: dict[str, Callable[[Task, AuditContext], CellResult]] = {
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
