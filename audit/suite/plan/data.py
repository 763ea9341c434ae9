"""The tables of a plan that say where real patients and synthetic tables come from."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from synthaudit.audit.suite.plan.dp_audit import ClaimPlan
from synthaudit.audit.suite.plan.table import PlanTable, Title


class DataPlan(BaseModel):
    """Where the real patients come from: a reader and its options, or the sides as files.

    Attributes:
        reader: Name of a reader (``synthaudit list formats``); other keys are its options.
        members: File of the patients that were trained on, where the sides are given.
        holdout: File of patients of the same population that were not.
        reference: File of the patients that the attacker knows.
        schema_file: A ``schema.toml``; without it the schema is inferred, and the report says so.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="allow")

    reader: str = "table"
    members: str | None = None
    holdout: str | None = None
    reference: str | None = None
    schema_file: str | None = Field(default=None, alias="schema")

    @property
    def options(self) -> dict[str, Any]:
        """The reader's options given in the plan."""
        return dict(self.model_extra or {})

    def with_options(self, options: Mapping[str, Any]) -> "DataPlan":
        """Return the table with more options of the reader, which replace those of the same name."""
        return DataPlan.model_validate({**self.model_dump(by_alias=True), **options})


class SplitPlan(PlanTable):
    """How many patients go to each side: a number of patients or a share of them all.

    Attributes:
        members: Patients to train on.
        holdout: The control group.
        reference: Patients whom the attacker knows.
        reference_from_holdout: Share of the holdout that becomes the reference where there is none, also where the
            sides are given as files; 0 for none, and then attacks that need a reference are not measured.
    """

    members: int | float = 0.5
    holdout: int | float = 0.3
    reference: int | float = 0.2
    reference_from_holdout: float = Field(default=1 / 3, ge=0, lt=1)


class FilePlan(PlanTable):
    """A synthetic table made elsewhere.

    Attributes:
        path: Where it lies.
        title: What the report calls it.
        claim: The differential privacy that its maker claims; None for none.
        made_from_split: States that it was made from exactly the members that ``[split]`` draws. A plan that splits
            one table itself is refused without it, since its members would not be those of the table's maker.
    """

    path: str
    title: Title | None = None
    claim: ClaimPlan | None = None
    made_from_split: bool = False
