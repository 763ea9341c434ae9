"""The tables of a plan that say who is attacked, what is secret, and over which knowledge an attacker is swept."""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from synthaudit.audit.suite.plan.table import MULTIPLE, PlanTable, RowCount

ColumnChoice = Literal["random", "frequent", "demographics", "all but the secret"]
"""Which columns an attacker of attributes knows."""


class TargetPlan(PlanTable):
    """Who is put before the attacker; all patients of a side where there are fewer.

    Copies are looked for among all patients, whatever stands here.

    Attributes:
        members: Members among the targets, at most.
        holdout: Holdout patients among the targets, at most.
        sampled: Targets of each side, at most, of what takes long per target: shadow models, attacks on a generator's
            weights, leaks planted again and again, and in tables of many columns attribute inference.
        choice: ``random``; ``vulnerable``, those farthest from other real patients; or ``rare``, those with the
            rarest values. The last two pool members and holdout to decide, so that nobody is chosen for their side.
        prior: Share of members among the people an attacker has in mind; enters the precision of claims only.
    """

    members: int = Field(default=20_000, ge=1)
    holdout: int = Field(default=20_000, ge=1)
    sampled: int = Field(default=2000, ge=1)
    choice: Literal["random", "vulnerable", "rare"] = "random"
    prior: float = Field(default=0.5, gt=0, lt=1)


class SecretPlan(PlanTable):
    """What the attacker of attributes is after, and never knows; every unknown cell where neither is given.

    Attributes:
        columns: Secret columns, by name.
        rarest_codes: So many of the rarest codes that enough patients have.
        quasi_identifiers: Columns that an attacker can know of a named person, for attacks on one column at a time;
            where left out, columns named like age, sex, race, place or a date, or else the 16 most frequent codes.
        public: Columns that everybody knows: quasi-identifiers that are never a secret.
    """

    columns: tuple[str, ...] = ()
    rarest_codes: int = Field(default=0, ge=0)
    quasi_identifiers: tuple[str, ...] = ()
    public: tuple[str, ...] = ()

    @property
    def text(self) -> str | None:
        """What is secret, in words; None for every unknown cell."""
        named = ", ".join(self.columns) if len(self.columns) <= 3 else f"{len(self.columns)} named columns"
        rare = f"the {self.rarest_codes} rarest codes" if self.rarest_codes else ""
        return " and ".join(part for part in (named, rare) if part) or None


class SweepPlan(PlanTable):
    """What is varied; the names are those of a result's threat model.

    Attributes:
        releases: Independent trainings per generator, each with a synthetic table of its own.
        synthetic_rows: Sizes of the synthetic table. One that was handed in is attacked as a whole besides, and the
            verdict is about the whole.
        reference_rows: How many reference records the attacker has; 0 tests the attacks that need none only.
        reference_population: Whom the reference stands for: the ``same`` population as the members, or a ``shifted``
            one, the half of the reference whose records are longest.
        targets_per_side: Attacks are repeated on so many targets per side only, as medGAN's paper does; this moves no
            chance level, only how sure the answer is.
        known_columns: How many columns the attacker of attributes knows.
        known_choice: Which: ``random`` ones, other ones for each patient; the most ``frequent`` codes;
            ``demographics``, all columns that are no codes; ``all but the secret``.
        error_rate: Share of the known cells that the attacker has wrong: redrawn from their column.
        combined_releases: Releases of one generator that the attacker combines; membership attacks by rows are
            repeated on so many tables put end to end.
        fidelity_rows: Sizes at which fidelity is measured.
    """

    releases: int = Field(default=3, ge=1)
    synthetic_rows: tuple[RowCount, ...] = ("1x",)
    reference_rows: tuple[RowCount, ...] = ("1x",)
    reference_population: tuple[Literal["same", "shifted"], ...] = ("same",)
    targets_per_side: tuple[RowCount, ...] = ()
    known_columns: tuple[int, ...] = (4, 16)
    known_choice: tuple[ColumnChoice, ...] = ("random",)
    error_rate: tuple[float, ...] = (0.0,)
    combined_releases: tuple[int, ...] = (1,)
    fidelity_rows: tuple[RowCount, ...] = ("1x",)

    @field_validator("synthetic_rows", "reference_rows", "targets_per_side", "fidelity_rows")
    @classmethod
    def _sizes(cls, value: tuple[RowCount, ...]) -> tuple[RowCount, ...]:
        for size in value:
            if isinstance(size, str) and not MULTIPLE.match(size):
                raise ValueError(f"expected a number of rows or a multiple of the members such as '0.5x', got '{size}'")
            if isinstance(size, int) and size < 0:
                raise ValueError("expected a number of rows of at least 0")
        return value

    @field_validator("error_rate")
    @classmethod
    def _shares(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not value or any(not 0 <= share <= 1 for share in value):
            raise ValueError("expected shares of the known cells, each from 0 to 1")
        return value

    @field_validator("targets_per_side")
    @classmethod
    def _targets(cls, value: tuple[RowCount, ...]) -> tuple[RowCount, ...]:
        if any(isinstance(targets, int) and targets < 1 for targets in value):
            raise ValueError("expected numbers of targets per side, each of at least 1")
        return value

    @model_validator(mode="after")
    def _released(self) -> "SweepPlan":
        if not self.combined_releases or min(self.combined_releases) < 1 or max(self.combined_releases) > self.releases:
            raise ValueError(f"expected 'combined_releases' from 1 to the {self.releases} releases that there are")
        return self

    @model_validator(mode="after")
    def _something(self) -> "SweepPlan":
        for name in ("synthetic_rows", "reference_population", "known_choice"):
            if not getattr(self, name):
                raise ValueError(f"expected at least one entry in '{name}'")
        return self
