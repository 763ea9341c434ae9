"""What an audit did not look at, so that nobody takes silence for safety."""

from synthaudit.attacks.attribute import ATTRIBUTE
from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.attacks.reidentification import REIDENTIFICATION
from synthaudit.audit.knowledge import Need
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.execution.over_releases import MIN_RELEASES

UNTESTED = (
    "Attackers with other knowledge than listed: insiders, other releases of the same patients, linked tables.",
    "Free text, images and dates: only the columns listed were audited.",
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
