"""What else can be learned about a patient of whom something is known? One attack a file, found by name here."""

from attacks.attribute.attribution import CorrectAttribution
from attacks.attribute.donors import Donors
from attacks.attribute.learned import LearnedSecrets
from attacks.attribute.linear import LinearSecrets
from audit.protocols import AttributeAttack

ATTRIBUTE: dict[str, type[AttributeAttack]] = {
    "donors": Donors,
    "attribution": CorrectAttribution,
    "learned": LearnedSecrets,
    "linear": LinearSecrets,
}
