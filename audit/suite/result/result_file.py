"""From ``result.json`` to a checked result."""

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from synthaudit.audit.errors import ResultError
from synthaudit.audit.files import read_file
from synthaudit.audit.suite.result.result import FORMAT, VERSION, Result
from synthaudit.audit.suite.result.upgrade import upgrade_v1

MOST_BYTES = 2**30
"""Bytes of the largest result that is read."""


def read_result(path: Path) -> Result:
    """Read a result file of this version or the one before, or the one in a run folder.

    Raises:
        ResultError: If there is none, it is not a result, or its version is not known.
    """
    file = path / "result.json" if path.is_dir() else path
    try:
        text = read_file(file, most=MOST_BYTES).decode("utf-8")
    except OSError as error:
        raise ResultError(f"{file.name}: expected a result file, could not open it ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ResultError(f"{file.name}: expected a result file, found no text") from None
    try:
        raw = json.loads(text)
    except RecursionError:
        raise ResultError(f"{file.name}: expected a result of synthaudit, found JSON nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ResultError(f"{file.name}: expected JSON, found something else at line {error.lineno}") from None
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
        return Result.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ResultError(f"{file.name}: {place}: {first['msg']}") from None
