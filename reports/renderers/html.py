"""The report for the screen: one file that asks the network for nothing and reads without scripts."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html import escape
from importlib import resources
from typing import TYPE_CHECKING

from synthaudit.reports.blocks.content import Figure, Table
from synthaudit.reports.blocks.document import Document

if TYPE_CHECKING:
    from markupsafe import Markup


def render(document: Document) -> str:
    """Return the page. The same document gives the same text."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    style, script = read_template("report.css"), read_template("report.js")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    decisive = replace(document.decisive, id="appendix-table", caption=document.words["decisive"])
    return environment.from_string(read_template("report.html.j2")).render(
        document=document,
        decisive=decisive,
        rows=Markup(pack_rows(document.appendix)),
        picture=inline_svg,
        style=Markup(style),
        script=Markup(script),
        script_hash=script_hash(script),
    )


def pack_rows(table: Table) -> str:
    """Return a table as JSON, each column as its different values and which of them stands in each row.

    Ten thousand rows take half a megabyte so, a seventh of what they would take as HTML. Without scripts a reader sees
    the decisive rows, and finds the others in rows.csv.
    """
    columns = []
    for place in range(len(table.head)):
        values: dict[str, int] = {}
        at = [values.setdefault(row[place].text, len(values)) for row in table.rows]
        columns.append({"values": list(values), "at": at})
    packed = json.dumps({"rows": len(table.rows), "columns": columns}, ensure_ascii=False, separators=(",", ":"))
    # "<" may open a tag that ends the data; as an escape it stays a character.
    return packed.replace("<", "\\u003c")


def read_template(name: str) -> str:
    """Return one of the files under ``templates/``."""
    return resources.files("synthaudit.reports.renderers").joinpath("templates", name).read_text(encoding="utf-8")


def script_hash(text: str) -> str:
    """Return the hash by which the page's content security policy admits its own script."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def inline_svg(figure: Figure) -> "Markup":
    """Return a figure's SVG with its text alternative and its colours as variables, so that they can turn dark."""
    from markupsafe import Markup

    svg = re.sub(r"#([0-9a-f]{6})\b(?=[;\"'\s])", r"var(--c-\1)", figure.svg)
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{escape(figure.alt)}" ', 1)
    return Markup(svg)
