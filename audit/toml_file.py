"""TOML of somebody else's: read within bounds, so that no file costs minutes or ends the process."""

import re
import tomllib
from typing import Any

MOST_CHARACTERS = 2**24
MOST_PARTS = 32
"""Parts of the longest dotted key; the reader's time grows with their square."""
MOST_DIGITS = 400
MOST_DEPTH = 64
"""Tables and lists within each other."""

_LONG_NUMBER = re.compile(rf"\d[\d_]{{{MOST_DIGITS},}}")
_LONG_KEY = re.compile(rf"(?:[\w-]{{1,200}}[ \t]*\.[ \t]*){{{MOST_PARTS},}}")


def parse_toml(text: str) -> dict[str, Any]:
    """Return what a TOML text holds.

    Raises:
        ValueError: It is no TOML, too large, or nested too deeply; the message says so and is for people.
    """
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"expected at most {MOST_CHARACTERS // 2**20} MiB of TOML, found more")
    if _LONG_NUMBER.search(text):
        raise ValueError(f"expected numbers of at most {MOST_DIGITS} digits, found a longer one")
    if _LONG_KEY.search(text):
        raise ValueError("expected TOML, found it nested too deeply")
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"expected TOML: {error}") from None
    except RecursionError:
        raise ValueError("expected TOML, found it nested too deeply") from None
    _require_shallow(found, MOST_DEPTH)
    return found


def _require_shallow(value: Any, depth: int) -> None:
    if depth == 0:
        raise ValueError("expected TOML, found it nested too deeply")
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _require_shallow(inner, depth - 1)
