"""A number never travels without its interval, and a missing one never without its reason."""

import math
from dataclasses import dataclass

from synthaudit.audit.errors import check_fraction


@dataclass(frozen=True)
class Estimate:
    """A number, the interval it lies in, and the confidence of that interval.

    Attributes:
        value: The point estimate.
        low: Lower end of the interval.
        high: Upper end of the interval; infinity where the sample sets no upper limit.
        confidence: Two-sided confidence, in (0, 1).
        trials: How many independent units (patients, canaries, releases) the number rests on.
        method: The procedure behind the interval, in a few words.
        p_value: Probability of a value at least this far on the risky side if there were no leak, where a
            test exists.
        ceiling: Largest value that a sample of this size could have shown, where that is finite and known.
        statistic: The standardised test statistic (z) behind ``p_value``, where there is one.
    """

    value: float
    low: float
    high: float
    confidence: float
    trials: int
    method: str = ""
    p_value: float | None = None
    ceiling: float | None = None
    statistic: float | None = None

    def __post_init__(self) -> None:
        check_fraction(confidence=self.confidence)
        if math.isnan(self.value) or not self.low <= self.value <= self.high:
            raise ValueError(f"expected low <= value <= high, got {self.low}, {self.value}, {self.high}")

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class NotMeasured:
    """No statement is possible, and why; never 0 and never NaN."""

    reason: str

    def __str__(self) -> str:
        return f"not measured: {self.reason}"


Measurement = Estimate | NotMeasured
