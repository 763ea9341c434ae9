"""Texts of findings: what a number is, which attack measured it, and what the attacker knew."""

import math
from collections.abc import Iterable

from synthaudit.audit.policy.bounds import Candidate
from synthaudit.audit.suite.result import (
    Estimated,
    Finding,
    PlantedPower,
    Row,
    SplitCard,
    ThreatModel,
    fewest_noticed,
    most_planted,
)

MOST_PATIENTS = 1_000_000
"""Beyond this, more patients are no advice."""


def number_name(candidate: Candidate) -> str:
    """Return a number's name, such as ``auc of 'nearest' (2,000 synthetic rows, release 0)``."""
    row = candidate.row
    part = "" if row.slice in ("all", "synthetic") else f" {row.slice}"
    return f"{candidate.statistic}{part} of '{row.method}'{conditions_text(row)}"


def conditions_text(row: Row) -> str:
    """Return the attacker's knowledge and the release, in parentheses; empty where nothing is recorded."""
    return knowledge_text(row.knowledge, () if row.release is None else (f"release {row.release}",))


def knowledge_text(knowledge: ThreatModel | None, more: tuple[str, ...] = ()) -> str:
    """Return the attacker's knowledge, in parentheses."""
    facts = []
    if knowledge is not None:
        facts.append(f"{knowledge.synthetic_rows:,} synthetic rows")
        if knowledge.reference_rows:
            shifted = (
                "" if knowledge.reference_population == "same population" else f", {knowledge.reference_population}"
            )
            facts.append(f"{knowledge.reference_rows:,} reference records{shifted}")
        if knowledge.known_columns is not None:
            kind = "" if knowledge.known_choice in (None, "random") else f", {knowledge.known_choice}"
            facts.append(f"{knowledge.known_columns} known columns{kind}")
        if knowledge.error_rate:
            facts.append(f"{knowledge.error_rate:.6g} of them wrong")
        if knowledge.targets_per_side is not None:
            facts.append(f"{knowledge.targets_per_side} targets a side")
    facts += more
    return f" ({', '.join(facts)})" if facts else ""


def targets_text(split: SplitCard) -> str:
    """Return how many of the members were targets where not all were; empty where all were."""
    return "".join(
        f"; targets were {targets:,} of the {patients:,} {side}"
        for side, targets, patients in (
            ("members", split.target_members, split.members.patients),
            ("holdout patients", split.target_holdout, split.holdout.patients),
        )
        if targets < patients
    )


def number_text(number: Estimated) -> str:
    """Return value and interval, such as ``0.612 [0.590, 0.633]``."""
    high = "no limit" if number.high is None else f"{number.high:.4g}"
    return f"{number.value:.4g} [{number.low:.4g}, {high}]"


def patients_needed_text(candidate: Candidate, threshold: float, bound: float) -> str:
    """Return how many patients would settle it if the value stayed the same; empty where none would.

    Intervals narrow with the square root of the sample size.
    """
    number = candidate.number
    room, reach = abs(threshold - number.value), abs(bound - number.value)
    between = min(number.value, bound) <= threshold <= max(number.value, bound)
    if candidate.row.level != "release" or not between or room == 0 or not math.isfinite(reach):
        return ""
    needed = math.ceil(number.trials * (reach / room) ** 2)
    return f"; about {_rounded(needed):,} patients would settle it at this value" if needed < MOST_PATIENTS else ""


def unnoticed(findings: Iterable[Finding]) -> dict[str, str]:
    """Return, by system, how few copied patients may go unnoticed by all criteria; nothing where none were planted.

    A system that fails, and a criterion by which it leaks before anything is planted, say nothing about smaller leaks.
    """
    findings = tuple(findings)
    failed = {finding.system for finding in findings if finding.verdict == "fail"}
    powers: dict[str, list[PlantedPower]] = {}
    for finding in findings:
        if finding.system not in failed and finding.proven is None:
            powers.setdefault(finding.system, []).extend(finding.power)
    said = {}
    for system, own in powers.items():
        fewest, most = fewest_noticed(own), most_planted(own)
        if fewest is not None:
            said[system] = f"fewer than about {copied_text(fewest)} may go unnoticed in this audit"
        elif most is not None:
            said[system] = f"even {copied_text(most)} may go unnoticed in this audit"
    return said


def copied_text(patients: int) -> str:
    """Return a number of copied patients."""
    return f"{patients:,} copied patient{'s' * (patients != 1)}"


def _rounded(count: int) -> int:
    step = int(10 ** max(len(str(count)) - 2, 0))
    return -(-count // step) * step
