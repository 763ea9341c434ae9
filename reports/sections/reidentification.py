"""Can a patient be pointed at? Members beside strangers, attack by attack, and the risk that is left."""

from synthaudit.audit.suite.result import Estimated, Row
from synthaudit.reports import numbers
from synthaudit.reports.document import Block, Figure, Section, Table, Task, Text
from synthaudit.reports.figures.pairs import Pair, Triple, pairs
from synthaudit.reports.i18n import listed, say
from synthaudit.reports.result_view import Evidence, ends, is_general, largest, reference_rows, speaking, synthetic_rows

AT = "sections.reidentification"
WANTED = (("success", "members"), ("success", "holdout"), ("excess", "all"), ("residual_risk", "all"))
DRAWN = 36  # rows of the figure; the table has them all


def section(evidence: Evidence) -> Section | None:
    """Return the section, or None where no such attack ran."""
    if not any(row.section == "reidentification" for row in evidence.result.rows):
        return None
    found = collect(evidence)
    blocks: list[Block] = [Text(say(f"{AT}.threat"), "lead"), Text(say(f"{AT}.reading"))]
    if figure := drawn(evidence, found):
        blocks += [figure, Text(said(evidence, found))]
    if table := compact(evidence, found):
        blocks.append(table)
    return Section("reidentification", say(f"{AT}.title"), tuple(blocks))


def collect(evidence: Evidence) -> dict[tuple[str, str], tuple[Row | None, ...]]:
    """Return for each attack and system the rows that speak, in the order of ``WANTED``."""
    every = [row for row in evidence.result.rows if row.section == "reidentification"]
    general = is_general(every)
    found: dict[tuple[str, str], tuple[Row | None, ...]] = {}
    for method in dict.fromkeys(row.method for row in every):
        for card in evidence.systems_and_controls:
            rows = []
            for statistic, slice in WANTED:
                own = evidence.rows("reidentification", statistic, method=method, system=card.key, slice=slice)
                rows.append(speaking(largest(largest(own, synthetic_rows), reference_rows), general=general))
            if any(rows):
                found[method, card.key] = tuple(rows)
    return found


def triple(row: Row | None) -> Triple | None:
    """Return value and interval, or None where there is no number."""
    return ends(row.number, 1.0) if row is not None and isinstance(row.number, Estimated) else None


def short(row: Row | None) -> str:
    """Return a number with its interval, or two words, or a dash."""
    return numbers.short(row.number, "share") if row is not None else "–"


def drawn(evidence: Evidence, found: dict[tuple[str, str], tuple[Row | None, ...]]) -> Figure | None:
    """Return members beside strangers, and the residual risk."""
    names = [say(f"{AT}.{key}") for key in ("members", "holdout", "excess", "residual")]
    bars, told, table = [], [], []
    for (method, key), rows in found.items():
        title, attack, texts = evidence.title(key), evidence.method(method), [short(row) for row in rows]
        tips = tuple(f"{title}, {attack}, {names[at]}: {texts[at]}" for at in (0, 1, 3))
        table.append(tuple(Task(text) for text in (attack, title, *texts)))
        if any(triple(rows[at]) for at in (0, 1, 3)):
            bars.append(
                Pair(title, attack, triple(rows[0]), triple(rows[1]), triple(rows[3]), (tips[0], tips[1], tips[2]),
                     texts[3])
            )  # fmt: skip
            line = {"members": texts[0], "holdout": texts[1], "residual": texts[3]}
            told.append(say(f"{AT}.line", attack=attack, system=title, **line))
    if not bars:
        return None
    svg = pairs(
        "reidentification-pairs", bars[:DRAWN], rate=say(f"{AT}.rate"), risk=names[3], members=names[0],
        strangers=names[1],
    )  # fmt: skip
    head = (say("sections.membership.head_attack"), say("sections.audited.head_system"), *names)
    spoken = [row for own in found.values() for row in own if row is not None]
    level = say("level_notes.generator_bar" if is_general(spoken) else "level_notes.release_bar")
    caption = say(f"{AT}.caption", level=level)
    behind = Table("pairs-table", caption, head, tuple(table), (False, False, True, True, True, True))
    return Figure("reidentification-pairs", svg, " ".join(told), caption, behind)


def said(evidence: Evidence, found: dict[tuple[str, str], tuple[Row | None, ...]]) -> str:
    """Return which systems make members easier to point at than strangers, beyond chance."""
    above: dict[str, list[str]] = {}
    for (method, key), rows in found.items():
        if (risk := triple(rows[3])) and risk[1] > 0:
            above.setdefault(evidence.title(key), []).append(f"“{evidence.method(method)}”")
    systems = {evidence.title(card.key) for card in evidence.systems}
    lines = [say(f"{AT}.above", system=title, attacks=listed(names)) for title, names in above.items()]
    return " ".join(lines if systems & set(above) else [say(f"{AT}.none"), *lines])


def compact(evidence: Evidence, found: dict[tuple[str, str], tuple[Row | None, ...]]) -> Table | None:
    """Return one line an attack and system."""
    rows, groups = [], []
    for (method, key), own in found.items():
        rows.append((Task(evidence.title(key)), *(Task(short(row)) for row in own)))
        groups.append(evidence.method(method))
    if not rows:
        return None
    head = (say("sections.audited.head_system"), *(say(f"{AT}.{key}") for key in
            ("members", "holdout", "excess", "residual")))  # fmt: skip
    return Table(
        "reidentification-table", say(f"{AT}.table"), head, tuple(rows), (False, True, True, True, True),
        (2.0, 2.0, 2.0, 2.0, 2.0), tuple(groups),
    )  # fmt: skip
