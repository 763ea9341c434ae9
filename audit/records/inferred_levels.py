"""Levels of a column that nobody declared: few texts, or codes of digits, that name nobody and look like no other."""

from collections.abc import Sequence

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.identifiers import text_key
from synthaudit.audit.records.levels import join_levels, look_alike
from synthaudit.audit.records.mixed_cells import DECLARE, refuse_free_text, refuse_several_values

MOST_LEVELS = 100
"""More distinct texts than this are not taken for levels unless a schema declares them."""
KEY_CURE = (
    "Name it with --id if it says whose row it is, or leave it out with --drop; declare it in a schema if it is a "
    "measurement."
)


def infer_levels(
    name: str,
    texts: Sequence[str],
    counts: np.ndarray,
    file: str,
    warnings: list[InputError],
    *,
    coded: bool,
    zeros: int,
) -> tuple[str, ...]:
    """Return the levels of distinct texts, or raise where they are a key, free text, or too many.

    Args:
        name: The column's name.
        texts: Its distinct texts.
        counts: Rows that hold each.
        file: Named in errors.
        warnings: Gets how they may have been misread.
        coded: Whether they are numbers that the name says are codes.
        zeros: How many have zeros before digits.
    """
    rows = int(counts.sum())
    reason = None if coded else text_key(name, texts, rows)
    if reason is not None:
        raise InputError(f"looks like an identifier ({reason})", file=file, column=name, cure=KEY_CURE)
    if not coded:
        refuse_free_text(name, texts, rows, file)
        refuse_several_values(name, texts, rows, file)
    levels, joined = join_levels(texts, counts)
    if len(levels) > MOST_LEVELS or (rows >= 20 and len(levels) > rows / 2):
        digits = "numbers that its name says are codes" if coded else "codes with leading zeros"
        what = digits if coded or zeros > len(texts) / 2 else "free text or an identifier"
        shorten = "Shorten the codes, such as to their first digits." if coded or zeros else ""
        raise InputError(
            f"looks like {what} ({len(levels)} distinct texts in {rows} rows)",
            file=file,
            column=name,
            cure=f"{shorten} Name it as id if it says whose row it is. {DECLARE}".strip(),
        )
    if coded:
        problem, cure = (
            "numbers that its name says are codes, read as levels",
            "continuous if they are a measurement.",
        )
        warnings.append(InputError(problem, file=file, column=name, cure=f"Declare them in a schema as {cure}"))
    elif joined:
        warnings.append(
            InputError(
                f"levels that differ in capitals or blanks alone are read as one ({joined} of them)",
                file=file,
                column=name,
                cure="Declare the levels in a schema to keep them apart.",
            )
        )
    alike = 0 if coded else look_alike(levels)
    if alike:
        problem = f"levels that look like another one are read as different ({alike} of them)"
        cure = "Write them alike if they mean one thing: other alphabets, encodings or HTML are among them."
        warnings.append(InputError(problem, file=file, column=name, cure=cure))
    return levels
