"""From the scores of a membership attack to rows: its ranking, its hits at few false alarms, and its claims."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from synthaudit.audit.statistics import NotMeasured, intervals, roc
from synthaudit.audit.statistics.decision_metrics import precision_of_claims
from synthaudit.audit.suite.context.distinctive import Distinctive
from synthaudit.audit.suite.result import Row, Series
from synthaudit.audit.suite.tasks.rows import CONFIDENCE, RowTemplate, minus

FALSE_POSITIVE_RATES = (0.001, 0.01, 0.1)
ROC_POINTS = 60
DISTINCTIVE = "distinctive records"
"""Slice of the targets whose record no other real patient of the audit comes near."""


def grade_membership(
    label: RowTemplate,
    members: np.ndarray,
    holdout: np.ndarray,
    claims: Mapping[str, float],
    distinctive: Distinctive,
) -> tuple[list[Row], list[Series]]:
    """Grade a membership attack.

    Args:
        label: What the rows have in common.
        members: One score per member, shape ``(n1,)``.
        holdout: One score per holdout patient, shape ``(n0,)``.
        claims: Rules fixed beforehand: label to threshold.
        distinctive: Whose record no other real patient comes near. A match with a record that many people share
            gives nobody away, so claims are also graded on these patients alone.
    """
    rows = [label.row("auc", roc.auc(members, holdout, confidence=CONFIDENCE), chance=0.5)]
    for rate in FALSE_POSITIVE_RATES:
        measured = roc.tpr_at_fpr(members, holdout, fpr=rate, confidence=CONFIDENCE)
        rows.append(label.row("tpr_at_fpr", measured, part=f"fpr {rate:g}", chance=rate))
    for rule, threshold in claims.items():
        found, matched = members >= threshold, holdout >= threshold
        rows += grade_claim(label, rule, found, matched)
        rows += grade_claim(label, f"{rule}, {DISTINCTIVE}", found[distinctive.members], matched[distinctive.holdout])
    curve = roc.roc_curve(members, holdout, points=ROC_POINTS)
    if isinstance(curve, NotMeasured):
        return rows, []
    return rows, [label.series("roc", {"fpr": curve.fpr, "tpr": curve.tpr})]


def grade_claim(label: RowTemplate, rule: str, found: np.ndarray, matched: np.ndarray) -> Iterator[Row]:
    """Grade a rule fixed beforehand: who among the members was claimed, and who among the holdout."""
    label = replace(label, members=len(found), holdout=len(matched))
    if not (len(found) and len(matched)):
        yield label.row("excess", NotMeasured("no such patient on one side"), part=rule, chance=0.0)
        return
    hits, misses = int(found.sum()), int(matched.sum())
    sensitivity = intervals.binomial(hits, len(found), confidence=CONFIDENCE)
    false = intervals.binomial(misses, len(matched), confidence=CONFIDENCE)
    yield label.row("sensitivity", sensitivity, part=rule, chance=float(matched.mean()))
    yield label.row("false_positive_rate", false, part=rule)
    prior = label.knowledge.prior if label.knowledge is not None else 0.5
    right = precision_of_claims(hits, misses, len(found), len(matched), prior=prior)
    yield label.row("precision", right, part=rule, chance=prior)
    yield label.row("excess", minus(sensitivity, false), part=rule, chance=0.0)
