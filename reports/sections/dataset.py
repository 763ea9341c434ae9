"""What was audited: the table, the split, the systems."""

from synthaudit.reports import numbers
from synthaudit.reports.document import Block, Section, Table, Task, Text
from synthaudit.reports.i18n import count, grouped, heard, listed, say
from synthaudit.reports.result_view import Evidence

AT = "sections.audited"


def section(evidence: Evidence) -> Section:
    """Return the section, every figure an aggregate."""
    data, split = evidence.result.data, evidence.result.split
    kinds = listed([f"{grouped(number)} {kind}" for kind, number in data.kinds.items()])
    people, rows, columns = count(data.patients, "patient"), count(data.rows, "row"), count(data.columns, "column")
    about = say(f"{AT}.data", patients=people, rows=rows, columns=columns, kinds=kinds)
    if data.ones_per_row is not None and data.density is not None:
        density = numbers.value(data.density, "share")
        about += say(f"{AT}.density", ones=numbers.plain(data.ones_per_row), density=density)
    sides = {side: count(getattr(split, side).patients, "patient") for side in ("members", "holdout", "reference")}
    targets = {"target_members": grouped(split.target_members), "target_holdout": grouped(split.target_holdout)}
    drawn = say(f"{AT}.given") if split.seed is None else say(f"{AT}.seed", seed=split.seed)
    twins = say(
        f"{AT}.identical",
        identical=numbers.value(split.identical, "share"),
        near=numbers.value(split.near_identical, "share"),
        among=numbers.value(split.identical_among_members, "share"),
    )
    blocks: list[Block] = [
        Text(about, "lead"),
        Text(f"{say(f'{AT}.split', **sides, **targets)} {drawn}"),
        Text(twins),
    ]
    if split.distinctive > 0:
        share = numbers.value(split.distinctive, "share")
        near = numbers.plain(split.distinctive_radius)
        blocks.append(
            Text(say(f"{AT}.distinctive_{'apart' if split.distinctive_radius else 'alone'}", share=share, near=near))
        )
    if data.schema_inferred:
        blocks.append(Text(say(f"{AT}.inferred"), "warning"))
    blocks += [Text(note if note.endswith(".") else f"{note}.", "note") for note in (*data.notes, *split.notes)]
    if table := systems(evidence):
        blocks.append(table)
    for card in evidence.systems_and_controls:
        for problem in card.problems:
            blocks.append(Text(say(f"{AT}.problem", system=evidence.title(card.key), problem=problem), "warning"))
    return Section("audited", say(f"{AT}.title"), tuple(blocks))


def systems(evidence: Evidence) -> Table | None:
    """Return systems and controls with what they are."""
    rows = tuple(
        (
            Task(card.title),
            Task(say(f"{AT}.role_{card.role}")),
            Task(
                f"{heard(card.summary)} ({card.source})" if card.source else heard(card.summary),
                note="; ".join(heard(note).rstrip(".") for note in card.notes),
            ),
            Task(grouped(card.releases)),
            Task(numbers.seconds(card.seconds)),
        )
        for card in evidence.systems_and_controls
    )
    head = tuple(say(f"{AT}.head_{name}") for name in ("system", "role", "what", "tables", "time"))
    numeric, widths = (False, False, False, True, True), (2.0, 1.1, 4.4, 0.9, 1.2)
    return Table("systems", say(f"{AT}.systems"), head, rows, numeric, widths) if rows else None
