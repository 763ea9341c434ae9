"""Numbers of two audits compared: before, after, the rise, and the verdict of a test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from synthaudit.audit.suite.result import ThreatModel
from synthaudit.reports.blocks.content import Verdict

BADGES: Final[dict[str, Verdict]] = {"rose": "fail", "fell": "pass", "not told apart": "inconclusive"}


@dataclass(frozen=True)
class ComparedNumber:
    """One number before and after, and the outcome of a test.

    Attributes:
        rise: After minus before, signed so that more is riskier.
        low: Lower end of the interval of the rise.
        high: Upper end.
        verdict: ``rose``, ``fell`` or ``not told apart``.
    """

    system: str
    method: str
    statistic: str
    slice: str
    knowledge: ThreatModel | None
    before: float
    after: float
    rise: float
    low: float
    high: float
    verdict: str

    @classmethod
    def of(cls, change: Mapping[str, Any]) -> "ComparedNumber":
        """Read one entry of the comparison's ``changes``.

        Raises:
            ValueError: If a field is missing or the verdict is unknown.
        """
        missing = [name for name in cls.__dataclass_fields__ if name not in change]
        if missing or change["verdict"] not in BADGES:
            raise ValueError(f"expected a change with a verdict among {', '.join(BADGES)}, got {sorted(change)}")
        knows = change["knowledge"]
        fields = {name: change[name] for name in cls.__dataclass_fields__}
        if isinstance(knows, Mapping):
            fields["knowledge"] = ThreatModel.model_validate(knows)
        return cls(**fields)


def by_rise(numbers: Sequence[ComparedNumber]) -> list[ComparedNumber]:
    """Return those that rose first, then those that fell, the largest first."""
    return sorted(numbers, key=lambda one: (list(BADGES).index(one.verdict), -abs(one.rise)))
