"""A plan as TOML again, without a folder in it: kept beside the result, it says what was audited, and reads back."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from synthaudit.audit.suite.plan.plan import Plan

HEAD = """# What was audited, every default filled in; files by name, since a folder can identify a person.
# Beside copies of these files, `synthaudit run plan.toml` audits the same again.
"""


def plan_text(plan: Plan) -> str:
    """Return a plan as TOML, as it is published; ``read_plan`` gives a plan with the same digest."""
    return HEAD + "\n".join(_table(plan.published(), ())) + "\n"


def _table(table: Mapping[str, Any], place: tuple[str, ...]) -> Iterator[str]:
    """Yield the lines of a table: its values, then the tables in it; what is not set is left out."""
    inner = {name: value for name, value in table.items() if isinstance(value, Mapping)}
    for name, value in table.items():
        if value is not None and name not in inner:
            yield f"{_key(name)} = {_value(value)}"
    for name, value in inner.items():
        yield f"\n[{'.'.join(map(_key, (*place, name)))}]"
        yield from _table(value, (*place, name))


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if plain else _text(name)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return repr(value)  # whole numbers and floats are written alike


def _text(text: str) -> str:
    """Return a TOML string; JSON's escapes are TOML's, but for characters beyond 16 bits and DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
