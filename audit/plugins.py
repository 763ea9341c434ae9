"""Generators, attacks and metrics by name: of a catalogue, of another package, or at ``package.module:Class``.

A plug-in is a dataclass that fits its protocol in ``synthaudit.audit.protocols``, nothing else. A plan names it by the
entry point under which its package offers it (groups ``synthaudit.generators``, ``synthaudit.attacks`` and
``synthaudit.metrics``), or by where it lies: ``use = "package.module:Class"``.
"""

import inspect
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, Final, Literal, Protocol, TypeVar, cast

from synthaudit.audit.entry_points import Group, entry_point, entry_points, import_object
from synthaudit.audit.errors import PlanError, unknown_name
from synthaudit.audit.knowledge import Need
from synthaudit.audit.protocols import AttributeAttack, Generator, MembershipAttack, Metric, ReidentificationAttack
from synthaudit.audit.records import KINDS

Kind = Literal["generator", "attack", "membership attack", "attribute attack", "reidentification attack", "metric"]
AttackKind = Literal["membership", "attribute", "reidentification"]

T = TypeVar("T")

PROTOCOLS: Final[Mapping[str, Any]] = {
    "generator": Generator,
    "membership attack": MembershipAttack,
    "attribute attack": AttributeAttack,
    "reidentification attack": ReidentificationAttack,
    "metric": Metric,
}
METHODS: Final[Mapping[AttackKind, str]] = {
    "membership": "score",
    "attribute": "guess",
    "reidentification": "attempt",
}
"""The method by which a kind of attack is told from the others."""

PRESET_NAMES: Final = ("quick", "standard", "thorough")

VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "needs": tuple(Need),
    "kinds": tuple(KINDS),
    "presets": PRESET_NAMES,
    "measures_power": PRESET_NAMES,
}
"""Class facts that are sets, and what they may hold."""


def find(kind: Kind, name: str, catalogue: Mapping[str, type[T]]) -> type[T]:
    """Return the class that a plan names: the catalogue's, another package's, or one at ``package.module:Class``.

    The catalogue comes first, so that no installed package changes what a plan means.

    Raises:
        PlanError: There is none of that name, it cannot be imported, or it does not fit its protocol.
    """
    if name in catalogue:
        return catalogue[name]
    path = name
    if ":" not in name:
        offer = entry_point(group_of(kind), name)
        if offer is None:
            raise PlanError(unknown_name(kind, name, {*catalogue, *entry_points(group_of(kind))}))
        path = offer.path
    found = import_object(path)
    check(kind, found, path)
    return cast("type[T]", found)


def group_of(kind: Kind) -> Group:
    """Return the group of entry points that a kind belongs to."""
    return "generators" if kind == "generator" else "metrics" if kind == "metric" else "attacks"


def attack_kind(attack: object) -> AttackKind:
    """Return what an attack, or its class, is after, by its one method: ``score``, ``guess`` or ``attempt``.

    Raises:
        PlanError: It has none of them, or several.
    """
    kinds = [kind for kind, method in METHODS.items() if callable(getattr(attack, method, None))]
    if len(kinds) != 1:
        name = getattr(attack, "__name__", type(attack).__name__)
        raise PlanError(f"{name}: expected one of the methods {', '.join(METHODS.values())}, got {len(kinds)} of them")
    return kinds[0]


def check(kind: Kind, found: object, name: str) -> None:
    """Check a class against the protocol of its kind.

    Raises:
        PlanError: It is no dataclass, lacks a fact or a method, or a method lacks a parameter; says which.
    """
    article = "an" if kind[0] in "aeiou" else "a"
    if not isinstance(found, type):
        raise PlanError(f"'{name}' is not {article} {kind}: expected a class, got {type(found).__name__}")
    if kind == "attack":
        kind = cast("Kind", f"{attack_kind(found)} attack")
    protocol = PROTOCOLS[kind]
    required = _members(protocol)
    missing = [member for member in required if not hasattr(found, member)]
    if missing:
        adapter = (
            " For an object with fit(frame) and sample(n), use synthaudit.generators.external:Adapter."
            if kind == "generator"
            else ""
        )
        raise PlanError(
            f"'{name}' is not {article} {kind}: expected a class with {', '.join(required)}; "
            f"it lacks {', '.join(missing)}.{adapter}"
        )
    if not is_dataclass(found):
        raise PlanError(f"'{name}': expected a dataclass, whose fields are its options")
    for member in required:
        _check_member(getattr(protocol, member, None), getattr(found, member), f"'{name}': {member}")


def _members(protocol: type) -> tuple[str, ...]:
    """Return the public names that a protocol asks for: class facts first, then methods."""
    rooms = [base for base in protocol.__mro__ if base not in (object, Protocol) and base.__module__ != "typing"]
    facts = [name for room in rooms for name in inspect.get_annotations(room)]
    methods = [name for room in rooms for name, value in vars(room).items() if inspect.isfunction(value)]
    return tuple(dict.fromkeys(name for name in (*facts, *methods) if not name.startswith("_")))


def _check_member(promise: object, value: Any, where: str) -> None:
    """Check one fact or method of a class; ``promise`` is the protocol's own method, None for a fact."""
    if inspect.isfunction(promise):
        if not callable(value):
            raise PlanError(f"{where}: expected a method")
        given = inspect.signature(value).parameters
        if any(parameter.kind is parameter.VAR_KEYWORD for parameter in given.values()):
            return
        missing = [name for name in inspect.signature(promise).parameters if name not in given]
        if missing:
            raise PlanError(f"{where}: expected the parameter {', '.join(missing)}")
        return
    fact = where.rpartition(" ")[2]
    if fact in VALUES:
        if not isinstance(value, (set, frozenset)):
            raise PlanError(f"{where}: expected a frozenset, got {type(value).__name__}")
        for item in sorted(value - set(VALUES[fact]), key=str):
            raise PlanError(f"{where}: {unknown_name('value', str(item), VALUES[fact])}")
    elif fact == "better":
        if not isinstance(value, Mapping) or not {*value.values()} <= {"higher", "lower"}:
            raise PlanError(f"{where}: expected a mapping from each statistic to 'higher' or 'lower'")
    elif fact == "control":
        if not isinstance(value, bool):
            raise PlanError(f"{where}: expected True or False, got {type(value).__name__}")
    elif not (isinstance(value, str) and value.strip()):
        raise PlanError(f"{where}: expected a sentence, got {type(value).__name__}")
