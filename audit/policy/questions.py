"""Which of the numbers compared ask a question of their own: each question is counted, and corrected for, once.

An audit states one outcome in several forms. Which form stands for the question follows from names and from numbers
that are equal throughout, never from how a number moved, so that the choice costs no correction.
"""

from collections.abc import Sequence
from typing import Final

from synthaudit.audit.policy.baseline import RiskChange

DISTINCTIVE: Final = ", distinctive records"
"""Ending of slices that leave out records which many patients share; the policies judge these."""
RANKED: Final = ("auc", "tpr_at_fpr")
"""Statistics that depend on nothing but how an attack ranks the patients."""
GUESSED: Final = ("leakage_sensitivity", "leakage_accuracy")
"""What is guessed right of codes, and of other columns; every other leakage is another form of one of these."""


def one_per_question(changes: Sequence[RiskChange]) -> list[RiskChange]:
    """Return the changes without other forms of the same number: of one attack, or of two that score alike."""
    keys = {(_place(one), one.statistic, one.slice) for one in changes}
    areas = {
        _place(one): (one.before, one.after, one.interval())
        for one in changes
        if one.statistic == "auc" and one.slice == "all"
    }
    questions: list[RiskChange] = []
    ranked: set[tuple[object, ...]] = set()
    for one in changes:
        another_form = any((_place(one), other, one.slice) in keys for other in _other_forms(one.statistic))
        another_form |= (_place(one), one.statistic, f"{one.slice}{DISTINCTIVE}") in keys
        # Two attacks with equal areas, to the last digit in both results, rank the patients alike.
        ranking = (one.system, one.knowledge, one.statistic, one.slice, one.before, one.after, areas.get(_place(one)))
        alike = one.statistic in RANKED and _place(one) in areas and ranking in ranked
        ranked.add(ranking)
        if not another_form and not alike:
            questions.append(one)
    return questions


def _other_forms(statistic: str) -> tuple[str, ...]:
    """Return the statistics that stand for this one where the same attack has them."""
    if statistic == "residual_risk":
        return ("excess",)
    return GUESSED if statistic.startswith("leakage_") and statistic not in GUESSED else ()


def _place(one: RiskChange) -> tuple[object, ...]:
    return one.system, one.method, one.knowledge
