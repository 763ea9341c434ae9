"""The plan that ``synthaudit init`` writes, and the schema beside it for a person to correct and confirm."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthaudit.audit.errors import InputError, PlanError
from synthaudit.audit.files import write_atomically
from synthaudit.audit.records.schema_draft import SMALL_COUNT, draft_schema
from synthaudit.audit.records.table_format import TableFormat
from synthaudit.audit.suite.plan.example import EXAMPLE

_HEAD = """\
# A plan of synthaudit. 'synthaudit validate {name}' says what would run; 'synthaudit run {name}' runs it.
title = "{title}"
preset = "standard"      # quick, standard or thorough
seed = 1

[data]
{data}
"""

_ONE_TABLE = """
[split]                  # shares of the patients, or numbers of them
members = 0.5            # the generators are trained on these
holdout = 0.3            # the control group: same population, never trained on
reference = 0.2          # what the attacker holds

[generators.vae]         # 'synthaudit list generators' shows the others and their options
[generators.republish]   # control: gives real rows away, so attacks must succeed

# A table that was made elsewhere is audited against the patients it was made from. Run 'synthaudit split', make it from
# members.csv, put 'members = "members.csv"', 'holdout = ...', 'reference = ...' under [data] in place of the path, and:
# [synthetic.mine]
# path = "synthetic.csv"
# claim = {epsilon = 1.0, delta = 1e-5}   # where its maker promises differential privacy
"""

_SIDES = """
[generators.vae]         # trained on the members; 'synthaudit list generators' shows the others
[generators.republish]   # control: gives real rows away, so attacks must succeed
"""

_SYNTHETIC = """
[synthetic.synthetic]
path = {path}
# claim = {{epsilon = 1.0, delta = 1e-5}}   # where its maker promises differential privacy
"""


@dataclass(frozen=True)
class StarterFiles:
    """What ``write_starter`` wrote or left as it was.

    Attributes:
        written: New files.
        existing: A schema that was there already, or None.
        undecided: Columns that a person has to decide on before the plan runs.
    """

    written: tuple[Path, ...]
    existing: Path | None = None
    undecided: tuple[InputError, ...] = ()


def write_starter(
    path: Path,
    tables: Mapping[str, Path],
    *,
    id: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> StarterFiles:
    """Write a plan to start from, and the inferred schema of its tables beside it; an existing schema is kept.

    Args:
        path: The plan.
        tables: ``table`` alone, or ``members``, ``holdout`` and, where there are any, ``reference``, ``synthetic``;
            nothing for the bundled example.
        id: The column that says whose row it is.
        options: More keys of ``[data]``: what to drop, what is missing, how files are written.

    Raises:
        InputError: A table cannot be read.
        PlanError: Members without a holdout, or the like.
    """
    if not tables:
        write_atomically(path, EXAMPLE.read_bytes())
        return StarterFiles((path,))
    sides = set(tables) - {"synthetic"}
    if sides != {"table"} and not {"members", "holdout"} <= sides <= {"members", "holdout", "reference"}:
        raise PlanError("expected --table alone, or --members and --holdout, with --reference and --synthetic beside")
    if sides == {"table"} and "synthetic" in tables:
        raise PlanError("expected --members and --holdout beside --synthetic: 'synthaudit split' writes them")
    given = dict(options or {})
    first = tables["table"] if "table" in tables else tables["members"]
    schema_path = path.with_name(f"{first.name.split('.')[0]}-schema.toml")
    existing, written = None, [path]
    undecided: tuple[InputError, ...] = ()
    if schema_path.exists():
        existing = schema_path
    else:
        draft = draft_schema(
            {role: file for role, file in tables.items() if role != "synthetic"},
            published={role: file for role, file in tables.items() if role == "synthetic"},
            id=id,
            drop=given.get("drop", ()),
            missing=given.get("missing", ()),
            table_format=TableFormat(**{k: v for k, v in given.items() if k not in ("drop", "missing")}),
        )
        draft.write(schema_path, small_count=SMALL_COUNT)
        undecided = draft.problems
        written.append(schema_path)
    write_atomically(path, _plan_text(path, tables, schema_path, id, given).encode())
    return StarterFiles(tuple(written), existing, undecided)


def _plan_text(path: Path, tables: Mapping[str, Path], schema: Path, id: str | None, options: Mapping[str, Any]) -> str:
    """Return the plan; a table in its folder is named without it."""
    shown = {
        role: _toml(file.name if file.parent == path.parent else str(file.resolve())) for role, file in tables.items()
    }
    one = "table" in tables
    data = (
        ["reader = \"table\"         # 'synthaudit list formats' shows the others", f"path = {shown['table']}"]
        if one
        else []
    )
    data += [f"{role} = {shown[role]}" for role in ("members", "holdout", "reference") if role in shown]
    data.append(f"schema = {_toml(schema.name)}      # inferred: read it, correct it, and set confirmed = true in it")
    data += [f"id = {_toml(id)}              # whose row it is"] if id is not None else []
    data += [f"{name} = {_toml(list(value) if isinstance(value, tuple) else value)}" for name, value in options.items()]
    audited = tables["table"] if one else tables.get("synthetic", tables["members"])
    title = json.dumps(
        f"Privacy audit of {'synthetic data made from ' if one else ''}{audited.name}", ensure_ascii=False
    )
    text = _HEAD.format(name=path.name, title=title[1:-1], data="\n".join(data))
    if one:
        return text + _ONE_TABLE
    return text + (_SYNTHETIC.format(path=shown["synthetic"]) if "synthetic" in shown else _SIDES)


def _toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
