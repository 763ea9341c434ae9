"""The same attackers under other conditions: strangers from elsewhere, wrong or other columns, fewer targets."""

from synthaudit.audit.suite.result import Estimated, Row, ThreatModel
from synthaudit.reports import numbers
from synthaudit.reports.document import Table, Task
from synthaudit.reports.i18n import grouped, listed, say
from synthaudit.reports.result_view import (
    Evidence,
    condition,
    known_columns,
    largest,
    reference_rows,
    speaking,
    synthetic_rows,
)

AT = "sections.conditions"


def other_conditions(evidence: Evidence, section: str, statistic: str) -> Table | None:
    """Return for each system and unusual condition the attack that did best, beside its usual number."""
    rows, groups = [], []
    unusual = [row for row in evidence.unusual(section, statistic) if row.slice == "all" and row.knowledge is not None]
    for card in evidence.systems:
        own = [row for row in unusual if row.system == card.key]
        for kind in sorted({condition(row.knowledge) for row in own if row.knowledge is not None}):
            here = [row for row in own if row.knowledge is not None and condition(row.knowledge) == kind]
            best = strongest_of(here)
            if best is None or best.knowledge is None:
                continue
            usual = last(evidence.rows(section, statistic, system=card.key, method=best.method, slice="all"))
            form = numbers.form_of(statistic, section)
            texts = (
                differs(best.knowledge, usual.knowledge if usual else None),
                evidence.method(best.method),
                numbers.short(usual.number, form) if usual else "–",
                numbers.short(best.number, form),
            )
            rows.append(tuple(Task(text) for text in texts))
            groups.append(card.title)
    if not rows:
        return None
    name = numbers.statistic(statistic, section)
    head = (say(f"{AT}.head"), say("sections.membership.head_attack"), say(f"{AT}.usual"), say(f"{AT}.here"))
    return Table(
        f"conditions-{section}", say(f"{AT}.caption", statistic=name), head, tuple(rows),
        (False, False, True, True), (2.4, 2.0, 1.8, 1.8), tuple(groups),
    )  # fmt: skip


def last(rows: list[Row]) -> Row | None:
    """Return the row that speaks for an attack: the largest table, the most reference records, the most known."""
    return speaking(largest(largest(largest(rows, synthetic_rows), reference_rows), known_columns))


def strongest_of(rows: list[Row]) -> Row | None:
    """Return the highest of the attacks' last numbers."""
    methods = dict.fromkeys(row.method for row in rows)
    spoken = [last([row for row in rows if row.method == method]) for method in methods]
    kept = [row for row in spoken if row is not None and isinstance(row.number, Estimated)]
    return max(kept, key=lambda row: row.number.value if isinstance(row.number, Estimated) else 0, default=None)


def differs(here: ThreatModel, usual: ThreatModel | None) -> str:
    """Return in words what is unlike the usual attack."""
    told = []
    if here.reference_population != "same population":
        told.append(say(f"{AT}.shifted"))
    if here.known_choice is not None and (usual is None or here.known_choice != usual.known_choice):
        told.append(numbers.columns_known(here))
    elif here.error_rate:
        told.append(say(f"{AT}.wrong", share=numbers.percent(here.error_rate)))
    if here.targets_per_side is not None:
        told.append(say("knowledge.targets", targets=grouped(here.targets_per_side)))
    if here.combined_releases > 1:
        told.append(say(f"{AT}.copies", copies=grouped(here.combined_releases)))
    return listed(told)
