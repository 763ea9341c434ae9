"""Questions told by one table: re-identification, privacy guarantees, groups of patients."""

from audit.suite.result import Estimated, Row
from audit.suite.result import Section as Question
from reports import numbers
from reports.document import Cell, Figure, Section, Table, Text
from reports.evidence import Evidence, ends, largest, reference_rows, speaking, synthetic_rows
from reports.figures.canvas import CONTROL_HUES, HUES, Style
from reports.figures.forest import Bar, forest
from reports.words import say

AT = "sections.other"


def section(evidence: Evidence, question: Question) -> Section | None:
    """Return all that was measured for a question in one table, or None where nothing was."""
    found = [row for row in evidence.result.rows if row.section == question]
    if not found:
        return None
    grouped: dict[tuple[str, str, str, str], list[Row]] = {}
    for one in found:
        grouped.setdefault((one.subject, one.method, one.statistic, one.slice), []).append(one)
    cells = []
    for (subject, method, _, _), own in grouped.items():
        row = speaking(largest(largest(own, synthetic_rows), reference_rows))
        if row is None:
            continue
        form = numbers.form_of(row.statistic)
        chance = "–" if row.chance is None else numbers.value(row.chance, form)
        texts = (
            evidence.title(subject),
            evidence.method(method),
            numbers.measured(row),
            numbers.text(row.number, form),
            chance,
        )
        cells.append(tuple(Cell(text) for text in texts))
    system, _, method, measured, *_ = say_head()
    head = (system, method, measured, say("appendix.number"), say("appendix.chance"))
    numeric, widths = (False, False, False, True, True), (2.0, 2.2, 2.4, 2.6, 1.0)
    table = Table(f"{question}-table", say(f"{AT}.table"), head, tuple(cells), numeric, widths)
    lead = Text(say(f"{AT}.{question}_threat"), "lead")
    figure = ledger(evidence) if question == "privacy" else None
    return Section(question, say(f"{AT}.{question}"), (lead, figure, table) if figure else (lead, table))


def ledger(evidence: Evidence) -> Figure | None:
    """Return claimed ceilings beside measured floors of epsilon, or None where either kind is missing."""
    bars, table, told = [], [], []
    for card in evidence.subjects:
        looks = {"epsilon_claimed": Style(CONTROL_HUES[0], "D"), "epsilon_lower": Style(HUES[1], "o")}
        for name, look in looks.items():
            row = speaking(evidence.rows("privacy", name, subject=card.key))
            if row is None or not isinstance(row.number, Estimated):
                continue
            label, title, text = numbers.statistic(row.statistic), evidence.title(card.key), numbers.text(row.number)
            bars.append(Bar(label, look, *ends(row.number), f"{title}, {label}: {text}", text, title))
            table.append(tuple(Cell(one) for one in (title, label, text)))
            told.append(f"{title}, {label}: {text}.")
    if len({bar.style.marker for bar in bars}) < 2:
        return None
    svg = forest("epsilon", bars, x=say(f"{AT}.epsilon"), chance=None, chance_label="")
    system, _, _, measured = say_head()
    head = (system, measured, say(f"{AT}.epsilon"))
    caption = say(f"{AT}.epsilon_caption")
    behind = Table("epsilon-table", caption, head, tuple(table), (False, False, True))
    return Figure("epsilon", svg, " ".join(told), caption, behind)


def say_head() -> tuple[str, ...]:
    """Return the appendix' column titles in their order."""
    keys = ("system", "level", "method", "measured")
    return tuple(say(f"appendix.{key}") for key in keys)


def groups(evidence: Evidence) -> Section | None:
    """Return the membership attack by group of patients, or None where the audit did not break it down."""
    bars, table = [], []
    for card in evidence.systems:
        by_group: dict[tuple[str, str], list[Row]] = {}
        for one in evidence.rows("membership", "auc", subject=card.key):
            if one.slice != "all":
                by_group.setdefault((one.slice, one.method), []).append(one)
        for (slice, method), own in by_group.items():
            row = speaking(largest(largest(own, synthetic_rows), reference_rows))
            if row is None or not isinstance(row.number, Estimated):
                continue
            value, low, high = ends(row.number, 1.0)
            text, label = numbers.text(row.number, "ratio"), f"{slice} · {evidence.method(method)}"
            bars.append(Bar(label, evidence.looks[card.key], value, low, high, f"{label}: {text}", text, card.title))
            table.append(tuple(Cell(cell) for cell in (card.title, slice, evidence.method(method), text)))
    if not bars:
        return None
    svg = forest(
        "groups", bars[:40], x=say("sections.groups.x"), chance=0.5, chance_label=say("sections.membership.chance")
    )
    top = max(bars, key=lambda bar: bar.value)
    alt = say("answers.whom.group", system=top.group, group=top.label, measured="AUC", number=top.text)
    system, _, method, _ = say_head()
    head = (system, say("sections.groups.title"), method, "AUC")
    behind = Table("groups-table", say("sections.groups.caption"), head, tuple(table), (False, False, False, True))
    figure = Figure("groups", svg, alt, say("sections.groups.caption"), behind)
    return Section("groups", say("sections.groups.title"), (Text(say("sections.groups.lead"), "lead"), figure))
