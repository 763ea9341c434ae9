"""The audits of a claim by the kind of their tasks."""

from collections.abc import Callable

from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.task import Task
from synthaudit.audit.suite.result import Row
from synthaudit.audit.suite.tasks.dp.canaries import audit_canaries
from synthaudit.audit.suite.tasks.dp.pairs import audit_pairs
from synthaudit.audit.suite.tasks.dp.trainings import audit_trainings

AUDITS: dict[str, Callable[[Task, AuditContext], list[Row]]] = {
    "pairs": audit_pairs,
    "canaries": audit_canaries,
    "trainings": audit_trainings,
}
