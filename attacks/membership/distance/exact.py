"""Membership inference by exact match: the synthetic table holds this very record."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class ExactMatch:
    """How many synthetic rows equal the target in every column.

    The test for outright copying, and the most powerful one against it: a generator that emits training rows with
    probability lambda is caught at no false positive with rate ``1 - (1 - lambda / n) ** m`` wherever fresh records
    do not collide. Threat model: synthetic rows only. Score: the number of identical rows, or 0 and 1 without
    ``counted``. Two missing values are equal.

    Attributes:
        counted: Whether three copies weigh more than one.
    """

    title: ClassVar[str] = "Exact match"
    question: ClassVar[str] = "Does the synthetic table contain training patients' records word for word?"
    source: ClassVar[str] = "Chen et al., GAN-Leaks, CCS 2020 (distance zero)"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})
    threat_model: ClassVar[str] = "The attacker holds the synthetic table and counts the rows that equal each target."
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})
    measures_power: ClassVar[bool] = False

    counted: bool = True

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the number of identical synthetic rows, shape ``(n,)``."""
        del rng  # nothing is drawn
        width = np.result_type(targets.codes, knowledge.synthetic.codes)
        rows, copies = np.unique(_as_bytes(knowledge.synthetic, width), return_counts=True)
        wanted = _as_bytes(targets, width)
        at = np.minimum(np.searchsorted(rows, wanted), max(len(rows) - 1, 0))
        hits = np.where(rows[at] == wanted, copies[at], 0) if len(rows) else np.zeros(len(targets), np.intp)
        scores: np.ndarray = (hits if self.counted else hits > 0).astype(np.float64)
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


def _as_bytes(records: Records, width: np.dtype) -> np.ndarray:
    """Return each row as one opaque value, shape ``(n,)``, so that rows can be sorted and compared whole."""
    rest = records.rest + 0.0  # -0.0 and 0.0 are the same number with different bytes
    rest[np.isnan(rest)] = np.nan
    codes = np.ascontiguousarray(records.codes, dtype=width)
    blocks = [codes.view(np.uint8).reshape(len(records), -1), rest.view(np.uint8).reshape(len(records), -1)]
    joined = np.ascontiguousarray(np.concatenate(blocks, axis=1))
    return joined.view(f"V{joined.shape[1]}")[:, 0]
