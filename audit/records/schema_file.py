"""``schema.toml``: columns declared by a person, and a rule for the columns that are not."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from synthaudit.audit.errors import InputError, unknown_name
from synthaudit.audit.files import read_file, write_atomically
from synthaudit.audit.records.dates import ISO, date_text, has_time
from synthaudit.audit.records.schema import Column, Schema
from synthaudit.audit.toml_file import parse_toml

DATE = "date"
"""The kind of a column of dates; in memory it is continuous, with a format."""
KEYS = ("confirmed", "id", "drop", "default", "columns")
COLUMN_KEYS = ("kind", "levels", "other", "low", "high", "integer", "missing", "format", "public_names")
ROLE_KEYS = ("secret", "quasi_identifier", "public")
"""What a column is to an attacker: each is true or left out."""
FREE_TEXT = "free_text"
"""The kind of a column that is left out because nothing here audits text."""


@dataclass(frozen=True)
class SchemaDeclaration:
    """The content of a ``schema.toml``: it becomes a ``Schema`` once a table's columns are known.

    Attributes:
        columns: Declared columns by name.
        default: What a column is that is not declared: a pattern, or None to refuse it.
        infer: Whether columns that are not declared are inferred from the data.
        id: The column that holds patient ids, or None.
        drop: Columns to leave out.
        confirmed: Whether a person stands by it. What was inferred from the data and not confirmed stays inferred: it
            is no public knowledge, and no guarantee of differential privacy rests on it.
        secrets: Columns that attackers are after.
        quasi_identifiers: Columns that an attacker can know of a named person.
        public: Columns that everybody knows: they are known, and never a secret.
        free_text: Columns of free text, which are left out; no level is ever made of them.
    """

    columns: Mapping[str, Column] = field(default_factory=dict)
    default: Column | None = None
    infer: bool = False
    id: str | None = None
    drop: tuple[str, ...] = ()
    confirmed: bool = True
    secrets: tuple[str, ...] = ()
    quasi_identifiers: tuple[str, ...] = ()
    public: tuple[str, ...] = ()
    free_text: tuple[str, ...] = ()

    def undeclared(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return which of a table's columns are neither declared nor dropped nor the id."""
        return tuple(name for name in names if name not in self.columns and name not in (*self.drop, self.id))

    def schema_of(self, names: Sequence[str], *, file: str | Path | None = None) -> Schema:
        """Return the schema of a table with these columns, in the table's order.

        Raises:
            InputError: A declared column is not in the table, or a column is not declared and there is no default.
        """
        absent = [name for name in self.columns if name not in set(names)]
        if absent:
            raise InputError(
                f"declared in the schema but not in the header ({len(absent)} such columns)",
                file=file,
                column=absent[0],
                cure="Take it out of the schema, or add it to the table.",
            )
        new = self.undeclared(names)
        if new and self.default is None:
            raise InputError(
                f"not declared in the schema ({len(new)} such columns)",
                file=file,
                column=new[0],
                cure="Declare it under [columns], list it in drop, or give a [default].",
            )
        by_default = {} if self.default is None else {name: replace(self.default, name=name) for name in new}
        known = {**self.columns, **by_default}
        return Schema(tuple(known[name] for name in names if name in known), inferred=not self.confirmed)


def read_schema(path: Path) -> SchemaDeclaration:
    """Read a ``schema.toml``.

    The file holds ``confirmed``, ``id`` and ``drop`` (all optional), one entry per column under ``[columns]`` with the
    keys of ``COLUMN_KEYS`` and ``ROLE_KEYS``, and an optional ``[default]`` with the same keys for the columns that
    are not listed; ``kind = "inferred"`` there leaves them to the data. The README describes every key.

    Raises:
        InputError: There is no such file, it is not TOML, or it holds an unknown key or a value of the wrong type.
    """
    try:
        raw = parse_toml(read_file(path).decode("utf-8-sig"))
    except FileNotFoundError:
        raise InputError("no such file", file=path) from None
    except OSError as problem:
        raise InputError("could not be read", file=path) from problem
    except UnicodeDecodeError:
        raise InputError("expected UTF-8 text, found other bytes", file=path, cure="Save it as UTF-8.") from None
    except ValueError as problem:
        raise InputError(str(problem), file=path) from None
    _check_keys(raw, KEYS, path)
    columns = _value_of(raw, "columns", dict, {}, path)
    drop = _value_of(raw, "drop", list, [], path)
    default = _value_of(raw, "default", dict, None, path)
    if any(not isinstance(name, str) for name in drop):
        raise InputError("expected drop to be a list of column names", file=path)
    infer = default is not None and default.get("kind") == "inferred"
    if infer and len(default) > 1:
        raise InputError("expected no other key beside kind = 'inferred' in [default]", file=path)
    free_text = tuple(name for name, entry in columns.items() if _is_free_text(name, entry, path))
    roles = {
        key: tuple(name for name, entry in columns.items() if _has_role(name, entry, key, path)) for key in ROLE_KEYS
    }
    return SchemaDeclaration(
        columns={name: _column(name, entry, path) for name, entry in columns.items() if name not in free_text},
        default=None if default is None or infer else _column("default", default, path),
        infer=infer,
        id=_value_of(raw, "id", str, None, path),
        drop=(*drop, *free_text),
        secrets=roles["secret"],
        quasi_identifiers=roles["quasi_identifier"],
        public=roles["public"],
        free_text=free_text,
        confirmed=_value_of(raw, "confirmed", bool, True, path),
    )


def write_schema(
    schema: Schema | Sequence[Column],
    path: Path,
    *,
    inferred: bool = False,
    id: str | None = None,
    drop: Sequence[str] = (),
    undecided: Sequence[InputError] = (),
) -> None:
    """Write a schema as ``schema.toml``, one line per column; ``read_schema`` reads it back.

    An inferred schema is marked so until a person sets ``confirmed = true``, and only its owner can read it where it
    holds levels.

    Args:
        schema: Kinds, levels and bounds; columns alone where there may be none.
        inferred: Whether columns that are given alone were inferred.
        path: The file.
        id: The column that says whose row it is.
        drop: Columns to leave out.
        undecided: What keeps other columns from being inferred: a comment for each, for a person to decide.
    """
    columns, inferred = (schema.columns, schema.inferred) if isinstance(schema, Schema) else (schema, inferred)
    lines = []
    if inferred:
        lines += [
            "# Inferred from the data. Check every line, declare bounds and levels that are public knowledge, and then",
            "# set confirmed = true. Until then a report says that it was inferred, and no claim rests on it.",
            "confirmed = false",
        ]
    if id is not None:
        lines.append(f"id = {_toml(id)}")
    if drop:
        lines.append(f"drop = {_toml(list(drop))}")
    lines += ["", "[columns]"] if lines else ["[columns]"]
    for problem in undecided:
        text = " ".join(f"{problem.problem.rstrip('.')}. {problem.cure or ''}".split())
        lines += [f"# {_toml(problem.column or '')}: {text}", f'# {_toml(problem.column or "")} = {{ kind = "..." }}']
    for column in columns:
        entry: dict[str, Any] = {"kind": column.declared_kind}
        entry |= {"levels": list(column.levels)} if column.levels else {}
        entry |= {"other": column.other} if column.other is not None else {}
        entry |= {key: _bound(column, key) for key in ("low", "high") if getattr(column, key) is not None}
        entry |= {key: True for key in ("integer", "missing", "public_names") if getattr(column, key)}
        if column.format is not None:
            entry |= {"format": column.format}
            entry.pop("integer", None)  # a format without a time of day says so
        inside = ", ".join(f"{key} = {_toml(value)}" for key, value in entry.items())
        lines.append(f"{_toml(column.name)} = {{ {inside} }}")
    mode = 0o600 if inferred and any(column.levels for column in columns) else 0o644
    write_atomically(path, ("\n".join(lines) + "\n").encode(), mode=mode)


def _bound(column: Column, key: str) -> Any:
    """Return a column's bound as it is declared: a number, or a date of TOML."""
    value = getattr(column, key)
    return value if column.format is None else date.fromisoformat(date_text(value, ISO))


def _toml(value: Any) -> str:
    """Return a value as TOML; JSON's strings are TOML's, but for the character DEL."""
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _is_free_text(name: str, entry: Any, path: Path) -> bool:
    if not isinstance(entry, dict) or entry.get("kind") != FREE_TEXT:
        return False
    if len(entry) > 1:
        raise InputError("expected no other key beside kind = 'free_text'", file=path, column=name)
    return True


def _has_role(name: str, entry: Any, key: str, path: Path) -> bool:
    """Whether a column is marked as one of ``ROLE_KEYS``; a secret is not known, so it is nothing else."""
    if not isinstance(entry, dict) or not _value_of(entry, key, bool, False, path, column=name):
        return False
    if key == "secret" and (entry.get("quasi_identifier") or entry.get("public")):
        raise InputError("expected a secret that nobody knows, found one that is known too", file=path, column=name)
    return True


def _column(name: str, entry: Any, path: Path) -> Column:
    """Return a declared column from its TOML entry."""
    if not isinstance(entry, dict):
        raise InputError("expected keys such as kind = 'binary'", file=path, column=name)
    _check_keys(entry, (*COLUMN_KEYS, *ROLE_KEYS), path, column=name)
    if "kind" not in entry:
        raise InputError("expected a kind", file=path, column=name)
    levels = _value_of(entry, "levels", list, [], path, column=name)
    if any(not isinstance(level, str) or not level for level in levels):
        raise InputError(
            "expected levels as non-empty text", file=path, column=name, cure='Quote them: levels = ["1", "2"].'
        )
    kind, format = _value_of(entry, "kind", str, "", path, column=name), _format(entry, path, name)
    try:
        return Column(
            name,
            "continuous" if kind == DATE else kind,
            levels=tuple(levels),
            other=_value_of(entry, "other", str, None, path, column=name),
            low=_number(entry, "low", path, name),
            high=_number(entry, "high", path, name),
            integer=not has_time(format) if format else _value_of(entry, "integer", bool, False, path, column=name),
            missing=_value_of(entry, "missing", bool, False, path, column=name),
            format=format,
            public_names=_value_of(entry, "public_names", bool, False, path, column=name),
        )
    except InputError as problem:
        raise InputError(problem.problem, file=path, column=name, cure=problem.cure) from None


def _format(entry: Mapping[str, Any], path: Path, column: str) -> str | None:
    """Return the format of a column of dates; None of another column, which may have none."""
    format = _value_of(entry, "format", str, None, path, column=column)
    if entry["kind"] == DATE:
        if "integer" in entry:
            raise InputError("expected no integer for a date", file=path, column=column, cure="Give a format instead.")
        return format or ISO
    if format is not None:
        raise InputError("expected a format for kind = 'date' only", file=path, column=column)
    return None


def _number(entry: Mapping[str, Any], key: str, path: Path, column: str) -> float | None:
    value = entry.get(key)
    if entry["kind"] == DATE and isinstance(value, date):
        return float(date.toordinal(value) - date(1970, 1, 1).toordinal())
    if entry["kind"] == DATE and value is not None:
        raise InputError(f"expected {key} to be a date", file=path, column=column, cure=f"Write {key} = 2019-12-31.")
    if value is not None and (
        isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value)
    ):
        raise InputError(f"expected {key} to be a number", file=path, column=column)
    return value


def _value_of(
    entry: Mapping[str, Any], key: str, kind: type, otherwise: Any, path: Path, *, column: str | None = None
) -> Any:
    value = entry.get(key, otherwise)
    if value is not otherwise and not isinstance(value, kind):
        names = {dict: "a table", list: "a list", str: "text", bool: "true or false"}
        raise InputError(f"expected {key} to be {names[kind]}", file=path, column=column)
    return value


def _check_keys(entry: Mapping[str, Any], known: Sequence[str], path: Path, *, column: str | None = None) -> None:
    for key in entry:
        if key not in known:
            raise InputError(unknown_name("key", key, known), file=path, column=column)
