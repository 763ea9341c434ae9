"""Policies: lists of criteria, read from TOML; unknown keys are refused by name."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from synthaudit.audit.entry_points import EntryPoint, entry_point, entry_points, import_object
from synthaudit.audit.errors import PlanError, unknown_name
from synthaudit.audit.files import read_file
from synthaudit.audit.renamed import CRITERION, POLICY, old_names
from synthaudit.audit.suite.result import Level, Section, Severity
from synthaudit.audit.toml_file import parse_toml

SHIPPED: Final = ("default", "strict", "research", "eu-anonymisation", "el-emam-membership")

ATTACKS: Final = ("membership", "attribute", "reidentification")
"""Sections of a result in which an attack looks for a leak."""

_PLANTED_LEAK = re.compile(r"^(verbatim|near|cells|attribute|key|perturbed) (0?\.\d+|1)$")


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


def _several(value: object) -> object:
    """Let a single name stand for a list of one."""
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], Field(strict=False), BeforeValidator(_several)]


class Criterion(_Table):
    """One question a policy asks of every system under test.

    Attributes:
        id: Short name, such as ``MEM-1``.
        title: The criterion in words.
        section: Which question of the audit it belongs to.
        statistic: The statistics it limits: names, or patterns such as ``leakage_*``. ``relative_f1`` is computed
            here from the rates of attacks with fixed claims, at ``sampling_fraction``.
        slice: The slices of those statistics that count; names or patterns.
        methods: Attacks or metrics that count; all of them where empty.
        level: What the criterion is about. Rows of another level never count.
        threshold: The limit that every number must surely keep to pass; the value itself is still allowed.
        fails_beyond: The limit that a number must surely break to fail; the threshold where left out. Where chance
            alone moves a number that should be nil, a pass needs room above it, and what is proven needs none.
        coarse_limit: How far beyond the threshold a number may reach, and pass, where reference records show that in a
            table so coarse chance alone moves it so far; the threshold where left out. The table under test has no
            say in it.
        worse: On which side of the limit harm lies.
        severity: How much the policy cares. What a ``low`` criterion could not measure does not hold up the verdict.
        citation: Where the limit comes from.
        detectable_leak: The weakest planted leak on which this criterion's own rule must have fired for "no leak" to
            count, such as ``verbatim 0.3``: three members in ten copied. Kinds: ``verbatim``, ``near`` (one cell
            changed), ``cells`` (four in five), ``attribute`` (a secret beside true quasi-identifiers) and ``key``.
        weight: Share of the policy's error probability that this criterion may spend, relative to the others.
        sampling_fraction: Share of the population that is in the training data; for ``relative_f1`` only.
        margin: Increase over a baseline that is tolerated; the room between threshold and chance where left out.
    """

    id: str = Field(min_length=1)
    title: str = Field(min_length=1)
    section: Section
    statistic: Names = Field(min_length=1)
    slice: Names = ("all",)
    methods: Names = ()
    level: Level = "release"
    threshold: float = Field(allow_inf_nan=False)
    fails_beyond: float | None = Field(default=None, allow_inf_nan=False)
    coarse_limit: float | None = Field(default=None, allow_inf_nan=False)
    worse: Literal["higher", "lower"] = "higher"
    severity: Severity = "medium"
    citation: str = Field(min_length=1)
    detectable_leak: str = "verbatim 0.3"
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    sampling_fraction: float | None = Field(default=None, gt=0, lt=1)
    margin: float | None = Field(default=None, gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not _PLANTED_LEAK.match(self.detectable_leak):
            raise ValueError(f"detectable_leak: expected one such as 'verbatim 0.01', got '{self.detectable_leak}'")
        if self.fails_beyond is not None:
            room = self.threshold - self.fails_beyond
            if (room if self.worse == "higher" else -room) < 0:
                raise ValueError("fails_beyond: expected a limit no further towards harm than the threshold")
        if self.coarse_limit is not None and (self.worse != "higher" or self.coarse_limit < self.threshold):
            raise ValueError("coarse_limit: expected a limit beyond the threshold, where higher is worse")
        if ("relative_f1" in self.statistic) != (self.sampling_fraction is not None):
            raise ValueError("expected sampling_fraction with the statistic relative_f1, and only there")
        if self.sampling_fraction is not None and len(self.statistic) > 1:
            raise ValueError("expected relative_f1 to stand alone in its criterion")
        return self

    @property
    def failing_limit(self) -> float:
        """The limit that a number must surely break for the criterion to fail."""
        return self.threshold if self.fails_beyond is None else self.fails_beyond

    @property
    def is_dp_claim(self) -> bool:
        """Whether it is about claims of differential privacy, and so about systems that make one."""
        return self.statistic == ("claim_excess",)

    @property
    def required_leak(self) -> tuple[str, float]:
        """The planted leak that must have been detected: kind and share of the members."""
        kind, share = self.detectable_leak.split()
        return kind, float(share)


class Policy(_Table):
    """Criteria, and how sure one must be of them.

    Attributes:
        name: Key.
        title: Name for people.
        summary: What the policy is for, in a sentence or two.
        kind: Always the same words: a threshold is a choice somebody made.
        significance: Probability, for the whole policy and one system, that it fails although every criterion is met.
        require_power: Whether "no leak" needs planted leaks that this audit is shown to detect.
        detection_rate: Rate of detection that must be surpassed beyond doubt: by the lower end of its 95 % interval.
        control_significance: Probability, for one audit, that fair negative controls make it invalid.
        junit_skips: Verdicts that JUnit shows as skipped. None by default: what has no conclusion is a failure.
        criteria: At least one, each with its own id.
    """

    name: str
    title: str
    summary: str = ""
    kind: Literal["policy, not science"]
    significance: float = Field(default=0.05, gt=0, lt=0.5)
    require_power: bool = True
    detection_rate: float = Field(default=0.8, gt=0, le=1)
    control_significance: float = Field(default=0.01, gt=0, lt=0.5)
    junit_skips: tuple[Literal["inconclusive", "not measured", "invalid"], ...] = ()
    criteria: tuple[Criterion, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _unique(self) -> Self:
        ids = [criterion.id for criterion in self.criteria]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"criteria: expected each id once, found '{twice[0]}' again")
        return self

    @property
    def identity(self) -> str:
        """Name and digest: two policies with the same are the same."""
        return f"{self.name} (SHA-256 {hashlib.sha256(self.model_dump_json().encode()).hexdigest()})"

    def error_share(self, criterion: Criterion, *, claims_dp: bool = True) -> float:
        """Return the error probability that one criterion may spend; the shares add up to ``significance``.

        A criterion on claims of differential privacy does not apply to a system without one, and spends nothing there.
        """
        applicable = [other for other in self.criteria if claims_dp or not other.is_dp_claim]
        return self.significance * criterion.weight / sum(other.weight for other in applicable)


def read_policy(name_or_path: str | Path = "default") -> Policy:
    """Read a policy: a shipped one or another package's by name, or a TOML file.

    Raises:
        PlanError: If there is no such policy, or it is not valid; names the key and the nearest known one.
    """
    name = str(name_or_path)
    if name in SHIPPED:
        text = (resources.files("synthaudit.audit") / "policies" / f"{name}.toml").read_text(encoding="utf-8")
        return make_policy(_parse(text, f"{name}.toml"), where=f"{name}.toml")
    path = Path(name_or_path)
    if path.suffix != ".toml":
        offer = entry_point("policies", name)
        if offer is not None:
            where = f"policy '{name}' of {offer.package}"
            return make_policy(_parse(_offered_text(offer, where), where), where=where)
        if not path.exists():
            known = {*SHIPPED, *entry_points("policies")}
            raise PlanError(f"{unknown_name('policy', path.name, known)}, or a TOML file of your own")
    try:
        text = read_file(path).decode("utf-8")
    except OSError as error:
        raise PlanError(f"{path.name}: expected a policy, could not open it ({error.strerror})") from None
    except UnicodeDecodeError:
        raise PlanError(f"{path.name}: expected a policy in UTF-8 text") from None
    return make_policy(_parse(text, path.name), where=path.name)


def _offered_text(offer: EntryPoint, where: str) -> str:
    """Return the TOML behind an entry point: a string that holds it, or a path (or package resource) to read."""
    value = import_object(offer.path)
    if isinstance(value, str):
        return value
    if not isinstance(value, (Path, Traversable)):
        raise PlanError(f"{where}: expected TOML text or a pathlib.Path at {offer.path}, got {type(value).__name__}")
    try:
        return value.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"{where}: expected a file in UTF-8, could not read it ({type(error).__name__})") from None


def make_policy(raw: Mapping[str, Any], *, where: str = "policy") -> Policy:
    """Return the checked policy.

    Raises:
        PlanError: Naming the key, what was expected and the nearest known key.
    """
    if renamed := list(_old_names(raw)):
        raise PlanError(f"{where}: {'; '.join(renamed)}")
    try:
        # Through JSON, where strictness lets a list stand for a tuple.
        return Policy.model_validate_json(json.dumps(raw, default=str))
    except ValidationError as error:
        raise PlanError(f"{where}: {_first_problem(error, raw)}") from None


def _old_names(raw: Mapping[str, Any]) -> Iterator[str]:
    yield from old_names(raw, POLICY)
    criteria = raw.get("criteria", ())
    for criterion in criteria if isinstance(criteria, list | tuple) else ():
        if isinstance(criterion, Mapping):
            yield from old_names(criterion, CRITERION, where=f"criterion {criterion.get('id', '?')}: ")


def _parse(text: str, where: str) -> dict[str, Any]:
    try:
        return parse_toml(text)
    except ValueError as error:
        raise PlanError(f"{where}: {error}") from None


def _first_problem(error: ValidationError, raw: Mapping[str, Any]) -> str:
    first = error.errors()[0]
    place, owner = list(first["loc"]), Policy.model_fields
    if len(place) > 1 and place[0] == "criteria":
        owner = Criterion.model_fields
        given = raw["criteria"][place[1]]
        label = given.get("id") if isinstance(given, Mapping) else None
        place[:2] = [f"criterion {label or int(place[1]) + 1}"]
    where = ".".join(str(part) for part in place)
    if first["type"] == "extra_forbidden":
        return f"{where}: {unknown_name('key', str(first['loc'][-1]), owner)}"
    message = first["msg"].removeprefix("Value error, ")
    return f"{where}: {message}" if where else message
