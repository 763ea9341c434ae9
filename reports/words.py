"""Every sentence of the report stands in ``words.toml``; a translation is one more such file."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def catalogue() -> dict[str, Any]:
    """Return the sentences, by topic."""
    return tomllib.loads(resources.files("reports").joinpath("words.toml").read_text(encoding="utf-8"))


def look_up(key: str) -> Any:
    """Return what stands under a dotted key, or None."""
    found: Any = catalogue()
    for part in key.split("."):
        if not isinstance(found, dict) or part not in found:
            return None
        found = found[part]
    return found


def say(key: str, **fields: object) -> str:
    """Return the sentence under ``key`` with its blanks filled.

    Only the sentence is read as a template; what is filled in may hold braces or markup and stays as it is.

    Raises:
        KeyError: If the catalogue has no such sentence.
    """
    sentence = look_up(key)
    if not isinstance(sentence, str):
        raise KeyError(f"words.toml has no sentence '{key}'")
    return sentence.format_map(fields)


def count(number: int, what: str) -> str:
    """Return a number with its noun.

    >>> count(1, "criterion"), count(1200, "patient")
    ('1 criterion', '1,200 patients')
    """
    one, many = look_up(f"nouns.{what}")
    return f"{number:,} {one if number == 1 else many}"


def listed(items: list[str] | tuple[str, ...]) -> str:
    """Return items as running text.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {say('and')} {items[-1]}"
