"""The report's sentences in one language: every one stands in ``languages/en.toml``.

A translation is one more file, such as ``de.toml``. It holds every key of ``en.toml`` with the same blanks and says how
its language writes numbers. Under ``said`` it may translate what a result says in English: titles and questions of
attacks and metrics, titles of criteria.
"""

import tomllib
from collections.abc import Iterator, Sequence
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
    """Write in a language while the context lasts.

    Raises:
        ValueError: If there is no translation into it.
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
    """Return the sentences of the current language, by topic."""
    return read(LANGUAGE.get())


def look_up(key: str) -> Any:
    """Return what stands under a dotted key, or None."""
    found: Any = catalogue()
    for part in key.split("."):
        if not isinstance(found, dict) or part not in found:
            return None
        found = found[part]
    return found


def t(key: str, **fields: object) -> str:
    """Return the sentence under a dotted key with its blanks filled.

    Only the sentence is read as a template: what is filled in may hold braces or markup and stays as it is.

    Raises:
        KeyError: If the catalogue has no such sentence.
    """
    sentence = look_up(key)
    if not isinstance(sentence, str):
        raise KeyError(f"en.toml has no sentence '{key}'")
    return sentence.format_map(fields)


def translate(text: str) -> str:
    """Return an English text of a result in the current language; as it stands where there is no translation."""
    return str(catalogue().get("said", {}).get(text, text))


def localize_number(number: str) -> str:
    """Return a number, formatted the English way, with the separators and the minus sign of the current language.

    >>> localize_number("-1,234.5")
    '−1,234.5'
    """
    marks = {",": t("format.thousands"), ".": t("format.decimal"), "-": "−"}
    return "".join(marks.get(one, one) for one in number)


def format_integer(number: int) -> str:
    """Return a whole number with thousands separators.

    >>> format_integer(12345)
    '12,345'
    """
    return localize_number(f"{number:,}")


def format_percent(number: str) -> str:
    """Return a number of hundredths, formatted the English way, as a percentage."""
    return t("format.percent", number=localize_number(number))


def pluralize(number: int, noun: str) -> str:
    """Return a number with its noun, a key of ``nouns``.

    >>> pluralize(1, "criterion"), pluralize(1200, "patient")
    ('1 criterion', '1,200 patients')
    """
    one, many = look_up(f"nouns.{noun}")
    return f"{format_integer(number)} {one if number == 1 else many}"


def join_list(items: Sequence[str]) -> str:
    """Return items as running text.

    >>> join_list(["a", "b", "c"])
    'a, b and c'
    """
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {t('and')} {items[-1]}"


def capitalize(text: str) -> str:
    """Return a text with a capital letter at its start; the rest stays as it is."""
    return text[:1].upper() + text[1:]
