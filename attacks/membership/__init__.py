"""Was this patient in the training data? One attack per file, found by key here.

Importing the catalogue costs no torch, scikit-learn or numba: attacks load those when they score.
"""

from synthaudit.attacks.membership.density.clique_ratio import CliqueRatio
from synthaudit.attacks.membership.density.density_ratio_classifier import DensityRatioClassifier
from synthaudit.attacks.membership.density.domias_kde import DomiasKDE
from synthaudit.attacks.membership.density.domias_product import DomiasProduct
from synthaudit.attacks.membership.density.domias_tree import DomiasTree
from synthaudit.attacks.membership.density.gen_lra import GenLRA
from synthaudit.attacks.membership.density.tracing import Tracing
from synthaudit.attacks.membership.distance.calibrated import CalibratedDistance
from synthaudit.attacks.membership.distance.cosine import CosineThreshold
from synthaudit.attacks.membership.distance.dpi import DPI
from synthaudit.attacks.membership.distance.exact import ExactMatch
from synthaudit.attacks.membership.distance.fresh_samples import FreshSamples
from synthaudit.attacks.membership.distance.local_distance import LocalDistance
from synthaudit.attacks.membership.distance.mc_ball import MonteCarloBall
from synthaudit.attacks.membership.distance.nearest import DCR, MeanDCR
from synthaudit.attacks.membership.distance.nndr import NNDR
from synthaudit.attacks.membership.distance.presence import PresenceDisclosure
from synthaudit.attacks.membership.shadow.lira import LiRA, SyntheticLiRA
from synthaudit.attacks.membership.shadow.query_counts import QueryCounts
from synthaudit.attacks.membership.shadow.rmia import RMIA
from synthaudit.attacks.membership.shadow.set_classifier import SetClassifier
from synthaudit.attacks.membership.shadow.shadow_ensemble import ShadowEnsemble
from synthaudit.attacks.membership.values.rare_cells import RareCellAgreement
from synthaudit.attacks.membership.values.value_reuse import ValueReuse
from synthaudit.attacks.membership.white_box.inversion import Inversion
from synthaudit.attacks.membership.white_box.network_scores import (
    CriticScore,
    ELBOScore,
    FreeEnergyScore,
    ReconstructionScore,
)
from synthaudit.audit.protocols import MembershipAttack

MEMBERSHIP: dict[str, type[MembershipAttack]] = {
    "nearest": DCR,
    "nearest_mean": MeanDCR,
    "presence": PresenceDisclosure,
    "exact": ExactMatch,
    "calibrated": CalibratedDistance,
    "local_distance": LocalDistance,
    "nndr": NNDR,
    "cosine": CosineThreshold,
    "mc_ball": MonteCarloBall,
    "dpi": DPI,
    "domias_kde": DomiasKDE,
    "domias_product": DomiasProduct,
    "domias_tree": DomiasTree,
    "cliques": CliqueRatio,
    "tracing": Tracing,
    "rare_cells": RareCellAgreement,
    "value_reuse": ValueReuse,
    "gen_lra": GenLRA,
    "classifier": DensityRatioClassifier,
    "fresh_samples": FreshSamples,
    "lira": LiRA,
    "lira_synthetic": SyntheticLiRA,
    "rmia": RMIA,
    "shadow_ensemble": ShadowEnsemble,
    "queries": QueryCounts,
    "set_classifier": SetClassifier,
    "critic": CriticScore,
    "reconstruction": ReconstructionScore,
    "elbo": ELBOScore,
    "inversion": Inversion,
    "free_energy": FreeEnergyScore,
}
