"""Was this patient in the training data? One attack a file, found by name here.

Importing the catalogue costs no torch, scikit-learn or numba: attacks load those when they score.
"""

from attacks.membership.ball import MonteCarloBall
from attacks.membership.blend import ShadowBlend
from attacks.membership.calibrated import CalibratedDistance
from attacks.membership.classifier import ClassifierRatio
from attacks.membership.cosine import CosineThreshold
from attacks.membership.density import KernelRatio, ProductRatio, TreeRatio
from attacks.membership.exact import ExactMatch
from attacks.membership.influence import GenLRA
from attacks.membership.inversion import Inversion
from attacks.membership.lira import LiRA, SyntheticLiRA
from attacks.membership.nearest import NearestMean, NearestRecord
from attacks.membership.presence import PresenceDisclosure
from attacks.membership.queries import QueryCounts
from attacks.membership.ratio import DistanceRatio
from attacks.membership.rmia import RMIA
from attacks.membership.sampled import FreshSamples
from attacks.membership.sets import SetClassifier
from attacks.membership.share import NeighbourShare
from attacks.membership.tracing import Tracing
from attacks.membership.weights import CriticScore, EvidenceBound, FreeEnergy, Reconstruction
from audit.protocols import MembershipAttack

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
    "tracing": Tracing,
    "density": KernelRatio,
    "density_product": ProductRatio,
    "density_tree": TreeRatio,
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
    "free_energy": FreeEnergy,
    "inversion": Inversion,
}
