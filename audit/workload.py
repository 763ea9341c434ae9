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

    @property
    def comparison_seconds(self) -> float:
        """Seconds of a membership attack: every pair of rows is compared, and every cell is read once."""
        return self.pair_seconds + 2e-8 * self.columns * (self.targets + self.synthetic)

    @property
    def inference_seconds(self) -> float:
        """Seconds of an attribute attack: every pair is compared on the known columns, and every cell is guessed."""
        return 3 * self.pair_seconds * (1 + self.known / 8) + 3e-8 * self.targets * self.columns

    @property
    def search_seconds(self) -> float:
        """Seconds of a re-identification attack: the synthetic table is searched for every attempt."""
        return self.pair_seconds + 2e-7 * self.columns * self.synthetic
