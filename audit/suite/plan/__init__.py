"""What to audit, how, and how hard to look: a plan, checked before anything runs. Imports no torch."""

from synthaudit.audit.suite.plan.controls import ControlPlan
from synthaudit.audit.suite.plan.data import DataPlan, FilePlan, SplitPlan
from synthaudit.audit.suite.plan.dp_audit import ClaimPlan, DPAuditPlan
from synthaudit.audit.suite.plan.from_files import plan_from_files
from synthaudit.audit.suite.plan.options import ComponentPlan, build_component, construct, options_of
from synthaudit.audit.suite.plan.plan import Plan
from synthaudit.audit.suite.plan.plan_file import make_plan, read_plan
from synthaudit.audit.suite.plan.presets import PRESETS, Preset
from synthaudit.audit.suite.plan.record import RecordPlan, read_record
from synthaudit.audit.suite.plan.sweep import SecretPlan, SweepPlan, TargetPlan
from synthaudit.audit.suite.plan.table import RowCount, rows_of

__all__ = [
    "PRESETS",
    "ClaimPlan",
    "ComponentPlan",
    "ControlPlan",
    "DPAuditPlan",
    "DataPlan",
    "FilePlan",
    "Plan",
    "Preset",
    "RecordPlan",
    "RowCount",
    "SecretPlan",
    "SplitPlan",
    "SweepPlan",
    "TargetPlan",
    "build_component",
    "construct",
    "make_plan",
    "options_of",
    "plan_from_files",
    "read_plan",
    "read_record",
    "rows_of",
]
