"""Which measurement speaks to which question of a rule, and what that leaves open: never a certificate."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from synthaudit.audit.suite.result import Finding
from synthaudit.reports.blocks.content import Table, TableCell, Text
from synthaudit.reports.blocks.document import Section
from synthaudit.reports.text.i18n import join_list, look_up, t
from synthaudit.reports.view.result_view import ResultView
from synthaudit.reports.view.verdicts import gravest, said_of

KEY = "sections.frameworks"
NAMED = 4  # methods named in a cell; the provenance has them all


@cache
def frameworks() -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return every framework in the order of its file name; one more framework is one more file."""
    folder = resources.files("synthaudit.reports").joinpath("frameworks")
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    return tuple((one.name.removesuffix(".toml"), tomllib.loads(one.read_text(encoding="utf-8"))) for one in files)


def section(view: ResultView) -> Section | None:
    """Return the mapping, or None where nothing was measured that could be mapped."""
    if not view.result.rows:
        return None
    inner = tuple(
        _framework(view, name, look_up(f"frameworks.{name}") or framework) for name, framework in frameworks()
    )
    return Section("frameworks", t(f"{KEY}.title"), (Text(t(f"{KEY}.lead"), "lead"),), inner)


def _framework(view: ResultView, name: str, framework: dict[str, Any]) -> Section:
    """Return one framework: what it asks, what was measured, what was found, what stays open."""
    rows = tuple(
        (
            TableCell(question["asks"]),
            TableCell(_methods_text(view, question["sections"], question.get("methods"))),
            TableCell(_findings_text(view, question["sections"], question.get("methods"))),
            TableCell(question["open"]),
        )
        for question in framework["question"]
    )
    head = tuple(t(f"{KEY}.head_{key}") for key in ("question", "evidence", "findings", "gap"))
    table = Table(f"framework-{name}", framework["citation"], head, rows, (False,) * 4, (2.2, 2.0, 1.8, 2.2))
    return Section(f"rule-{name}", framework["title"], (Text(framework["applies"]), table))


def _methods_text(view: ResultView, sections: list[str], only: list[str] | None) -> str:
    """Return the methods with a number in these sections, only those named if any are."""
    rows = (row for row in view.result.rows if row.section in sections and row.number.kind == "estimate")
    methods = dict.fromkeys(row.method for row in rows)
    titles = [view.method_title(key) for key in methods if only is None or key in only]
    if len(titles) > NAMED + 1:
        titles = [*titles[:NAMED], t(f"{KEY}.others", count=len(titles) - NAMED)]
    return join_list(titles) or t(f"{KEY}.nothing")


def _findings_text(view: ResultView, sections: list[str], only: list[str] | None) -> str:
    """Return each system's gravest finding in these sections."""
    texts = []
    for card in view.systems:
        findings = [one for one in view.findings_of(card.key) if one.section in sections]
        verdicts = [said_of(one) for one in findings if only is None or _rests_on(view, one, only)]
        if verdicts:
            texts.append(f"{card.title}: {t(f'verdicts.{gravest(list(verdicts))}.short')}")
    return "; ".join(texts) or t(f"{KEY}.no_findings")


def _rests_on(view: ResultView, finding: Finding, methods: list[str]) -> bool:
    """Return whether a finding rests on a number of these methods."""
    rows = (view.by_id.get(id) for id in finding.rows[:1])
    return any(row is not None and row.method in methods for row in rows)
