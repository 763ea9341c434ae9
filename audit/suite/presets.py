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
    attacks: tuple[str, ...]
    metrics: tuple[str, ...]


_ATTACKS = ("nearest", "presence", "calibrated", "donors")
_METRICS = ("dimension_probability", "dimension_prediction")

PRESETS: dict[str, Preset] = {
    "quick": Preset(
        sweep={"releases": 1, "synthetic": ["1x"], "reference": ["1x"], "known": [4, 16]},
        targets={"members": 1000, "holdout": 1000},
        controls={"fractions": [0.01, 0.1], "repeats": 10},
        attacks=_ATTACKS,
        metrics=("dimension_probability",),
    ),
    "standard": Preset(
        sweep={"releases": 3, "synthetic": ["0.3x", "1x", "3x"], "reference": ["0.1x", "1x"], "known": [1, 4, 16, 64]},
        targets={"members": 2000, "holdout": 2000},
        controls={},
        attacks=_ATTACKS,
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
        controls={"repeats": 50},
        attacks=_ATTACKS,
        metrics=_METRICS,
    ),
}
