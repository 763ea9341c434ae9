"""Negative control: can members be told from holdout by their real rows alone? Then the split is biased."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from synthaudit.audit.records import Records
from synthaudit.audit.statistics import Measurement, NotMeasured, roc
from synthaudit.audit.suite.context.audit_context import AuditContext, rng_of, use_one_thread
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.task import EVERYBODY, TableSizes, Task
from synthaudit.audit.suite.result import Section
from synthaudit.audit.suite.tasks.rows import CONFIDENCE, row_template
from synthaudit.audit.suite.tasks.task_kind import TaskKind, TaskStage

FOLDS = 5


class BlindClassifier(TaskKind):
    """A classifier that sees no synthetic row; whoever succeeds so betrays a biased split, not a leak."""

    stage: ClassVar[TaskStage] = TaskStage.REAL_DATA
    section: ClassVar[Section] = "control"
    statistic: ClassVar[str | None] = "missing"

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield one task where controls are on."""
        if components.plan.controls.enabled:
            yield Task("blind", EVERYBODY)

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Measure the AUC of the classifier."""
        use_one_thread()
        measured = blind_auc(context.targets.members, context.targets.holdout, rng=rng_of(context, task))
        row = row_template(task, context, self.section).row("auc", measured, chance=0.5)
        return TaskResult.of(task, [row.model_copy(update={"method": "blind"})])

    def key_parts(self, task: Task, components: Components) -> Mapping[str, Any]:
        """The plan's controls."""
        return {"controls": components.plan.controls.model_dump(mode="json")}


def blind_auc(members: Records, holdout: Records, *, rng: np.random.Generator) -> Measurement:
    """Try to tell members from holdout by their real rows alone, cross-fitted by patient; chance is one half.

    A logistic regression that never scores a patient it was fitted on. If it beats chance, the sides differ before
    any generator has run, and every membership number of the audit is void.
    """
    from sklearn.linear_model import LogisticRegression

    owners = [np.unique(side.patients, return_inverse=True)[1] for side in (members, holdout)]
    patients = [int(owner.max(initial=-1)) + 1 for owner in owners]
    if min(patients) < 2 * FOLDS:
        return NotMeasured(f"fewer than {2 * FOLDS} patients on one side")
    features = _features(Records.concat([members, holdout]))
    truth = np.repeat([1, 0], [len(members), len(holdout)])
    folds = np.concatenate([_fold(count, rng)[owner] for count, owner in zip(patients, owners, strict=True)])
    scores = np.empty(len(truth))
    for fold in range(FOLDS):
        held = folds == fold
        model = LogisticRegression(C=0.1, max_iter=200).fit(features[~held], truth[~held])
        # Ranks within a fold: scores of different fits are not comparable.
        raw = model.decision_function(features[held])
        scores[held] = raw.argsort().argsort() / len(raw)
    first = len(members)
    highest = [
        np.bincount(owner, weights=part) / np.bincount(owner)
        for owner, part in zip(owners, (scores[:first], scores[first:]), strict=True)
    ]
    return roc.auc(*highest, confidence=CONFIDENCE)


def _fold(patients: int, rng: np.random.Generator) -> np.ndarray:
    return rng.permutation(np.arange(patients) % FOLDS)


def _features(records: Records) -> np.ndarray:
    """Return columns standardised on these very rows, levels one-hot, missing as an indicator, and the number of codes.

    No training table fixes the scale, unlike ``fidelity.DesignMatrix``: both sides are real. Shape ``(n, d)``, float32.
    """
    parts = [records.codes.astype(np.float32), records.codes.sum(1, dtype=np.float32)[:, None]]
    for at, position in enumerate(records.schema.rest):
        values, column = records.rest[:, at], records.schema.columns[position]
        missing = np.isnan(values)
        filled = np.where(missing, 0, values)
        if column.is_numeric:
            parts.append(np.where(missing, values[~missing].mean() if (~missing).any() else 0, values)[:, None])
        else:
            parts.append((filled[:, None] == np.arange(len(column.levels))) & ~missing[:, None])
        parts.append(missing[:, None])
    matrix = np.concatenate([part.astype(np.float32) for part in parts], axis=1)
    spread = matrix.std(0)
    keep = spread > 0
    standardised: np.ndarray = (matrix[:, keep] - matrix[:, keep].mean(0)) / spread[keep]
    return standardised
