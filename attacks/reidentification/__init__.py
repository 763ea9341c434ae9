"""Can one patient be pointed at? One attack per file, found by key here.

Importing the catalogue costs no torch, scikit-learn or numba: attacks load those when they run.
"""

from synthaudit.attacks.reidentification.identity_disclosure import IdentityDisclosure
from synthaudit.attacks.reidentification.linkability import Linkability
from synthaudit.attacks.reidentification.singling_out import SinglingOutMultivariate, SinglingOutUnivariate
from synthaudit.attacks.reidentification.unique_replay import UniqueReplay
from synthaudit.audit.protocols import ReidentificationAttack

REIDENTIFICATION: dict[str, type[ReidentificationAttack]] = {
    "singling_one": SinglingOutUnivariate,
    "singling_many": SinglingOutMultivariate,
    "replay": UniqueReplay,
    "linking": Linkability,
    "identity": IdentityDisclosure,
}
