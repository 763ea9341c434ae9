"""A self-test from a real table to right and wrong verdicts."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from synthaudit.audit.policy import Policy
from synthaudit.audit.records import Records
from synthaudit.audit.selftest.known_table import KnownTable, PlantedCase, Truth
from synthaudit.audit.selftest.planted_audits import AuditedCase, AuditSettings, audit_planted
from synthaudit.audit.selftest.population import CannotPlant, Population
from synthaudit.audit.selftest.strength import limit_of, strongest_against

UNDECIDED = ("inconclusive", "not measured")
ENOUGH = 1000
"""Members, and holdout patients, below whom an audit may leave open what is certain to one who knows the leak."""


@dataclass(frozen=True)
class CaseVerdict:
    """One case of a self-test.

    Attributes:
        name: The case.
        sentence: What its table is.
        truth: What is true of it.
        strength: How strong the leak is for an attacker who knows it, in words; empty without a leak.
        expected: Verdicts that are right.
        audited: What the audit said; None where nothing was planted.
        skipped: Why nothing was planted.
        members: Members of the audit.
    """

    name: str
    sentence: str
    truth: Truth
    strength: str = ""
    expected: tuple[str, ...] = ()
    audited: AuditedCase | None = None
    skipped: str = ""
    members: int = 0

    @property
    def right(self) -> bool:
        """Whether the verdict is one of those expected; so is a case that was skipped."""
        return self.audited is None or self.audited.verdict in self.expected


def run_selftest(
    records: Records, cases: Mapping[str, PlantedCase], folder: Path, settings: AuditSettings
) -> list[CaseVerdict]:
    """Plant the cases in a real table, audit all of them, and say which verdicts are right.

    Args:
        records: The real table; its patients are parted here.
        cases: What is planted.
        folder: Where tables and audits go; it holds real records.
        settings: How the audits run and who judges them.

    Raises:
        InputError: The table has too few patients.
    """
    people = Population.of(records, seed=settings.seed)
    tables: dict[str, KnownTable] = {}
    skipped: dict[str, str] = {}
    for name, case in cases.items():
        try:
            tables[name] = case.make(people, np.random.default_rng([settings.seed, zlib.crc32(name.encode())]))
        except CannotPlant as reason:
            skipped[name] = str(reason)
    audited = audit_planted(tables, folder, settings)
    verdicts = []
    for name, case in cases.items():
        if name in skipped:
            verdicts.append(CaseVerdict(name, case.sentence, case.truth, skipped=skipped[name]))
            continue
        strength, expected = expected_verdicts(case.truth, tables[name], settings.policy)
        members = len(tables[name].people.members)
        verdict = CaseVerdict(name, case.sentence, case.truth, strength, expected, audited[name], members=members)
        verdicts.append(verdict)
    return verdicts


def expected_verdicts(truth: Truth, table: KnownTable, policy: Policy) -> tuple[str, tuple[str, ...]]:
    """Return how strong a leak is, and the verdicts that are right under a policy.

    A leak that is beyond a limit for certain must fail, where the patients are enough to show it. One that is likely
    beyond it may be left open, and one that is not may pass: the policy allows that much.
    """
    if truth == "no leak":
        return "", ("pass", *UNDECIDED)
    if truth == "invalid":
        return "", ("invalid", "bad input")
    strength, beyond = strongest_against(policy, table.strengths)
    refused = ("bad input",) if table.undeclared else ()
    if strength is None:
        return "", ("fail", "pass", *UNDECIDED, *refused)
    if beyond > 0:
        open_too = UNDECIDED if len(table.people.members) < ENOUGH else ()
        return strength.text, ("fail", *open_too, *refused)
    limit = limit_of(policy, strength.statistic)
    if limit is not None and strength.likely_low > limit:
        return f"{strength.text} (near the limit)", ("fail", *UNDECIDED, *refused)
    return f"{strength.text} (not beyond the limit)", ("fail", "pass", *UNDECIDED, *refused)
