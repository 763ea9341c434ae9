"""Kinds of tasks, one per file: each lists, computes, costs and ranks its own tasks."""

from synthaudit.audit.suite.tasks.attribute import AttributeInference
from synthaudit.audit.suite.tasks.blind import BlindClassifier
from synthaudit.audit.suite.tasks.copies import Copies
from synthaudit.audit.suite.tasks.dp.canaries import CanaryAudit
from synthaudit.audit.suite.tasks.dp.pairs import PairAudit
from synthaudit.audit.suite.tasks.dp.trainings import TrainingsAudit
from synthaudit.audit.suite.tasks.fidelity import Fidelity
from synthaudit.audit.suite.tasks.fit import Fit
from synthaudit.audit.suite.tasks.groups import PatientGroups
from synthaudit.audit.suite.tasks.joint import JointTest
from synthaudit.audit.suite.tasks.membership import MembershipInference
from synthaudit.audit.suite.tasks.number_format import NumberFormat
from synthaudit.audit.suite.tasks.planted import PlantedLeaks
from synthaudit.audit.suite.tasks.published_holdout import PublishedHoldout
from synthaudit.audit.suite.tasks.reidentification import Reidentification
from synthaudit.audit.suite.tasks.secrets import EachSecret
from synthaudit.audit.suite.tasks.task_kind import TaskKind
from synthaudit.audit.suite.tasks.unique_values import UniqueValues
from synthaudit.audit.suite.tasks.value_ranges import ValueRanges
from synthaudit.audit.suite.tasks.yardstick import Yardstick

TASKS: dict[str, TaskKind] = {
    "fit": Fit(),
    "blind": BlindClassifier(),
    "number_format": NumberFormat(),
    "yardstick": Yardstick(),
    "published_holdout": PublishedHoldout(),
    "copies": Copies(),
    "value_ranges": ValueRanges(),
    "membership": MembershipInference(),
    "attribute": AttributeInference(),
    "secrets": EachSecret(),
    "reidentification": Reidentification(),
    "unique_values": UniqueValues(),
    "fidelity": Fidelity(),
    "planted": PlantedLeaks(),
    "canaries": CanaryAudit(),
    "trainings": TrainingsAudit(),
    "joint": JointTest(),
    "pairs": PairAudit(),
    "groups": PatientGroups(),
}
"""The kinds by name; of one stage, they are listed in this order."""
