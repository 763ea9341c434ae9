"""Negative control: can an attack's scores tell two random halves of one side apart?"""

from dataclasses import replace

import numpy as np

from synthaudit.audit.statistics import Measurement, NotMeasured, roc
from synthaudit.audit.suite.result import Row
from synthaudit.audit.suite.tasks.rows import CONFIDENCE, RowTemplate


def within_sides(
    label: RowTemplate, members: np.ndarray, holdout: np.ndarray, *, rng: np.random.Generator
) -> list[Row]:
    """Ask an attack's scores to tell two random halves of one side apart; chance is one half."""
    rows = []
    for side, scores in (("members against members", members), ("holdout against holdout", holdout)):
        mixed = rng.permutation(scores)
        half = len(mixed) // 2
        measured: Measurement = NotMeasured("fewer than four patients on this side")
        if half >= 2:
            measured = roc.auc(mixed[:half], mixed[half:], confidence=CONFIDENCE)
        here = replace(label, section="control", method=side, task=f"{label.task}/{side}")
        rows.append(here.row("auc", measured, part=label.method, chance=0.5))
    return rows
