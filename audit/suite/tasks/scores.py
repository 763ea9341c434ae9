"""Scores of membership attacks on disk, for the tasks that judge attacks together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from synthaudit.audit.errors import InputError, ResultError
from synthaudit.audit.files import replacing
from synthaudit.audit.records.storage import read_arrays
from synthaudit.audit.statistics import Estimate, roc
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.task import Task
from synthaudit.audit.suite.result import Row, Unmeasured


def write_scores(task: Task, context: AuditContext, members: np.ndarray, holdout: np.ndarray) -> None:
    """Store an attack's scores, one per target patient, under the patients' pseudonyms."""
    targets = context.targets_of(task)
    sides = {"members": targets.members, "holdout": targets.holdout}
    who = {f"{side}_ids": context.pseudonyms[np.unique(records.patients)] for side, records in sides.items()}
    with replacing(scores_path(context, task.key), mode=0o600) as path:
        np.savez_compressed(path, members=members, holdout=holdout, **who)


def scores_path(context: AuditContext, key: str) -> Path:
    """Where the scores of a task lie."""
    return context.folder.restricted / "scores" / f"{key}.npz"


def scores_intact(task: Task, context: AuditContext) -> bool:
    """Whether a finished attack's scores can be read and are of these patients; one that was not measured has none."""
    path = scores_path(context, task.key)
    rows = context.folder.read_task(task.key).rows
    if all(isinstance(row.number, Unmeasured) for row in rows):
        return True
    try:
        kept = read_arrays(path)
        sides = {"members": context.members, "holdout": context.holdout}
        return all(
            np.isin(kept[f"{side}_ids"], context.pseudonyms[np.unique(records.patients)]).all()
            and len(kept[side]) == len(kept[f"{side}_ids"])
            for side, records in sides.items()
        )
    except (InputError, KeyError, TypeError):
        return False


@dataclass(frozen=True, eq=False)
class AttackScores:
    """An attack's scores on all targets, one per patient in the order of their numbers.

    Attributes:
        row: The first number it led to, which says what the attacker knew.
        members: Scores of the members, shape ``(n1,)``; NaN of a target that the attack, costly per target, left out.
        holdout: Scores of the holdout patients, shape ``(n0,)``, likewise.
    """

    row: Row
    members: np.ndarray
    holdout: np.ndarray

    @property
    def auc(self) -> float:
        """How well the scores tell the sides apart."""
        measured = roc.auc(*(side[~np.isnan(side)] for side in (self.members, self.holdout)))
        return measured.value if isinstance(measured, Estimate) else 0.5


def read_scores(task: Task, context: AuditContext) -> list[AttackScores]:
    """Return the scores that a task rests on; attacks that were not measured have none.

    Raises:
        ResultError: If an attack was not computed; without it the others would be judged too mildly.
    """
    found = []
    sides = {"members": context.targets.members, "holdout": context.targets.holdout}
    everyone = {side: context.pseudonyms[np.unique(records.patients)] for side, records in sides.items()}
    for key in task.sources:
        if not context.folder.has(key):
            raise ResultError("one of the attacks to be judged together was not computed")
        path = scores_path(context, key)
        rows = context.folder.read_task(key).rows
        if path.exists() and rows:
            kept = read_arrays(path)
            scores = {side: _of_all(kept[side], kept[f"{side}_ids"], ids) for side, ids in everyone.items()}
            found.append(AttackScores(rows[0], **scores))
    return found


def _of_all(scores: np.ndarray, ids: np.ndarray, everyone: np.ndarray) -> np.ndarray:
    """Return one score per target, NaN for those that an attack left out."""
    order = np.argsort(everyone)
    place = order[np.searchsorted(everyone, ids, sorter=order)]
    every = np.full(len(everyone), np.nan)
    every[place] = scores
    return every


def attacks_by_release(components: Components, tasks: Sequence[Task]) -> Iterator[tuple[str, int, tuple[Task, ...]]]:
    """Yield each attacked release's system, number, and membership attacks: on its largest table and all targets."""
    for system in components.systems:
        for release in range(components.releases(system)):
            attacks = [
                task
                for task in tasks
                if (task.kind, task.system, task.release) == ("membership", system, release)
                and not task.targets_per_side
                and task.combined_releases == 1
            ]
            if attacks:
                rows = max(task.synthetic for task in attacks)
                yield system, release, tuple(task for task in attacks if task.synthetic == rows)
