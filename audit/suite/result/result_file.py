"""From ``result.json`` to a checked result, and back: what is published, and beside it what is exact."""

import contextlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from synthaudit.audit.errors import ResultError
from synthaudit.audit.files import read_file, write_atomically
from synthaudit.audit.suite.result.consistency import contradictions
from synthaudit.audit.suite.result.result import FORMAT, VERSION, Result
from synthaudit.audit.suite.result.small_counts import without_small_counts
from synthaudit.audit.suite.result.upgrade import upgrade_v1

RESULT, EXACT = "result.json", "restricted/result.json"

MOST_BYTES = 2**30
"""Bytes of the largest result that is read."""


MOST_DIGITS = 400
"""Digits of the longest number that is read."""


def parse_json(text: str) -> Any:
    """Return the value of a JSON text in which every number is finite and every key stands once.

    What two readers would understand differently is refused: one might show a page, and the other judge.

    Raises:
        ValueError: A number is not finite or too long, or a key is given twice; the text is no JSON.
        RecursionError: It is nested too deeply.
    """
    return json.loads(text, object_pairs_hook=_once, parse_constant=_finite, parse_float=_finite, parse_int=_whole)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("expected every key once in its object, found one twice")
    return found


def _finite(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise ValueError("expected finite numbers, found one that is not")
    return number


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"expected numbers of at most {MOST_DIGITS} digits, found a longer one")
    return int(digits)


def write_result(result: Result, folder: Path) -> None:
    """Write ``result.json`` without numbers of few patients, and the exact result into ``restricted/``."""
    (folder / EXACT).parent.mkdir(mode=0o700, exist_ok=True)
    write_atomically(folder / EXACT, result.to_json().encode(), mode=0o600)
    write_atomically(folder / RESULT, without_small_counts(result).to_json().encode())


def read_result(path: Path) -> Result:
    """Read a result file of this version or the one before, or the one in a run folder.

    Where the exact result that was published as this one still lies beside it, that one is returned.

    Raises:
        ResultError: If there is none, it is not a result, or its version is not known.
    """
    file = path / RESULT if path.is_dir() else path
    published = _read(file)
    exact_file = file.parent / EXACT
    if file.name == RESULT and exact_file.is_file():
        with contextlib.suppress(ResultError):
            exact = _read(exact_file)
            if without_small_counts(exact) == published:
                return exact
    return published


def _read(file: Path) -> Result:
    try:
        text = read_file(file, most=MOST_BYTES).decode("utf-8")
    except OSError as error:
        raise ResultError(f"{file.name}: expected a result file, could not open it ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ResultError(f"{file.name}: expected a result file, found no text") from None
    try:
        raw = parse_json(text)
    except RecursionError:
        raise ResultError(f"{file.name}: expected a result of synthaudit, found JSON nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ResultError(f"{file.name}: expected JSON, found something else at line {error.lineno}") from None
    except ValueError as error:
        raise ResultError(f"{file.name}: {error}") from None
    if not isinstance(raw, Mapping) or raw.get("format") != FORMAT:
        raise ResultError(f"{file.name}: expected a result of synthaudit, found another kind of file")
    version = raw.get("version")
    if version == 1:
        try:
            text = json.dumps(upgrade_v1(raw))
        except (KeyError, TypeError, AttributeError):
            raise ResultError(f"{file.name}: expected a result of version 1, found one that is damaged") from None
    elif version != VERSION:
        raise ResultError(
            f"{file.name}: expected result version 1 or {VERSION}, found {version}. Read it with the synthaudit that "
            "wrote it"
        )
    try:
        result = Result.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "extra_forbidden":  # an unknown key may say anything
            first["loc"], first["msg"] = first["loc"][:-1], "found an extra key, which no result has"
        place = ".".join(str(part) for part in first["loc"]) or "result"
        raise ResultError(f"{file.name}: {place}: {first['msg']}") from None
    for contradiction in contradictions(result):
        raise ResultError(f"{file.name}: {contradiction}")
    return result
