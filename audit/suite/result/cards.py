"""Cards of the data, the split, the systems, the methods and the run: what a result says besides numbers."""

from typing import Any, Literal

from pydantic import Field

from synthaudit.audit.ledger import Ledger
from synthaudit.audit.suite.result.model import Section, StrictModel


class Source(StrictModel):
    """A file that was read: its name without folder and its SHA-256."""

    name: str
    sha256: str


class DataCard(StrictModel):
    """The audited table in aggregates."""

    reader: str
    rows: int
    patients: int
    columns: int
    kinds: dict[str, int]
    schema_inferred: bool
    schema_sha256: str
    ones_per_row: float | None
    density: float | None
    notes: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()


class SplitPart(StrictModel):
    """Size of one part of the split."""

    rows: int
    patients: int


class SplitCard(StrictModel):
    """Sizes of members, holdout and reference, and how similar members and holdout are.

    Attributes:
        seed: Seed of the split; None where the user gave the sides as files.
        small_count: Counts below this are not shown.
        identical: Share of holdout rows that also stand, cell for cell, among the members.
        near_identical: Share of holdout rows whose nearest member differs in at most one code (or a thousandth
            of a column on average in mixed tables).
        identical_among_members: Share of members' rows that another member has too.
        distinctive: Share of the targets whose record no other real patient comes near.
        distinctive_radius: How near that is, in codes; 0 asks for a record of one's own only.
    """

    members: SplitPart
    holdout: SplitPart
    reference: SplitPart
    target_members: int
    target_holdout: int
    seed: int | None
    small_count: int
    identical: float
    near_identical: float
    identical_among_members: float
    distinctive: float = 0.0
    distinctive_radius: float = 0.0
    notes: tuple[str, ...] = ()


class SystemCard(StrictModel):
    """A system under test: a generator of the catalogue, a generator of the user's own, or a file.

    Attributes:
        role: ``system`` is what the audit is about; ``control`` is a generator whose leak is known beforehand.
        ledger: What a claim of differential privacy rests on; None where nothing is claimed.
        rows: Rows of a table that was handed in; 0 for a generator, whose tables have the sizes of the plan.
    """

    key: str
    title: str
    summary: str
    source: str
    role: Literal["system", "control", "file"]
    options: dict[str, Any]
    releases: int
    seconds: float
    steps: int = 0
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    ledger: Ledger | None = None
    rows: int = 0


class MethodCard(StrictModel):
    """An attack, a metric or a control, as the appendix shows it."""

    key: str
    section: Section
    title: str
    question: str
    source: str
    needs: tuple[str, ...] = ()
    options: dict[str, Any] = Field(default_factory=dict)


class RunCard(StrictModel):
    """Where and how the audit ran; nothing here enters a number."""

    started: str
    seconds: float
    tasks: int
    failed: tuple[str, ...] = ()
    workers: int
    device: str
    hardware: str
    versions: dict[str, str]
