"""Can one patient be pointed at? One attack a file, found by name here.

Importing the catalogue costs no torch, scikit-learn or numba: attacks load those when they are tried.
"""

from synthaudit.attacks.reidentification.identity import IdentityDisclosure
from synthaudit.attacks.reidentification.linking import Linking
from synthaudit.attacks.reidentification.replay import UniqueReplay
from synthaudit.attacks.reidentification.singling import SinglingOutByMany, SinglingOutByOne
from synthaudit.audit.protocols import ReidentificationAttack

REIDENTIFICATION: dict[str, type[ReidentificationAttack]] = {
    "singling_one": SinglingOutByOne,
    "singling_many": SinglingOutByMany,
    "replay": UniqueReplay,
    "linking": Linking,
    "identity": IdentityDisclosure,
}
