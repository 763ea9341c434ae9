"""A list for the data's custodian alone: how every target stands out under the strongest attack on each system."""

import contextlib
import csv
import io
from collections.abc import Iterable

import numpy as np

from synthaudit.audit.errors import ResultError
from synthaudit.audit.files import write_atomically
from synthaudit.audit.statistics.ranks import midranks
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.task import Task
from synthaudit.audit.suite.tasks.scores import AttackScores, read_scores


def write_risks(tasks: Iterable[Task], context: AuditContext) -> None:
    """Write ``restricted/risk.csv`` from the attacks that the tasks on patient groups rest on.

    Mode 0600; system, attack, pseudonym, side, and the percentile of the patient's score
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
        scored: list[AttackScores] = []
        with contextlib.suppress(ResultError):  # an attack was not computed: nobody is said to stand out less
            scored = [one for one in read_scores(task, context) if not np.isnan([*one.members, *one.holdout]).any()]
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
