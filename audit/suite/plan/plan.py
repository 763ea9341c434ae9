"""A plan says what to audit, how, and how hard to look; it is TOML, and it is checked before anything runs."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from synthaudit.audit.errors import InputError, PlanError, unknown_name
from synthaudit.audit.renamed import old_plan_names
from synthaudit.audit.suite.plan.dp_claims import ClaimPlan, DPAuditPlan
from synthaudit.audit.suite.plan.presets import PRESETS, Preset
from synthaudit.audit.suite.plan.sweep import MULTIPLE, SecretPlan, Size, SplitPlan, SweepPlan, Table, TargetPlan
from synthaudit.audit.suite.plan.sweep import ControlPlan as ControlPlan

DEVICES = ("auto", "cpu", "cuda")


class Choice(BaseModel):
    """A thing chosen from a catalogue; every other key is an option of that thing.

    Attributes:
        use: Its name in the catalogue; the table's own name where this is left out.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="allow")

    use: str | None = None

    @property
    def options(self) -> dict[str, Any]:
        """The options given in the plan."""
        return dict(self.model_extra or {})


class DataPlan(BaseModel):
    """Where the real patients come from: a reader and its options, or the sides as files.

    Attributes:
        reader: Name of a reader (``synthaudit list formats``); other keys are its options.
        members: File of the patients that were trained on, where the sides are given.
        holdout: File of patients of the same population that were not.
        reference: File of the patients that the attacker knows.
        schema_file: A ``schema.toml``; without it the schema is inferred, and the report says so.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="allow")

    reader: str = "table"
    members: str | None = None
    holdout: str | None = None
    reference: str | None = None
    schema_file: str | None = Field(default=None, alias="schema")

    @property
    def options(self) -> dict[str, Any]:
        """The reader's options given in the plan."""
        return dict(self.model_extra or {})


class FilePlan(Table):
    """A synthetic table made elsewhere.

    Attributes:
        path: Where it lies.
        title: What the report calls it.
        claim: The differential privacy that its maker claims; None for none.
    """

    path: str
    title: str | None = None
    claim: ClaimPlan | None = None


class Plan(Table):
    """Everything an audit is made of. A table left out takes the preset's values.

    Attributes:
        title: What the report is called.
        preset: ``quick``, ``standard`` or ``thorough``: how much is varied where the plan does not say.
        seed: Seed from which every other seed derives.
        small_count: Numbers that rest on fewer patients than this are not shown.
        data: The real patients.
        split: Sizes of the sides; ignored where they are given as files.
        max_minutes: Minutes that the audit may take by its own estimate; None sets no limit. What is dropped is said.
        targets: Patients put before the attacker.
        secrets: What the attacker of attributes is after; every unknown cell where left out.
        sweep: What is varied.
        generators: Systems under test, by a name of the user's choice.
        synthetic: Synthetic tables made elsewhere, by a name of the user's choice.
        attacks: Attacks, by name; the preset's where left out.
        metrics: Fidelity metrics, by name; the preset's where left out.
        controls: Controls of the audit itself.
        dp_audit: How claims of differential privacy are tried.
    """

    title: str = "Privacy audit of synthetic health data"
    preset: Literal["quick", "standard", "thorough"] = "standard"
    seed: int = Field(default=0, ge=0)
    small_count: int = Field(default=10, ge=1)
    max_minutes: float | None = Field(default=None, gt=0)
    data: DataPlan
    split: SplitPlan = SplitPlan()
    targets: TargetPlan = TargetPlan()
    secrets: SecretPlan = SecretPlan()
    sweep: SweepPlan = SweepPlan()
    generators: dict[str, Choice] = Field(default_factory=dict)
    synthetic: dict[str, FilePlan] = Field(default_factory=dict)
    attacks: dict[str, Choice] = Field(default_factory=dict)
    metrics: dict[str, Choice] = Field(default_factory=dict)
    controls: ControlPlan = ControlPlan()
    dp_audit: DPAuditPlan = DPAuditPlan()

    def canonical(self) -> dict[str, Any]:
        """Return the plan as plain values, for the result and for hashing."""
        return self.model_dump(mode="json", by_alias=True)

    def sha256(self) -> str:
        """Return a SHA-256 of the plan's content, in hexadecimal."""
        return hashlib.sha256(json.dumps(self.canonical(), sort_keys=True).encode()).hexdigest()


def check_device(name: str) -> None:
    """Raise ``PlanError`` unless ``name`` is a device that a user can ask for."""
    if name not in DEVICES:
        raise PlanError(f"--device: {unknown_name('device', name, DEVICES)}")


def rows_of(size: Size, members: int) -> int:
    """Return a size as a number of rows.

    >>> rows_of("0.5x", 3000), rows_of(700, 3000)
    (1500, 700)
    """
    if isinstance(size, int):
        return size
    match = MULTIPLE.match(size)
    if match is None:
        raise PlanError(f"expected a number of rows or a multiple of the members such as '0.5x', got '{size}'")
    return max(1, round(float(match.group(1)) * members))


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
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanError(f"{path.name}: expected a plan, could not open it ({error.strerror})") from None
    except UnicodeDecodeError:
        raise PlanError(f"{path.name}: expected a plan in UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise PlanError(f"{path.name}: expected TOML: {error}") from None
    return make_plan({**raw, **(override or {})}, where=path.name)


def build(what: str, catalogue: Mapping[str, type], key: str, choice: Choice) -> Any:
    """Return the chosen thing of a catalogue with its options set.

    Raises:
        PlanError: If the name or an option is not known, or an option's value is not allowed.
    """
    name = choice.use or key
    if name not in catalogue:
        raise PlanError(f"[{what}s.{key}]: {unknown_name(what, name, catalogue)}")
    return construct(catalogue[name], choice.options, where=f"[{what}s.{key}]")


def construct(kind: type, options: Mapping[str, Any], *, where: str) -> Any:
    """Return ``kind(**options)`` after checking names and types; ``kind`` is a dataclass."""
    if not is_dataclass(kind):
        raise PlanError(f"{where}: expected a dataclass, got {kind.__name__}")
    known = {field.name: field for field in fields(kind) if field.init}
    for option in options:
        if option not in known:
            raise PlanError(f"{where}: {unknown_name('option', option, known)}")
    for option, field in known.items():
        if option not in options and field.default is MISSING and field.default_factory is MISSING:
            raise PlanError(f"{where}: expected the option '{option}'")
    try:
        return TypeAdapter(kind).validate_python(dict(options))
    except ValidationError as error:
        raise PlanError(f"{where}: {_first_problem(error)}") from None
    except ValueError as error:
        raise PlanError(f"{where}: {error}") from None
    except InputError as error:
        raise PlanError(f"{where}: {error}") from None


def options_of(thing: object) -> dict[str, Any]:
    """Return the options of a recipe, attack or metric as plain JSON values."""
    if not is_dataclass(thing):
        return {}
    options = {field.name: getattr(thing, field.name) for field in fields(thing)}
    return dict(json.loads(json.dumps(options, default=_plain, sort_keys=True)))


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return value.name  # a folder can identify a person or a place
    if is_dataclass(value):
        return options_of(value)
    return list(value) if isinstance(value, (set, frozenset, tuple)) else str(value)


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
        plan["controls"]["attacks"] = [name for name in plan["controls"]["attacks"] if name in plan["attacks"]]
    return plan


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        owner: Any = Plan
        for part in first["loc"][:-1]:
            field = owner.model_fields.get(str(part)) if hasattr(owner, "model_fields") else None
            owner = field.annotation if field else None
        known = owner.model_fields if hasattr(owner, "model_fields") else Plan.model_fields
        return f"{place}: {unknown_name('key', str(first['loc'][-1]), known)}"
    return f"{place}: {first['msg'].removeprefix('Value error, ')}" if place else first["msg"]
