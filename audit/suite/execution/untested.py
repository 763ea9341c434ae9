"""What an audit did not look at, so that nobody takes silence for safety."""

from collections.abc import Iterable

from synthaudit.attacks.attribute import ATTRIBUTE
from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.attacks.reidentification import REIDENTIFICATION
from synthaudit.audit.knowledge import Need
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.task import Task
from synthaudit.audit.suite.execution.over_releases import MIN_RELEASES
from synthaudit.audit.suite.result import SplitCard

UNTESTED = (
    "Attackers with other knowledge than listed: insiders, other releases of the same patients, linked tables.",
    "Free text, images and dates: only the columns listed were audited.",
)


SAMPLED = {
    "membership": "Attacks by shadow models or on a generator's weights",
    "attribute": "Attribute inference from columns that differ by patient",
    "secrets": "Attribute inference one column at a time",
    "blind": "The classifiers that see real rows only",
    "planted": "The planted leaks",
}
"""Kinds of tasks that may take a sample of the targets, in words."""


def list_sampled(tasks: Iterable[Task], split: SplitCard) -> tuple[str, ...]:
    """Return which tasks looked at a sample of the targets, and at how many."""
    sides = f"{split.members.patients:,} members and {split.holdout.patients:,} holdout patients"
    samples = {task.kind: task.sample for task in tasks if task.sample}
    largest = max(split.target_members, split.target_holdout)
    return tuple(
        f"{words} looked at {samples[kind]:,} patients of each side, drawn at random, which stand for {sides}."
        for kind, words in SAMPLED.items()
        if 0 < samples.get(kind, 0) < largest
    )


def list_untested(components: Components) -> tuple[str, ...]:
    """Return what this audit did not look at, so that nobody takes silence for safety."""
    used = {type(method) for method in components.methods.values()}
    known = (*MEMBERSHIP.values(), *ATTRIBUTE.values(), *REIDENTIFICATION.values())
    skipped = [f"“{attack.title}”" for attack in known if attack not in used]
    notes = [f"Attacks that synthaudit knows but this plan left out: {', '.join(skipped)}."] if skipped else []
    if components.recipes and components.plan.sweep.releases < MIN_RELEASES:
        notes.append(
            f"The training procedures: {components.plan.sweep.releases} releases of each were audited, and "
            f"{MIN_RELEASES} are the fewest from which to say how the next one leaks."
        )
    if components.plan.synthetic and not components.plan.reference_given:
        notes.append(
            "Whether a given table was made from the holdout too without copying anybody: only a reference of its own, "
            "of patients whom nobody trained on, can show that."
        )
    if not components.plan.controls.enabled:
        notes.append("The audit's own controls were switched off, so 'no leak' cannot be concluded.")
    if any(components.claims(key) for key in components.recipes) and not components.plan.dp_audit.trainings:
        notes.append("Claims of differential privacy by many trainings, which detect smaller leaks than one training.")
    held = {need for attack in components.membership.values() for need in attack.needs}
    if Need.TRAINER not in held:
        notes.append("Attackers who train shadow models: generators on records of their own.")
    if Need.WEIGHTS not in held:
        notes.append("Attackers who hold the generator's weights.")
    return (*UNTESTED, *notes)
