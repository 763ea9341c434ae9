"""What was audited: the table, the split, the systems."""

from synthaudit.audit.suite.result import DataCard, SplitCard
from synthaudit.reports.blocks.content import Block, Table, TableCell, Text
from synthaudit.reports.blocks.document import Section
from synthaudit.reports.text import numbers
from synthaudit.reports.text.i18n import format_integer, join_list, pluralize, t, translate
from synthaudit.reports.view.result_view import ResultView

KEY = "sections.dataset"


def section(view: ResultView) -> Section:
    """Return the section, every number an aggregate."""
    data, split = view.result.data, view.result.split
    blocks: list[Block] = [Text(_table_sentence(data), "lead"), Text(_split_sentence(split))]
    blocks.append(
        Text(
            t(
                f"{KEY}.identical",
                identical=numbers.value(split.identical, "share"),
                near=numbers.value(split.near_identical, "share"),
                among=numbers.value(split.identical_among_members, "share"),
            )
        )
    )
    if split.distinctive > 0:
        share, radius = numbers.value(split.distinctive, "share"), numbers.compact(split.distinctive_radius)
        key = "distinctive_apart" if split.distinctive_radius else "distinctive_alone"
        blocks.append(Text(t(f"{KEY}.{key}", share=share, near=radius)))
    if data.schema_inferred:
        blocks.append(Text(t(f"{KEY}.inferred"), "warning"))
    blocks += [Text(note if note.endswith(".") else f"{note}.", "note") for note in (*data.notes, *split.notes)]
    if table := _systems_table(view):
        blocks.append(table)
    for card in view.systems_and_controls:
        for problem in card.problems:
            blocks.append(Text(t(f"{KEY}.problem", system=view.system_title(card.key), problem=problem), "warning"))
    return Section("dataset", t(f"{KEY}.title"), tuple(blocks))


def _table_sentence(data: DataCard) -> str:
    """Return what the real table holds."""
    kinds = join_list([f"{format_integer(number)} {kind}" for kind, number in data.kinds.items()])
    counts = {
        "patients": pluralize(data.patients, "patient"),
        "rows": pluralize(data.rows, "row"),
        "columns": pluralize(data.columns, "column"),
    }
    sentence = t(f"{KEY}.data", kinds=kinds, **counts)
    if data.ones_per_row is not None and data.density is not None:
        density = numbers.value(data.density, "share")
        sentence += t(f"{KEY}.density", ones=numbers.compact(data.ones_per_row), density=density)
    return sentence


def _split_sentence(split: SplitCard) -> str:
    """Return who was trained on, held out and attacked, and how the split was drawn."""
    sides = {side: pluralize(getattr(split, side).patients, "patient") for side in ("members", "holdout", "reference")}
    targets = {
        "target_members": format_integer(split.target_members),
        "target_holdout": format_integer(split.target_holdout),
    }
    seed = t(f"{KEY}.given") if split.seed is None else t(f"{KEY}.seed", seed=split.seed)
    return f"{t(f'{KEY}.split', **sides, **targets)} {seed}"


def _systems_table(view: ResultView) -> Table | None:
    """Return systems and controls with what they are."""
    rows = tuple(
        (
            TableCell(card.title),
            TableCell(t(f"{KEY}.role_{card.role}")),
            TableCell(
                f"{translate(card.summary)} ({card.source})" if card.source else translate(card.summary),
                note="; ".join(translate(note).rstrip(".") for note in card.notes),
            ),
            TableCell(format_integer(card.releases)),
            TableCell(numbers.duration(card.seconds)),
        )
        for card in view.systems_and_controls
    )
    head = tuple(t(f"{KEY}.head_{name}") for name in ("system", "role", "what", "tables", "time"))
    numeric, widths = (False, False, False, True, True), (2.0, 1.1, 4.4, 0.9, 1.2)
    return Table("systems", t(f"{KEY}.systems"), head, rows, numeric, widths) if rows else None
