"""What every part of a result has in common: it is strict and frozen, and belongs to a section and a level."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Section = Literal["membership", "attribute", "reidentification", "fidelity", "control", "privacy"]
"""Which question of the audit a number answers."""

Level = Literal["release", "generator", "mechanism"]
"""What a number is a statement about: one synthetic table, how a generator trains, or a privacy mechanism."""


class StrictModel(BaseModel):
    """Strict and frozen: what is not in the schema is refused, what is read cannot change."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")
