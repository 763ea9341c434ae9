"""How near is the synthetic table to the real one? One metric a file; the dict is the catalogue."""

from audit.fidelity.adversarial_accuracy import AdversarialAccuracy
from audit.fidelity.clinical_rules import ClinicalRules
from audit.fidelity.cooccurrence import Cooccurrence
from audit.fidelity.coverage import Coverage
from audit.fidelity.dimension_prediction import DimensionPrediction
from audit.fidelity.dimension_probability import DimensionProbability
from audit.fidelity.discriminator import Discriminator
from audit.fidelity.importance_overlap import ImportanceOverlap
from audit.fidelity.latent_clusters import LatentClusters
from audit.fidelity.marginals import Marginals
from audit.fidelity.outcome_prediction import OutcomePrediction
from audit.fidelity.rare_codes import RareCodes
from audit.fidelity.record_length import RecordLength
from audit.protocols import Metric

METRICS: dict[str, type[Metric]] = {
    "dimension_probability": DimensionProbability,
    "dimension_prediction": DimensionPrediction,
    "marginals": Marginals,
    "cooccurrence": Cooccurrence,
    "record_length": RecordLength,
    "rare_codes": RareCodes,
    "coverage": Coverage,
    "adversarial_accuracy": AdversarialAccuracy,
    "discriminator": Discriminator,
    "clinical_rules": ClinicalRules,
    "latent_clusters": LatentClusters,
    "outcomes": OutcomePrediction,
    "importance_overlap": ImportanceOverlap,
}
"""Every metric by name; a metric's options are its fields."""

__all__ = ["METRICS"]
