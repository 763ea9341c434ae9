"""Was this patient in the training data? Curves over size and reference, the receiver's curve, fixed claims."""

from collections.abc import Iterator

from audit.suite.result import Estimated, Row
from reports import numbers
from reports.document import Block, Cell, Figure, Section, Table, Text
from reports.evidence import Evidence, ends, is_general, largest, points, reference_rows, speaking, synthetic_rows
from reports.figures.claims import Claim, claims
from reports.figures.roc import Curve, roc
from reports.sections.sweep import Axes, Trace, Wording, sweep
from reports.words import say

AT = "sections.membership"
PANELS = 6  # attacks drawn; the appendix has them all


def section(evidence: Evidence) -> Section | None:
    """Return the section, or None where no membership attack ran."""
    if not any(row.section == "membership" for row in evidence.result.rows):
        return None
    blocks: list[Block] = [Text(say(f"{AT}.threat"), "lead")]
    drawn = (by_size(evidence), by_reference(evidence), receiver(evidence), *fixed_claims(evidence))
    blocks += [one for one in drawn if one is not None]
    if table := at_the_end(evidence):
        blocks.append(table)
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
            value = row.number.value if row.subject in judged else 0.0
            best[row.method] = max(best.get(row.method, 0.0), value)
    return sorted(best, key=lambda method: -best[method])


def traces(evidence: Evidence, rows: list[Row]) -> list[Trace]:
    """Return one curve a system, systems before controls."""
    by_subject: dict[str, list[Row]] = {}
    for row in rows:
        by_subject.setdefault(row.subject, []).append(row)
    return [
        Trace(evidence.title(card.key), evidence.looks[card.key], by_subject[card.key])
        for card in evidence.subjects
        if card.key in by_subject
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
        caption=lambda level: say(f"{AT}.reference_caption", synthetic=f"{synthetic:,}", level=level),
        line=f"{AT}.reference_line",
        x=say(f"{AT}.reference_x"),
        y=say(f"{AT}.y"),
        chance=say(f"{AT}.chance"),
        axis=say(f"{AT}.head_attack"),
    )
    return sweep("auc-reference", axes[:3], reference_rows, words, chance=0.5, releases=releases(evidence))


def receiver(evidence: Evidence) -> Figure | None:
    """Return ROC curves of the strongest attacks at the largest table, first release of each system."""
    panels, told, table = [], [], []
    for method in attacks(evidence)[:3]:
        found = [one for one in evidence.result.series if one.name == "roc" and one.method == method and one.knowledge]
        found = [one for one in found if one.release in (None, 0) and one.subject in evidence.looks]
        top = max(((one.knowledge.synthetic_rows, one.knowledge.reference_rows) for one in found if one.knowledge), default=None)
        drawn = []
        for one in found:
            if one.knowledge and (one.knowledge.synthetic_rows, one.knowledge.reference_rows) == top:
                title, fpr, tpr = evidence.title(one.subject), one.values["fpr"], one.values["tpr"]
                drawn.append(Curve(title, evidence.looks[one.subject], fpr, tpr))
                near = min(range(len(fpr)), key=lambda place: abs(fpr[place] - 0.01), default=None)
                if near is not None:
                    rates = {"tpr": numbers.value(tpr[near], "share"), "fpr": numbers.value(fpr[near], "share")}
                    told.append(say(f"{AT}.roc_line", system=f"{evidence.method(method)}, {title}", **rates))
                    table.append(tuple(Cell(text) for text in (evidence.method(method), title, rates["fpr"], rates["tpr"])))
        if drawn:
            panels.append((evidence.method(method), drawn))
    if not panels:
        return None
    x, y = say(f"{AT}.roc_x"), say(f"{AT}.roc_y")
    svg = roc("roc", panels, x=x, y=y, chance=say(f"{AT}.chance"))
    head = (say(f"{AT}.head_attack"), say("sections.audited.head_system"), x, y)
    behind = Table("roc-table", say(f"{AT}.roc_y"), head, tuple(table), numeric=(False, False, True, True))
    return Figure("roc", svg, say(f"{AT}.roc_alt", lines=" ".join(told)), say(f"{AT}.roc_caption"), behind)


def fixed_claims(evidence: Evidence) -> Iterator[Figure]:
    """Yield, for each attack with fixed rules, members named beside strangers named."""
    rows = [row for row in evidence.rows("membership", "sensitivity") if row.slice.startswith("within ")]
    for method in dict.fromkeys(row.method for row in rows):
        hits = largest([row for row in rows if row.method == method], synthetic_rows)
        size = synthetic_rows(hits[0]) or 0
        false = [row for row in evidence.rows("membership", "false_positive_rate", method=method)
                 if synthetic_rows(row) == size]  # fmt: skip
        general = is_general([*hits, *false])
        panels, told, table = [], [], []
        for card in evidence.subjects:
            hit, miss = ({point.x: point.number for point in points([r for r in side if r.subject == card.key], radius, general=general)}
                         for side in (hits, false))  # fmt: skip
            rules = []
            for h in sorted(hit):
                found, wrong = hit[h], miss.get(h)
                if not isinstance(found, Estimated) or not isinstance(wrong, Estimated):
                    continue
                texts = numbers.text(found, "share"), numbers.text(wrong, "share")
                title, rule = evidence.title(card.key), numbers.part(f"within {h:g}")
                rules.append(Claim(f"{h:g}", ends(found), ends(wrong), (f"{title}, {rule}: {texts[0]}", f"{title}, {rule}: {texts[1]}")))
                table.append(tuple(Cell(text) for text in (title, f"{h:g}", *texts)))
                if h == min(hit):
                    shares = {"members": numbers.value(found.value, "share"), "holdout": numbers.value(wrong.value, "share")}
                    told.append(say(f"{AT}.claims_line", system=title, rule=rule, **shares))
            if rules:
                panels.append((evidence.title(card.key), rules))
        if panels:
            members, holdout = say(f"{AT}.claims_members"), say(f"{AT}.claims_holdout")
            id = f"claims-{len(table)}-{list(dict.fromkeys(row.method for row in rows)).index(method)}"
            svg = claims(id, panels[:6], x=say(f"{AT}.claims_x"), y=say(f"{AT}.claims_y"), members=members, holdout=holdout)
            head = (say("sections.audited.head_system"), "h", members, holdout)
            caption = say(f"{AT}.claims_caption", method=evidence.method(method), rows=f"{size:,}",
                          level=bars(general))  # fmt: skip
            behind = Table(f"{id}-table", say(f"{AT}.claims_y"), head, tuple(table), numeric=(False, True, True, True))
            yield Figure(id, svg, say(f"{AT}.claims_alt", lines=" ".join(told)), caption, behind)


def bars(general: bool) -> str:
    """Return what the thin lines on bars are."""
    return say("level_notes.generator_lines" if general else "level_notes.release_lines")


def radius(row: Row) -> float | None:
    """Return the distance of a rule such as ``within 2``."""
    try:
        return float(row.slice.removeprefix("within "))
    except ValueError:
        return None


def at_the_end(evidence: Evidence) -> Table | None:
    """Return AUC and members recognised at the largest table, every attack and system."""
    wanted = [("auc", "all"), *dict.fromkeys(("tpr_at_fpr", row.slice) for row in evidence.rows("membership", "tpr_at_fpr"))]
    rows = []
    for card in evidence.subjects:
        for method in attacks(evidence):
            cells = [Cell(evidence.title(card.key)), Cell(evidence.method(method))]
            for statistic, slice in wanted:
                found = evidence.rows("membership", statistic, method=method, slice=slice, subject=card.key)
                row = speaking(largest(largest(found, synthetic_rows), reference_rows))
                form = numbers.form_of(statistic)
                cells.append(Cell(numbers.short(row.number, form) if row else "–"))
            if any(cell.text != "–" for cell in cells[2:]):
                rows.append(tuple(cells))
    if not rows:
        return None
    titles = [numbers.statistic(name) if slice == "all" else f"{numbers.statistic(name)}, {numbers.part(slice)}" for name, slice in wanted]
    head = (say("sections.audited.head_system"), say(f"{AT}.head_attack"), *titles)
    numeric = (False, False, *(True for _ in wanted))
    return Table("membership-table", say(f"{AT}.table"), head, tuple(rows), numeric, (2.2, 2.6, *(2.4 for _ in wanted)))
