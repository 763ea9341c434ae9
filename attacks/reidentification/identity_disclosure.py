"""Meaningful identity disclosure: a patient is found by quasi-identifiers, and something new is learned.

Names as in El Emam, Mosquera and Bass (2020): f and F are the sizes of a patient's class of quasi-identifiers in the
sample and in the population, I says whether a synthetic row is in the class, R whether it teaches anything, and
lambda discounts matches that nobody can verify or that wrong fields prevent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import ClassVar

import numpy as np

from synthaudit.attacks.reidentification.equivalence_classes import (
    EquivalenceClasses,
    Generalised,
    inverse_population_size,
)
from synthaudit.attacks.reidentification.new_information import NewInformation
from synthaudit.audit.errors import check_positive
from synthaudit.audit.knowledge import InsufficientKnowledge, Knowledge, Need
from synthaudit.audit.records import Column, NumericScale, Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class IdentityDisclosure:
    """The chance of being identified by quasi-identifiers and of something new being learned (El Emam et al., 2020).

    An attempt is a target. Its value is ``(1 / F) (1 + lambda) / 2 x I x R``, the greatest over generalisations of the
    quasi-identifiers: each is taken as it is, numbers also in coarse intervals, or left out. I is 1 if a synthetic
    row agrees on all that are taken; R is 1 if one such row, drawn at random, is right about enough of the rest:
    about a value that fewer than half of the targets have, or about a number to within 1.48 median absolute
    deviations. The paper's other sum, over ``1 / f`` and divided by the population, is never the greater one when F
    is estimated as it is here, so that the mean over targets is the paper's risk.

    Of the population the sample is all that is known: ``1 / F`` is its expectation given f when everybody is sampled
    with the same chance (Benedetti and Franconi, 1998). ``lambda = verification_rate x (1 - error_rate) ** fields``;
    the published code multiplies by ``1 - (1 - error_rate) ** fields`` instead, so that errors would raise the risk. A
    code that a patient lacks counts neither as an attribute nor as something learned: else nobody who has eleven of a
    thousand codes could ever teach a twentieth of them.

    Attributes:
        quasi_identifiers: Columns known of everybody; where empty, the demographic ones: categories, whole numbers
            that are no counts of codes, and a code called sex or gender.
        common_codes: So many of the codes most frequent in the synthetic table are known besides.
        population_size: People among whom a patient hides; None for the worst case, in which the targets are all.
        verification_rate: Share of suspected matches that an attacker can verify (0.23 in the studies the paper draws
            on).
        error_rate: Chance that a quasi-identifier is recorded wrongly (0.0426 there).
        learned_share: Share of a patient's other attributes that must be right for something to be learned.
        intervals: Numbers of intervals, of equally many real rows, into which a number is generalised.
        max_generalisations: Combinations tried, at most, those that generalise least first.
    """

    title: ClassVar[str] = "Meaningful identity disclosure"
    question: ClassVar[str] = (
        "Can somebody be found by age, sex and the like, and does the synthetic record then tell something true?"
    )
    source: ClassVar[str] = "El Emam, Mosquera and Bass, JMIR 22(11):e23139, 2020"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and the quasi-identifiers of each target, finds a row that "
        "agrees, and learns the rest from it."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"standard", "thorough"})

    quasi_identifiers: tuple[str, ...] = ()
    common_codes: int = 0
    population_size: int | None = None
    verification_rate: float = 0.23
    error_rate: float = 0.0426
    learned_share: float = 0.05
    intervals: tuple[int, ...] = (20, 5)
    max_generalisations: int = 128

    def __post_init__(self) -> None:
        for name in ("verification_rate", "error_rate", "learned_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"expected {name} in [0, 1], got {getattr(self, name)}")
        check_positive(max_generalisations=self.max_generalisations)
        if self.population_size is not None:
            check_positive(population_size=self.population_size)
        if self.common_codes < 0 or any(parts < 2 for parts in self.intervals):
            raise ValueError(
                f"expected common_codes >= 0 and intervals of at least 2, got {self.common_codes}, {self.intervals}"
            )

    def attempt(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return each patient's chance of meaningful disclosure, shape ``(patients,)``, float64, in [0, 1].

        Raises:
            InsufficientKnowledge: The table has no demographic column and none was named.
            InputError: A quasi-identifier that was named is no column.
        """
        synthetic = knowledge.synthetic
        quasi_identifiers = self._quasi_identifiers(synthetic)
        patients, owner = np.unique(targets.patients, return_inverse=True)
        sampled = min(1.0, len(patients) / (self.population_size or len(patients)))
        ladders = [list(self._generalisations(targets, synthetic, at, knowledge.units)) for at in quasi_identifiers]
        nodes = sorted(product(*(range(len(ladder) + 1) for ladder in ladders)), key=lambda node: (sum(node), node))
        information = NewInformation.beyond(
            quasi_identifiers, targets, synthetic, knowledge.units, learned_share=self.learned_share
        )
        risk = np.zeros(len(targets))
        for node in nodes[: self.max_generalisations]:
            columns = [ladder[step] for ladder, step in zip(ladders, node, strict=True) if step < len(ladder)]
            if not columns:
                continue
            classes = EquivalenceClasses.of(columns)
            sizes = classes.count_patients(owner)
            learned = information.is_learned(classes.draw_match(rng))
            verifiable = (1 + self.verification_rate * (1 - self.error_rate) ** len(columns)) / 2
            risk = np.maximum(risk, learned * verifiable * inverse_population_size(sizes, sampled))
        highest = np.zeros(len(patients))
        np.maximum.at(highest, owner, risk)
        return highest

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.search_seconds

    def _quasi_identifiers(self, synthetic: Records) -> list[int]:
        schema = synthetic.schema
        named = [schema.position[schema[name].name] for name in self.quasi_identifiers]
        chosen = named or [at for at, column in enumerate(schema.columns) if _is_demographic(column)]
        carriers = (synthetic.codes > 0).sum(axis=0)
        frequent = [schema.codes[at] for at in np.argsort(-carriers, kind="stable")]
        chosen += [at for at in frequent if at not in chosen][: self.common_codes]
        if not chosen:
            raise InsufficientKnowledge(
                "the table has no demographic column; name the quasi_identifiers that an attacker knows"
            )
        return chosen

    def _generalisations(
        self, targets: Records, synthetic: Records, at: int, scale: NumericScale
    ) -> Iterator[Generalised]:
        """Yield a quasi-identifier as it is and then in ever coarser intervals."""
        column = synthetic.schema.columns[at]
        ours, theirs = (rows.column(column.name).astype(np.float64) for rows in (targets, synthetic))
        yield Generalised(ours, theirs)
        if column.kind not in ("count", "continuous"):
            return
        for parts in self.intervals:
            cuts = scale.cuts(column.name, parts)
            yield Generalised(
                *(np.where(np.isnan(values), np.nan, np.searchsorted(cuts, values)) for values in (ours, theirs))
            )


def _is_demographic(column: Column) -> bool:
    """Whether a column is one that neighbours and registries know: no code, no measurement."""
    if column.kind == "binary":
        return column.original_name.lower() in ("sex", "gender")
    return column.kind in ("categorical", "ordinal") or (column.kind == "continuous" and column.integer)
