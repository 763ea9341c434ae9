"""How near is the synthetic table to the real one? One metric a file; the dict is the catalogue."""

from audit.fidelity.dimension_prediction import DimensionPrediction
from audit.fidelity.dimension_probability import DimensionProbability
from audit.protocols import Metric

METRICS: dict[str, type[Metric]] = {
    "dimension_probability": DimensionProbability,
    "dimension_prediction": DimensionPrediction,
}
"""Every metric by name; a metric's options are its fields."""

__all__ = ["METRICS"]
