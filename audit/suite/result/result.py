"""A result: everything that an audit measured, in one versioned document without a patient in it.

Reports, gates and comparisons read it and nothing else, so each can be redone years later.
"""

import hashlib
from collections.abc import Iterator
from typing import Any, Final, Literal

from synthaudit.audit.suite.result.cards import DataCard, MethodCard, RunCard, SplitCard, SystemCard
from synthaudit.audit.suite.result.finding import Finding
from synthaudit.audit.suite.result.model import StrictModel
from synthaudit.audit.suite.result.rows import Row, Series

FORMAT: Final = "synthaudit-result"
VERSION: Final = 2


class StoredFindings(StrictModel):
    """What policies said of the exact numbers behind a published result.

    Attributes:
        of: SHA-256 of the published result without its findings, in hexadecimal: they are about nothing else.
        by_policy: Findings by the digest of the policy.
    """

    of: str
    by_policy: dict[str, tuple[Finding, ...]]


class Result(StrictModel):
    """Everything that an audit measured.

    In memory after an audit, and in ``restricted/``, it is exact. What is published is ``without_small_counts``: it
    tells numbers of few patients coarsely, and holds the findings on the exact ones.
    """

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
    findings: StoredFindings | None = None

    def select(self, **wanted: object) -> Iterator[Row]:
        """Yield the rows whose fields have the wanted values."""
        for row in self.rows:
            if all(getattr(row, name) == value for name, value in wanted.items()):
                yield row

    def system(self, key: str) -> SystemCard:
        """Return the card of a system under test."""
        return next(card for card in self.systems if card.key == key)

    def method(self, key: str) -> MethodCard:
        """Return the card of an attack, metric or control."""
        return next(card for card in self.methods if card.key == key)

    def stored_findings(self, policy: str) -> tuple[Finding, ...] | None:
        """Return what a policy, by its digest, said of the exact numbers; None where that is not known."""
        if self.findings is None or self.findings.of != self.digest_of_numbers():
            return None
        return self.findings.by_policy.get(policy)

    def digest_of_numbers(self) -> str:
        """Return a SHA-256 of all but the findings, in hexadecimal."""
        return hashlib.sha256(self.model_dump_json(exclude={"findings"}).encode()).hexdigest()

    def sha256(self) -> str:
        """Return the SHA-256 of the file's text, in hexadecimal: the audit's digest."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Return the file's text; without findings it is what it was before there were any."""
        return self.model_dump_json(indent=1, exclude={"findings"} if self.findings is None else None) + "\n"
