"""How much an audit varies where its plan does not say.

Which attacks and metrics belong to a preset is a fact of their classes; here are the sizes and the repeats.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from synthaudit.attacks.attribute import ATTRIBUTE
from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.attacks.reidentification import REIDENTIFICATION
from synthaudit.audit.fidelity import METRICS


@dataclass(frozen=True)
class Preset:
    """Defaults for the tables of a plan."""

    name: str
    sweep: Mapping[str, Any]
    targets: Mapping[str, Any]
    controls: Mapping[str, Any]
    dp_audit: Mapping[str, Any]

    @property
    def attacks(self) -> tuple[str, ...]:
        """Names of the catalogue's attacks of this preset, in the catalogue's order."""
        attacks = {**MEMBERSHIP, **ATTRIBUTE, **REIDENTIFICATION}
        return tuple(name for name, attack in attacks.items() if self.name in attack.presets)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the catalogue's metrics of this preset, in the catalogue's order."""
        return tuple(name for name, metric in METRICS.items() if self.name in metric.presets)

    @property
    def power_attacks(self) -> tuple[str, ...]:
        """Names of the membership attacks whose power planted leaks measure: fast ones that stand for their kind."""
        return tuple(name for name, attack in MEMBERSHIP.items() if self.name in attack.measures_power)


PRESETS: dict[str, Preset] = {
    "quick": Preset(
        name="quick",
        sweep={"releases": 1, "synthetic_rows": ["1x"], "reference_rows": ["1x"], "known_columns": [4, 16]},
        targets={"sampled": 1000},
        controls={},
        dp_audit={"canaries": 400, "unique_code_canaries": 100, "trainings": 0},
    ),
    "standard": Preset(
        name="standard",
        sweep={
            "releases": 3,
            "synthetic_rows": ["0.3x", "1x", "3x"],
            "reference_rows": ["0.1x", "1x"],
            "known_columns": [1, 4, 16, 64],
        },
        targets={},
        controls={},
        dp_audit={"canaries": 1000, "unique_code_canaries": 200, "trainings": 200},
    ),
    "thorough": Preset(
        name="thorough",
        sweep={
            "releases": 5,
            "synthetic_rows": ["0.1x", "0.3x", "1x", "3x", "10x"],
            "reference_rows": ["0.1x", "0.3x", "1x"],
            "known_columns": [1, 2, 4, 8, 16, 32, 64, 128, 256],
        },
        targets={"sampled": 5000},
        controls={"repeats": 34},
        dp_audit={"canaries": 2000, "unique_code_canaries": 500, "trainings": 500},
    ),
}
