"""What each kind of cell computes. A task takes a cell and a folder's path, and leaves one file behind."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from audit.errors import TrainingError
from audit.knowledge import Knowledge, NotHeld
from audit.protocols import ClaimingAttack, MembershipAttack
from audit.records import Records
from audit.records.frame import write_table
from audit.records.storage import save
from audit.statistics import NotMeasured
from audit.suite import controls, grade
from audit.suite.asked import Asked, guessed, imputed, tolerance
from audit.suite.cells import EVERYBODY, Cell, seed_of
from audit.suite.guesses import Columns
from audit.suite.held import as_used, knowledge_of, knows_of
from audit.suite.job import Job, read_job, rng_of, use_one_thread
from audit.suite.joint import by_group, scores_of, together
from audit.suite.mechanism.audits import AUDITS
from audit.suite.result import Row, Series
from audit.suite.store import CellResult, TrainingCard, replacing
from audit.suite.targets import Targets
from audit.suite.weights import keep


def perform(cell: Cell, folder: str) -> None:
    """Compute a cell unless it is finished, and write its result."""
    job = read_job(folder)
    if job.folder.has(cell.key):
        return
    started = time.perf_counter()
    result = WORK[cell.kind](cell, job)
    seconds = round(time.perf_counter() - started, 3)
    job.folder.write_cell(result.model_copy(update={"seconds": seconds}))


def label_of(cell: Cell, job: Job, section: str, *, known: int | None = None) -> grade.Label:
    """Return what the rows of a cell have in common; ``known`` counts the columns known of a target."""
    targets = job.targets_of(cell)
    return grade.Label(
        cell=cell.label,
        section=section,  # type: ignore[arg-type]
        subject=cell.subject,
        release=None if cell.subject == EVERYBODY else cell.release,
        method=cell.method,
        knowledge=knows_of(cell, job, known=known) if cell.synthetic else None,
        members=len(np.unique(targets.members.patients)),
        holdout=len(np.unique(targets.holdout.patients)),
    )


def _fit(cell: Cell, job: Job) -> CellResult:
    recipe = job.bench.recipes[cell.subject]
    control = job.bench.is_control(cell.subject)
    if not control:
        use_one_thread()
    started = time.perf_counter()
    seed = seed_of(job.plan.seed, "fit", cell.subject, cell.release)
    fitted = recipe.fit(job.members, seed=seed, device=job.device)
    if fitted.training.problem is None:
        sample_seed = seed_of(job.plan.seed, "sample", cell.subject, cell.release)
        synthetic = fitted.sample(cell.synthetic, seed=sample_seed)
        if len(synthetic) != cell.synthetic or synthetic.schema.names != job.members.schema.names:
            raise TrainingError(f"{cell.subject}: expected {cell.synthetic} rows under the members' schema")
        save(synthetic, job.synthetic_path(cell.subject, cell.release, cell.key))
        keep(fitted, job, cell)
        if not control:
            write_table(synthetic, job.folder.synthetic / f"{cell.subject}-{cell.release}.parquet")
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
    label = label_of(cell, job, "fidelity")
    curves = [label.series(f"loss {name}", {"loss": np.array(v)}) for name, v in fitted.training.losses.items() if v]
    return CellResult(label=cell.label, key=cell.key, training=card, series=tuple(curves))


def _membership(cell: Cell, job: Job) -> CellResult:
    attack, knowledge = job.bench.membership[cell.method], knowledge_of(cell, job)
    label = label_of(cell, job, "membership")
    missing = knowledge.lacks(attack.needs)
    if missing is not None:
        return _finished(cell, [label.row("auc", NotMeasured(missing), chance=0.5)])
    targets = job.targets_of(cell)
    try:
        members, holdout = scored(attack, job, targets, knowledge, rng_of(job, cell))
    except NotHeld as reason:
        return _finished(cell, [label.row("auc", NotMeasured(str(reason)), chance=0.5)])
    label = replace(label, knowledge=as_used(label.knowledge, knowledge))
    rules = attack.claims() if isinstance(attack, ClaimingAttack) else {}
    rows, series = grade.membership(label, members, holdout, rules, targets.distinctive)
    if not cell.targets:  # a part of the targets says nothing of the split that all of them do not
        rows += controls.within_sides(label, members, holdout, rng=rng_of(job, cell))
    with replacing(job.folder.restricted / "scores" / f"{cell.key}.npz", mode=0o600) as path:
        sides = {"members": targets.members, "holdout": targets.holdout}
        who = {f"{side}_ids": job.pseudonyms[np.unique(records.patients)] for side, records in sides.items()}
        np.savez_compressed(path, members=members, holdout=holdout, **who)
    return _finished(cell, rows, series)


def scored(
    attack: MembershipAttack, job: Job, targets: Targets, knowledge: Knowledge, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return one score a target patient, members and holdout; the attacker meets both in one shuffled list."""
    both = Records.concat([targets.members, targets.holdout])
    order = np.random.default_rng(seed_of(job.plan.seed, "order of targets")).permutation(len(both))
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


def _attribute(cell: Cell, job: Job) -> CellResult:
    knowledge, asked = knowledge_of(cell, job), Asked.of(cell, job)
    count = int(asked.known[0].sum()) if len(asked.known) else 0
    label = label_of(cell, job, "attribute", known=count or None)
    missing = knowledge.lacks(job.bench.attribute[cell.method].needs)
    if missing is None and not count:
        missing = "the table has no such column to know"
    if missing is None and not asked.secret.any():
        missing = "nothing is left to guess"
    if missing is not None:
        return _finished(cell, [label.row("leakage_f1", NotMeasured(missing), chance=0.0)])
    reference = knowledge.reference
    plain = Knowledge(synthetic=knowledge.synthetic, reference=reference)
    members, holdout = guessed(cell, job, asked, plain, "synthetic")
    baseline = imputed(cell, job, asked, reference)
    columns = Columns.of(job.real, tolerance(job.holdout))
    return _finished(cell, grade.attribute(label, members, holdout, baseline, columns))


def _reidentification(cell: Cell, job: Job) -> CellResult:
    """Let the attacker try as many members as holdout patients, with one random stream for both sides."""
    attack, knowledge = job.bench.reidentification[cell.method], knowledge_of(cell, job)
    label = label_of(cell, job, "reidentification")
    missing = knowledge.lacks(attack.needs)
    if missing is not None:
        return _finished(cell, [label.row("residual_risk", NotMeasured(missing), chance=0.0)])
    seed = seed_of(job.plan.seed, cell.label)
    sides = _alike(job.targets.members, job.targets.holdout, np.random.default_rng(seed))
    try:
        tries = [attack.attempt(side, knowledge, rng=np.random.default_rng(seed)) for side in sides]
    except NotHeld as reason:
        return _finished(cell, [label.row("residual_risk", NotMeasured(str(reason)), chance=0.0)])
    return _finished(cell, grade.reidentification(label, *tries))


def _alike(members: Records, holdout: Records, rng: np.random.Generator) -> tuple[Records, Records]:
    """Return both sides with the same number of patients, drawn from the larger one."""
    patients = [np.unique(side.patients) for side in (members, holdout)]
    size = min(map(len, patients))
    chosen = [rng.choice(side, size=size, replace=False) for side in patients]
    return members.take(np.isin(members.patients, chosen[0])), holdout.take(np.isin(holdout.patients, chosen[1]))


def _fidelity(cell: Cell, job: Job) -> CellResult:
    synthetic = job.synthetic(cell.subject, cell.release).take(slice(0, cell.synthetic))
    return _measured(cell, job, job.members, synthetic, job.holdout, "synthetic")


def _yardstick(cell: Cell, job: Job) -> CellResult:
    """Hold the metric against other real patients: what a perfect generator would reach at this size."""
    other, test = job.reference, job.holdout
    if other is None:
        patients = np.unique(job.holdout.patients)
        first = np.isin(job.holdout.patients, patients[: len(patients) // 2])
        other, test = job.holdout.take(first), job.holdout.take(~first)
    return _measured(cell, job, job.members, other, test, "yardstick")


def _measured(cell: Cell, job: Job, real: Records, synthetic: Records, test: Records, part: str) -> CellResult:
    metric = job.bench.metrics[cell.method]
    use_one_thread()
    reading = metric.measure(real, synthetic, test, rng=rng_of(job, cell), small_count=job.plan.small_count)
    label = label_of(cell, job, "fidelity")
    rows = [
        label.row(name, measured, part=part, worse="lower" if metric.better.get(name) == "higher" else "higher")
        for name, measured in reading.statistics.items()
    ]
    points = {name: np.asarray(values) for name, values in reading.points.items()}
    return _finished(cell, rows, [label.series(f"points {part}", points)] if points else [])


def _blind(cell: Cell, job: Job) -> CellResult:
    use_one_thread()
    measured = controls.blind(job.targets.members, job.targets.holdout, rng=rng_of(job, cell))
    row = label_of(cell, job, "control").row("auc", measured, chance=0.5).model_copy(update={"method": "blind"})
    return _finished(cell, [row])


def _planted(cell: Cell, job: Job) -> CellResult:
    attack, knowledge = job.bench.membership[cell.method], knowledge_of(cell, job)
    label = label_of(cell, job, "control")
    missing = knowledge.lacks(attack.needs)
    if missing is not None:
        return _finished(cell, [controls.renamed(label).row("smallest_leak", NotMeasured(missing), part=cell.method)])

    def scores(synthetic: Records, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return scored(attack, job, job.targets, replace(knowledge, synthetic=synthetic), rng)

    rules = attack.claims() if isinstance(attack, ClaimingAttack) else {}
    power = controls.Power(cell.method, rules, job.targets.distinctive, job.plan.controls)
    rows = controls.planted(label, power, knowledge.synthetic, job.members, scores, rng_of(job, cell))
    return _finished(cell, rows)


def _joint(cell: Cell, job: Job) -> CellResult:
    return _finished(cell, together(label_of(cell, job, "membership"), scores_of(cell, job), cell, job))


def _groups(cell: Cell, job: Job) -> CellResult:
    return _finished(cell, by_group(label_of(cell, job, "membership"), scores_of(cell, job), cell, job))


def _claim(cell: Cell, job: Job) -> CellResult:
    return _finished(cell, AUDITS[cell.kind](cell, job))


def _finished(cell: Cell, rows: list[Row], series: list[Series] | None = None) -> CellResult:
    return CellResult(label=cell.label, key=cell.key, rows=tuple(rows), series=tuple(series or ()))


WORK: dict[str, Callable[[Cell, Job], CellResult]] = {
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
