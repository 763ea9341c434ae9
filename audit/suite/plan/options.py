"""From a table of a plan to the object it describes: a class of a catalogue or of a plug-in with its options set."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from synthaudit.audit.errors import InputError, PlanError, unknown_name
from synthaudit.audit.plugins import Kind, find
from synthaudit.audit.renamed import renamed_options


class ComponentPlan(BaseModel):
    """A generator, an attack or a metric as a plan asks for it; every key but ``use`` is an option of it.

    Attributes:
        use: Its name in the catalogue, or ``package.module:Class``; the table's own name where this is left out.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="allow")

    use: str | None = None

    @property
    def options(self) -> dict[str, Any]:
        """The options given in the plan."""
        return dict(self.model_extra or {})


def build_component(kind: Kind, catalogue: Mapping[str, type], key: str, table: ComponentPlan) -> Any:
    """Return the generator, attack or metric that the table ``[KINDs.KEY]`` of a plan describes.

    Raises:
        PlanError: The name or an option is not known, or an option's value is not allowed.
    """
    where = f"[{kind}s.{key}]"
    try:
        cls: type = find(kind, table.use or key, catalogue)
    except PlanError as error:
        raise PlanError(f"{where}: {error}") from None
    if renamed := list(_renamed(cls, table.options, renamed_options(f"{kind}s", table.use or key))):
        raise PlanError("; ".join(f"{where} {option}" for option in renamed))
    return construct(cls, table.options, where=where)


def construct(cls: type, options: Mapping[str, Any], *, where: str) -> Any:
    """Return ``cls(**options)`` after checking names and types of the options; ``cls`` is a dataclass.

    Raises:
        PlanError: An option is not known, missing, or not allowed; ``where`` says in which table it stands.
    """
    if not is_dataclass(cls):
        raise PlanError(f"{where}: expected a dataclass, got {cls.__name__}")
    known = {field.name: field for field in fields(cls) if field.init}
    for option in options:
        if option not in known:
            raise PlanError(f"{where}: {unknown_name('option', option, known)}")
    for option, field in known.items():
        if option not in options and field.default is MISSING and field.default_factory is MISSING:
            raise PlanError(f"{where}: expected the option '{option}'")
    try:
        return TypeAdapter(cls).validate_python(dict(options))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise PlanError(f"{where}: {place}: {message}" if place else f"{where}: {message}") from None
    except (ValueError, InputError) as error:
        raise PlanError(f"{where}: {error}") from None


def options_of(component: object) -> dict[str, Any]:
    """Return the options of a generator, an attack or a metric as plain JSON values."""
    if not is_dataclass(component):
        return {}
    options = {field.name: getattr(component, field.name) for field in fields(component)}
    return dict(json.loads(json.dumps(options, default=_plain, sort_keys=True)))


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return value.name  # a folder can identify a person or a place
    if is_dataclass(value):
        return options_of(value)
    return list(value) if isinstance(value, (set, frozenset, tuple)) else str(value)


def _renamed(cls: type, options: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    """Yield what became of each option that stands under its old name; ``table.option`` lies in a table of its own."""
    known = {field.name for field in fields(cls)} if is_dataclass(cls) else set()
    for old, new in names.items():
        table, _, option = old.rpartition(".")
        inside = options.get(table) if table else options
        if isinstance(inside, Mapping) and option in inside and old not in known and (table or new) in known:
            yield f"{old}: this option is now called '{new}'"
