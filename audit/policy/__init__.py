"""From a result and a policy to verdicts with reasons; reads ``result.json`` and TOML, and nothing else.

Thresholds are policy, not science: each carries its source, and none of them makes an audit valid.
"""

from synthaudit.audit.policy.baseline import Change, Comparison, compare, p_value
from synthaudit.audit.policy.baseline_findings import judge_rise
from synthaudit.audit.policy.criteria import SHIPPED, Criterion, Policy, make_policy, read_policy
from synthaudit.audit.policy.judge import exit_code, judge, verdict

__all__ = [
    "SHIPPED",
    "Change",
    "Comparison",
    "Criterion",
    "Policy",
    "compare",
    "exit_code",
    "judge",
    "judge_rise",
    "make_policy",
    "p_value",
    "read_policy",
    "verdict",
]
