"""Was this patient in the training data? One attack a file, found by name here.

Importing the catalogue costs no torch, scikit-learn or numba: attacks load those when they score.
"""

from synthaudit.attacks.membership.density.classifier import ClassifierRatio
from synthaudit.attacks.membership.density.domias import KernelRatio, ProductRatio, TreeRatio
from synthaudit.attacks.membership.density.gen_lra import GenLRA
from synthaudit.attacks.membership.density.tracing import Tracing
from synthaudit.attacks.membership.distance.calibrated import CalibratedDistance
from synthaudit.attacks.membership.distance.cosine import CosineThreshold
from synthaudit.attacks.membership.distance.dpi import NeighbourShare
from synthaudit.attacks.membership.distance.exact import ExactMatch
from synthaudit.attacks.membership.distance.mc_ball import MonteCarloBall
from synthaudit.attacks.membership.distance.nearest import NearestMean, NearestRecord
from synthaudit.attacks.membership.distance.nndr import DistanceRatio
from synthaudit.attacks.membership.distance.presence import PresenceDisclosure
from synthaudit.attacks.membership.shadow.lira import LiRA, SyntheticLiRA
from synthaudit.attacks.membership.shadow.queries import QueryCounts
from synthaudit.attacks.membership.shadow.rmia import RMIA
from synthaudit.attacks.membership.shadow.sets import SetClassifier
from synthaudit.attacks.membership.shadow.shadow_ensemble import ShadowBlend
from synthaudit.attacks.membership.white_box.fresh_samples import FreshSamples
from synthaudit.attacks.membership.white_box.inversion import Inversion
from synthaudit.attacks.membership.white_box.network_scores import (
    CriticScore,
    EvidenceBound,
    FreeEnergy,
    Reconstruction,
)
from synthaudit.audit.protocols import MembershipAttack

MEMBERSHIP: dict[str, type[MembershipAttack]] = {
    "nearest": NearestRecord,
    "nearest_mean": NearestMean,
    "presence": PresenceDisclosure,
    "exact": ExactMatch,
    "calibrated": CalibratedDistance,
    "ratio": DistanceRatio,
    "cosine": CosineThreshold,
    "ball": MonteCarloBall,
    "share": NeighbourShare,
    "density": KernelRatio,
    "density_product": ProductRatio,
    "density_tree": TreeRatio,
    "tracing": Tracing,
    "influence": GenLRA,
    "classifier": ClassifierRatio,
    "sampled": FreshSamples,
    "lira": LiRA,
    "lira_synthetic": SyntheticLiRA,
    "rmia": RMIA,
    "blend": ShadowBlend,
    "queries": QueryCounts,
    "set_classifier": SetClassifier,
    "critic": CriticScore,
    "reconstruction": Reconstruction,
    "bound": EvidenceBound,
    "inversion": Inversion,
    "free_energy": FreeEnergy,
}
