"""Is a given table nearer to the holdout than to other real patients? Then it was made from the holdout, too.

A generator that copies nobody still lies nearer to those it learned from. Where it learned from members and holdout
alike, no attack tells the two apart; but it tells the holdout from patients of the same population whom the generator
never saw: the reference, where one was given. The attacks are calibrated by the members, so that whoever lies in a
crowd is not taken for one of them.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.audit.knowledge import InsufficientKnowledge, Knowledge
from synthaudit.audit.records import Records
from synthaudit.audit.statistics import Estimate, Measurement, NotMeasured, roc
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.distinctive import Distinctive
from synthaudit.audit.suite.context.targets import Targets
from synthaudit.audit.suite.tasks.blind import blind_aucs
from synthaudit.audit.suite.tasks.membership import score_targets
from synthaudit.audit.suite.tasks.number_format import compare_formats
from synthaudit.audit.suite.tasks.rows import CONFIDENCE
from synthaudit.audit.suite.tasks.sampling import CELLS

ATTACKS = ("calibrated", "rare_cells")
"""Attacks by distance and by exact values."""

LEAST = 100
"""Reference patients below whom nothing is compared."""

ALIKE = 0.01
"""P-value up to which a reference counts as another population than the holdout, or as stored in another way."""


def holdout_nearness(
    context: AuditContext, synthetic: Records, *, rng: np.random.Generator
) -> Iterator[tuple[str, Measurement]]:
    """Yield for each attack the AUC with which it tells the holdout from the reference; p-values are Bonferroni's."""
    targets = _targets(context, rng)
    problem = targets if isinstance(targets, str) else _difference(targets, rng)
    for name in ATTACKS:
        if isinstance(targets, str) or problem is not None:
            yield name, NotMeasured(str(problem))
        else:
            yield name, _auc(name, context, targets, synthetic, rng)


def _targets(context: AuditContext, rng: np.random.Generator) -> Targets | str:
    """Return the holdout as members and the reference as holdout of an attack, or why there is no such attack."""
    holdout, reference = context.holdout, context.reference
    if reference is None or not context.plan.reference_given:
        return "no reference was given beside the holdout"
    patients = [len(np.unique(side.patients)) for side in (holdout, reference)]
    if min(patients) < LEAST:
        return f"fewer than {LEAST} patients in the holdout or the reference"
    nobody = [np.zeros(count, dtype=bool) for count in patients]
    targets = Targets(holdout, reference, Distinctive(nobody[0], nobody[1], 0.0))
    most = max(LEAST, CELLS // (2 * len(holdout.schema)))
    return targets.fewer(most, rng=rng) if max(patients) > most else targets


def _difference(targets: Targets, rng: np.random.Generator) -> str | None:
    """Return that the sides differ without any synthetic row, or None where they are patients of one population."""
    formats, _ = compare_formats(targets.members, targets.holdout)
    found = [*blind_aucs(targets.members, targets.holdout, rng=rng).values(), formats]
    p_values = [one.p_value for one in found if isinstance(one, Estimate) and one.p_value is not None]
    return "holdout and reference differ by their real rows alone" if min(p_values, default=1.0) <= ALIKE else None


def _auc(
    name: str, context: AuditContext, targets: Targets, synthetic: Records, rng: np.random.Generator
) -> Measurement:
    """Return how well an attack calibrated by the members tells the holdout from the reference."""
    knowledge = Knowledge(synthetic=synthetic, reference=context.members, scale=context.numeric_scale)
    try:
        scores = score_targets(MEMBERSHIP[name](), context, targets, knowledge, rng)
    except InsufficientKnowledge as reason:
        return NotMeasured(str(reason))
    measured = roc.auc(*scores, confidence=CONFIDENCE)
    if isinstance(measured, Estimate) and measured.p_value is not None:
        return replace(measured, p_value=min(1.0, len(ATTACKS) * measured.p_value))
    return measured
