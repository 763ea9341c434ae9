"""A plan says what to audit, how, and how hard to look."""

import hashlib
import json
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Literal

from pydantic import Field

from synthaudit.audit.suite.plan.controls import ControlPlan
from synthaudit.audit.suite.plan.data import DataPlan, FilePlan, SplitPlan
from synthaudit.audit.suite.plan.dp_audit import DPAuditPlan
from synthaudit.audit.suite.plan.options import ComponentPlan
from synthaudit.audit.suite.plan.record import RecordPlan
from synthaudit.audit.suite.plan.sweep import SecretPlan, SweepPlan, TargetPlan
from synthaudit.audit.suite.plan.table import Name, PlanTable, Title


class Plan(PlanTable):
    """Everything an audit is made of. A table left out takes the preset's values.

    Attributes:
        title: What the report is called.
        preset: ``quick``, ``standard`` or ``thorough``: how much is varied where the plan does not say.
        seed: Seed from which every other seed derives.
        small_count: Numbers that rest on fewer patients than this are not shown; at least 5.
        data: The real patients.
        split: Sizes of the sides, ignored where they are given as files; and how a missing reference is made up.
        max_minutes: Minutes that the audit may take by its own estimate; None sets no limit. What is dropped is listed.
        limit_minutes: Minutes after which a single task is stopped and named as not computed; None sets no limit.
        targets: Patients whom attacks target.
        secrets: Secret columns of attribute attacks; every unknown cell where left out.
        sweep: What is varied.
        generators: Systems under test, by a name of the user's choice.
        synthetic: Synthetic tables made elsewhere, by a name of the user's choice.
        attacks: Attacks, by name; the preset's where left out.
        metrics: Fidelity metrics, by name; the preset's where left out.
        controls: Controls of the audit itself.
        dp_audit: How claims of differential privacy are audited.
        record: What the audit is for and who answers for it, as the decision record shows it.
    """

    title: Title = "Privacy audit of synthetic health data"
    preset: Literal["quick", "standard", "thorough"] = "standard"
    seed: int = Field(default=0, ge=0)
    small_count: int = Field(default=10, ge=5)
    max_minutes: float | None = Field(default=None, gt=0)
    limit_minutes: float | None = Field(default=None, gt=0)
    data: DataPlan
    split: SplitPlan = SplitPlan()
    targets: TargetPlan = TargetPlan()
    secrets: SecretPlan = SecretPlan()
    sweep: SweepPlan = SweepPlan()
    generators: dict[Name, ComponentPlan] = Field(default_factory=dict)
    synthetic: dict[Name, FilePlan] = Field(default_factory=dict)
    attacks: dict[Name, ComponentPlan] = Field(default_factory=dict)
    metrics: dict[Name, ComponentPlan] = Field(default_factory=dict)
    controls: ControlPlan = ControlPlan()
    dp_audit: DPAuditPlan = DPAuditPlan()
    record: RecordPlan = RecordPlan()

    @property
    def reference_given(self) -> bool:
        """Whether the reference is the user's, and not a part of the holdout that was set aside."""
        return self.data.reference is not None or (self.data.members is None and self.split.reference != 0)

    def canonical(self) -> dict[str, Any]:
        """Return the plan as plain values, with whole paths, for workers."""
        return self.model_dump(mode="json", by_alias=True)

    def published(self) -> dict[str, Any]:
        """Return the plan as plain values for the result: files by name, since a folder can identify a person."""
        plain: dict[str, Any] = _without_folders(self.canonical())
        return plain

    def sha256(self) -> str:
        """Return a SHA-256 of what the published plan measures, in hexadecimal: neither time limit nor record does."""
        measured = {name: value for name, value in self.published().items() if name not in ("limit_minutes", "record")}
        return hashlib.sha256(json.dumps(measured, sort_keys=True).encode()).hexdigest()


def _without_folders(value: Any) -> Any:
    """Return plain values in which every absolute path or address is its last part."""
    if isinstance(value, dict):
        return {key: _without_folders(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_folders(inner) for inner in value]
    if isinstance(value, str):
        scheme, mark, rest = value.partition("://")
        if mark:  # of a database: host, user and folder are nobody's business
            return f"{scheme}://{PurePosixPath(rest).name}"
        for kind in (PurePosixPath, PureWindowsPath):
            if kind(value).is_absolute():
                return kind(value).name
    return value
