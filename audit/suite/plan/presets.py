"""How much an audit varies where its plan does not say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Preset:
    """Defaults for the tables of a plan."""

    sweep: Mapping[str, Any]
    targets: Mapping[str, Any]
    controls: Mapping[str, Any]
    dp_audit: Mapping[str, Any]
    attacks: tuple[str, ...]
    metrics: tuple[str, ...]


_QUICK = ("nearest", "presence", "calibrated", "density_product", "tracing", "donors", "replay")
_STANDARD = (
    *("nearest", "presence", "calibrated", "ratio", "share", "density", "density_product", "tracing", "classifier"),
    *("donors", "singling_one", "replay", "linking", "identity"),
)
_THOROUGH = (
    *("nearest", "nearest_mean", "presence", "exact", "calibrated", "ratio", "cosine", "ball", "share"),
    *("density", "density_product", "density_tree", "tracing", "influence", "classifier"),
    *("sampled", "lira", "rmia", "blend", "critic", "reconstruction", "bound", "inversion", "free_energy"),
    *("donors", "attribution", "learned", "linear"),
    *("singling_one", "singling_many", "replay", "linking", "identity"),
)
_METRICS = (
    *("dimension_probability", "dimension_prediction", "cooccurrence", "record_length", "rare_codes", "marginals"),
    *("coverage", "adversarial_accuracy", "discriminator"),
)
_POWER = ["presence", "nearest", "calibrated", "density_product"]
"""Attacks whose power is measured: the fast ones, which stand for their kind."""

PRESETS: dict[str, Preset] = {
    "quick": Preset(
        sweep={"releases": 1, "synthetic_rows": ["1x"], "reference_rows": ["1x"], "known_columns": [4, 16]},
        targets={"members": 1000, "holdout": 1000},
        controls={"planted_fractions": [0.01, 0.1], "repeats": 10, "attacks": ["presence", "calibrated"]},
        dp_audit={"canaries": 400, "unique_code_canaries": 100, "trainings": 0},
        attacks=_QUICK,
        metrics=("dimension_probability", "dimension_prediction"),
    ),
    "standard": Preset(
        sweep={
            "releases": 3,
            "synthetic_rows": ["0.3x", "1x", "3x"],
            "reference_rows": ["0.1x", "1x"],
            "known_columns": [1, 4, 16, 64],
        },
        targets={"members": 2000, "holdout": 2000},
        controls={"attacks": _POWER},
        dp_audit={"canaries": 1000, "unique_code_canaries": 200, "trainings": 200},
        attacks=_STANDARD,
        metrics=_METRICS,
    ),
    "thorough": Preset(
        sweep={
            "releases": 5,
            "synthetic_rows": ["0.1x", "0.3x", "1x", "3x", "10x"],
            "reference_rows": ["0.1x", "0.3x", "1x"],
            "known_columns": [1, 2, 4, 8, 16, 32, 64, 128, 256],
        },
        targets={"members": 5000, "holdout": 5000},
        controls={"repeats": 50, "attacks": _POWER},
        dp_audit={"canaries": 2000, "unique_code_canaries": 500, "trainings": 500},
        attacks=_THOROUGH,
        metrics=_METRICS,
    ),
}
