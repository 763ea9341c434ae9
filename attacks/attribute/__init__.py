"""What else can be learned about a patient of whom something is known? One attack a file, found by name here."""

from attacks.attribute.donors import Donors
from audit.protocols import AttributeAttack

ATTRIBUTE: dict[str, type[AttributeAttack]] = {
    "donors": Donors,
}
