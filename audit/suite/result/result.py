"""The waist of the house: everything an audit found, in one versioned file without a patient in it.

Reports, gates and comparisons read ``result.json`` and nothing else, so each can be redone years later.
"""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, ValidationError

from synthaudit.audit.errors import ResultError
from synthaudit.audit.statistics import Estimate, Measurement, NotMeasured
from synthaudit.audit.suite.result.cards import DataCard as DataCard
from synthaudit.audit.suite.result.cards import Level as Level
from synthaudit.audit.suite.result.cards import MethodCard as MethodCard
from synthaudit.audit.suite.result.cards import Model as Model
from synthaudit.audit.suite.result.cards import Part as Part
from synthaudit.audit.suite.result.cards import RunCard as RunCard
from synthaudit.audit.suite.result.cards import Section as Section
from synthaudit.audit.suite.result.cards import Source as Source
from synthaudit.audit.suite.result.cards import SplitCard as SplitCard
from synthaudit.audit.suite.result.cards import SystemCard as SystemCard
from synthaudit.audit.suite.result.upgrade import upgrade_v1

FORMAT: Final = "synthaudit-result"
VERSION: Final = 2


class Estimated(Model):
    """A number with its interval; the fields are those of ``synthaudit.audit.statistics.Estimate``.

    ``high`` is null where the sample sets no upper limit, since JSON has no infinity.
    """

    kind: Literal["estimate"] = "estimate"
    value: float
    low: float
    high: float | None
    confidence: float
    trials: int
    method: str = ""
    p_value: float | None = None
    ceiling: float | None = None


class Unmeasured(Model):
    """No number, and why."""

    kind: Literal["not measured"] = "not measured"
    reason: str


Number = Annotated[Estimated | Unmeasured, Field(discriminator="kind")]


def number_of(measurement: Measurement) -> Estimated | Unmeasured:
    """Return a measurement as it is written to the result."""
    if isinstance(measurement, NotMeasured):
        return Unmeasured(reason=measurement.reason)
    fields: dict[str, Any] = {
        "value": float(measurement.value),
        "low": float(measurement.low),
        "high": float(measurement.high) if math.isfinite(measurement.high) else None,
        "confidence": float(measurement.confidence),
        "trials": int(measurement.trials),
        "method": measurement.method,
        "p_value": None if measurement.p_value is None else float(measurement.p_value),
        "ceiling": None if measurement.ceiling is None else float(measurement.ceiling),
    }
    return Estimated(**fields)


def measurement_of(number: Estimated | Unmeasured) -> Measurement:
    """Return a written number as a measurement again."""
    if isinstance(number, Unmeasured):
        return NotMeasured(number.reason)
    fields = number.model_dump(exclude={"kind"})
    return Estimate(**{**fields, "high": math.inf if number.high is None else number.high})


class ThreatModel(Model):
    """What the attacker held when a number was measured.

    Attributes:
        access: How the attacker met the generator.
        synthetic_rows: Rows of the synthetic table.
        reference_rows: Real records of the same population that the attacker held.
        known_columns: Columns known of each target; None where the attacker knew the whole record.
        known_choice: Which columns those were: ``random``, ``frequent``, ``demographics``, ``all but the secret``.
        error_rate: Share of the known cells that the attacker had wrong.
        secret: What it was after, in words; None for every cell it did not know.
        reference_population: Whom the reference stood for: ``same population``, or ``shifted``.
        target_choice: How targets were chosen: ``random``, ``vulnerable`` or ``rare``.
        targets_per_side: Targets per side, where fewer than all were tried; else None.
        prior: Share of members among the people the attacker had in mind.
        combined_releases: Independently trained synthetic tables that the attacker put together.
        shadow_models: Copies of the generator that the attacker trained; None where it trained none.
        shadow_rows: Records that each of those was trained on, on average.
        fresh_rows: Rows that the attacker sampled from the generator itself; None where it could not.
    """

    access: str
    synthetic_rows: int
    reference_rows: int = 0
    known_columns: int | None = None
    known_choice: str | None = None
    error_rate: float = 0.0
    secret: str | None = None
    reference_population: str = "same population"
    target_choice: str = "random"
    targets_per_side: int | None = None
    prior: float = 0.5
    combined_releases: int = 1
    shadow_models: int | None = None
    shadow_rows: int | None = None
    fresh_rows: int | None = None


class Guarantee(Model):
    """The promise that an epsilon is about; without it an epsilon is no number.

    Attributes:
        delta: Delta at which epsilon stands.
        adjacency: Which tables are compared: ``add or remove one``, or ``replace one``.
        unit: Whose presence is hidden.
        group: How many records of the unit are in or out together; 1 except where a target was repeated.
        claimed: The claim in this adjacency, at this delta and for this group; None where nothing finite is claimed.
        scope: ``end to end``, or ``training only`` where touches of real records are not covered by the claim.
        verified: Whether synthaudit kept the ledger itself; False for a claim that came with a file.
        note: What else the number rests on, such as an assumption about who was drawn; empty where nothing.
    """

    delta: float
    adjacency: Literal["add or remove one", "replace one"]
    unit: str = "patient"
    group: int = 1
    claimed: float | None = None
    scope: str = "end to end"
    verified: bool = True
    note: str = ""


class Row(Model):
    """One number of the audit, with all that is needed to read it alone.

    Attributes:
        id: Unique label of the number.
        section: Which question it answers.
        level: What it is a statement about: this release, the generator's recipe, or a privacy mechanism.
        system: Key of the system under test.
        release: Which of the system's synthetic tables; None for a statement over several releases.
        method: Key of the attack, metric or control.
        statistic: What was measured, such as ``auc``, ``tpr_at_fpr``, ``sensitivity``, ``leakage``.
        slice: Which part of the targets or columns, or which rule; ``all`` for everything.
        knowledge: What the attacker held; None where there is no attacker.
        number: The number or the reason why there is none.
        chance: Value that an attacker without the synthetic data, or a perfect copy of the population, would reach.
        worse: Direction of harm: more risk for an attack, less likeness for a fidelity metric.
        members: Member patients behind the number.
        holdout: Holdout patients behind the number.
        guarantee: What an epsilon is about; None for every other statistic.
    """

    id: str
    section: Section
    level: Level
    system: str
    release: int | None
    method: str
    statistic: str
    slice: str = "all"
    knowledge: ThreatModel | None = None
    number: Number
    chance: float | None = None
    worse: Literal["higher", "lower"] = "higher"
    members: int = 0
    holdout: int = 0
    guarantee: Guarantee | None = None


class Series(Model):
    """Points of a figure: equally long lists of numbers, none resting on fewer patients than the small-count limit."""

    id: str
    section: Section
    system: str
    release: int | None
    method: str
    name: str
    knowledge: ThreatModel | None = None
    values: dict[str, tuple[float, ...]]


class Result(Model):
    """Everything an audit found."""

    format: Literal["synthaudit-result"] = FORMAT
    version: Literal[2] = VERSION
    title: str
    seed: int
    preset: str
    plan: dict[str, Any]
    plan_sha256: str
    data: DataCard
    split: SplitCard
    systems: tuple[SystemCard, ...]
    methods: tuple[MethodCard, ...]
    rows: tuple[Row, ...]
    series: tuple[Series, ...] = ()
    untested: tuple[str, ...] = ()
    run: RunCard

    def select(self, **wanted: object) -> Iterator[Row]:
        """Yield the rows whose fields have the wanted values.

        >>> # list(result.select(section="membership", statistic="auc"))
        """
        for row in self.rows:
            if all(getattr(row, name) == value for name, value in wanted.items()):
                yield row

    def system(self, key: str) -> SystemCard:
        """Return the card of a system under test."""
        return next(card for card in self.systems if card.key == key)

    def method(self, key: str) -> MethodCard:
        """Return the card of an attack, metric or control."""
        return next(card for card in self.methods if card.key == key)

    def to_json(self) -> str:
        """Return the file's text."""
        return self.model_dump_json(indent=1) + "\n"


def read_result(path: Path) -> Result:
    """Read a result file of this version or the one before, or the one in a run folder.

    Raises:
        ResultError: If there is none, it is not a result, or its version is not known.
    """
    file = path / "result.json" if path.is_dir() else path
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise ResultError(f"{file.name}: expected a result file, could not open it ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ResultError(f"{file.name}: expected a result file, found no text") from None
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise ResultError(f"{file.name}: expected JSON, found something else at line {error.lineno}") from None
    if not isinstance(raw, Mapping) or raw.get("format") != FORMAT:
        raise ResultError(f"{file.name}: expected a result of synthaudit, found another kind of file")
    version = raw.get("version")
    if version == 1:
        try:
            text = json.dumps(upgrade_v1(raw))
        except (KeyError, TypeError, AttributeError):
            raise ResultError(f"{file.name}: expected a result of version 1, found one that is damaged") from None
    elif version != VERSION:
        raise ResultError(
            f"{file.name}: expected result version 1 or {VERSION}, found {version}. Read it with the synthaudit that "
            "wrote it"
        )
    try:
        return Result.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ResultError(f"{file.name}: {place}: {first['msg']}") from None
