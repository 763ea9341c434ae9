"""The audits of a claim by the kind of their cells."""

from collections.abc import Callable

from audit.suite.cells import Cell
from audit.suite.job import Job
from audit.suite.mechanism.canaries import audit_canaries
from audit.suite.mechanism.pairs import audit_pairs
from audit.suite.mechanism.trainings import audit_trainings
from audit.suite.result import Row

AUDITS: dict[str, Callable[[Cell, Job], list[Row]]] = {
    "pairs": audit_pairs,
    "canaries": audit_canaries,
    "trainings": audit_trainings,
}
