"""What else can be learned about a patient of whom something is known? One attack per file, found by key here."""

from synthaudit.attacks.attribute.cap import CAP
from synthaudit.attacks.attribute.linear_reconstruction import LinearReconstruction
from synthaudit.attacks.attribute.ml_inference import MLInference
from synthaudit.attacks.attribute.nearest_donors import NearestDonors
from synthaudit.audit.protocols import AttributeAttack

ATTRIBUTE: dict[str, type[AttributeAttack]] = {
    "donors": NearestDonors,
    "cap": CAP,
    "learned": MLInference,
    "linear": LinearReconstruction,
}
