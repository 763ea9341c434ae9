"""What the attacker of attributes knows of each target, what it has wrong, and what it is after."""

import numpy as np

from synthaudit.audit.records import Records


def rarest_codes(real: Records, count: int, *, least: int) -> tuple[str, ...]:
    """Return the names of the ``count`` rarest codes that at least ``least`` rows have."""
    carriers = (real.codes > 0).sum(axis=0)
    order = [at for at in np.argsort(carriers, kind="stable") if carriers[at] >= least]
    return tuple(real.schema.names[real.schema.codes[at]] for at in order[:count])


def secret_columns(real: Records, names: tuple[str, ...]) -> np.ndarray:
    """Return which columns are secret, shape ``(p,)``, bool. Raises ``InputError`` for a name that is no column."""
    secret = np.zeros(len(real.schema), dtype=bool)
    secret[[real.schema.position[real.schema[name].name] for name in names]] = True
    return secret


def known_mask(
    targets: Records, real: Records, columns: str, known: int, secret: np.ndarray, *, rng: np.random.Generator
) -> np.ndarray:
    """Return which cells the attacker knows, shape ``(n, p)``, bool; never a secret one.

    Args:
        targets: Rows of the targets.
        real: Real rows of both sides, which say how frequent a code is.
        columns: ``random``, other columns for each target; ``frequent`` codes; ``demographics``, the columns that
            are no codes; ``all but the secret``.
        known: How many, where the kind of columns leaves that open.
        secret: Which columns are secret, shape ``(p,)``, bool.
        rng: Draws random columns.
    """
    schema, mask = targets.schema, np.zeros((len(targets), len(targets.schema)), dtype=bool)
    if columns == "random":
        rank = rng.random(mask.shape, dtype=np.float32)
        rank[:, secret] = 2.0
        count = min(known, int((~secret).sum()))
        if count:
            chosen = rank.argpartition(count - 1, axis=1)[:, :count]
            np.put_along_axis(mask, chosen, True, axis=1)
        return mask
    if columns == "frequent":
        order = np.argsort(-(real.codes > 0).sum(axis=0), kind="stable")
        open_to_all = [schema.codes[at] for at in order if not secret[schema.codes[at]]]
        mask[:, open_to_all[:known]] = True
    elif columns == "demographics":
        mask[:, list(schema.rest)] = True
    else:
        mask[:] = True
    mask[:, secret] = False
    return mask


def mask_targets(targets: Records, known: np.ndarray, *, error_rate: float, rng: np.random.Generator) -> Records:
    """Return the targets as the attacker sees them: unknown codes read 0, other unknown cells are missing.

    A share ``error_rate`` of the known cells is redrawn from its column among the targets, members and holdout alike.
    """
    schema = targets.schema
    blocks = []
    for block, at, unknown in ((targets.codes, schema.codes, 0), (targets.rest, schema.rest, np.nan)):
        values, seen = block, known[:, list(at)]
        if error_rate:
            wrong = rng.random(block.shape, dtype=np.float32) < error_rate
            other = block[rng.integers(len(block), size=block.shape), np.arange(block.shape[1])]
            values = np.where(wrong, other, block)
        blocks.append(np.where(seen, values, unknown).astype(block.dtype))
    return Records(schema, blocks[0], blocks[1], targets.patients)
