"""Which measurement speaks to which question of a rule, and what that leaves open: never a certificate."""

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from typing import Any

from synthaudit.audit.suite.result import Finding, Row
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
    spoken = [(name, look_up(f"frameworks.{name}") or framework) for name, framework in frameworks()]
    inner = (_framework(view, name, framework, screen_only=at > 0) for at, (name, framework) in enumerate(spoken))
    blocks = (Text(t(f"{KEY}.lead"), "lead"), _overview(view, [framework for _, framework in spoken]))
    return Section("frameworks", t(f"{KEY}.title"), blocks, tuple(inner))


def _overview(view: ResultView, spoken: list[dict[str, Any]]) -> Table:
    """Return each rule with how many of its questions this audit tested; on paper most rules have no more than that."""
    rows = []
    for framework in spoken:
        questions = [Question.of(asked) for asked in framework["question"]]
        tested = sum(one.is_tested(view) for one in questions)
        count = t(f"{KEY}.tested", tested=tested, all=len(questions))
        rows.append((TableCell(framework["title"]), TableCell(count)))
    head = tuple(look_up(f"{KEY}.overview_head"))
    return Table("frameworks-table", t(f"{KEY}.overview"), head, tuple(rows), (False, False), (5.0, 1.4))


def _framework(view: ResultView, name: str, framework: dict[str, Any], *, screen_only: bool) -> Section:
    """Return one framework: what it asks, what was measured, what was found, what stays open."""
    rows = []
    for asked in framework["question"]:
        question = Question.of(asked)
        evidence, findings = _methods_text(view, question), _findings_text(view, question)
        whose = t(f"{KEY}.asked_by_rule" if asked["in_rule"] else f"{KEY}.asked_by_report")
        texts = (evidence, findings, asked["open"])
        rows.append((TableCell(asked["asks"], note=whose), *(TableCell(text) for text in texts)))
    head = tuple(t(f"{KEY}.head_{key}") for key in ("question", "evidence", "findings", "gap"))
    table = Table(f"framework-{name}", framework["citation"], head, tuple(rows), (False,) * 4, (2.2, 2.0, 1.8, 2.2))
    read = Text(t(f"{KEY}.read", read=framework["read"]), "note")
    return Section(
        f"rule-{name}", framework["title"], (Text(framework["applies"]), table, read), screen_only=screen_only
    )


@dataclass(frozen=True)
class Question:
    """What speaks to one question of a rule.

    Attributes:
        attacks: Patterns of section and method, such as ``reidentification/linking`` or ``attribute/*``.
        criteria: Patterns of criterion ids, such as ``LINK-*``; others count by the attack that their number is of.
    """

    attacks: tuple[str, ...]
    criteria: tuple[str, ...]

    @classmethod
    def of(cls, entry: dict[str, Any]) -> "Question":
        """Return what a framework's file says of a question."""
        return cls(tuple(entry["attacks"]), tuple(entry.get("criteria", ())))

    def is_tested(self, view: ResultView) -> bool:
        """Return whether an attack on the question ran against some system, or a control of it."""
        keys = {card.key for card in view.systems}
        return any(
            self.is_answered_by(row) for row in view.result.rows if row.system in keys or row.section == "control"
        )

    def is_answered_by(self, row: Row) -> bool:
        """Return whether a row is a measurement of one of the attacks."""
        return row.number.kind == "estimate" and self._is_asked_of(row.section, row.method)

    def is_judged_by(self, finding: Finding, rows: list[Row]) -> bool:
        """Return whether a finding speaks to the question: by its id, its whole section, or the attack it rests on."""
        by_id = any(fnmatchcase(finding.id, pattern) for pattern in self.criteria)
        by_section = f"{finding.section}/*" in self.attacks
        return by_id or by_section or any(self._is_asked_of(row.section, row.method) for row in rows)

    def _is_asked_of(self, section: str, method: str) -> bool:
        return any(fnmatchcase(f"{section}/{method}", pattern) for pattern in self.attacks)


def _methods_text(view: ResultView, question: Question) -> str:
    """Return the methods that were measured, with those that findings on the question rest on."""
    keys = {card.key for card in view.systems}
    rows = [row for row in view.result.rows if row.system in keys or row.section == "control"]
    rows = [row for row in rows if question.is_answered_by(row)]
    rows += [
        row for one in view.findings if question.is_judged_by(one, _decisive(view, one)) for row in _decisive(view, one)
    ]
    titles = [view.method_title(key) for key in dict.fromkeys(row.method for row in rows)]
    if len(titles) > NAMED + 1:
        titles = [*titles[:NAMED], t(f"{KEY}.others", count=len(titles) - NAMED)]
    return join_list(titles) or t(f"{KEY}.nothing")


def _findings_text(view: ResultView, question: Question) -> str:
    """Return each system's gravest finding on the question with its criteria, or that it was not tested or judged."""
    texts: dict[str, list[str]] = {}
    for card in view.systems:
        findings = [one for one in view.findings_of(card.key) if question.is_judged_by(one, _decisive(view, one))]
        rows = [row for row in view.result.rows if row.system == card.key or row.section == "control"]
        if not any(question.is_answered_by(row) for row in rows) and not any(one.rows for one in findings):
            text = t(f"{KEY}.not_tested")
        elif not findings:
            text = t(f"{KEY}.no_findings")
        else:
            verdict = t(f"verdicts.{gravest([said_of(one) for one in findings])}.short")
            text = t(f"{KEY}.judged", verdict=verdict, criteria=join_list([one.id for one in findings]))
        texts.setdefault(text, []).append(card.title)
    return "; ".join(t(f"{KEY}.system", system=view.join_titles(own), text=text) for text, own in texts.items())


def _decisive(view: ResultView, finding: Finding) -> list[Row]:
    """Return the rows that decided a finding."""
    return [view.by_id[id] for id in finding.rows[:1] if id in view.by_id]
