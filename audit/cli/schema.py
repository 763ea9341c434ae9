"""``synthaudit schema``: the JSON Schema of the files that synthaudit reads and writes."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pydantic import BaseModel

NAMES = ("plan", "result", "policy")


def schema(name: Annotated[str, typer.Argument(help=f"One of {', '.join(NAMES)}.")]) -> None:
    """Print the JSON Schema of a plan, a result or a policy."""
    from synthaudit.audit.errors import PlanError, unknown_name

    if name not in NAMES:
        raise PlanError(unknown_name("schema", name, NAMES))
    print(json.dumps(_model(name).model_json_schema(), indent=1))


def _model(name: str) -> "type[BaseModel]":
    if name == "plan":
        from synthaudit.audit.suite.plan import Plan

        return Plan
    if name == "result":
        from synthaudit.audit.suite.result import Result

        return Result
    from synthaudit.audit.policy import Policy

    return Policy
