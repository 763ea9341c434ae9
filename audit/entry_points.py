"""Code and policies that other packages offer under entry points, and Python objects by their path."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Final, Literal

from synthaudit.audit.errors import PlanError

Group = Literal["generators", "attacks", "metrics", "policies"]

MOVED: Final = ("generators.external:Program", "generators.external:Adapter")
"""Paths that plans of the first release name; they stand under ``synthaudit`` now."""


@dataclass(frozen=True)
class EntryPoint:
    """What a package offers under a name of its choice.

    Attributes:
        name: Its name in plans and on the command line.
        path: Where it lies, ``package.module:Name``.
        package: The distribution that offers it, as pip calls it.
    """

    name: str
    path: str
    package: str


def entry_points(group: Group) -> Mapping[str, tuple[EntryPoint, ...]]:
    """Return the entry points of the group ``synthaudit.<group>`` by name; more than one where packages collide."""
    found: dict[str, tuple[EntryPoint, ...]] = {}
    for point in sorted(
        metadata.entry_points(group=f"synthaudit.{group}"), key=lambda point: (point.name, point.value)
    ):
        package = point.dist.name if point.dist is not None else "unknown package"
        offer = EntryPoint(point.name, point.value.replace(" ", ""), package)
        # One package seen twice, as an editable install and on the path, offers one thing.
        if offer not in found.get(point.name, ()):
            found[point.name] = (*found.get(point.name, ()), offer)
    return found


def entry_point(group: Group, name: str) -> EntryPoint | None:
    """Return the entry point of that name; None if no package offers it.

    Raises:
        PlanError: Several packages offer it.
    """
    offers = entry_points(group).get(name, ())
    if len(offers) > 1:
        choice = ", ".join(f"{offer.path} (of {offer.package})" for offer in offers)
        raise PlanError(f"'{name}' is offered by more than one package: expected one of {choice}")
    return offers[0] if offers else None


def import_object(path: str) -> Any:
    """Return the Python object at ``package.module:Name``.

    Raises:
        PlanError: There is no such module or name, it has moved, or importing it fails.
    """
    if path in MOVED:
        raise PlanError(f"'{path}' has moved. Write synthaudit.{path} instead.")
    module, _, name = path.partition(":")
    try:
        value = importlib.import_module(module)
        for part in name.split("."):
            value = getattr(value, part)
    except AttributeError:
        raise PlanError(f"'{path}': module {module} has no {name}. Write package.module:Class.") from None
    except Exception as error:
        raise PlanError(
            f"'{path}': module {module} cannot be imported ({type(error).__name__}). "
            "Install it where synthaudit runs, or put its folder on PYTHONPATH."
        ) from error
    return value
