"""Was this patient in the training data? Curves over size and reference, the receiver's curve, fixed claims."""

from synthaudit.audit.suite.result import Estimated, Row
from synthaudit.reports import numbers
from synthaudit.reports.document import Block, Figure, Section, Table, Task, Text
from synthaudit.reports.figures.forest import Bar, forest
from synthaudit.reports.i18n import grouped, say
from synthaudit.reports.result_view import Evidence, ends, is_general, largest, reference_rows, speaking, synthetic_rows
from synthaudit.reports.sections.claims import fixed_claims
from synthaudit.reports.sections.conditions import other_conditions
from synthaudit.reports.sections.joint import together
from synthaudit.reports.sections.known_records import known_records
from synthaudit.reports.sections.roc import receiver
from synthaudit.reports.sections.sweep import Axes, Trace, Wording, sweep

AT = "sections.membership"
PANELS = 6  # attacks drawn; the appendix has them all
STRONGEST = 5  # attacks on each system that the PDF's table shows, and one on each control


def section(evidence: Evidence) -> Section | None:
    """Return the section, or None where no membership attack ran."""
    if not any(row.section == "membership" for row in evidence.result.rows):
        return None
    blocks: list[Block] = [Text(say(f"{AT}.threat"), "lead")]
    first = by_size(evidence) or by_attack(evidence)
    drawn = (
        first,
        by_reference(evidence),
        receiver(evidence, attacks(evidence)),
        *fixed_claims(evidence),
        known_records(evidence),
    )
    lead, conditions = together(evidence), other_conditions(evidence, "membership", "auc")
    # The table comes first: unlike a picture, it can break at the end of a page.
    blocks += [one for one in (lead, at_the_end(evidence), conditions, *drawn) if one is not None]
    return Section("membership", say(f"{AT}.title"), tuple(blocks))


def whole(rows: list[Row]) -> list[Row]:
    """Return rows about all targets, not about groups of them."""
    return [row for row in rows if row.slice == "all"]


def attacks(evidence: Evidence) -> list[str]:
    """Return attacks with an AUC, the strongest against a system first."""
    best: dict[str, float] = {}
    judged = {card.key for card in evidence.systems}
    for row in whole(evidence.rows("membership", "auc")):
        if isinstance(row.number, Estimated):
            value = row.number.value if row.system in judged else 0.0
            best[row.method] = max(best.get(row.method, 0.0), value)
    return sorted(best, key=lambda method: -best[method])


def traces(evidence: Evidence, rows: list[Row]) -> list[Trace]:
    """Return one curve a system, systems before controls."""
    by_system: dict[str, list[Row]] = {}
    for row in rows:
        by_system.setdefault(row.system, []).append(row)
    return [
        Trace(evidence.title(card.key), evidence.looks[card.key], by_system[card.key])
        for card in evidence.systems_and_controls
        if card.key in by_system
    ]


def releases(evidence: Evidence) -> int:
    """Return how many tables each system was seen through, at most."""
    return max((card.releases for card in evidence.systems), default=0)


def by_size(evidence: Evidence) -> Figure | None:
    """Return the AUC over the size of the synthetic table, one panel an attack."""
    axes = []
    for method in attacks(evidence)[:PANELS]:
        rows = largest(whole(evidence.rows("membership", "auc", method=method)), reference_rows)
        axes.append(Axes(evidence.method(method), traces(evidence, rows)))
    if not axes:
        return None
    words = Wording(
        caption=lambda level: say(f"{AT}.panels_caption", level=level),
        line=f"{AT}.size_line",
        x=say(f"{AT}.size_x"),
        y=say(f"{AT}.y"),
        chance=say(f"{AT}.chance"),
        axis=say(f"{AT}.head_attack"),
    )
    return sweep("auc-size", axes, synthetic_rows, words, chance=0.5, releases=releases(evidence))


def by_attack(evidence: Evidence) -> Figure | None:
    """Return every attack's AUC beside chance, where one size of the synthetic table was attacked."""
    rows = largest(whole(evidence.rows("membership", "auc")), synthetic_rows)
    general, bars, table = is_general(rows), [], []
    for card in evidence.systems_and_controls:
        for method in attacks(evidence):
            own = largest([row for row in rows if row.method == method and row.system == card.key], reference_rows)
            row = speaking(own)
            if row is None or not isinstance(row.number, Estimated):
                continue
            title, name, text = evidence.title(card.key), evidence.method(method), numbers.text(row.number, "ratio")
            bars.append(
                Bar(name, evidence.looks[card.key], *ends(row.number, 1.0), f"{title}, {name}: {text}", text, title)
            )
            table.append(tuple(Task(one) for one in (title, name, text)))
    if not bars:
        return None
    svg = forest("auc-attack", bars[:40], x=say(f"{AT}.y"), chance=0.5, chance_label=say(f"{AT}.chance"))
    top = max(bars, key=lambda bar: (not bar.style.control, bar.value))
    alt = say(f"{AT}.forest_alt", attack=f"{top.group}, {top.label}", value=top.text)
    note = say("level_notes.generator_bar" if general else "level_notes.release_bar")
    caption = say(
        f"{AT}.forest_caption", rows=grouped(synthetic_rows(rows[0]) or 0), level=say("level_notes.bars", bars=note)
    )
    head = (say("sections.audited.head_system"), say(f"{AT}.head_attack"), say(f"{AT}.y"))
    return Figure(
        "auc-attack", svg, alt, caption, Table("auc-attack-table", caption, head, tuple(table), (False, False, True))
    )


def by_reference(evidence: Evidence) -> Figure | None:
    """Return the AUC over the attacker's reference records at the largest synthetic table."""
    axes, synthetic = [], 0
    for method in attacks(evidence):
        rows = largest(whole(evidence.rows("membership", "auc", method=method)), synthetic_rows)
        if len({reference_rows(row) for row in rows}) > 1:
            synthetic = max(synthetic_rows(row) or 0 for row in rows)
            axes.append(Axes(evidence.method(method), traces(evidence, rows)))
    if not axes:
        return None
    words = Wording(
        caption=lambda level: say(f"{AT}.reference_caption", synthetic=grouped(synthetic), level=level),
        line=f"{AT}.reference_line",
        x=say(f"{AT}.reference_x"),
        y=say(f"{AT}.y"),
        chance=say(f"{AT}.chance"),
        axis=say(f"{AT}.head_attack"),
    )
    return sweep("auc-reference", axes[:3], reference_rows, words, chance=0.5, releases=releases(evidence))


def at_the_end(evidence: Evidence) -> Table | None:
    """Return AUC and members recognised at the largest table, by system, the strongest attack first."""
    caught = [row for row in evidence.rows("membership", "tpr_at_fpr") if isinstance(row.number, Estimated)]
    rates = dict.fromkeys(row.slice for row in caught if row.slice.startswith("fpr "))
    wanted = [("auc", "all"), *(("tpr_at_fpr", slice) for slice in rates)]
    rows: list[tuple[Task, ...]] = []
    groups: list[str] = []
    paper: list[int] = []
    for card in evidence.systems_and_controls:
        lines = []
        for method in attacks(evidence):
            cells, power = [Task(evidence.method(method))], 0.0
            for statistic, slice in wanted:
                found = evidence.rows("membership", statistic, method=method, slice=slice, system=card.key)
                row = speaking(largest(largest(found, synthetic_rows), reference_rows))
                cells.append(Task(numbers.short(row.number, numbers.form_of(statistic)) if row else "–"))
                if row and statistic == "auc" and isinstance(row.number, Estimated):
                    power = row.number.value
            if any(cell.text != "–" for cell in cells[1:]):
                lines.append((power, tuple(cells)))
        lines.sort(key=lambda line: -line[0])
        paper += range(len(rows), len(rows) + min(len(lines), STRONGEST if card.role != "control" else 1))
        rows += [line for _, line in lines]
        groups += [evidence.title(card.key)] * len(lines)
    if not rows:
        return None
    titles = [
        numbers.statistic(name) if slice == "all" else f"{numbers.statistic(name)}, {numbers.part(slice)}"
        for name, slice in wanted
    ]
    head, numeric = (say(f"{AT}.head_attack"), *titles), (False, *(True for _ in wanted))
    caption = say(f"{AT}.table") + (say(f"{AT}.table_paper", most=STRONGEST) if len(paper) < len(rows) else "")
    widths = (3.0, *(2.2 for _ in wanted))
    return Table("membership-table", caption, head, tuple(rows), numeric, widths, tuple(groups), tuple(paper))
