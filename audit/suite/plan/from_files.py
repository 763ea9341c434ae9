"""The plan of an audit of one synthetic table, given as files and without its generator."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from synthaudit.audit.suite.plan.plan import Plan
from synthaudit.audit.suite.plan.plan_file import make_plan
from synthaudit.audit.suite.plan.table import CONTROL


def plan_from_files(
    members: Path,
    holdout: Path,
    synthetic: Path,
    *,
    reference: Path | None = None,
    schema: Path | None = None,
    id: str | None = None,
    claim: dict[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    random_split: bool = False,
    secrets: Sequence[str] = (),
    quasi_identifiers: Sequence[str] = (),
    preset: str = "standard",
    seed: int = 0,
    limit_minutes: float | None = None,
    record: Mapping[str, Any] | None = None,
) -> Plan:
    """Return the plan that audits a synthetic table against its members and a holdout.

    Args:
        members: Table of the patients that the generator was trained on.
        holdout: Table of patients of the same population that it was not trained on.
        synthetic: The synthetic table.
        reference: Table of further real patients, known to the attacker.
        schema: A ``schema.toml``; without it, kinds of columns are inferred.
        id: Column that says whose row it is.
        claim: The differential privacy that the table's maker claims, with the keys of ``ClaimPlan``.
        options: More keys of ``[data]``: what to drop, what is missing, how files are written.
        random_split: Whether patients were assigned to members and holdout at random; audits of a claim rest on it.
        secrets: Columns that attackers of attributes are after; every column where none is given.
        quasi_identifiers: Columns that an attacker can know of a named person.
        preset: ``quick``, ``standard`` or ``thorough``.
        seed: Seed of everything random.
        limit_minutes: Minutes after which a single task is stopped.
        record: The keys of ``[record]``: what the audit is for and who answers for it.

    Raises:
        PlanError: The preset, the seed or the claim is not valid.
    """
    tables = {"members": members, "holdout": holdout, "reference": reference, "schema": schema}
    data: dict[str, Any] = {name: str(path.resolve()) for name, path in tables.items() if path is not None}
    data |= options or {}
    name = CONTROL.sub("?", synthetic.name)
    file: dict[str, Any] = {"path": str(synthetic.resolve()), "title": name}
    raw = {
        "title": f"Privacy audit of {name}",
        "preset": preset,
        "seed": seed,
        "data": data if id is None else {**data, "id": id},
        "synthetic": {"synthetic": file if claim is None else {**file, "claim": claim}},
        "dp_audit": {"random_split": random_split},
        "record": dict(record or {}),
        "secrets": {"columns": list(secrets), "quasi_identifiers": list(quasi_identifiers)},
    }
    return make_plan(raw if limit_minutes is None else {**raw, "limit_minutes": limit_minutes}, where="check")
