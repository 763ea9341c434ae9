"""Numbers as a result holds them: an estimate with its interval, or the reason why there is none."""

import math
from typing import Annotated, Any, Literal

from pydantic import Field

from synthaudit.audit.statistics import Estimate, Measurement, NotMeasured
from synthaudit.audit.suite.result.model import StrictModel


class Estimated(StrictModel):
    """A number with its interval; the fields are those of ``synthaudit.audit.statistics.Estimate``.

    ``high`` is null where the sample sets no upper limit, since JSON has no infinity.
    """

    kind: Literal["estimate"] = "estimate"
    value: float
    low: float
    high: float | None
    confidence: float
    trials: int
    method: str = ""
    p_value: float | None = None
    ceiling: float | None = None


class Unmeasured(StrictModel):
    """No number, and why."""

    kind: Literal["not measured"] = "not measured"
    reason: str


Number = Annotated[Estimated | Unmeasured, Field(discriminator="kind")]


def number_of(measurement: Measurement) -> Estimated | Unmeasured:
    """Return a measurement as it is written to the result."""
    if isinstance(measurement, NotMeasured):
        return Unmeasured(reason=measurement.reason)
    fields: dict[str, Any] = {
        "value": float(measurement.value),
        "low": float(measurement.low),
        "high": float(measurement.high) if math.isfinite(measurement.high) else None,
        "confidence": float(measurement.confidence),
        "trials": int(measurement.trials),
        "method": measurement.method,
        "p_value": None if measurement.p_value is None else float(measurement.p_value),
        "ceiling": None if measurement.ceiling is None else float(measurement.ceiling),
    }
    return Estimated(**fields)


def measurement_of(number: Estimated | Unmeasured) -> Measurement:
    """Return a written number as a measurement again."""
    if isinstance(number, Unmeasured):
        return NotMeasured(number.reason)
    fields = number.model_dump(exclude={"kind"})
    return Estimate(**{**fields, "high": math.inf if number.high is None else number.high})
