"""Rows and series of a result: each number with its threat model, its chance level and what it is about."""

from typing import Literal

from synthaudit.audit.suite.result.model import Level, Section, StrictModel
from synthaudit.audit.suite.result.numbers import Number


class ThreatModel(StrictModel):
    """What the attacker knew and could do when a number was measured.

    Attributes:
        access: How the attacker met the generator.
        synthetic_rows: Rows of the synthetic table.
        reference_rows: Real records of the same population that the attacker had.
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


class Guarantee(StrictModel):
    """The guarantee that an epsilon is about; an epsilon without it means nothing.

    Attributes:
        delta: Delta at which epsilon stands.
        adjacency: Which tables are compared: ``add or remove one``, or ``replace one``.
        unit: Whose presence is hidden.
        group: How many records of the unit are in or out together; 1 except where a target was repeated.
        claimed: The claim in this adjacency, at this delta and for this group; None where nothing finite is claimed.
        scope: ``end to end``, or ``training only`` where accesses to real records are not covered by the claim.
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


class Row(StrictModel):
    """One number of the audit, with all that is needed to read it alone.

    Attributes:
        id: Unique label of the number.
        section: Which question it answers.
        level: What it is a statement about: one release, how the generator trains, or a privacy mechanism.
        system: Key of the system under test.
        release: Which of the system's synthetic tables; None for a statement over several releases.
        method: Key of the attack, metric or control.
        statistic: What was measured, such as ``auc``, ``tpr_at_fpr``, ``sensitivity``, ``leakage``.
        slice: Which part of the targets or columns, or which rule; ``all`` for everything.
        knowledge: What the attacker knew; None where there is no attacker.
        number: The number or the reason why there is none.
        chance: Value that an attacker without the synthetic data, or a perfect copy of the population, would reach.
        worse: Direction of harm: more risk for an attack, less fidelity for a metric.
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


class Series(StrictModel):
    """Points of a figure: equally long lists of numbers, none resting on fewer patients than the small-count limit."""

    id: str
    section: Section
    system: str
    release: int | None
    method: str
    name: str
    knowledge: ThreatModel | None = None
    values: dict[str, tuple[float, ...]]
