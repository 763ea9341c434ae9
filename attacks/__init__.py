"""Attacks. They are given what an attacker would hold, they score, and they never grade themselves."""

from collections.abc import Mapping
from typing import Final

RENAMED_OPTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "presence": {"h": "max_differences"},
    "exact": {"counted": "count_copies"},
    "calibrated": {"cuts": "repeats", "floor": "min_distance"},
    "share": {"cuts": "repeats"},
    "ball": {"quantile": "radius_quantile"},
    "density_product": {"prior": "pseudocount"},
    "density_tree": {"prior": "pseudocount"},
    "classifier": {"rows": "max_rows", "strength": "inverse_penalty"},
    "sampled": {"times": "sample_factor"},
    "lira": {"form": "mode"},
    "lira_synthetic": {"form": "mode"},
    "blend": {"pairs": "max_pairs"},
    "queries": {"pairs": "max_pairs"},
    "inversion": {"starts": "random_starts", "rate": "lr", "prior": "prior_weight"},
    "attribution": {"most": "max_donors"},
    "learned": {"most": "max_secrets", "patterns": "max_patterns", "rows": "max_rows"},
    "singling_one": {"tries": "max_attempts"},
    "singling_many": {"tries": "max_attempts"},
    "replay": {"tries": "max_attempts"},
    "linking": {"tries": "max_attempts"},
    "identity": {
        "common": "common_codes",
        "population": "population_size",
        "verified": "verification_rate",
        "error": "error_rate",
        "share": "learned_share",
        "generalisations": "max_generalisations",
    },
}
"""Names that options of attacks had in the first version of plans, and what they became, by the attack's key."""
