"""What the attacker holds, as a value: every attack receives it, every row of the result records it."""

from dataclasses import dataclass
from enum import StrEnum

from audit.records import Records


class Access(StrEnum):
    """How the attacker meets the generator."""

    SYNTHETIC = "synthetic rows only"
    SAMPLER = "generator as a sampler"
    WEIGHTS = "generator's weights"


class Need(StrEnum):
    """What an attack cannot do without; an attack that lacks one is a *not measured* row."""

    SYNTHETIC = "synthetic rows"
    REFERENCE = "reference records"
    TRAINER = "the generator's recipe"
    WEIGHTS = "the generator's weights"


@dataclass(frozen=True)
class Knowledge:
    """What the attacker holds besides the targets.

    Attributes:
        synthetic: The synthetic table as published.
        reference: Real records of the same population, disjoint from members and holdout; or None.
        access: How the attacker meets the generator.
    """

    synthetic: Records
    reference: Records | None = None
    access: Access = Access.SYNTHETIC

    def lacks(self, needs: frozenset[Need]) -> str | None:
        """Return what is missing for an attack with these needs, or None if nothing is."""
        held = {Need.SYNTHETIC}
        if self.reference is not None and len(self.reference):
            held.add(Need.REFERENCE)
        missing = sorted(need.value for need in needs if need not in held)
        return f"the attacker holds no {', no '.join(missing)}" if missing else None
