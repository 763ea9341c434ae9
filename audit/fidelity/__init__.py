"""Fidelity: how near a synthetic table is to the real one. One metric per file; the dict is the catalogue."""

from synthaudit.audit.fidelity.metrics.adversarial_accuracy import AdversarialAccuracy
from synthaudit.audit.fidelity.metrics.clinical_rules import ClinicalRules
from synthaudit.audit.fidelity.metrics.closest_record import ClosestRecord
from synthaudit.audit.fidelity.metrics.column_distributions import ColumnDistributions
from synthaudit.audit.fidelity.metrics.cooccurrence import Cooccurrence
from synthaudit.audit.fidelity.metrics.correlation_map import CorrelationMap
from synthaudit.audit.fidelity.metrics.coverage import Coverage
from synthaudit.audit.fidelity.metrics.dimension_prediction import DimensionPrediction
from synthaudit.audit.fidelity.metrics.dimension_probability import DimensionProbability
from synthaudit.audit.fidelity.metrics.discriminator import Discriminator
from synthaudit.audit.fidelity.metrics.importance_overlap import ImportanceOverlap
from synthaudit.audit.fidelity.metrics.latent_clusters import LatentClusters
from synthaudit.audit.fidelity.metrics.marginals import Marginals
from synthaudit.audit.fidelity.metrics.outcome_prediction import OutcomePrediction
from synthaudit.audit.fidelity.metrics.projection import Projection
from synthaudit.audit.fidelity.metrics.rare_codes import RareCodes
from synthaudit.audit.fidelity.metrics.record_length import RecordLength
from synthaudit.audit.protocols import Metric

METRICS: dict[str, type[Metric]] = {
    "dimension_probability": DimensionProbability,
    "dimension_prediction": DimensionPrediction,
    "cooccurrence": Cooccurrence,
    "record_length": RecordLength,
    "rare_codes": RareCodes,
    "marginals": Marginals,
    "coverage": Coverage,
    "adversarial_accuracy": AdversarialAccuracy,
    "discriminator": Discriminator,
    "column_distributions": ColumnDistributions,
    "correlation_map": CorrelationMap,
    "projection": Projection,
    "closest_record": ClosestRecord,
    "clinical_rules": ClinicalRules,
    "latent_clusters": LatentClusters,
    "outcomes": OutcomePrediction,
    "importance_overlap": ImportanceOverlap,
}
"""Every metric by name, in the order of plans and reports; a metric's options are its fields."""

__all__ = ["METRICS"]
