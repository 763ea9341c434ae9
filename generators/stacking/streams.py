"""Random numbers keyed by a model's seed and a step, so that a model never notices which others train beside it.

Counter-based: the i-th number of a step is a hash of (key, step, i), computed for all models at once on the device.
The hash is SplitMix64's finaliser (Steele, Lea & Flood, 2014), the same bits on every device and thread count.
"""

from collections.abc import Sequence

import numpy as np
import torch
from scipy.special import ndtri
from torch import Tensor

_GOLDEN, _FIRST, _SECOND = -7046029254386353131, -4658895280553007687, -7723592293110705685  # as signed 64-bit


def generators(seeds: Sequence[int], purpose: str) -> list[np.random.Generator]:
    """Return one numpy generator per model, for what is drawn once: first weights."""
    return [np.random.default_rng([seed, *purpose.encode()]) for seed in seeds]


class CounterRng:
    """One endless source of bits per model.

    Args:
        seeds: One per model.
        purpose: What the numbers are for; other purposes give unrelated numbers.
        device: Where they are computed.
    """

    def __init__(self, seeds: Sequence[int], purpose: str, device: str) -> None:
        keys = [rng.integers(-(2**63), 2**63, dtype=np.int64) for rng in generators(seeds, purpose)]
        self._keys = torch.tensor(keys, dtype=torch.int64, device=device)[:, None]  # (K, 1)
        # Quantiles of the normal at 65,536 equal steps: noise of 16 bits costs one look-up per number.
        table = ndtri((np.arange(2**16) + 0.5) / 2**16).astype(np.float32)
        self._table = torch.from_numpy(np.roll(table, -(2**15))).to(device)  # entry i & 0xffff for a signed 16-bit i

    def bits(self, step: int, count: int) -> Tensor:
        """Return 64-bit integers, shape ``(K, count)``; below 2**32 of them per step."""
        counter = torch.arange(step << 32, (step << 32) + count, dtype=torch.int64, device=self._keys.device)
        mixed = self._keys + counter * _GOLDEN
        mixed = (mixed ^ _shifted(mixed, 30)) * _FIRST
        mixed = (mixed ^ _shifted(mixed, 27)) * _SECOND
        return mixed ^ _shifted(mixed, 31)

    def normal(self, step: int, rows: int, columns: int) -> Tensor:
        """Return standard normal numbers, shape ``(K, rows, columns)``."""
        count = rows * columns
        words = self.bits(step, -(-count // 4)).view(torch.int16)[:, :count]
        index = words.to(torch.int32).bitwise_and_(0xFFFF)
        return self._table.index_select(0, index.reshape(-1)).view(len(self._keys), rows, columns)

    def uniform(self, step: int, rows: int, columns: int) -> Tensor:
        """Return numbers in [0, 1), shape ``(K, rows, columns)``, in steps of 2**-24."""
        count = rows * columns
        words = self.bits(step, -(-count // 2)).view(torch.int32)[:, :count]
        return (words.bitwise_and(0xFFFFFF).to(torch.float32) * 2.0**-24).view(len(self._keys), rows, columns)


def _shifted(bits: Tensor, by: int) -> Tensor:
    """Shift right without dragging the sign along."""
    return (bits >> by) & ((1 << (64 - by)) - 1)


class ShuffledBatches:
    """Rows of each model's members in endless shuffled passes: every record once per pass, then a new order.

    The rest of a pass that fills no batch is left out; the next order leaves out others.

    Args:
        members: Pool rows of each model's members, shape ``(K, longest)``, padded at the end.
        counts: How many of them are real, one per model.
        size: Batch size; at most the smallest count.
        seeds: One per model.
        purpose: Names the stream.
    """

    def __init__(self, members: Tensor, counts: Sequence[int], size: int, seeds: Sequence[int], purpose: str) -> None:
        if not 0 < size <= min(counts) or len({count // size for count in counts}) != 1:
            raise ValueError(f"expected models with equally many batches of {size}, got members {tuple(counts)}")
        self._members, self.size = members, size
        self.per_pass = counts[0] // size
        self._stream = CounterRng(seeds, purpose, str(members.device))
        real = (
            torch.arange(members.shape[1], device=members.device) < torch.tensor(counts, device=members.device)[:, None]
        )
        self._padding = None if bool(real.all()) else ~real
        self._taken = 0
        self._order = members

    def take(self) -> Tensor:
        """Return the pool rows of the next batch, shape ``(K, b)``."""
        done, within = divmod(self._taken, self.per_pass)
        if within == 0:
            keys = self._stream.bits(done, self._members.shape[1])
            if self._padding is not None:
                keys = keys.masked_fill(self._padding, torch.iinfo(torch.int64).max)
            self._order = self._members.gather(1, keys.argsort(dim=1, stable=True))
        self._taken += 1
        return self._order[:, within * self.size : (within + 1) * self.size]


class PoissonBatches:
    """Rows of each model's members, each in a step's batch by its own coin, as the accountants assume.

    A batch holds the rows that joined, padded to the longest with rows that have weight 0; an empty one is all padding.
    The coin of member i depends on seed, step and i alone, so other members do not move it.

    Args:
        members: Pool rows of each model's members, shape ``(K, longest)``, padded at the end.
        counts: How many of them are real, one per model.
        rate: Chance of each; a multiple of 2**-24, so that it is met exactly.
        seeds: One per model.
        purpose: Names the stream.
    """

    def __init__(self, members: Tensor, counts: Sequence[int], rate: float, seeds: Sequence[int], purpose: str) -> None:
        self._members, self._rate, self.taken = members, rate, 0
        self._stream = CounterRng(seeds, purpose, str(members.device))
        places = torch.arange(members.shape[1], device=members.device)
        self._real = places < torch.tensor(counts, device=members.device)[:, None]

    def take(self) -> tuple[Tensor, Tensor]:
        """Return pool rows and their weights, 1 or 0, both ``(K, b)`` with b at least 1."""
        coins = self._stream.uniform(self.taken, 1, self._members.shape[1])[:, 0]
        self.taken += 1
        chosen = (coins < self._rate) & self._real
        model, row = chosen.nonzero(as_tuple=True)
        place = chosen.cumsum(dim=1)[model, row] - 1
        shape = (len(chosen), max(1, int(chosen.sum(dim=1).max())))
        rows, weight = self._members.new_zeros(shape), torch.zeros(shape, device=chosen.device)
        rows[model, place] = self._members[model, row]
        weight[model, place] = 1.0
        return rows, weight
