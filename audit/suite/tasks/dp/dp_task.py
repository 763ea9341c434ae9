"""What the audits of a claim of differential privacy have in common as kinds of tasks."""

from collections.abc import Mapping
from typing import Any, ClassVar

from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.task import Task
from synthaudit.audit.suite.plan import options_of
from synthaudit.audit.suite.result import Level, Section
from synthaudit.audit.suite.tasks.task_kind import TaskKind


class DPTask(TaskKind):
    """A kind of task whose rows bound epsilon: a statement about the mechanism."""

    section: ClassVar[Section] = "privacy"
    level: ClassVar[Level] = "mechanism"
    statistic: ClassVar[str | None] = "epsilon_lower"

    def key_parts(self, task: Task, components: Components) -> Mapping[str, Any]:
        """The plan's audit of claims, the claim that came with a file, and the attacks on canaries."""
        file = components.plan.synthetic.get(task.system)
        claim = file.claim if file is not None else None
        attacks = components.canary_attacks.items()
        return {
            "dp_audit": components.plan.dp_audit.model_dump(mode="json"),
            "claim": claim.model_dump(mode="json") if claim is not None else None,
            "attacks": {name: [type(attack).__name__, options_of(attack)] for name, attack in attacks},
        }
