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
    mechanism: Mapping[str, Any]
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
        sweep={"releases": 1, "synthetic": ["1x"], "reference": ["1x"], "known": [4, 16]},
        targets={"members": 1000, "holdout": 1000},
        controls={"fractions": [0.01, 0.1], "repeats": 10, "attacks": ["presence", "calibrated"]},
        mechanism={"canaries": 400, "own_columns": 100, "trainings": 0},
        attacks=_QUICK,
        metrics=("dimension_probability", "dimension_prediction"),
    ),
    "standard": Preset(
        sweep={"releases": 3, "synthetic": ["0.3x", "1x", "3x"], "reference": ["0.1x", "1x"], "known": [1, 4, 16, 64]},
        targets={"members": 2000, "holdout": 2000},
        controls={"attacks": _POWER},
        mechanism={"canaries": 1000, "own_columns": 200, "trainings": 200},
        attacks=_STANDARD,
        metrics=_METRICS,
    ),
    "thorough": Preset(
        sweep={
            "releases": 5,
            "synthetic": ["0.1x", "0.3x", "1x", "3x", "10x"],
            "reference": ["0.1x", "0.3x", "1x"],
            "known": [1, 2, 4, 8, 16, 32, 64, 128, 256],
        },
        targets={"members": 5000, "holdout": 5000},
        controls={"repeats": 50, "attacks": _POWER},
        mechanism={"canaries": 2000, "own_columns": 500, "trainings": 500},
        attacks=_THOROUGH,
        metrics=_METRICS,
    ),
}
