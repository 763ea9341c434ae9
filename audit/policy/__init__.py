"""Findings of a policy on a result: verdicts with reasons, from ``result.json`` and TOML alone.

Thresholds are policy, not science: each carries its source, and none of them makes an audit valid.
"""

from synthaudit.audit.policy.baseline import RiskChange, increase_p_value
from synthaudit.audit.policy.baseline_findings import judge_against_baseline
from synthaudit.audit.policy.comparison import Comparison, Direction, compare_results
from synthaudit.audit.policy.criteria import SHIPPED, Criterion, Policy, make_policy, read_policy
from synthaudit.audit.policy.judge import exit_code, judge, overall_state, overall_verdict
from synthaudit.audit.policy.published import publishable_findings, told_changes, with_findings
from synthaudit.audit.policy.wording import unnoticed

__all__ = [
    "SHIPPED",
    "Comparison",
    "Criterion",
    "Direction",
    "Policy",
    "RiskChange",
    "compare_results",
    "exit_code",
    "increase_p_value",
    "judge",
    "judge_against_baseline",
    "make_policy",
    "overall_state",
    "overall_verdict",
    "publishable_findings",
    "read_policy",
    "told_changes",
    "unnoticed",
    "with_findings",
]
