"""Can one patient be pointed at? One attack a file, found by name here.

Importing the catalogue costs no torch, scikit-learn or numba: attacks load those when they are tried.
"""

from attacks.reidentification.identity import IdentityDisclosure
from attacks.reidentification.linking import Linking
from attacks.reidentification.replay import UniqueReplay
from attacks.reidentification.singling import SinglingOutByMany, SinglingOutByOne
from audit.protocols import ReidentificationAttack

REIDENTIFICATION: dict[str, type[ReidentificationAttack]] = {
    "singling_one": SinglingOutByOne,
    "singling_many": SinglingOutByMany,
    "replay": UniqueReplay,
    "linking": Linking,
    "identity": IdentityDisclosure,
}
