"""The options of a class in a catalogue: its fields, their defaults, and what its docstring says of each."""

import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from types import SimpleNamespace
from typing import Any, get_args, get_type_hints

ATTRIBUTE = re.compile(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)
"""One entry of a section ``Attributes:`` in a docstring of Google's style."""


def options(cls: type) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each option of a dataclass with its default and its help; those of a nested table as ``table.option``.

    An option that has to be given has no default.
    """
    if not is_dataclass(cls):
        return
    about, types = documented_fields(cls), field_types(cls)
    for field in fields(cls):
        if field.init:
            yield field.name, {**_default(field), "help": about.get(field.name, "")}
            for nested in (types[field.name], *get_args(types[field.name])):
                if isinstance(nested, type) and is_dataclass(nested):
                    yield from ((f"{field.name}.{option}", facts) for option, facts in options(nested))


def documented_fields(cls: type) -> dict[str, str]:
    """Return what the docstrings of a class and of its bases say of their fields, each in one line."""
    texts = (inspect.cleandoc(base.__doc__ or "").partition("Attributes:\n")[2] for base in reversed(cls.__mro__))
    return {
        name: " ".join(about.replace("``", "").split()) for text in texts for name, about in ATTRIBUTE.findall(text)
    }


def field_types(cls: type) -> dict[str, Any]:
    """Return the types of a dataclass's fields; those of its constants may be known to type checkers only."""
    names = {field.name for field in fields(cls)}
    types: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        own = {name: hint for name, hint in inspect.get_annotations(base).items() if name in names}
        types |= get_type_hints(SimpleNamespace(__annotations__=own), vars(sys.modules[base.__module__]))
    return types


def _default(field: Field[Any]) -> dict[str, Any]:
    if field.default is not MISSING:
        value = field.default
    elif field.default_factory is not MISSING:
        value = field.default_factory()
    else:
        return {}
    return {"default": value if isinstance(value, int | float | str | bool | None) else str(value)}
