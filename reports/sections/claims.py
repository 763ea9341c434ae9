"""Fixed claims: members named beside strangers named just as readily."""

from collections.abc import Iterator

from synthaudit.audit.suite.result import Estimated, Row
from synthaudit.reports import numbers
from synthaudit.reports.document import Figure, Table, Task
from synthaudit.reports.figures.claims import Claim, claims
from synthaudit.reports.i18n import grouped, say
from synthaudit.reports.result_view import Evidence, ends, is_general, largest, points, synthetic_rows

AT = "sections.membership"


def fixed_claims(evidence: Evidence) -> Iterator[Figure]:
    """Yield members named beside strangers named, for each attack with fixed rules.

    Where the audit also looked at distinctive records alone, they have a figure of their own: a match with a
    record that many people share gives nobody away.
    """
    rows = [row for row in evidence.rows("membership", "sensitivity") if radius(row) is not None]
    for place, method in enumerate(dict.fromkeys(row.method for row in rows)):
        hits = largest([row for row in rows if row.method == method], synthetic_rows)
        size = synthetic_rows(hits[0]) or 0
        false = [one for one in evidence.rows("membership", "false_positive_rate", method=method)
                 if synthetic_rows(one) == size]  # fmt: skip
        kinds = list(dict.fromkeys(which(row) for row in hits))
        chosen = [kind for kind in kinds if not kind] + [kind for kind in kinds if "distinctive" in kind]
        for kind in chosen or kinds[:1]:
            found, wrong = ([row for row in side if which(row) == kind] for side in (hits, false))
            if figure := side_by_side(
                evidence, f"claims-{place}{'-distinctive' if kind else ''}", method, found, wrong, kind
            ):
                yield figure


def which(row: Row) -> str:
    """Return which records a rule such as ``within 0, distinctive records`` was held to; empty for all."""
    return row.slice.partition(", ")[2]


def side_by_side(
    evidence: Evidence, id: str, method: str, hits: list[Row], false: list[Row], kind: str
) -> Figure | None:
    """Return one panel a system: the rule's distance across, shares named upwards."""
    general, kin = is_general([*hits, *false]), hits[0].slice.partition(" ")[0]
    panels, told, table = [], [], []
    for card in evidence.systems_and_controls:
        title = evidence.title(card.key)
        rules: list[Claim] = []
        for h, found, wrong in pairs(card.key, hits, false, general=general):
            texts, rule = (numbers.text(found, "share"), numbers.text(wrong, "share")), numbers.part(f"{kin} {h:g}")
            tips = (f"{title}, {rule}: {texts[0]}", f"{title}, {rule}: {texts[1]}")
            if not rules:
                named = {"members": numbers.value(found.value, "share"), "holdout": numbers.value(wrong.value, "share")}
                told.append(say(f"{AT}.claims_line", system=title, rule=rule, **named))
            rules.append(Claim(numbers.plain(h), ends(found), ends(wrong), tips))
            table.append(tuple(Task(text) for text in (title, numbers.plain(h), *texts)))
        if rules:
            panels.append((title, rules))
    if not panels:
        return None
    members, holdout = say(f"{AT}.claims_members"), say(f"{AT}.claims_holdout")
    x, y = say(f"{AT}.claims_x_{kin}"), say(f"{AT}.claims_y")
    svg = claims(id, panels[:8], x=x, y=y, members=members, holdout=holdout)
    rows = grouped(synthetic_rows(hits[0]) or 0)
    caption = say(f"{AT}.claims_caption_{kin}", method=evidence.method(method), rows=rows, level=bars(general))
    if kind:
        caption += f" {say(f'{AT}.claims_kind', kind=kind)}"
    head = (say("sections.audited.head_system"), say(f"{AT}.claims_rule_{kin}"), members, holdout)
    behind = Table(f"{id}-table", y, head, tuple(table), numeric=(False, True, True, True))
    return Figure(id, svg, say(f"{AT}.claims_alt", lines=" ".join(told)), caption, behind)


def pairs(
    system: str, hits: list[Row], false: list[Row], *, general: bool
) -> Iterator[tuple[float, Estimated, Estimated]]:
    """Yield each distance with the shares of members and of strangers named, where both were measured."""
    hit, miss = (
        {
            point.x: point.number
            for point in points([row for row in side if row.system == system], radius, general=general)
        }
        for side in (hits, false)
    )
    for h in sorted(hit):
        found, wrong = hit[h], miss.get(h)
        if isinstance(found, Estimated) and isinstance(wrong, Estimated):
            yield h, found, wrong


def bars(general: bool) -> str:
    """Return what the thin lines on bars are."""
    return say("level_notes.generator_lines" if general else "level_notes.release_lines")


def radius(row: Row) -> float | None:
    """Return the number of a rule such as ``within 2`` or ``similarity 0.9``; None for another kind of rule."""
    kin, _, rest = row.slice.partition(" ")
    try:
        return float(rest.partition(", ")[0]) if kin in ("within", "similarity") else None
    except ValueError:
        return None
