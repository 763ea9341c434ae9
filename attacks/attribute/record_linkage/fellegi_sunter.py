"""Which columns synthetic rows share with a target: Fellegi and Sunter's model, estimated without labels.

A published row may carry some columns of one patient and all others of somebody else. Agreement on every column then
says little, and the attacker does not know which columns to look at. They can be learned: let each target have, with
probability rho, one synthetic row from which column j was copied with probability pi_j, independently, and agree by
chance otherwise. Expectation maximisation (Winkler, Survey Research Methods Section, ASA 1988) over all pairs finds
pi. The targets' labels never enter, so what is learned favours neither side.

Reference: Fellegi & Sunter, A theory for record linkage, JASA 64, 1969.
"""

import numpy as np

from synthaudit.attacks.attribute.record_linkage.cells import LinkedCells, code_block, value_block
from synthaudit.attacks.attribute.record_linkage.kernels import copied_values
from synthaudit.audit.records import Records

START = 0.3
"""Where every column's probability starts; also the share of targets taken to have a row (it is not estimated)."""

STEPS = 50
RELAXATION = 6.0
"""Each step goes so many times as far, on the logit scale: plain expectation maximisation needs hundreds of steps."""

LEAST = 0.005
SETTLED = 0.01
BLOCK_BYTES = 1 << 25


def copy_probabilities(cells: LinkedCells, synthetic: Records) -> np.ndarray:
    """Return the probability that a target's row in the table shares each column with it, shape ``(p,)``."""
    ones, values = code_block(synthetic, cells.binary), value_block(synthetic, cells.valued)
    probability = np.full(len(cells.binary) + len(cells.valued), START)
    for _ in range(STEPS):
        found = _expected_copies(cells, probability, ones, values)
        moved = _logit(probability) + RELAXATION * (_logit(found) - _logit(probability))
        new = np.clip(1 / (1 + np.exp(-moved)), LEAST, 1 - LEAST)
        change, probability = float(np.abs(new - probability).max(initial=0.0)), new
        if change < SETTLED:
            break
    return probability


def rows_per_block(synthetic_rows: int) -> int:
    """Return how many targets are compared with all synthetic rows at once."""
    return max(1, BLOCK_BYTES // (4 * max(synthetic_rows, 1)))


def _expected_copies(cells: LinkedCells, probability: np.ndarray, ones: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the share of linked rows that share each column, given the last estimate, shape ``(p,)``."""
    codes, rest = probability[cells.binary], probability[cells.valued]
    have, lack = _posterior(codes, cells.rate), _posterior(codes, 1 - cells.rate)
    numeric = np.where(cells.reach > 0, 0.5, 1.0)
    linked, copied = 0.0, np.zeros(len(probability))
    weights, columns = cells.weights(probability), np.ascontiguousarray(values.T)
    step = rows_per_block(len(ones))
    for start in range(0, len(cells), step):
        rows = slice(start, start + step)
        block = cells.take(rows)
        ratio = block.score(weights.take(rows), ones, values)
        top = np.maximum(ratio.max(axis=1, keepdims=True), 0.0)
        likely = np.exp(ratio - top)
        nobody = (1 - START) * len(ones) / START * np.exp(-top)
        likely /= likely.sum(axis=1, keepdims=True) + nobody  # (n, m): whose row is it
        mass, shared = likely.sum(axis=1), likely @ ones
        linked += float(mass.sum())
        both, neither = (block.ones * shared).sum(axis=0), ((1 - block.ones) * (mass[:, None] - shared)).sum(axis=0)
        copied[cells.binary] += both * have + neither * lack
        if len(cells.valued):
            total = np.zeros(len(cells.valued))
            equal = _posterior(rest * numeric, block.equal, rest)
            close = _posterior(rest * (1 - numeric), block.close, rest)
            copied_values(likely, block.values, columns, block.reach, equal, close, total)
            copied[cells.valued] += total
    found: np.ndarray = np.clip(copied / max(linked, 1e-12), LEAST, 1 - LEAST)
    return found


def _posterior(copied: np.ndarray, chance: np.ndarray, probability: np.ndarray | None = None) -> np.ndarray:
    """Return the probability that an agreeing cell was copied, by its chance of agreeing otherwise."""
    apart = 1 - (copied if probability is None else probability)
    share: np.ndarray = copied / (copied + apart * chance)
    return share


def _logit(share: np.ndarray) -> np.ndarray:
    log_odds: np.ndarray = np.log(share / (1 - share))
    return log_odds
