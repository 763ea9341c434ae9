"""``synthaudit list``: what there is to choose from."""

import json as jsonlib
from typing import Annotated, Any

import typer

KINDS = ("generators", "attacks", "metrics", "policies", "formats")
LABELS = {
    "package": "from the package",
    "threat_model": "threat model",
    "needs": "needs",
    "presets": "presets",
    "source": "source",
}


def list_catalogues(
    kind: Annotated[str | None, typer.Argument(help=f"One of {', '.join(KINDS)}; all where left out.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List generators, attacks, metrics, policies and input formats: what each is, what it needs, and its options."""
    from synthaudit.audit.cli.catalogue import entries
    from synthaudit.audit.errors import PlanError, unknown_name

    if kind is not None and kind not in KINDS:
        raise PlanError(unknown_name("kind", kind, KINDS))
    shown = {name: entries(name) for name in (KINDS if kind is None else (kind,))}
    if json:
        print(jsonlib.dumps(shown, indent=1))
        return
    print("\n\n".join("\n".join([name, *map(_text, shown[name])]) for name in shown))


def _text(entry: dict[str, Any]) -> str:
    lines = [f"  {entry['name']}: {entry['title']}", f"      {entry['summary']}"]
    for fact, label in LABELS.items():
        if value := entry.get(fact):
            lines.append(f"      {label}: {value if isinstance(value, str) else ', '.join(value)}")
    for name, option in entry.get("options", {}).items():
        default = f" = {option['default']}" if "default" in option else " (has to be given)"
        lines.append(f"      - {name}{default}: {option['help']}")
    return "\n".join(lines)
