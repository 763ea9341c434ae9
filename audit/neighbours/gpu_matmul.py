"""The same answers by blocked matrix products, for a GPU.

Shared counts are whole numbers, so a product of 0/1 rows is exact in float16 up to 2,048 and in float32 up to
2^24; distances are then taken in float64 by the formulas of the CPU kernels, so both give the same bits.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from synthaudit.audit.neighbours.gower_encoding import column_ranges, gower_values, split_columns
from synthaudit.audit.neighbours.query import Neighbors, Query
from synthaudit.audit.records import Records

PAIRS = 1 << 25
"""Pairs per block: a handful of float64 matrices of 268 MB each on the device."""
TILE = 1 << 16
"""Base rows per block, at most."""


@dataclass(frozen=True)
class Rows:
    """A block of rows on the device.

    Attributes:
        codes: Unary codes, shape ``(n, u)``, in the product's type.
        excess: Counts beyond the base's largest, which no unary code stands for, shape ``(n, 1)``, float64.
        values: Values of the columns outside the product, NaN for missing, shape ``(n, c)``, float64.
        known: Unary codes that the attacker knows, like ``codes``; None for all.
        known_values: Which of ``values`` the attacker knows, shape ``(n, c)``, bool; None for all.
        known_count: Columns that the attacker knows, at least 1, shape ``(n, 1)``, float64.
    """

    codes: Tensor
    excess: Tensor
    values: Tensor
    known: Tensor | None
    known_values: Tensor | None
    known_count: Tensor


@dataclass(frozen=True)
class Loader:
    """How rows of one search become blocks on a device.

    Attributes:
        levels: Unary codes of each code column, shape ``(p,)``.
        kind: Type of the product's factors.
        where: The device.
        gower: Whether columns other than binary ones are compared outside the product.
    """

    levels: np.ndarray
    kind: torch.dtype
    where: torch.device
    gower: bool

    def load(self, table: Records, known: np.ndarray | None) -> Rows:
        """Return a table's rows on the device."""
        binary, columns = split_columns(table)
        codes = table.codes[:, binary] if self.gower else table.codes
        values = gower_values(table, columns) if self.gower else np.empty((len(table), 0))
        at = np.array(table.schema.codes, np.intp)
        at = at[binary] if self.gower else at
        rank = np.concatenate([np.arange(size) for size in self.levels]) if len(self.levels) else np.empty(0)
        unary = np.repeat(codes, self.levels, axis=1) > rank
        over = np.maximum(codes.astype(np.float64) - self.levels, 0)
        mask = known_values = None
        known_count = np.full(len(table), max(len(table.schema), 1), np.float64)
        if known is not None:
            over *= known[:, at]
            mask = self._put(np.repeat(known[:, at], self.levels, axis=1)).to(self.kind)
            known_values = self._put(known[:, [table.schema.position[c.name] for c in columns]]) if self.gower else None
            known_count = np.maximum(known.sum(axis=1), 1).astype(np.float64)
        own = self._put(unary).to(self.kind)
        own = own if mask is None else own * mask
        return Rows(
            own,
            self._put(over.sum(axis=1)[:, None]),
            self._put(values),
            mask,
            known_values,
            self._put(known_count[:, None]),
        )

    def _put(self, block: np.ndarray) -> Tensor:
        return torch.tensor(block, device=self.where)


def search_by_product(query: Query, device: str, found: Neighbors) -> None:
    """Write the nearest rows into ``found``; see ``synthaudit.audit.neighbours.nearest``.

    Raises:
        ValueError: There is no such device, or counts are so large that a product would not be exact.
    """
    base, gower = query.base, query.metric == "gower"
    where = torch.device(device)
    if where.type == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"expected a CUDA device for device '{device}', found none; use device 'cpu'")
    binary, columns = split_columns(base)
    codes = base.codes[:, binary] if gower else base.codes
    levels = np.maximum(codes.max(axis=0, initial=0).astype(np.int64), 1)
    if levels.sum() >= 1 << 20:
        raise ValueError(f"expected counts that sum below 2^20 over the columns on device '{device}'; use 'cpu'")
    ranges = torch.tensor(column_ranges(base, columns, query.ranges) if gower else np.empty(0))
    heaviest = int(codes.sum(axis=1, dtype=np.int64).max(initial=0))
    kind = torch.float16 if where.type == "cuda" and heaviest <= 2048 else torch.float32
    loader = Loader(levels, kind, where, gower)
    step = max(1, PAIRS // min(TILE, len(base)))
    for start in range(0, len(query.targets), step):
        rows = slice(start, min(start + step, len(query.targets)))
        best, index, within = _search_rows(query, loader, rows, ranges, found.distance.shape[1])
        found.distance[rows], found.index[rows] = best.cpu().numpy(), index.cpu().numpy()
        found.within[rows] = within.cpu().numpy()


def _search_rows(query: Query, loader: Loader, rows: slice, ranges: Tensor, k: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return the distances and rows of the k nearest to some targets, and the counts within radii."""
    base, where, size = query.base, loader.where, rows.stop - rows.start
    targets = loader.load(query.targets.take(rows), query.known_to(rows))
    limits = torch.tensor(query.radii, device=where)
    best = torch.full((size, k), torch.inf, dtype=torch.float64, device=where)
    index = torch.full((size, k), len(base), dtype=torch.int64, device=where)
    within = torch.zeros((size, len(limits)), dtype=torch.int64, device=where)
    tile = min(TILE, len(base))
    for begin in range(0, len(base), tile):
        part = base.take(slice(begin, begin + tile))
        near = _distances(targets, loader.load(part, None), ranges, query.metric)
        place = torch.arange(begin, begin + len(part), device=where)
        if query.exclude_same_row:
            near.masked_fill_(torch.arange(rows.start, rows.stop, device=where)[:, None] == place, torch.inf)
        for r in range(len(limits)):
            within[:, r] += ((near <= limits[r]) & (near < torch.inf)).sum(dim=1)
        best, index = _merge(best, index, near, place)
    return best, index, within


def _distances(targets: Rows, base: Rows, ranges: Tensor, metric: str) -> Tensor:
    """Return all distances of a block, shape ``(n, m)``, float64, by the CPU kernels' formulas."""
    g = (targets.codes @ base.codes.T).double()
    a = targets.codes.sum(dim=1, keepdim=True, dtype=torch.float64) + targets.excess
    if targets.known is None:
        b = base.codes.sum(dim=1, dtype=torch.float64)[None, :]
    else:
        b = (targets.known @ base.codes.T).double()
    if metric == "cosine":
        return 1.0 - torch.sqrt(g * g / (a * b).clamp(min=1.0))
    if metric == "jaccard":
        return (a + b - 2 * g) / (a + b - g).clamp(min=1.0)
    near = a + b - 2 * g
    if metric == "hamming":
        return near
    for c in range(len(ranges)):
        x, y = targets.values[:, c, None], base.values[None, :, c]
        apart, width = (x - y).abs(), float(ranges[c])
        # As the CPU kernel: a difference of a whole range counts 1, and so does any difference where the range is 0.
        part = torch.where(apart < width, apart / width, 1.0).masked_fill(apart == 0, 0.0)
        part = torch.where(x.isnan() | y.isnan(), (x.isnan() != y.isnan()).double(), part)
        near = near + (part if targets.known_values is None else part * targets.known_values[:, c, None])
    return near / targets.known_count


def _merge(best: Tensor, index: Tensor, near: Tensor, place: Tensor) -> tuple[Tensor, Tensor]:
    """Return the k nearest of the rows so far and a block, ascending, the lower row first among equals.

    ``topk`` breaks ties as it likes, so it only finds the k-th distance; rows at it are then chosen by number.
    """
    k = best.shape[1]
    values = torch.cat([best, near], dim=1)
    rows = torch.cat([index, place.expand(len(near), -1)], dim=1)
    kth = values.topk(k, dim=1, largest=False).values[:, -1:]
    late = int(place[-1]) + int(index.max()) + 2
    rank = rows + late * (torch.where(values < kth, 0, 1) + torch.where(values > kth, 1, 0))
    at = rank.topk(k, dim=1, largest=False).indices
    values, rows = values.gather(1, at), rows.gather(1, at)
    order = rows.argsort(dim=1)
    values, rows = values.gather(1, order), rows.gather(1, order)
    order = values.argsort(dim=1, stable=True)
    return values.gather(1, order), rows.gather(1, order)
