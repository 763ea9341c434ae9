"""Controls of an audit: whether members and holdout are exchangeable, and which planted leaks it detected."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from synthaudit.audit.policy.bounds import row_bounds
from synthaudit.audit.policy.criteria import Criterion, Policy
from synthaudit.audit.policy.planted_power import power_gap
from synthaudit.audit.policy.swapped_sides import swapped_sides
from synthaudit.audit.policy.value_ranges import unreadable_columns
from synthaudit.audit.policy.wording import copied_text, number_text
from synthaudit.audit.suite.result import Estimated, PlantedPower, Result, Row, fewest_noticed

DATA = "data"
NUMBER_FORMAT = "number format"
REFERENCE_FORMAT = "reference format"
PUBLISHED_HOLDOUT = "published holdout"

PUBLISHED_LEVEL = 1e-4
"""Probability, for one table, that patients whom it was not made from are said to stand in it."""


TOLERATED_AUC = 0.55
"""AUC of the holdout against the reference up to which nothing is said, as the policies' limit on members' AUC."""

ANOTHER_SPLIT = (
    "This is not the split that its maker trained on, and finding no difference between its sides means nothing. Name "
    "all patients that it was made from as members, and others as holdout"
)
EARLIER_KINDS = ("verbatim", "perturbed")
"""Kinds of leaks that older results planted; copies stand for all others, as they did then."""


@dataclass(frozen=True)
class Controls:
    """The controls that bear on one system under test.

    Attributes:
        failure: Why the audit is invalid, or None.
        contaminated: Why the control group may hide a leak, or None. What it nevertheless shows is shown.
        negative: How many negative controls were measured.
        positive: Rows on planted leaks, the positive controls.
        smallest_leak: The smallest verbatim leak that was detected, in words; None if none was measured.
        unreadable: Why attacks could have seen nothing, so that silence proves nothing; or None.
        members: How many members there are.
        noticed_elsewhere: Members whose leak, of the kind that the criterion asks for, another criterion of its section
            surely notices; or None.
        powers: How often the criterion in question detects planted leaks; None where an older result holds rates only.
    """

    failure: str | None
    contaminated: str | None
    negative: int
    positive: tuple[Row, ...]
    smallest_leak: str | None
    unreadable: str | None = None
    members: int = 0
    powers: tuple[PlantedPower, ...] | None = None
    noticed_elsewhere: int | None = None


def controls_for(result: Result, policy: Policy, system: str) -> Controls:
    """Return the controls of a system; those about the split itself, the negative ones, count for every system.

    Older results also tell halves of one side apart by an attack. Halves drawn at random are exchangeable whatever the
    split is, so those rows show nothing and take no share of the error.
    """
    rows = [row for row in result.rows if row.section == "control" and isinstance(row.number, Estimated)]
    negative = [row for row in rows if row.system == DATA and row.statistic == "auc" and row.method == "blind"]
    formats, references = (
        [row for row in rows if row.method == method and row.statistic == "adjusted_p"]
        for method in (NUMBER_FORMAT, REFERENCE_FORMAT)
    )
    # All negative controls, whatever they compare, share the probability that a fair split is called unfair.
    count = len(negative) + len(formats) + len(references)
    error = policy.control_significance / max(count, 1)
    failure = _failure(negative, error) or _format_failure(formats, error)
    planted = [row for row in rows if row.method == "planted"]
    own = [row for row in planted if row.system == system]
    # The power of the attacks is a property of the audit, so leaks planted in another system count too.
    planted = own or planted
    published = [row for row in rows if row.method == PUBLISHED_HOLDOUT and row.system == system]
    contaminated = _contamination(published)
    swapped = swapped_sides(result, policy, system)
    failure = failure or (swapped and (contaminated or swapped))
    unreadable = _reference_problem(references, error) or unreadable_columns(rows, system)
    return Controls(
        failure, contaminated, count, tuple(planted), _smallest(planted), unreadable, result.split.members.patients
    )


def with_power(
    controls: Controls, policy: Policy, criterion: Criterion, powers: Mapping[str, tuple[PlantedPower, ...]]
) -> Controls:
    """Return the controls with the power of one criterion; of an older result's, only attacks have power.

    Args:
        controls: The controls.
        policy: Its other criteria may notice what this one does not.
        criterion: The criterion.
        powers: How often each criterion that was measured detects planted leaks, by its id; none of an older result.
    """
    if criterion.id not in powers:
        return controls
    fewest = fewest_noticed(powers[criterion.id])
    others = [
        power.smallest
        for other in policy.criteria
        if other.id != criterion.id and other.section == criterion.section
        for power in powers.get(other.id, ())
        if power.kind == criterion.required_leak[0] and power.smallest is not None
    ]
    return replace(
        controls,
        powers=powers[criterion.id],
        noticed_elsewhere=min(others, default=None),
        smallest_leak=None if fewest is None else copied_text(fewest),
    )


def _failure(rows: list[Row], error: float) -> str | None:
    """Return which blind classifier beats chance, each with the same probability of error.

    Only doing better than chance shows a biased split. The p-value of exchangeable sides decides where there is one.
    """
    for row in rows:
        chance = 0.5 if row.chance is None else row.chance
        p_value = row.number.p_value if isinstance(row.number, Estimated) else None
        who = "a classifier" if row.slice == "all" else f"a classifier ({row.slice})"
        if (p_value <= error) if p_value is not None else (row_bounds(row)(error)[0] > chance):
            return (
                f"{who} that sees no synthetic row tells members from holdout: AUC {_shown(row)}, chance "
                f"{chance:g}, and not by chance among {len(rows)} controls. Members and holdout differ before any "
                "generator runs, so no attack on them is valid; split again at random, by patient"
            )
    return None


def _format_failure(rows: list[Row], error: float) -> str | None:
    """Return which columns of numbers are stored differently on the two sides."""
    for row in rows:
        if _value(row) <= error:
            where = "" if row.slice == "all" else f" in {row.slice}"
            p = "below 0.001" if _value(row) < 0.001 else f"{_value(row):.3f}"
            return (
                f"columns of members and of holdout are stored differently{where}; adjusted p: {p}. Attacks on exact "
                "values would tell the two apart without any leak. Store both alike, and audit again"
            )
    return None


def _reference_problem(rows: list[Row], error: float) -> str | None:
    """Return which columns of the reference are stored otherwise than those of members and holdout."""
    for row in rows:
        if _value(row) <= error:
            where = "" if row.slice == "all" else f" in {row.slice}"
            return (
                f"the reference is stored otherwise than members and holdout{where}: who holds it knows no value's "
                "frequency, and attacks on exact values could have missed a leak. Store all alike, and audit again"
            )
    return None


def _contamination(rows: list[Row]) -> str | None:
    """Return which patients stand in a table that should not know them."""
    for row in rows:
        if isinstance(row.number, Estimated) and row.number.p_value is not None:
            if row.number.p_value > PUBLISHED_LEVEL:
                continue
            if row.statistic == "auc":
                if row.number.value > TOLERATED_AUC:
                    return (
                        "The table is nearer to the holdout than to the reference, both of which its maker should not "
                        f"know ('{row.slice}' tells them apart with AUC {_shown(row)}, chance 0.5): it was made from "
                        f"the holdout too. {ANOTHER_SPLIT}"
                    )
                continue
            chance = "less than 0.1%" if (row.chance or 0.0) < 0.001 else f"{row.chance:.1%}"
            return (
                f"{row.number.value:.1%} of the {row.slice} patients with a record of their own stand in the table "
                f"word for word or but for one value, and chance explains {chance} at most: it was made from "
                f"them too. {ANOTHER_SPLIT}"
            )
    return None


@dataclass(frozen=True)
class LeakDetection:
    """Detection of one planted leak by one attack.

    Attributes:
        attack: Key of the attack.
        kind: ``verbatim`` or ``perturbed``.
        share: Share of the synthetic rows that were copied from members.
        detected: Share of the repeats in which the attack detected it.
    """

    attack: str
    kind: str
    share: float
    detected: float


def power_problem(controls: Controls, policy: Policy, criterion: Criterion, attacks: frozenset[str]) -> str | None:
    """Return why "no leak" cannot be concluded, or None if a planted leak as weak as the criterion asks was detected.

    A leak is detected if the share of its repeats that an attack detected reaches ``policy.detection_rate``; a leak
    weaker than the required one will do. It must have been detected by an attack that the criterion looks at, except
    where leaks were planted for none of them (attribute inference): then any attack of the audit will do.
    """
    if not policy.require_power:
        return None
    if controls.powers is not None:
        return power_gap(controls.powers, policy, criterion, controls.members, controls.noticed_elsewhere)
    kind, most = criterion.required_leak
    kind = kind if kind in EARLIER_KINDS else "verbatim"
    leaks = [leak for leak in map(_leak_detection, controls.positive) if leak is not None and leak.kind == kind]
    if not leaks:
        return f"the result has no planted {kind} leaks, so nothing shows that this audit could have detected one"
    leaks = [leak for leak in leaks if leak.attack in attacks] or leaks
    weak = [leak for leak in leaks if leak.share <= most + 1e-12]
    if any(leak.detected >= policy.detection_rate for leak in weak):
        return None
    if not weak:
        return f"no planted leak as weak as {kind} copies in {most:.2%} of the rows was tried"
    best = max(weak, key=lambda leak: (leak.detected, leak.share))
    return (
        f"of planted {kind} leaks in {best.share:.2%} of the rows the audit detected {best.detected:.0%} at best "
        f"('{best.attack}'), and {policy.detection_rate:.0%} is required: it could have missed one"
    )


def _leak_detection(row: Row) -> LeakDetection | None:
    """Return the planted leak that a detection rate is about, None for any other row."""
    attack, _, leak = row.slice.rpartition(": ")
    kind, _, share = leak.rpartition(" ")
    if row.statistic != "detection_rate" or not attack:
        return None
    try:
        return LeakDetection(attack, kind, float(share), _value(row))
    except ValueError:
        return None


def _smallest(rows: list[Row]) -> str | None:
    leaks = [
        (row.number.value, row.slice.partition(": "))
        for row in rows
        if row.statistic == "smallest_leak" and isinstance(row.number, Estimated)
    ]
    if not leaks:
        return None
    share, (attack, _, kind) = min(leaks, key=lambda leak: leak[0])
    return f"{kind} copies of members in {share:.2%} of the synthetic rows, by '{attack}'"


def _value(row: Row) -> float:
    return row.number.value if isinstance(row.number, Estimated) else 0.0


def _shown(row: Row) -> str:
    return number_text(row.number) if isinstance(row.number, Estimated) else row.number.reason
