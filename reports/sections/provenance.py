"""Where the numbers come from: what is needed to repeat the audit."""

import json
from dataclasses import replace

from synthaudit.audit.suite.result import MethodCard
from synthaudit.reports.blocks.content import Block, Table, TableCell, Text
from synthaudit.reports.blocks.document import Section
from synthaudit.reports.text import numbers
from synthaudit.reports.text.i18n import format_integer, t
from synthaudit.reports.view.result_view import ResultView

KEY = "sections.provenance"
SOURCES = 40  # files named


def section(view: ResultView) -> Section:
    """Return origin and methods."""
    blocks: list[Block] = [Text(t(f"{KEY}.lead"), "lead"), origin(view)]
    if view.result.methods:
        blocks.append(replace(methods(view.result.methods), screen_only=True))
    return Section("provenance", t(f"{KEY}.title"), tuple(blocks))


def origin(view: ResultView) -> Table:
    """Return when, on what and with what the audit ran, and the hashes of what it read."""
    result, run = view.result, view.result.run
    facts = [
        ("started", run.started),
        ("duration", numbers.duration(run.seconds)),
        ("seed", str(result.seed)),
        ("result", result.sha256()),
        ("plan", result.plan_sha256),
        ("schema", result.data.schema_sha256),
        ("tasks", format_integer(run.tasks)),
        ("hardware", run.hardware),
        ("workers", f"{run.workers}, {run.device}"),
        ("versions", ", ".join(f"{name} {version}" for name, version in run.versions.items())),
    ]
    rows = [(TableCell(t(f"{KEY}.{key}")), TableCell(text)) for key, text in facts if text]
    rows += [
        (TableCell(t(f"{KEY}.source", name=one.name)), TableCell(one.sha256)) for one in result.data.sources[:SOURCES]
    ]
    head = (t(f"{KEY}.head_what"), t(f"{KEY}.head_value"))
    return Table("origin", t(f"{KEY}.caption"), head, tuple(rows), (False, False), (1.6, 4.0))


def methods(cards: tuple[MethodCard, ...]) -> Table:
    """Return attacks and metrics with their sources and options."""
    rows = []
    for card in cards:
        options = ", ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in card.options.items())
        rows.append(tuple(TableCell(text) for text in (card.title, card.question, card.source, options or "–")))
    head = tuple(t(f"{KEY}.head_{name}") for name in ("method", "question", "source", "options"))
    return Table("methods", t(f"{KEY}.methods"), head, tuple(rows), (False,) * 4, (2.0, 3.0, 2.0, 1.6))
