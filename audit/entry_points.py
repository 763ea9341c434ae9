"""Code and policies that other packages offer under entry points, and Python objects by their path."""

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Final, Literal

from synthaudit.audit.errors import PlanError

Group = Literal["generators", "attacks", "metrics", "policies"]

MOVED: Final = ("audit", "attacks", "generators", "reports")
"""Top-level packages of the first release, which stand under ``synthaudit`` now."""


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
        PlanError: There is no such module or name, or importing it fails.
    """
    module, _, name = path.partition(":")
    try:
        value = importlib.import_module(module)
        for part in name.split("."):
            value = getattr(value, part)
    except AttributeError:
        raise PlanError(f"'{path}': module {module} has no {name}. Write package.module:Class.") from None
    except Exception as error:
        if module.split(".")[0] in MOVED and importlib.util.find_spec(f"synthaudit.{module.split('.')[0]}"):
            raise PlanError(f"'{path}' has moved. Write synthaudit.{path} instead.") from None
        raise PlanError(
            f"'{path}': module {module} cannot be imported ({type(error).__name__}). "
            "Install it where synthaudit runs, or put its folder on PYTHONPATH."
        ) from error
    return value
