"""What can be said of all attacks together, from the scores they left: one p-value, groups, and who is at risk."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from synthaudit.audit.errors import ResultError
from synthaudit.audit.files import write_atomically
from synthaudit.audit.statistics import Estimate, NotMeasured, intervals, roc
from synthaudit.audit.statistics.multiplicity import max_t
from synthaudit.audit.statistics.ranks import midranks
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.task import Task, seed_of
from synthaudit.audit.suite.result import Row
from synthaudit.audit.suite.tasks.patient_groups import LEAST, grade_groups, groups_of
from synthaudit.audit.suite.tasks.rows import CONFIDENCE, RowTemplate

ALL = "all attacks"


@dataclass(frozen=True, eq=False)
class Scored:
    """An attack's scores on all targets, one a patient in the order of their numbers.

    Attributes:
        row: The first number it led to, which says what the attacker knew.
        members: Scores of the members, shape ``(n1,)``.
        holdout: Scores of the holdout patients, shape ``(n0,)``.
    """

    row: Row
    members: np.ndarray
    holdout: np.ndarray

    @property
    def auc(self) -> float:
        """How well the scores tell the sides apart."""
        measured = roc.auc(self.members, self.holdout)
        return measured.value if isinstance(measured, Estimate) else 0.5


def scores_of(task: Task, context: AuditContext) -> list[Scored]:
    """Return the scores that a task rests on; attacks that were not measured have none.

    Raises:
        ResultError: If an attack was not computed; without it the others would be judged too mildly.
    """
    found = []
    for key in task.sources:
        if not context.folder.has(key):
            raise ResultError("one of the attacks to be judged together was not computed")
        path = context.folder.restricted / "scores" / f"{key}.npz"
        rows = context.folder.read_task(key).rows
        if path.exists() and rows:
            with np.load(path, allow_pickle=False) as kept:
                found.append(Scored(rows[0], kept["members"], kept["holdout"]))
    return found


def joint_test(label: RowTemplate, scored: Sequence[Scored], task: Task, context: AuditContext) -> list[Row]:
    """Judge all attacks on a table at once: the chance that useless ones would look as good as the best did.

    Attacks on one synthetic table with every reference count: step-down max-T (Westfall and Young, 1993). The row of
    an attack holds its p-value after the others have been paid for.
    """
    if not scored:
        return [replace(label, method=ALL).row("max_t_p", NotMeasured("no attack was measured"), worse="lower")]
    table = np.stack([np.concatenate([one.members, one.holdout]) for one in scored])
    first = len(scored[0].members)
    if not 0 < first < table.shape[1]:
        return [replace(label, method=ALL).row("max_t_p", NotMeasured("no target on one side"), worse="lower")]
    is_member = np.arange(table.shape[1]) < first
    judged = max_t(table, is_member, seed=seed_of(context.plan.seed, task.label))

    def measured(p: float) -> Estimate:
        drawn = judged.permutations + 1
        around = intervals.binomial(round(p * drawn), drawn, confidence=CONFIDENCE)
        low, high = (around.low, around.high) if isinstance(around, Estimate) else (0.0, 1.0)
        method = f"step-down max-T over {len(scored)} attacks; interval: {judged.permutations:,} permutations"
        return Estimate(p, min(low, p), max(high, p), CONFIDENCE, table.shape[1], method, p)

    rows = [replace(label, method=ALL).row("max_t_p", measured(judged.p_value), worse="lower")]
    for one, adjusted in zip(scored, judged.adjusted, strict=True):
        here = replace(label, method=one.row.method, knowledge=one.row.knowledge, task=f"{task.label}/{one.row.id}")
        rows.append(here.row("max_t_p", measured(adjusted), part="adjusted", worse="lower"))
    return rows


def by_group(label: RowTemplate, scored: Sequence[Scored], task: Task, context: AuditContext) -> list[Row]:
    """Grade the attacks on groups of patients."""
    rng = np.random.default_rng(seed_of(context.plan.seed, "groups"))
    groups = groups_of(context.targets, context.real, small_count=context.plan.small_count, rng=rng)
    labels, scores = {}, {}
    for one in scored:
        here = replace(label, method=one.row.method, knowledge=one.row.knowledge, task=f"{task.label}/{one.row.method}")
        labels[one.row.method], scores[one.row.method] = here, (one.members, one.holdout)
    return grade_groups(labels, scores, groups, max(context.plan.small_count, LEAST))


def write_risks(tasks: Iterable[Task], context: AuditContext) -> None:
    """List, for the data's custodian alone, how every target stands out under the strongest attack on each system.

    ``restricted/risk.csv``, mode 0600: system, attack, pseudonym, side, and the percentile of the patient's score
    among the holdout's. A percentile of 99 among members is a person whom one stranger in a hundred resembles less.
    """
    lines = io.StringIO()
    table = csv.writer(lines, lineterminator="\n")
    table.writerow(("system", "attack", "pseudonym", "side", "percentile"))
    sides = {"member": context.targets.members, "holdout": context.targets.holdout}
    names = [
        (name, patient) for name, side in sides.items() for patient in context.pseudonyms[np.unique(side.patients)]
    ]
    for task in tasks:
        if task.kind != "groups" or not context.folder.has(task.key):
            continue
        scored = scores_of(task, context)
        if not scored:
            continue
        best = max(scored, key=lambda one: one.auc)
        places = percentiles(np.concatenate([best.members, best.holdout]), best.holdout)
        order = np.argsort(-places, kind="stable")
        table.writerows((task.system, best.row.method, names[at][1], names[at][0], f"{places[at]:.1f}") for at in order)
    write_atomically(context.folder.restricted / "risk.csv", lines.getvalue().encode(), mode=0o600)


def percentiles(scores: np.ndarray, holdout: np.ndarray) -> np.ndarray:
    """Return the percentage of holdout scores below each score, ties counted half, shape ``(n,)``.

    >>> percentiles(np.array([0.0, 2.0, 9.0]), np.array([1.0, 2.0, 3.0, 4.0])).tolist()
    [0.0, 37.5, 100.0]
    """
    ranks = midranks(np.concatenate([scores, holdout]))[: len(scores)]
    below: np.ndarray = 100 * (ranks - midranks(scores)) / max(len(holdout), 1)
    return below
