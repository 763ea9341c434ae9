"""A pool of records on the device, as numbers that a network reads."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from synthaudit.audit.records import Records
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.encoding.table_encoder import TableEncoder


class EncodedDataset:
    """A pool of records on the device, encoded for K models when a batch is taken."""

    def __init__(self, layout: Layout, pool: Records, encoders: Sequence[TableEncoder], device: str) -> None:
        # A read-only array cannot back a tensor; the pool is only ever read here.
        self._units = torch.tensor(layout.indicators(pool), dtype=torch.uint8, device=device)
        self._reals = torch.tensor(layout.numeric, device=device)
        if len(layout.numeric):
            numbers = layout.numbers(pool)
            self._numbers = torch.tensor(np.nan_to_num(numbers), device=device)
            self._present = torch.tensor(~np.isnan(numbers), device=device)
            stacked = np.stack([np.stack([one.centre, one.spread]) for one in encoders])[:, :, None, :]
            self._scale = torch.tensor(stacked, dtype=torch.float32, device=device)  # (K, 2, 1, r)

    def take(self, rows: Tensor) -> Tensor:
        """Return encoded records, shape ``(K, b)`` to ``(K, b, d)``, float32."""
        flat = rows.reshape(-1)
        x = self._units.index_select(0, flat).to(torch.float32).view(*rows.shape, -1)
        if len(self._reals):
            shape = (*rows.shape, -1)
            numbers = self._numbers.index_select(0, flat).view(shape)
            present = self._present.index_select(0, flat).view(shape)
            x[..., self._reals] = (numbers - self._scale[:, 0]) / self._scale[:, 1] * present
        return x

    def units(self, rows: Tensor) -> Tensor:
        """Return the yes/no units of pool rows, ``(n,)`` to ``(n, d)``, float32."""
        return self._units.index_select(0, rows).to(torch.float32)

    def log_odds(self, members: Tensor, counts: Sequence[int]) -> Tensor:
        """Return log odds of the units among each row of ``members``, smoothed by half a patient, ``(K, 1, d)``."""
        on = torch.stack([self._units[row[:count]].sum(dim=0) for row, count in zip(members, counts, strict=True)])
        total = torch.tensor(counts, device=on.device)[:, None]
        log_odds = torch.log(on + 0.5) - torch.log(total - on + 0.5)
        log_odds[:, self._reals] = 0.0
        return log_odds[:, None]
