"""What there is to choose from, as plain values: the catalogues, and what other packages offer."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, Literal, cast

from synthaudit.audit.cli.options import options
from synthaudit.audit.entry_points import EntryPoint, Group, entry_points
from synthaudit.audit.errors import AuditError

FACTS: Final = ("threat_model", "source")
SETS: Final = ("needs", "presets")
"""What a class may say of itself besides its title: in a sentence, or as a set."""


def entries(kind: str) -> list[dict[str, Any]]:
    """Return what there is of a kind: ``generators``, ``attacks``, ``metrics``, ``policies`` or ``formats``."""
    if kind == "policies":
        from synthaudit.audit.policy import SHIPPED

        return [policy_entry(name) for name in SHIPPED] + _plugins(
            "policies", SHIPPED, lambda offer: policy_entry(offer.name)
        )
    catalogue = _catalogue(kind)
    shown = [class_entry(name, cls) for name, cls in catalogue.items()]
    if kind == "formats":
        return shown
    group = cast("Literal['generators', 'attacks', 'metrics']", kind)
    return shown + _plugins(group, catalogue, lambda offer: class_entry(offer.name, _plugin_class(group, offer.path)))


def policy_entry(name: str) -> dict[str, Any]:
    """Return what a policy says of itself."""
    from synthaudit.audit.policy import read_policy

    policy = read_policy(name)
    return {"name": name, "title": policy.title, "summary": policy.summary}


def class_entry(name: str, cls: Any) -> dict[str, Any]:
    """Return what a class says of itself; an attack's or a metric's summary is its question."""
    return {
        "name": name,
        "title": cls.title,
        "summary": cls.question if hasattr(cls, "question") else cls.summary,
        **{fact: getattr(cls, fact) for fact in FACTS if hasattr(cls, fact)},
        **{fact: sorted(map(str, getattr(cls, fact))) for fact in SETS if hasattr(cls, fact)},
        "options": dict(options(cls)),
    }


def _catalogue(kind: str) -> Mapping[str, type]:
    if kind == "generators":
        from synthaudit.generators import GENERATORS

        return GENERATORS
    if kind == "metrics":
        from synthaudit.audit.fidelity import METRICS

        return METRICS
    if kind == "formats":
        from synthaudit.audit.records.readers import READERS

        return READERS
    from synthaudit.attacks.attribute import ATTRIBUTE
    from synthaudit.attacks.membership import MEMBERSHIP
    from synthaudit.attacks.reidentification import REIDENTIFICATION

    return {**MEMBERSHIP, **ATTRIBUTE, **REIDENTIFICATION}


def _plugins(
    group: Group, catalogue: Collection[str], describe: Callable[[EntryPoint], dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return what other packages offer; of what cannot be used, why."""
    shown = []
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
            shown.append({**entry, "package": offer.package})
    return shown


def _plugin_class(group: Literal["generators", "attacks", "metrics"], path: str) -> type:
    from synthaudit.audit.plugins import Kind, find

    kinds: dict[Group, Kind] = {"generators": "generator", "attacks": "attack", "metrics": "metric"}
    plugin: type = find(kinds[group], path, {})
    return plugin
