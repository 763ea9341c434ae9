"""One audit for all planted tables that share their sides: what concerns real patients only is computed once."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from synthaudit.audit.errors import InputError
from synthaudit.audit.policy import Policy, judge, overall_verdict
from synthaudit.audit.records.frame import write_table
from synthaudit.audit.records.schema import Schema
from synthaudit.audit.records.schema_file import write_schema
from synthaudit.audit.selftest.known_table import KnownTable
from synthaudit.audit.selftest.population import as_records, fitting_schema
from synthaudit.audit.suite.execution.run import run
from synthaudit.audit.suite.execution.schedule import ExecutionOptions, OnProgress
from synthaudit.audit.suite.plan import Plan
from synthaudit.audit.suite.plan.plan_file import make_plan
from synthaudit.audit.suite.result import Finding

PlantedVerdict = Literal["pass", "fail", "inconclusive", "not measured", "invalid", "bad input"]


@dataclass(frozen=True)
class AuditedCase:
    """What an audit said of a planted table.

    Attributes:
        verdict: The overall verdict, or ``bad input`` where the audit refused the tables.
        findings: One per criterion; none where it refused them.
        reason: Why it refused them.
        seconds: Wall time of its audit, shared evenly among the tables of one audit.
    """

    verdict: PlantedVerdict
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    seconds: float = 0.0

    def criteria(self, verdict: str) -> tuple[str, ...]:
        """Return the ids of the criteria with a verdict."""
        return tuple(finding.id for finding in self.findings if finding.verdict == verdict)


@dataclass(frozen=True)
class AuditSettings:
    """How planted tables are audited.

    Attributes:
        preset: ``quick``, ``standard`` or ``thorough``.
        seed: Seed of everything random.
        policy: What judges the results.
        options: Where tasks run.
        on_progress: Called after each task.
    """

    preset: str
    seed: int
    policy: Policy
    options: ExecutionOptions
    on_progress: OnProgress | None = None


def audit_planted(tables: Mapping[str, KnownTable], folder: Path, settings: AuditSettings) -> dict[str, AuditedCase]:
    """Audit planted tables in as few audits as their sides and schemas allow, and judge each."""
    groups: dict[tuple[int, str], dict[str, KnownTable]] = {}
    for name, table in tables.items():
        schema = fitting_schema(table.people.schema, [table.rows])
        groups.setdefault((id(table.people), schema.fingerprint()), {})[name] = table
    audited: dict[str, AuditedCase] = {}
    for number, group in enumerate(groups.values(), start=1):
        audited |= _audit_group(group, folder / f"audit-{number}", settings)
    return {name: audited[name] for name in tables}


def _audit_group(group: Mapping[str, KnownTable], folder: Path, settings: AuditSettings) -> dict[str, AuditedCase]:
    """Audit tables with the same sides together; one by one where the audit of all refuses one of them."""
    clock = time.perf_counter()
    plan = _write_plan(group, folder, settings)
    try:
        result = run(plan, folder, base=folder, options=settings.options, on_progress=settings.on_progress)
    except InputError as error:
        if len(group) == 1:
            return {name: AuditedCase("bad input", reason=error.problem) for name in group}
        alone = [_audit_group({name: group[name]}, folder / name, settings) for name in group]
        return {name: audited for one in alone for name, audited in one.items()}
    seconds = (time.perf_counter() - clock) / len(group)
    findings = judge(result, settings.policy)
    audited = {}
    for name in group:
        own = tuple(finding for finding in findings if finding.system == name)
        audited[name] = AuditedCase(overall_verdict(own), own, seconds=seconds)
    return audited


def _write_plan(group: Mapping[str, KnownTable], folder: Path, settings: AuditSettings) -> Plan:
    """Write sides, planted tables and schema where only the owner can read them; return the plan that audits them."""
    first = next(iter(group.values()))
    people, schema = first.people, fitting_schema(first.people.schema, [first.rows])
    tables = folder / "restricted" / "tables"
    tables.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    tables.parent.chmod(0o700)
    tables.mkdir(exist_ok=True, mode=0o700)
    for side in ("members", "holdout", "reference"):
        write_table(as_records(schema, getattr(people, side)), tables / f"{side}.csv")
    synthetic = {}
    for name, table in group.items():
        records = as_records(schema, table.rows)
        if table.order is not None:
            records = records.select(schema.names[at] for at in table.order)
        write_table(records, tables / f"{name}.csv")
        synthetic[name] = {"path": str((tables / f"{name}.csv").resolve()), "title": name}
    _write_schema(schema, first.undeclared, tables / "schema.toml")
    data = {side: str((tables / f"{side}.csv").resolve()) for side in ("members", "holdout", "reference")}
    raw = {
        "title": "Self-test on planted tables",
        "preset": settings.preset,
        "seed": settings.seed,
        "data": {**data, "schema": str((tables / "schema.toml").resolve())},
        "synthetic": synthetic,
        "metrics": {},
    }
    return make_plan(raw, where="selftest")


def _write_schema(schema: Schema, undeclared: tuple[str, ...], path: Path) -> None:
    """Write the schema; columns that a user would not have declared are left to the data."""
    write_schema(schema.select(name for name in schema.names if name not in undeclared), path)
    if undeclared:
        path.write_text(path.read_text(encoding="utf-8") + '\n[default]\nkind = "inferred"\n', encoding="utf-8")
    path.chmod(0o600)
