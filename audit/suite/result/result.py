"""A result: everything that an audit measured, in one versioned document without a patient in it.

Reports, gates and comparisons read it and nothing else, so each can be redone years later.
"""

import hashlib
from collections.abc import Iterator
from typing import Any, Final, Literal

from synthaudit.audit.suite.result.cards import DataCard, MethodCard, RunCard, SplitCard, SystemCard
from synthaudit.audit.suite.result.model import StrictModel
from synthaudit.audit.suite.result.rows import Row, Series

FORMAT: Final = "synthaudit-result"
VERSION: Final = 2


class Result(StrictModel):
    """Everything that an audit measured."""

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

    def sha256(self) -> str:
        """Return the SHA-256 of the file's text, in hexadecimal: the audit's digest."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Return the file's text."""
        return self.model_dump_json(indent=1) + "\n"
