"""Every sentence of the report stands in ``languages/en.toml``; a translation is one more file, such as ``de.toml``.

A translation holds every key of ``en.toml`` with the same blanks, says how its language writes numbers, and may
hold under ``said`` what a result says in English: titles and questions of attacks, metrics and demands.
"""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import resources
from typing import Any, Final

ENGLISH: Final = "en"
LANGUAGE: ContextVar[str] = ContextVar("language", default=ENGLISH)


def languages() -> tuple[str, ...]:
    """Return the languages that the report can be written in, English first."""
    files = resources.files("synthaudit.reports").joinpath("languages").iterdir()
    found = {file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")}
    return (ENGLISH, *sorted(found - {ENGLISH}))


@contextmanager
def language(name: str) -> Iterator[None]:
    """Say everything in a language while the context lasts.

    Raises:
        ValueError: If nobody has translated the report into it.
    """
    if name not in languages():
        raise ValueError(f"expected a language among {', '.join(languages())}, got '{name}'")
    token = LANGUAGE.set(name)
    try:
        yield
    finally:
        LANGUAGE.reset(token)


@cache
def read(name: str) -> dict[str, Any]:
    """Return the sentences of a language, by topic."""
    file = resources.files("synthaudit.reports").joinpath("languages", f"{name}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def catalogue() -> dict[str, Any]:
    """Return the sentences of the language being spoken, by topic."""
    return read(LANGUAGE.get())


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
        raise KeyError(f"en.toml has no sentence '{key}'")
    return sentence.format_map(fields)


def heard(text: str) -> str:
    """Return what a result says, in the language being spoken where the catalogue knows it; else as it stands."""
    return str(catalogue().get("said", {}).get(text, text))


def written(number: str) -> str:
    """Return a number, written the English way without words, the way of the language being spoken.

    >>> written("-1,234.5")
    '−1,234.5'
    """
    marks = {",": say("format.thousands"), ".": say("format.decimal"), "-": "−"}
    return "".join(marks.get(one, one) for one in number)


def grouped(number: int) -> str:
    """Return a whole number with its thousands set apart.

    >>> grouped(12345)
    '12,345'
    """
    return written(f"{number:,}")


def percent(number: str) -> str:
    """Return a number of hundredths, written the English way, as a percentage."""
    return say("format.percent", number=written(number))


def count(number: int, what: str) -> str:
    """Return a number with its noun.

    >>> count(1, "criterion"), count(1200, "patient")
    ('1 criterion', '1,200 patients')
    """
    one, many = look_up(f"nouns.{what}")
    return f"{grouped(number)} {one if number == 1 else many}"


def listed(items: list[str] | tuple[str, ...]) -> str:
    """Return items as running text.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {say('and')} {items[-1]}"
