"""Negative control: can members be told from holdout by their real rows alone? Then the split is biased."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
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
from synthaudit.audit.suite.tasks.sampling import sample_of_cells
from synthaudit.audit.suite.tasks.task_kind import TaskKind, TaskStage

LEAST = 10
"""Patients per side below which no classifier is tried."""

Classify = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Maps features and sides of the training rows, and the features of the test rows, to scores of the test rows."""


class BlindClassifier(TaskKind):
    """Classifiers that see no synthetic row; one that succeeds betrays a biased split, not a leak."""

    stage: ClassVar[TaskStage] = TaskStage.REAL_DATA
    section: ClassVar[Section] = "control"
    statistic: ClassVar[str | None] = "missing"

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield one task where controls are on."""
        if components.plan.controls.enabled:
            yield Task("blind", EVERYBODY, sample=sample_of_cells(components, sizes))

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Measure the AUC of each classifier."""
        use_one_thread()
        targets = context.targets_of(task)
        measured = blind_aucs(targets.members, targets.holdout, rng=rng_of(context, task))
        template = replace(row_template(task, context, self.section), method="blind")
        return TaskResult.of(task, [template.row("auc", one, part=key, chance=0.5) for key, one in measured.items()])

    def key_parts(self, task: Task, components: Components) -> Mapping[str, Any]:
        """The plan's controls."""
        return {"controls": components.plan.controls.model_dump(mode="json")}


def blind_aucs(members: Records, holdout: Records, *, rng: np.random.Generator) -> dict[str, Measurement]:
    """Return the AUC of each classifier that tells members from holdout by their real rows alone; chance is one half.

    Half of the patients of each side train it and the other half are scored, each by the mean over their rows. If
    sides mean nothing, the scored patients are exchangeable whatever was learned, so the Mann-Whitney p-value and the
    interval of independent patients hold. Cross-fitting would use all patients, but its folds share training rows
    and that p-value is then too small: 9 to 13 % of fair splits fall below 5 %.
    """
    owners = [np.unique(side.patients, return_inverse=True)[1] for side in (members, holdout)]
    patients = [int(owner.max(initial=-1)) + 1 for owner in owners]
    if min(patients) < LEAST:
        return dict.fromkeys(CLASSIFIERS, NotMeasured(f"fewer than {LEAST} patients on one side"))
    features = _features(Records.concat([members, holdout]))
    truth = np.repeat([1, 0], [len(members), len(holdout)])
    chosen = [rng.permutation(count) < count // 2 for count in patients]
    train = np.concatenate([half[owner] for half, owner in zip(chosen, owners, strict=True)])
    owner = np.concatenate([owners[0], owners[1] + patients[0]])[~train]
    of_member = truth[~train] == 1
    measured: dict[str, Measurement] = {}
    for key, classify in CLASSIFIERS.items():
        scores = classify(features[train], truth[train], features[~train])
        sides = [_patient_means(scores[side], owner[side]) for side in (of_member, ~of_member)]
        measured[key] = roc.auc(*sides, confidence=CONFIDENCE)
    return measured


def _patient_means(scores: np.ndarray, owner: np.ndarray) -> np.ndarray:
    place = np.unique(owner, return_inverse=True)[1]
    means: np.ndarray = np.bincount(place, weights=scores) / np.bincount(place)
    return means


def _linear(features: np.ndarray, truth: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Score by logistic regression: sides that differ in a column's mean."""
    from sklearn.linear_model import LogisticRegression

    scores: np.ndarray = LogisticRegression(C=0.1, max_iter=200).fit(features, truth).decision_function(targets)
    return scores


def _trees(features: np.ndarray, truth: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Score by boosted trees: sides that differ in spread, shape, or how columns go together."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # so that sums run in one order
        model = HistGradientBoostingClassifier(max_iter=100, early_stopping=False, random_state=0)
        scores: np.ndarray = model.fit(features, truth).decision_function(targets)
    return scores


CLASSIFIERS: dict[str, Classify] = {"linear classifier": _linear, "boosted trees": _trees}


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
