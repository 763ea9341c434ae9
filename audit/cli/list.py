"""``synthaudit list``: what there is to choose from."""

import json as jsonlib
from collections.abc import Callable, Collection
from dataclasses import MISSING, fields, is_dataclass
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from synthaudit.audit.cli.errors import user_errors

if TYPE_CHECKING:
    from synthaudit.audit.entry_points import EntryPoint, Group

KINDS = ("generators", "attacks", "metrics", "policies", "formats")


def list_things(
    kind: Annotated[str | None, typer.Argument(help=f"One of {', '.join(KINDS)}; all where left out.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List generators, attacks, metrics, policies and input formats with what each is, needs and can be told."""
    with user_errors():
        from synthaudit.audit.errors import PlanError, unknown_name

        if kind is not None and kind not in KINDS:
            raise PlanError(unknown_name("kind of thing", kind, KINDS))
        shown = {name: _entries(name) for name in (KINDS if kind is None else (kind,))}
        if json:
            print(jsonlib.dumps(shown, indent=1))
            return
        for at, (name, entries) in enumerate(shown.items()):
            print(("\n" if at else "") + name)
            for entry in entries:
                _show(entry)


def _entries(kind: str) -> list[dict[str, Any]]:
    if kind == "policies":
        from synthaudit.audit.policy import SHIPPED

        return [_policy(name) for name in SHIPPED] + _plugins("policies", SHIPPED, lambda offer: _policy(offer.name))
    catalogue = _catalogue(kind)
    entries = [_entry(name, thing) for name, thing in catalogue.items()]
    if kind == "formats":
        return entries
    group = cast("Group", kind)
    return entries + _plugins(group, catalogue, lambda offer: _entry(offer.name, _plugin_class(group, offer.path)))


def _policy(name: str) -> dict[str, Any]:
    from synthaudit.audit.policy import read_policy

    policy = read_policy(name)
    return {"name": name, "title": policy.title, "summary": policy.summary}


def _plugins(
    group: "Group", catalogue: Collection[str], describe: "Callable[[EntryPoint], dict[str, Any]]"
) -> list[dict[str, Any]]:
    """Return what other packages offer; of what cannot be used, why."""
    from synthaudit.audit.entry_points import entry_points
    from synthaudit.audit.errors import AuditError

    entries = []
    for name, offers in entry_points(group).items():
        for offer in offers:
            entry = {"name": name, "title": offer.path, "summary": ""}
            if name in catalogue:
                entry["summary"] = f"Hidden by synthaudit's own '{name}'; in a plan, write use = \"{offer.path}\"."
            elif len(offers) > 1:
                entry["summary"] = f'Offered by several packages; in a plan, write use = "{offer.path}".'
            else:
                try:
                    entry = describe(offer)
                except AuditError as error:
                    entry["summary"] = f"Cannot be used: {error}"
            entries.append({**entry, "package": offer.package})
    return entries


def _plugin_class(group: "Group", path: str) -> type:
    from synthaudit.audit.plugins import Kind, find

    kinds: dict[Group, Kind] = {"generators": "generator", "attacks": "attack", "metrics": "metric"}
    plugin: type = find(kinds[group], path, {})
    return plugin


def _catalogue(kind: str) -> dict[str, type]:
    if kind == "generators":
        from synthaudit.generators import GENERATORS

        return dict(GENERATORS)
    if kind == "metrics":
        from synthaudit.audit.fidelity import METRICS

        return dict(METRICS)
    if kind == "formats":
        from synthaudit.audit.records.readers import READERS

        return dict(READERS)
    from synthaudit.attacks.attribute import ATTRIBUTE
    from synthaudit.attacks.membership import MEMBERSHIP
    from synthaudit.attacks.reidentification import REIDENTIFICATION

    return {**MEMBERSHIP, **ATTRIBUTE, **REIDENTIFICATION}


def _entry(name: str, thing: type) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": name, "title": getattr(thing, "title", name)}
    entry["summary"] = getattr(thing, "summary", None) or getattr(thing, "question", "")
    if threat_model := getattr(thing, "threat_model", ""):
        entry["threat model"] = threat_model
    if source := getattr(thing, "source", ""):
        entry["source"] = source
    if needs := getattr(thing, "needs", None):
        entry["needs"] = sorted(need.value for need in needs)
    if is_dataclass(thing):
        entry["options"] = {
            field.name: "required" if field.default is MISSING and field.default_factory is MISSING else _default(field)
            for field in fields(thing)
            if field.init
        }
    return entry


def _default(field: Any) -> Any:
    value = field.default if field.default is not MISSING else field.default_factory()
    return value if isinstance(value, (int, float, str, bool, type(None))) else str(value)


def _show(entry: dict[str, Any]) -> None:
    print(f"  {entry['name']}: {entry['title']}")
    print(f"      {entry['summary']}")
    if "package" in entry:
        print(f"      from the package {entry['package']}")
    if "threat model" in entry:
        print(f"      threat model: {entry['threat model']}")
    if "source" in entry:
        print(f"      source: {entry['source']}")
    if "needs" in entry:
        print(f"      needs: {', '.join(entry['needs'])}")
    if entry.get("options"):
        print("      options: " + ", ".join(f"{name}={value}" for name, value in entry["options"].items()))
