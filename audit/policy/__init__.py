"""From a result and a policy to verdicts with reasons; reads ``result.json`` and TOML, and nothing else.

Thresholds are policy, not science: each carries its source, and none of them makes an audit valid.
"""

from audit.policy.criteria import SHIPPED, Criterion, Policy, make_policy, read_policy
from audit.policy.judge import exit_code, judge, verdict

__all__ = ["SHIPPED", "Criterion", "Policy", "exit_code", "judge", "make_policy", "read_policy", "verdict"]
