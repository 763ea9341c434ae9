"""The table of a plan that says what the audit is for and who answers for it: it fills the report's decision record."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from synthaudit.audit.errors import PlanError, unknown_name
from synthaudit.audit.files import read_file
from synthaudit.audit.suite.plan.table import PlanTable, Title


class RecordPlan(PlanTable):
    """What stands in the decision record; what is left out is a blank line to fill in by hand. It moves no number.

    Attributes:
        purpose: What the synthetic table is for.
        recipient: Who is to receive it.
        release_mode: ``public``, under ``contract``, or in an ``enclave``.
        conditions: Conditions of the release, one line each.
        responsible: Responsible persons: their role, then their name.
        data_version: Which version or extract of the real data this was.
        review_date: When the decision is to be looked at again, as YYYY-MM-DD.
    """

    purpose: Title = ""
    recipient: Title = ""
    release_mode: Literal["", "public", "contract", "enclave"] = ""
    conditions: tuple[Title, ...] = ()
    responsible: dict[Title, Title] = Field(default_factory=dict)
    data_version: Title = ""
    review_date: str = ""

    @field_validator("review_date", mode="before")
    @classmethod
    def _as_date(cls, value: object) -> object:
        """Take a date of TOML or its text; anything else is refused."""
        if isinstance(value, date):
            return value.isoformat()[:10]
        if isinstance(value, str) and value:
            try:
                date.fromisoformat(value)
            except ValueError:
                raise ValueError(f"expected a date such as 2027-01-31, got '{value}'") from None
        return value


def read_record(path: Path) -> dict[str, Any]:
    """Return what a small TOML file says of the decision: the keys of ``[record]``, with or without its heading.

    Raises:
        PlanError: The file cannot be read, or a key or value in it is not known.
    """
    try:
        raw = tomllib.loads(read_file(path).decode("utf-8"))
    except OSError as error:
        raise PlanError(f"{path.name}: expected a record, could not open it ({error.strerror})") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise PlanError(f"{path.name}: expected TOML: {type(error).__name__}") from None
    table = raw.get("record", raw)
    try:
        return RecordPlan.model_validate(table).model_dump(mode="json")
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise PlanError(f"{path.name}: {unknown_name('key', place, RecordPlan.model_fields)}") from None
        raise PlanError(f"{path.name}: {place}: {first['msg'].removeprefix('Value error, ')}") from None
