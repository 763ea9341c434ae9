"""What an audit's own controls say: whether its split is fair, and which leaks it could have seen."""

from dataclasses import dataclass

from synthaudit.audit.policy.bounds import bounds_of
from synthaudit.audit.policy.criteria import Criterion, Policy
from synthaudit.audit.policy.wording import number_text
from synthaudit.audit.suite.result import Estimated, Result, Row

DATA = "data"
SIDES = ("members against members", "holdout against holdout")


@dataclass(frozen=True)
class Controls:
    """The controls that bear on one system under test.

    Attributes:
        failed: Why the audit is invalid, or None.
        negative: How many negative controls were measured.
        planted: Rows on leaks that were planted.
        detectable: The smallest verbatim leak that was seen, in words; None if none was measured.
    """

    failed: str | None
    negative: int
    planted: tuple[Row, ...]
    detectable: str | None


def controls_of(result: Result, policy: Policy, system: str) -> Controls:
    """Return what the controls say of a system; rows about the split itself bear on every system."""
    rows = [row for row in result.rows if row.section == "control" and isinstance(row.number, Estimated)]
    negative = [
        row
        for row in rows
        if row.system in (system, DATA) and row.statistic == "auc" and row.method in (*SIDES, "blind")
    ]
    planted = [row for row in rows if row.method == "planted"]
    own = [row for row in planted if row.system == system]
    # The power of the attacks is a property of the audit; a ladder planted elsewhere still speaks for it.
    planted = own or planted
    return Controls(_failure(negative, policy.control_significance), len(negative), tuple(planted), _smallest(planted))


def _failure(rows: list[Row], significance: float) -> str | None:
    """Return which negative control beats chance, with Bonferroni's correction for their number.

    A blind classifier can only betray a split by doing better than chance; which half of one side is called
    "members" is arbitrary, so there both directions count and share the error.
    """
    for row in rows:
        error = significance / len(rows)
        chance = 0.5 if row.chance is None else row.chance
        low, high = bounds_of(row)(error if row.method == "blind" else error / 2)
        if low > chance or (row.method != "blind" and high < chance):
            who = (
                "a classifier that sees no synthetic row tells members from holdout"
                if row.method == "blind"
                else f"the attack '{row.slice}' tells {row.method} apart"
            )
            return (
                f"{who}: AUC {_shown(row)}, chance {chance:g}, and not by luck among {len(rows)} controls. "
                "The two sides differ before any generator runs, so no attack on them means anything; split anew"
            )
    return None


def power_problem(controls: Controls, policy: Policy, criterion: Criterion, attacks: frozenset[str]) -> str | None:
    """Return why "no leak" cannot be concluded, or None if a planted leak worth the criterion was seen.

    A rung is seen if the share of its repeats that were caught reaches ``policy.detection_rate``; a rung weaker than
    the one asked for vouches for it too. The attacks that the criterion looks at must have seen it, except where
    leaks were planted for none of them (attribute inference): then those of the audit vouch.
    """
    if not policy.require_power:
        return None
    kind, most = criterion.rung
    rungs = [(attack, share, row) for row in controls.planted for attack, what, share in [_rung(row)] if what == kind]
    if not rungs:
        return f"the result holds no planted {kind} leaks, so nothing shows that this audit could have seen one"
    if any(attack in attacks for attack, _, _ in rungs):
        rungs = [rung for rung in rungs if rung[0] in attacks]
    within = [(attack, share, row) for attack, share, row in rungs if share <= most + 1e-12]
    if any(_rate(row) >= policy.detection_rate for _, _, row in within):
        return None
    if not within:
        return f"no planted leak as weak as {kind} copies in {most:.2%} of the rows was tried"
    attack, share, row = max(within, key=lambda rung: (_rate(rung[2]), rung[1]))
    return (
        f"of planted {kind} leaks in {share:.2%} of the rows the audit caught {_rate(row):.0%} at best ('{attack}'), "
        f"and {policy.detection_rate:.0%} is asked for: it could have missed one"
    )


def _rung(row: Row) -> tuple[str, str, float]:
    """Return (attack, kind, share) of a detection rate; an empty kind for any other row."""
    attack, _, what = row.slice.rpartition(": ")
    kind, _, share = what.rpartition(" ")
    if row.statistic != "detection_rate" or not attack:
        return "", "", 0.0
    try:
        return attack, kind, float(share)
    except ValueError:
        return "", "", 0.0


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


def _rate(row: Row) -> float:
    return row.number.value if isinstance(row.number, Estimated) else 0.0


def _shown(row: Row) -> str:
    return number_text(row.number) if isinstance(row.number, Estimated) else row.number.reason
