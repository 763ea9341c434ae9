"""Values that one patient alone has and the synthetic table has again: how many members, how many holdout patients."""

from synthaudit.audit.suite.result import Estimated, Row
from synthaudit.reports.blocks.content import Block, Table, TableCell, Text
from synthaudit.reports.sections.patient_counts import shown_count
from synthaudit.reports.text import labels, numbers
from synthaudit.reports.text.i18n import pluralize, t
from synthaudit.reports.view.people import counted_patients
from synthaudit.reports.view.result_view import ResultView

KEY = "sections.unique_values"
METHOD = "unique_values"
SIDES = ("sensitivity", "false_positive_rate", "excess")


def unique_value_blocks(view: ResultView) -> list[Block]:
    """Return what was looked for and found, or nothing where it was not looked for."""
    rows = [
        (view.system_title(card.key), labels.slice_name(slice), own, card.role != "control" and release in (None, 0))
        for card in view.systems_and_controls
        for release, slice in _conditions(view, card.key)
        if (own := _sides(view, card.key, release, slice))
    ]
    if not rows:
        return []
    split = view.result.split
    everybody = (split.members.patients, split.holdout.patients)
    lines: list[tuple[TableCell, ...]] = []
    paper: list[int] = []
    for system, slice, own, shown in rows:
        if shown:
            paper.append(len(lines))
        counts = [shown_count(counted_patients(side), split.small_count) for side in own[:2]]
        cells = (system, slice, *counts, numbers.short(own[2], "share"))
        lines.append(tuple(TableCell(text) for text in cells))
    head = (
        t("sections.dataset.head_system"),
        t(f"{KEY}.head_values"),
        t(f"{KEY}.head_members", count=pluralize(everybody[0], "member")),
        t(f"{KEY}.head_holdout", count=pluralize(everybody[1], "holdout")),
        t("sections.reidentification.excess"),
    )
    numeric = (False, False, True, True, True)
    note = t(f"{KEY}.paper") if len(paper) < len(lines) else ""
    widths = (2.0, 2.0, 1.6, 1.6, 2.0)
    table = Table("unique-values", t(f"{KEY}.caption"), head, tuple(lines), numeric, widths, (), tuple(paper), note)
    return [Text(t(f"{KEY}.lead")), table]


def _conditions(view: ResultView, system: str) -> list[tuple[int | None, str]]:
    rows = view.rows("reidentification", "excess", method=METHOD, system=system, level="release")
    return list(dict.fromkeys((row.release, row.slice) for row in rows))


def _sides(view: ResultView, system: str, release: int | None, slice: str) -> list[Estimated]:
    """Return the rates of both sides and their difference, or nothing where one was not measured."""
    fields = {"method": METHOD, "system": system, "release": release, "slice": slice, "level": "release"}
    found: list[Row] = [row for name in SIDES for row in view.rows("reidentification", name, **fields)[:1]]
    measured = [row.number for row in found if isinstance(row.number, Estimated)]
    return measured if len(measured) == len(SIDES) else []
