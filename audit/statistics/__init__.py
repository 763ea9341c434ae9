"""The judge: arrays of scores in, an ``Estimate`` or ``NotMeasured`` out. Knows no attack and no model.

Higher score = more likely a member, everywhere. Ties count one half.

    roc            AUC, its differences, TPR at a low FPR, curve, precision, relative F1, advantage
    intervals      rates, clustered rates, means over releases, differences, bootstrap
    epsilon        lower bounds on epsilon from independent trainings
    one_run        lower bounds on epsilon from canaries of one training
    selected       the same with the best of several attacks, and the p-value of a claim
    multiplicity   many attacks, one error rate
    power          what an audit of this size can see
"""

import importlib
from types import ModuleType

from synthaudit.audit.statistics.estimate import Estimate, Measurement, NotMeasured

__all__ = [
    "Estimate",
    "Measurement",
    "NotMeasured",
    "epsilon",
    "intervals",
    "multiplicity",
    "one_run",
    "power",
    "roc",
    "best_attack_bound",
]


def __getattr__(name: str) -> ModuleType:
    # Reading a stored result needs Estimate alone; scipy is loaded by whoever computes.
    if name in __all__:
        return importlib.import_module(f"synthaudit.audit.statistics.{name}")
    raise AttributeError(f"module 'synthaudit.audit.statistics' has no attribute '{name}'")
