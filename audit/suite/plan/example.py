"""The bundled example, and the plan that ``synthaudit init`` writes."""

from pathlib import Path

from synthaudit.audit.files import write_atomically
from synthaudit.audit.records import Schema, write_schema
from synthaudit.audit.records.readers.table import TableFile

EXAMPLE = Path(__file__).with_name("example.toml")

_STARTER = """\
# A plan of synthaudit. 'synthaudit validate {name}' says what would run; 'synthaudit run {name}' runs it.
title = "Privacy audit of synthetic data made from {table}"
preset = "standard"      # quick, standard or thorough
seed = 1

[data]
reader = "table"         # 'synthaudit list formats' shows the others
path = "{table}"
schema = "{schema}"      # inferred just now: read it, correct it, and declare bounds and levels that are public
{id}
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
# claim = {{epsilon = 1.0, delta = 1e-5}}   # where its maker promises differential privacy
"""


def starter(path: Path, *, table: Path | None, id: str | None) -> tuple[Path, ...]:
    """Write a plan to start from, and the inferred schema of ``table`` beside it; return what was written.

    Raises:
        InputError: If the table cannot be read.
    """
    if table is None:
        write_atomically(path, EXAMPLE.read_bytes())
        return (path,)
    schema_path = path.with_name(f"{table.name.split('.')[0]}-schema.toml")
    loaded = TableFile(path=str(table.resolve()), id=id).read()
    schema = Schema(loaded.records.schema.columns, inferred=False)
    write_schema(schema, schema_path, id=id)
    relative = table if table.parent == path.parent else table.resolve()
    text = _STARTER.format(
        name=path.name,
        table=relative if relative.is_absolute() else relative.name,
        schema=schema_path.name,
        id=f'id = "{id}"              # whose row it is\n' if id else "",
    )
    write_atomically(path, text.encode())
    return (path, schema_path)
