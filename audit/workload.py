"""The sizes that the cost of one computation depends on, and the rates that turn them into seconds."""

from dataclasses import dataclass

PAIRS_PER_SECOND = 2e9
"""Row pairs that the neighbour kernel compares per second and core on diagnosis codes (benchmarks/nearest.py)."""


@dataclass(frozen=True)
class Workload:
    """How much one attack, metric or training has to look at.

    Attributes:
        targets: Records put before the attacker, members and holdout together.
        members: Records that the generator is trained on.
        synthetic: Rows of the synthetic table.
        reference: Reference records that the attacker holds.
        columns: Columns of the table.
        known: Columns that an attacker of attributes knows of each target.
    """

    targets: int = 0
    members: int = 0
    synthetic: int = 0
    reference: int = 0
    columns: int = 0
    known: int = 0

    @property
    def pair_seconds(self) -> float:
        """Seconds in which every target is compared with every synthetic and every reference row."""
        return self.targets * (self.synthetic + self.reference) / PAIRS_PER_SECOND
