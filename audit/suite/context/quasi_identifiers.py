"""Columns that an attacker can know of a named person: those declared, or a stated default."""

import re

import numpy as np

from synthaudit.audit.records import Records

MOST_FREQUENT = 16
"""Where no column is named like a quasi-identifier, so many of the most frequent codes stand for them."""

NAMED = re.compile(
    r"(^|[^a-z])(age|sex|gender|race|ethnic\w*|zip\w*|postal\w*|postcode|birth\w*|dob|country|county|state|region|"
    r"marital\w*|religion|language|insurance|admission\w*|admit\w*|discharge\w*|date)([^a-z]|$)"
)
"""What such a column is called: its parts, in lower case."""


def quasi_identifiers(real: Records, declared: tuple[str, ...], public: tuple[str, ...] = ()) -> np.ndarray:
    """Return which columns are quasi-identifiers, shape ``(p,)``, bool; raises ``InputError`` for an unknown name.

    Public columns are, besides those that are declared or taken by default.

    >>> bool(NAMED.search("patient_age")), bool(NAMED.search("dosage"))
    (True, False)
    """
    schema = real.schema
    chosen = np.zeros(len(schema), dtype=bool)
    names = declared or tuple(column.name for column in schema.columns if NAMED.search(column.original_name.lower()))
    if not names and schema.codes:
        carriers = (real.codes > 0).sum(axis=0)
        most = np.argsort(-carriers, kind="stable")[: min(MOST_FREQUENT, len(schema) - 1)]
        names = tuple(schema.names[schema.codes[at]] for at in most)
    chosen[[schema.position[schema[name].name] for name in (*names, *public)]] = True
    return chosen
