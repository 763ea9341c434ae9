"""The leaks that are planted: rows made of members, in blocks of patients of which repeats draw some."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from synthaudit.audit.records import Records

KEPT = 0.8
"""Share of a member's cells in a row that replays cells."""

TRIES = 8
"""Synthetic rows looked through for another value, so that a near copy differs from its original."""

Maker = Callable[[Records, Records, np.random.Generator], Records]
"""Makes leaking rows of members' rows and as many synthetic ones."""


@dataclass(frozen=True)
class Ladder:
    """How many members are leaked.

    Attributes:
        share: Share of the members in a block; at least one of them.
        blocks: How many blocks of members, drawn at random, are made.
        steps: Blocks planted at each strength, in ascending order.
    """

    share: float
    blocks: int
    steps: tuple[int, ...]

    def size(self, members: int) -> int:
        """Return the members in a block, rounded down so that all blocks find members."""
        return max(1, int(self.share * members + 1e-9))

    def strengths(self, members: int) -> tuple[int, ...]:
        """Return the members planted at each strength, as far as there are enough.

        >>> Ladder(0.05, 20, (1, 2, 6)).strengths(2000)
        (100, 200, 600)
        >>> Ladder(0.1, 10, (1, 10)).strengths(149)
        (14, 140)
        """
        size, most = self.size(members), min(self.blocks, members // self.size(members))
        return tuple(size * step for step in self.steps if step <= most)

    def orders(self, number: int, seeds: Sequence[int]) -> Iterator[np.ndarray]:
        """Yield, for each repeat, in which order the blocks are planted."""
        for seed in seeds:
            yield np.random.default_rng([seed, 2]).permutation(number)


def leaking_blocks(
    kind: str, members: Records, synthetic: Records, ladder: Ladder, rng: np.random.Generator
) -> list[Records]:
    """Return blocks of rows, each of which leaks as many members, all rows of a member in one block.

    Seeded alike, all attacks meet the same leaks.
    """
    patients, owner = np.unique(members.patients, return_inverse=True)
    size = ladder.size(len(patients))
    block = np.full(len(patients), -1)
    drawn = rng.permutation(len(patients))
    for number in range(min(ladder.blocks, len(patients) // size)):
        block[drawn[number * size : (number + 1) * size]] = number
    made = []
    for number in range(int(block.max(initial=-1)) + 1):
        rows = members.take(np.flatnonzero(block[owner] == number))
        hosts = synthetic.take(rng.integers(len(synthetic), size=len(rows)))
        made.append(MAKERS[kind](rows, hosts, rng))
    return made


def with_cells_of(members: Records, hosts: Records, mask: np.ndarray) -> Records:
    """Return synthetic rows with some cells of members, ``mask`` of shape ``(n, p)``; ids are the synthetic rows'."""
    blocks = []
    for real, made, positions in (
        (members.codes, hosts.codes, members.schema.codes),
        (members.rest, hosts.rest, members.schema.rest),
    ):
        dtype = np.result_type(real.dtype, made.dtype)
        blocks.append(np.where(mask[:, list(positions)], real, made).astype(dtype))
    return Records(members.schema, blocks[0], blocks[1], hosts.patients.copy())


def _verbatim(members: Records, hosts: Records, rng: np.random.Generator) -> Records:
    """Return the members' rows, word for word."""
    del rng
    return with_cells_of(members, hosts, np.ones((len(members), len(members.schema)), dtype=bool))


def _cells(members: Records, hosts: Records, rng: np.random.Generator) -> Records:
    """Return synthetic rows in which four cells of five are one member's."""
    return with_cells_of(members, hosts, rng.random((len(members), len(members.schema))) < KEPT)


def _near(members: Records, hosts: Records, rng: np.random.Generator) -> Records:
    """Return members' rows with one cell of each changed to another value of its column."""
    n, p = len(members), len(members.schema)
    changed = rng.integers(p, size=n)
    codes, rest = members.codes.copy(), members.rest.copy()
    donors = [hosts.take(rng.permutation(n)) for _ in range(TRIES)]
    for place, position in enumerate(members.schema.codes):
        rows = np.flatnonzero(changed == position)
        if members.schema.columns[position].kind == "binary":
            codes[rows, place] = codes[rows, place] == 0
        elif len(rows):
            codes[rows, place] = _other(codes[rows, place], [donor.codes[rows, place] for donor in donors])
    for place, position in enumerate(members.schema.rest):
        rows = np.flatnonzero(changed == position)
        rest[rows, place] = _other(rest[rows, place], [donor.rest[rows, place] for donor in donors])
    return Records(members.schema, codes, rest, hosts.patients.copy())


def _other(values: np.ndarray, candidates: Sequence[np.ndarray]) -> np.ndarray:
    """Return the first candidate of each cell that is another value; the cell's own where there is none."""
    found = values.copy()
    for candidate in reversed(candidates):
        other = (candidate != values) & ~(np.isnan(candidate) & np.isnan(values))
        found = np.where(other, candidate, found)
    return found


MAKERS: dict[str, Maker] = {"verbatim": _verbatim, "near": _near, "cells": _cells}
"""Kinds of leaks that need nothing but rows: ``verbatim``, ``near`` and ``cells``."""
