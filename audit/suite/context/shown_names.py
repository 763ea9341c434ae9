"""The plan as a result may state it: where it names what few patients have, by the code that stands for that."""

from collections.abc import Mapping
from typing import Any

from synthaudit.audit.fidelity.clinical_rule import Rule
from synthaudit.audit.records import Schema
from synthaudit.audit.suite.plan import Plan


def with_shown_names(plan: Plan, schema: Schema) -> Plan:
    """Return the plan with the codes of hidden names in its secrets, and in options of attacks and metrics."""
    hidden = {name: code for column in schema.columns for code, name in column.originals}
    if not hidden:
        return plan
    roles = {
        role: tuple(schema.hidden_names.get(name, name) for name in getattr(plan.secrets, role))
        for role in ("columns", "quasi_identifiers", "public")
    }
    methods = {
        kind: {key: table.model_copy(update=_shown(table.options, schema, hidden)) for key, table in tables.items()}
        for kind, tables in (("attacks", plan.attacks), ("metrics", plan.metrics))
    }
    return plan.model_copy(update={"secrets": plan.secrets.model_copy(update=roles), **methods})


def _shown(value: Any, schema: Schema, hidden: Mapping[str, str]) -> Any:
    """Return an option in which hidden names, whole or as terms of a rule, are codes."""
    if isinstance(value, dict):
        return {key: _shown(inner, schema, hidden) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_shown(inner, schema, hidden) for inner in value)
    if not isinstance(value, str):
        return value
    if value in hidden:
        return hidden[value]
    try:
        rule = Rule.parse(value)
    except ValueError:
        return value
    named = {term for condition in (*rule.when, rule.then) for term in (condition.column, condition.value)}
    return rule.shown(schema) if named & hidden.keys() else value
