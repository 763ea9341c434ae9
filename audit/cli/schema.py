"""``synthaudit schema``: the JSON Schema of the files that synthaudit reads and writes."""

import json
from typing import Annotated

import typer

from synthaudit.audit.cli.errors import user_errors

NAMES = ("plan", "result", "policy")


def schema(name: Annotated[str, typer.Argument(help=f"One of {', '.join(NAMES)}.")]) -> None:
    """Print the JSON Schema of a plan, a result or a policy."""
    with user_errors():
        from synthaudit.audit.errors import PlanError, unknown_name

        if name == "plan":
            from synthaudit.audit.suite.plan import Plan as Model
        elif name == "result":
            from synthaudit.audit.suite.result import Result as Model  # type: ignore[assignment]
        elif name == "policy":
            from synthaudit.audit.policy import Policy as Model  # type: ignore[assignment]
        else:
            raise PlanError(unknown_name("schema", name, NAMES))
        print(json.dumps(Model.model_json_schema(), indent=1))
