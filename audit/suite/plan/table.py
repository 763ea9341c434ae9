"""What the tables of a plan have in common: strictness, and numbers of rows relative to the members."""

import re

from pydantic import BaseModel, ConfigDict, field_validator

from synthaudit.audit.errors import PlanError

RowCount = int | str
"""A number of rows, or a multiple of the member count such as ``"0.5x"``."""

MULTIPLE = re.compile(r"^(\d+(?:\.\d+)?)x$")


class PlanTable(BaseModel):
    """One table of a plan: strict, frozen, and without unknown keys; lists of TOML become tuples."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _as_tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value


def rows_of(count: RowCount, members: int) -> int:
    """Return a number of rows, given the number of members.

    >>> rows_of("0.5x", 3000), rows_of(700, 3000)
    (1500, 700)

    Raises:
        PlanError: The count is text, and no multiple.
    """
    if isinstance(count, int):
        return count
    match = MULTIPLE.match(count)
    if match is None:
        raise PlanError(f"expected a number of rows or a multiple of the members such as '0.5x', got '{count}'")
    return max(1, round(float(match.group(1)) * members))
