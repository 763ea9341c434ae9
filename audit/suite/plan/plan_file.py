"""From TOML to a checked plan, with a preset's values where the plan is silent."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from synthaudit.audit.errors import PlanError, unknown_name
from synthaudit.audit.files import read_file
from synthaudit.audit.renamed import old_plan_names
from synthaudit.audit.suite.plan.plan import Plan
from synthaudit.audit.suite.plan.presets import PRESETS, Preset
from synthaudit.audit.suite.plan.table import CONTROL
from synthaudit.audit.toml_file import parse_toml


def make_plan(raw: Mapping[str, Any], *, where: str = "plan") -> Plan:
    """Return the checked plan with the preset's values filled in.

    Raises:
        PlanError: Naming the key, what was expected and the nearest known key.
    """
    if renamed := list(old_plan_names(raw)):
        raise PlanError(f"{where}: {'; '.join(renamed)}")
    name = raw.get("preset", "standard")
    if name not in PRESETS:
        raise PlanError(f"{where}: {unknown_name('preset', str(name), PRESETS)}")
    try:
        return Plan.model_validate(_filled(raw, PRESETS[name]))
    except ValidationError as error:
        raise PlanError(f"{where}: {_first_problem(error)}") from None


def read_plan(path: Path, *, override: Mapping[str, Any] | None = None) -> Plan:
    """Read a plan file; ``override`` replaces top-level keys, as command-line options do."""
    try:
        raw = parse_toml(read_file(path).decode("utf-8"))
    except OSError as error:
        raise PlanError(f"{path.name}: expected a plan, could not open it ({error.strerror})") from None
    except UnicodeDecodeError:
        raise PlanError(f"{path.name}: expected a plan in UTF-8 text") from None
    except ValueError as error:
        raise PlanError(f"{path.name}: {error}") from None
    return make_plan({**raw, **(override or {})}, where=path.name)


def _filled(raw: Mapping[str, Any], preset: Preset) -> dict[str, Any]:
    """Return the raw plan with the preset's attacks, metrics and sweep where the plan is silent."""
    plan = dict(raw)
    for table in ("sweep", "targets", "controls", "dp_audit"):
        given = raw.get(table, {})
        plan[table] = {**getattr(preset, table), **given} if isinstance(given, Mapping) else given
    for table in ("attacks", "metrics"):
        plan.setdefault(table, {name: {} for name in getattr(preset, table)})
    if isinstance(plan["controls"], dict) and "attacks" not in raw.get("controls", {}):
        # A plan with attacks of its own choice measures the power of those of the preset's that it has, else of all.
        plan["controls"]["attacks"] = [name for name in preset.power_attacks if name in plan["attacks"]]
    return plan


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    place = CONTROL.sub("?", ".".join(str(part) for part in first["loc"] if part != "[key]"))
    if first["type"] == "extra_forbidden":
        owner: Any = Plan
        for part in first["loc"][:-1]:
            field = owner.model_fields.get(str(part)) if hasattr(owner, "model_fields") else None
            owner = field.annotation if field else None
        known = owner.model_fields if hasattr(owner, "model_fields") else Plan.model_fields
        return f"{place}: {unknown_name('key', str(first['loc'][-1]), known)}"
    return f"{place}: {first['msg'].removeprefix('Value error, ')}" if place else first["msg"]
