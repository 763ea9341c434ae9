"""Privacy guarantees: what was claimed, what was measured."""

from audit.suite.result import Estimated, Row
from reports import numbers
from reports.document import Cell, Figure, Section, Table, Text
from reports.evidence import Evidence, ends, largest, reference_rows, speaking, synthetic_rows
from reports.figures.canvas import CONTROL_HUES, HUES, Style
from reports.figures.forest import Bar, forest
from reports.words import say

AT = "sections.privacy"


def section(evidence: Evidence) -> Section | None:
    """Return all that was measured of guarantees, or None where nothing was."""
    found = [row for row in evidence.result.rows if row.section == "privacy"]
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
        form = numbers.form_of(row.statistic, row.section)
        texts = (
            evidence.title(subject),
            evidence.method(method),
            numbers.measured(row),
            numbers.text(row.number, form),
        )
        cells.append(tuple(Cell(text) for text in texts))
    system, _, method, measured = say_head()
    head = (system, method, measured, say("appendix.number"))
    table = Table(
        "privacy-table", say(f"{AT}.table"), head, tuple(cells), (False, False, False, True), (2.0, 2.2, 2.4, 2.6)
    )
    lead = Text(say(f"{AT}.threat"), "lead")
    figure = ledger(evidence)
    return Section("privacy", say(f"{AT}.title"), (lead, figure, table) if figure else (lead, table))


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
