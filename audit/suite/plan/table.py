"""What the tables of a plan have in common: strictness, names, and numbers of rows relative to the members."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, field_validator

from synthaudit.audit.errors import PlanError

RowCount = int | str
"""A number of rows, or a multiple of the member count such as ``"0.5x"``."""

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Characters that no page can show; in a title they would cost the pages after everything was computed."""

NAME = re.compile(r"\w[\w .+()-]{0,63}")


def _check_name(name: str) -> str:
    if not NAME.fullmatch(name) or name.endswith((" ", ".")):
        raise ValueError(
            "expected a name of at most 64 letters, digits, blanks and . _ + - ( ), which begins with a letter or a "
            "digit and ends with neither a blank nor a dot: files are called by it"
        )
    return name


def _check_title(text: str) -> str:
    if CONTROL.search(text):
        raise ValueError("expected a title of one line, found control characters")
    return text


Name = Annotated[str, AfterValidator(_check_name)]
"""A name of the user's choice for a system, an attack or a metric; files are called by it."""

Title = Annotated[str, AfterValidator(_check_title)]
"""One line of text for the pages."""

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
