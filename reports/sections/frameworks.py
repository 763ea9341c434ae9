"""Which measurement speaks to which question of a rule, and what that leaves open: never a certificate."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from synthaudit.audit.suite.result import Finding
from synthaudit.reports.document import Section, Table, Task, Text
from synthaudit.reports.i18n import listed, look_up, say
from synthaudit.reports.result_view import Evidence
from synthaudit.reports.sections.verdict import gravest

AT = "sections.frameworks"
NAMED = 4  # methods named in a cell; the provenance has them all


@cache
def frameworks() -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return every framework in the order of its file name; one more framework is one more file."""
    folder = resources.files("synthaudit.reports").joinpath("frameworks")
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    return tuple((one.name.removesuffix(".toml"), tomllib.loads(one.read_text(encoding="utf-8"))) for one in files)


def section(evidence: Evidence) -> Section | None:
    """Return the mapping, or None where nothing was measured that could be mapped."""
    if not evidence.result.rows:
        return None
    inner = tuple(one(evidence, name, look_up(f"frameworks.{name}") or framework) for name, framework in frameworks())
    return Section("frameworks", say(f"{AT}.title"), (Text(say(f"{AT}.lead"), "lead"),), inner)


def one(evidence: Evidence, name: str, framework: dict[str, Any]) -> Section:
    """Return one framework: what it asks, what was measured, what was found, what stays open."""
    rows = tuple(
        (
            Task(question["asks"]),
            Task(measured(evidence, question["sections"], question.get("methods"))),
            Task(found(evidence, question["sections"], question.get("methods"))),
            Task(question["open"]),
        )
        for question in framework["question"]
    )
    head = tuple(say(f"{AT}.head_{key}") for key in ("question", "evidence", "findings", "gap"))
    table = Table(f"framework-{name}", framework["citation"], head, rows, (False,) * 4, (2.2, 2.0, 1.8, 2.2))
    return Section(f"rule-{name}", framework["title"], (Text(framework["applies"]), table))


def measured(evidence: Evidence, sections: list[str], only: list[str] | None) -> str:
    """Return the methods with a number in these sections, only those named if any are."""
    rows = (row for row in evidence.result.rows if row.section in sections and row.number.kind == "estimate")
    methods = dict.fromkeys(row.method for row in rows)
    titles = [evidence.method(key) for key in methods if only is None or key in only]
    if len(titles) > NAMED + 1:
        titles = [*titles[:NAMED], say(f"{AT}.others", count=len(titles) - NAMED)]
    return listed(titles) or say(f"{AT}.nothing")


def found(evidence: Evidence, sections: list[str], only: list[str] | None) -> str:
    """Return each system's gravest finding in these sections."""
    told = []
    for card in evidence.systems:
        judged = [one for one in evidence.findings_of(card.key) if one.section in sections]
        verdicts = [one.verdict for one in judged if only is None or resting_on(evidence, one, only)]
        if verdicts:
            told.append(f"{card.title}: {say(f'verdicts.{gravest(list(verdicts))}.short')}")
    return "; ".join(told) or say(f"{AT}.no_findings")


def resting_on(evidence: Evidence, finding: Finding, methods: list[str]) -> bool:
    """Return whether a finding rests on a number of these methods."""
    rows = (evidence.by_id.get(id) for id in finding.rows[:1])
    return any(row is not None and row.method in methods for row in rows)
