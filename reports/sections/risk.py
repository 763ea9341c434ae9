"""The risk map, the strongest attack beside known answers, and privacy against likeness."""

from synthaudit.audit.suite.result import Estimated, Finding, Row
from synthaudit.reports import numbers
from synthaudit.reports.document import Block, Figure, Items, Section, Table, Task, Terms, Text
from synthaudit.reports.figures.forest import Bar, forest
from synthaudit.reports.figures.tradeoff import Spot, tradeoff
from synthaudit.reports.i18n import count, grouped, heard, say
from synthaudit.reports.result_view import (
    Evidence,
    ends,
    is_general,
    largest,
    points,
    reference_rows,
    speaking,
    strongest,
    synthetic_rows,
)
from synthaudit.reports.sections.fidelity import likeness
from synthaudit.reports.sections.verdict import capital, in_words, limit, weight

AT = "sections.riskmap"
TOLD = 16  # findings beyond which those that were kept are told by the risk map alone
WIDE = 5  # systems beyond which each has a row and not a column


def section(evidence: Evidence) -> Section:
    """Return the risk map with the two pictures that belong beside it."""
    blocks: list[Block] = []
    table = risk_map(evidence)
    blocks += (
        [Text(say(f"{AT}.lead"), "lead"), table, Text(say(f"{AT}.legend"), "note")]
        if table
        else [Text(say(f"{AT}.none"))]
    )
    sections = []
    if figure := yardstick(evidence):
        lead = Text(say("sections.yardstick.lead"))
        sections.append(Section("yardstick", say("sections.yardstick.title"), (lead, figure)))
    if figure := balance(evidence):
        lead = Text(say("sections.tradeoff.lead"))
        sections.append(Section("tradeoff", say("sections.tradeoff.title"), (lead, figure)))
    if evidence.findings:
        sections.append(Section("findings", say(f"{AT}.whole"), in_full(evidence)))
    return Section("risk-map", say(f"{AT}.title"), tuple(blocks), tuple(sections))


def in_full(evidence: Evidence) -> tuple[Block, ...]:
    """Return every finding with the policy's own reason, then where the limits come from."""
    pairs = []
    kept = [one for one in evidence.findings if one.verdict == "pass"]
    brief = len(evidence.findings) > TOLD and len(kept) > 0
    for finding in sorted(evidence.findings, key=weight):
        if brief and finding.verdict == "pass":
            continue
        verdict = say(f"verdicts.{finding.verdict}.short")
        pairs.append(
            (f"{finding.id}, {evidence.title(finding.system)}: {verdict}", capital(in_words(evidence, finding)))
        )
    cited = dict.fromkeys((one.id, one.citation) for one in evidence.findings if one.citation)
    sources = tuple(say(f"{AT}.source", id=id, citation=citation) for id, citation in cited)
    told: tuple[Block, ...] = (Terms(tuple(pairs)),) if pairs else ()
    if brief:
        told = (*told, Text(say(f"{AT}.kept_elsewhere", count=count(len(kept), "finding"))))
    return (*told, Text(say(f"{AT}.sources")), Items(sources)) if sources else told


def risk_map(evidence: Evidence) -> Table | None:
    """Return demands against systems, or None where nothing was judged."""
    if not evidence.findings:
        return None
    first: dict[str, Finding] = {}
    for finding in evidence.findings:
        first.setdefault(finding.id, finding)
    judged = dict.fromkeys((*(card.key for card in evidence.systems), *(one.system for one in evidence.findings)))
    if len(judged) > WIDE:
        return by_system(evidence, first, list(judged))
    order = ["control", "membership", "attribute", "reidentification", "privacy", "fidelity"]
    rows = []
    for id, finding in sorted(first.items(), key=lambda item: order.index(item[1].section)):
        title = f"{say(f'section_names.{finding.section}')}: {heard(finding.title)} ({id})"
        cells = []
        for key in judged:
            own = sorted((one for one in evidence.findings_of(key) if one.id == id), key=weight)
            cells.append(cell(own[0]) if own else Task(say(f"{AT}.no_finding"), "not judged"))
        rows.append((Task(title), Task(limit(finding)), *cells))
    head = (say(f"{AT}.head_criterion"), say(f"{AT}.head_limit"), *(evidence.title(key) for key in judged))
    widths = (3.0, 1.4, *(2.2 for _ in judged))
    return Table("risk", say(f"{AT}.caption"), head, tuple(rows), tuple(False for _ in head), widths)


def by_system(evidence: Evidence, first: dict[str, Finding], judged: list[str]) -> Table:
    """Return systems against demands, for audits of many systems."""
    rows = []
    for key in judged:
        cells = []
        for id in first:
            own = sorted((one for one in evidence.findings_of(key) if one.id == id), key=weight)
            cells.append(cell(own[0]) if own else Task(say(f"{AT}.no_finding"), "not judged"))
        rows.append((Task(evidence.title(key)), *cells))
    head = (
        say("sections.audited.head_system"),
        *(f"{heard(one.title)} ({one.id}): {limit(one)}" for one in first.values()),
    )
    return Table("risk", say(f"{AT}.caption"), head, tuple(rows), (False,) * len(head), (1.6, *(2.2 for _ in first)))


def cell(finding: Finding) -> Task:
    """Return a verdict with the number it rests on."""
    label = say(f"verdicts.{finding.verdict}.short")
    if not isinstance(finding.number, Estimated):
        return Task(label, finding.verdict)
    return Task(
        label, finding.verdict, numbers.text(finding.number, numbers.form_of(finding.statistic, finding.section))
    )


def leading(evidence: Evidence, system: str, size: int | None = None) -> Row | None:
    """Return the strongest membership attack on a system at one size of the synthetic table, the largest by default."""
    rows = [row for row in evidence.rows("membership", "auc", system=system) if row.slice == "all"]
    rows = largest(rows, synthetic_rows) if size is None else [row for row in rows if synthetic_rows(row) == size]
    general = is_general(rows)
    one_each: dict[tuple[str, int | None], list[Row]] = {}
    for row in rows:
        one_each.setdefault((row.method, reference_rows(row)), []).append(row)
    spoken = [points(own, lambda _: 0, general=general)[0].row for own in one_each.values()]
    return strongest(spoken)


def yardstick(evidence: Evidence) -> Figure | None:
    """Return the strongest attack on each system, controls beside them."""
    found = [(card, row) for card in evidence.systems_and_controls if (row := leading(evidence, card.key)) is not None]
    if not found:
        return None
    found.sort(key=lambda pair: -pair[1].number.value if isinstance(pair[1].number, Estimated) else 0)
    bars, told, table = [], [], []
    for card, row in found:
        if not isinstance(row.number, Estimated):
            continue
        text, title = numbers.text(row.number, "ratio"), evidence.title(card.key)
        value, low, high = ends(row.number, 1.0)
        bars.append(Bar(title, evidence.looks[card.key], value, low, high, f"{title}: {text}", text))
        told.append((title, text))
        level = say(f"levels.{row.level}")
        table.append(tuple(Task(one) for one in (title, evidence.method(row.method), level, text)))
    line = next((one for one in evidence.findings if one.section == "membership" and one.statistic == "auc"), None)
    svg = forest(
        "yardstick", bars, x=say("sections.yardstick.x"), chance=0.5, chance_label=say("sections.membership.chance"),
        limit=line.threshold if line else None, limit_label=say("sections.yardstick.limit") if line else "",
    )  # fmt: skip
    others = " ".join(f"{title}: {text}." for title, text in told[1:])
    alt = say("sections.yardstick.alt", strongest=told[0][0], value=told[0][1], others=others)
    level = say("level_notes.generator_bar" if found[0][1].release is None else "level_notes.release_bar")
    head = (say("sections.audited.head_system"), say("sections.membership.head_attack"), say("appendix.about"), "AUC")
    behind = Table("yardstick-table", say("sections.yardstick.title"), head, tuple(table), (False, False, False, True))
    return Figure("yardstick", svg, alt, say("sections.yardstick.caption", level=level), behind)


def balance(evidence: Evidence) -> Figure | None:
    """Return likeness against risk, one mark a synthetic table's size where both were measured by size."""
    chosen = likeness(evidence)
    if chosen is None:
        return None
    method, statistic = chosen
    form, spots, table, told, joined = numbers.form_of(statistic, "fidelity"), [], [], [], False
    for card in evidence.systems_and_controls:
        rows = evidence.rows("fidelity", statistic, method=method, system=card.key, slice="synthetic")
        places = sorted({synthetic_rows(row) or 0 for row in rows})
        joined = joined or len(places) > 1
        for place in places:
            like = speaking([row for row in rows if (synthetic_rows(row) or 0) == place])
            risk = leading(evidence, card.key, place or None)
            if like is None or risk is None:
                continue
            if not isinstance(like.number, Estimated) or not isinstance(risk.number, Estimated):
                continue
            title, texts = (
                evidence.title(card.key),
                (numbers.text(like.number, form), numbers.text(risk.number, "ratio")),
            )
            (x, x_low, x_high), (y, y_low, y_high) = ends(like.number), ends(risk.number, 1.0)
            size = grouped(place) if place else ""
            tip = say("sections.tradeoff.alt_line", system=f"{title} {size}".strip(), x=texts[0], y=texts[1])
            spots.append(Spot(title, evidence.looks[card.key], x, x_low, x_high, y, y_low, y_high, size, tip))
            table.append(tuple(Task(text) for text in (title, size or "–", *texts)))
            if place == places[-1]:
                told.append(tip)
    if len(spots) < 2:
        return None
    ruler = speaking(
        evidence.rows("fidelity", statistic, method=method, slice="yardstick", system=spots_system(evidence))
    )
    name = f"{evidence.method(method)}: {numbers.statistic(statistic, 'fidelity')}"
    svg = tradeoff(
        "tradeoff", spots, x=name, y=say("sections.tradeoff.y"),
        chance=0.5, chance_label=say("sections.tradeoff.chance"),
        yardstick=ruler.number.value if ruler and isinstance(ruler.number, Estimated) else None,
        yardstick_label=say("sections.tradeoff.yardstick"),
    )  # fmt: skip
    head = (say("sections.audited.head_system"), say("sections.membership.size_x"), name, say("sections.tradeoff.y"))
    behind = Table("tradeoff-table", say("sections.tradeoff.title"), head, tuple(table), (False, True, True, True))
    caption = say("sections.tradeoff.caption", fidelity=name, joined=say("sections.tradeoff.joined") if joined else "")
    return Figure("tradeoff", svg, say("sections.tradeoff.alt", lines=" ".join(told)), caption, behind)


def spots_system(evidence: Evidence) -> str:
    """Return the system whose yardstick is drawn: the first that has one."""
    rows = [row for row in evidence.result.rows if row.section == "fidelity" and row.slice == "yardstick"]
    return rows[0].system if rows else ""
