"""One computation of an audit: its label, its seed, and the key under which its result is stored."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

EVERYBODY = "data"
"""The system of tasks that concern the real patients only."""

CODE_VERSION = 14
"""Raised whenever a change of code changes a number, so that stored tasks are not mistaken for new ones."""


@dataclass(frozen=True)
class Task:
    """One computation of an audit.

    Attributes:
        kind: What is computed.
        system: Key of the system under test.
        release: Which of its synthetic tables.
        method: Key of the attack or metric.
        synthetic: Rows of the synthetic table.
        reference: Reference records the attacker holds.
        known: Columns the attacker of attributes knows; 0 elsewhere, and where their kind says how many they are.
        known_choice: Which columns those are.
        error_rate: Share of the known cells that the attacker has wrong.
        targets_per_side: Targets of each side where knowing fewer is what the task varies; 0 for all of them.
        sample: Targets of each side that stand for all, where one costs much; 0 for all of them.
        shifted: Whether the reference is of a shifted population.
        combined_releases: Releases that the attacker holds together: this one and those after it.
        sources: Keys of the tasks whose scores it rests on.
        key: Where its result is stored: a hash of all that its numbers depend on.
    """

    kind: str
    system: str
    release: int = 0
    method: str = ""
    synthetic: int = 0
    reference: int = 0
    known: int = 0
    known_choice: str = "random"
    error_rate: float = 0.0
    targets_per_side: int = 0
    sample: int = 0
    shifted: bool = False
    combined_releases: int = 1
    sources: tuple[str, ...] = ()
    key: str = ""

    @property
    def label(self) -> str:
        """The task's name; its seed derives from it, so that adding an attack moves no other number."""
        parts = [self.kind, self.system, str(self.release), self.method]
        parts += [f"m{self.synthetic}", f"r{self.reference}", f"k{self.known}"]
        parts += [self.known_choice] if self.known_choice != "random" else []
        parts += [f"noise {self.error_rate:g}"] if self.error_rate else []
        parts += [f"t{self.targets_per_side}"] if self.targets_per_side else []
        parts += [f"s{self.sample}"] if self.sample else []
        parts += [f"{self.combined_releases} releases"] if self.combined_releases > 1 else []
        return "/".join([*parts, "shifted"] if self.shifted else parts)


def seed_of(root: int, *labels: object) -> int:
    """Return a seed below 2**63 that depends on the root seed and the labels only.

    >>> seed_of(0, "fit", "medgan", 0) == seed_of(0, "fit", "medgan", 0) != seed_of(1, "fit", "medgan", 0)
    True
    """
    text = json.dumps([root, *map(str, labels)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


@dataclass(frozen=True)
class TableSizes:
    """What the list of tasks depends on besides the plan.

    Attributes:
        members: Rows of the members.
        holdout: Rows of the holdout.
        reference: Rows of the reference.
        columns: Columns of the table.
        fingerprint: Hash of the content of all sides and given files.
        files: Rows of each synthetic table that was handed in, by key.
        rest: How many of the columns are no codes.
    """

    members: int
    holdout: int
    reference: int
    columns: int
    fingerprint: str
    files: Mapping[str, int]
    rest: int = 0
