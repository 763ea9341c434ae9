"""A rule that every plausible record keeps, parsed and checked: ``183 implies sex = F``.

    rule       = condition | condition {"and" condition} "implies" condition
    condition  = ["not"] column | column operator value
    operator   = "=" | "!=" | "<" | "<=" | ">" | ">="

A bare column is a code that occurs (its value is above 0). A value is a number, or a level of a categorical or ordinal
column; levels of an ordinal column are compared by their order. Names and values that hold an operator, or a word of
this grammar, stand in single quotes. Rules joined by "or" are two rules, and so are consequences joined by "and".
"""

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records import Column, Records, Schema

OPERATORS: Mapping[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

GRAMMAR = "write a condition such as 'age >= 0', or conditions that imply one, such as '183 implies sex = F'"

_OUTSIDE_QUOTES = r"(?=(?:[^']*'[^']*')*[^']*$)"
_WORD = re.compile(r"\s(?:and|or|implies)\s" + _OUTSIDE_QUOTES)
_TERM = r"(?:'(?P<quoted_{0}>[^']+)'|(?P<bare_{0}>[^'=<>!\s](?:[^'=<>!]*[^'=<>!\s])?))"
_CONDITION = re.compile(
    r"(?P<no>not\s+)?" + _TERM.format("name") + r"(?:\s*(?P<operator>!=|<=|>=|=|<|>)\s*" + _TERM.format("value") + ")?"
)


@dataclass(frozen=True)
class Condition:
    """A statement about one column of a record.

    Attributes:
        column: The column's name.
        operator: A key of ``OPERATORS``.
        value: What the column is compared with, as written.
        bare: Whether the statement is "the code occurs" (or, with ``=``, that it does not).
    """

    column: str
    operator: str
    value: str
    bare: bool = False

    @classmethod
    def parse(cls, text: str) -> "Condition":
        """Read a condition. Raises ``ValueError`` for anything else."""
        match = _CONDITION.fullmatch(text.strip())
        if match is None or (match["no"] and match["operator"]) or _WORD.search(f" {text.strip()} "):
            raise ValueError(f"expected one condition, got '{text.strip()}': {GRAMMAR}")
        name = match["quoted_name"] or match["bare_name"]
        if match["operator"] is None:
            return cls(name, "=" if match["no"] else ">", "0", bare=True)
        return cls(name, match["operator"], match["quoted_value"] or match["bare_value"])

    def check(self, schema: Schema) -> None:
        """Raise ``InputError`` unless the schema has the column and the comparison makes sense for its kind."""
        self._number(schema[self.column])

    def evaluate(self, records: Records) -> tuple[np.ndarray, np.ndarray]:
        """Return which rows fulfil the condition and which fail it, both ``(n,)`` bool; with a missing value neither.

        Raises:
            InputError: The column is unknown, or the comparison makes no sense for its kind.
        """
        number = self._number(records.schema[self.column])
        values = records.column(self.column)
        holds, known = OPERATORS[self.operator](values, number), ~np.isnan(values)
        return holds & known, ~holds & known

    def _number(self, column: Column) -> float:
        """Return what to compare stored values with."""
        if column.levels:
            if self.bare:
                raise InputError("expected a comparison with a level, such as sex = F", column=column.name)
            known = (*column.levels, *column.original_levels)
            if self.value not in known:
                raise InputError(f"expected one of its {len(column.levels)} levels in a rule", column=column.name)
            if column.kind == "categorical" and self.operator not in ("=", "!="):
                raise InputError(f"expected = or != in a rule, its levels have no order: {self}", column=column.name)
            return float(known.index(self.value) % len(column.levels))
        if self.bare and column.kind == "continuous":
            raise InputError("expected a comparison with a number, such as age >= 1", column=column.name)
        try:
            number = float(self.value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise InputError(f"expected a comparison with a number in a rule: {self}", column=column.name)
        return number

    def shown(self, schema: Schema) -> str:
        """Return the condition as it may be shown: with codes for what few patients have."""
        if self.column not in schema.position and self.column not in {one.original_name for one in schema.columns}:
            return self.text
        column = schema[self.column]
        codes = {name: code for code, name in column.originals if code != column.name}
        return Condition(column.name, self.operator, codes.get(self.value, self.value), self.bare).text

    @property
    def text(self) -> str:
        """The condition as ``parse`` reads it, names and values in quotes."""
        if self.bare:
            return f"'{self.column}'" if self.operator == ">" else f"not '{self.column}'"
        return f"'{self.column}' {self.operator} '{self.value}'"

    def __str__(self) -> str:
        return f"{self.column} {self.operator} {self.value}"


@dataclass(frozen=True)
class Rule:
    """Where all conditions of ``when`` are fulfilled, ``then`` must not fail.

    Attributes:
        when: Conditions; none where the rule holds for every record.
        then: The consequence.
    """

    when: tuple[Condition, ...]
    then: Condition

    @classmethod
    def parse(cls, text: str) -> "Rule":
        """Read a rule.

        Raises:
            ValueError: The text is no rule of this grammar.

        >>> print(Rule.parse("183 and age < 1 implies sex = F").then)
        sex = F
        """
        sides = re.split(r"\s+implies\s+" + _OUTSIDE_QUOTES, text.strip())
        if len(sides) > 2:
            raise ValueError(f"expected at most one 'implies', got '{text.strip()}': {GRAMMAR}")
        *before, after = sides
        when = re.split(r"\s+and\s+" + _OUTSIDE_QUOTES, before[0]) if before else []
        return cls(tuple(map(Condition.parse, when)), Condition.parse(after))

    def shown(self, schema: Schema) -> str:
        """Return the rule as it may be shown: with codes for what few patients have."""
        when = " and ".join(condition.shown(schema) for condition in self.when)
        return f"{when} implies {self.then.shown(schema)}" if when else self.then.shown(schema)

    def broken(self, records: Records) -> np.ndarray:
        """Return which rows break the rule, shape ``(n,)``, bool; a missing value breaks none.

        Raises:
            InputError: A column is unknown, or a comparison makes no sense for its kind.
        """
        _, broken = self.then.evaluate(records)
        for condition in self.when:
            broken = broken & condition.evaluate(records)[0]
        return broken
