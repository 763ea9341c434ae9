"""What else can be learned about a patient of whom something is known? One attack a file, found by name here."""

from synthaudit.attacks.attribute.cap import CorrectAttribution
from synthaudit.attacks.attribute.donors import NearestDonors
from synthaudit.attacks.attribute.linear_reconstruction import LinearReconstruction
from synthaudit.attacks.attribute.ml_inference import MLInference
from synthaudit.audit.protocols import AttributeAttack

ATTRIBUTE: dict[str, type[AttributeAttack]] = {
    "donors": NearestDonors,
    "attribution": CorrectAttribution,
    "learned": MLInference,
    "linear": LinearReconstruction,
}
