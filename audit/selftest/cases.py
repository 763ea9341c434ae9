"""The zoo: known leaks at known strengths, tables that leak nothing, and audits that cannot be valid."""

from collections.abc import Iterable

from synthaudit.audit.errors import PlanError, unknown_name
from synthaudit.audit.selftest.blurred import Interpolation, Jitter, OtherScale
from synthaudit.audit.selftest.cells import EmptiedCells, MissingPatterns, RareLevels, RecombinedCells
from synthaudit.audit.selftest.copies import ChosenCopies, NearCopies, VerbatimCopies
from synthaudit.audit.selftest.given_away import GivenAway, KeyColumn
from synthaudit.audit.selftest.honest import (
    BinnedMarginals,
    GaussianCopula,
    MadeFromHoldout,
    OtherPatients,
    ReferenceBootstrap,
    XorSplit,
)
from synthaudit.audit.selftest.known_table import PlantedCase
from synthaudit.audit.selftest.synthesisers import FewMembersMarginals, SequentialTrees, TrainedVAE

CASES: dict[str, PlantedCase] = {
    # leaks
    "copies": VerbatimCopies(0.02),
    "more_copies": VerbatimCopies(0.1),
    "copies_reordered": VerbatimCopies(0.02, reordered=True),
    "copies_in_longer_table": VerbatimCopies(0.15, size=1.5),
    "copies_in_crowd": VerbatimCopies(0.02, size=20),
    "copies_at_end": VerbatimCopies(0.1, size=4, at_end=True),
    "copies_among_duplicates": VerbatimCopies(0.1, filler="few"),
    "copied_outliers": ChosenCopies("outliers"),
    "copied_subgroup": ChosenCopies("subgroup"),
    "copies_float32": NearCopies("float32"),
    "copies_one_step": NearCopies("one step"),
    "copies_one_rounded": NearCopies("one rounded"),
    "copies_one_flipped": NearCopies("one flipped"),
    "copies_thousandfold": OtherScale("thousandfold"),
    "copies_whole_numbers": OtherScale("whole numbers"),
    "jitter_5": Jitter(0.05),
    "jitter_20": Jitter(0.2, share=0.4),
    "jitter_and_sentinels": Jitter(0.2, share=0.4, sentinels=10),
    "smote": Interpolation(),
    "shuffled_columns": RecombinedCells("shuffled columns"),
    "half_redrawn": RecombinedCells("half redrawn"),
    "swapped_columns": RecombinedCells("swapped"),
    "spliced": RecombinedCells("spliced"),
    "merged_pairs": RecombinedCells("merged pairs"),
    "suppressed_cells": EmptiedCells(),
    "rare_levels": RareLevels(),
    "missing_patterns": MissingPatterns(),
    "secret_number": GivenAway("number"),
    "secret_level": GivenAway("level"),
    "secret_code": GivenAway("code", known=49),
    "secret_code_few_known": GivenAway("code", known=16),
    "key_number": KeyColumn("number"),
    "key_declared": KeyColumn("number", declared=True),
    "key_text": KeyColumn("text"),
    "trees_leaf_1": SequentialTrees(1),
    "trees_leaf_5": SequentialTrees(5),
    "overtrained_vae": TrainedVAE(200),
    "few_members_marginals": FewMembersMarginals(),
    # no leaks
    "other_patients": OtherPatients("as they are"),
    "independent": OtherPatients("independent"),
    "noisy_others": OtherPatients("noisy"),
    "permuted_levels": OtherPatients("permuted levels"),
    "binned_marginals": BinnedMarginals(),
    "dp_marginals": BinnedMarginals(epsilon=1.0),
    "copula_of_others": GaussianCopula(),
    "trees_of_others": SequentialTrees(5, source="others"),
    "smote_of_others": Interpolation(source="others"),
    # invalid
    "xor_split": XorSplit(),
    "made_from_holdout": MadeFromHoldout(),
    "made_from_reference": ReferenceBootstrap(),
}


def chosen_cases(names: Iterable[str]) -> dict[str, PlantedCase]:
    """Return the named cases, or all where none is named.

    Raises:
        PlanError: There is no such case.
    """
    names = tuple(names)
    for name in names:
        if name not in CASES:
            raise PlanError(f"--only: {unknown_name('case', name, CASES)}")
    return {name: case for name, case in CASES.items() if not names or name in names}
