"""The findings matrix: criteria against systems, the findings in full, and the pictures that belong beside it."""

from collections import Counter

from synthaudit.audit.suite.result import Estimated, Finding
from synthaudit.reports.blocks.content import Block, Items, Table, TableCell, Terms, Text
from synthaudit.reports.blocks.document import Section
from synthaudit.reports.sections.finding_wording import decided_text, limit_text, reason_with_titles
from synthaudit.reports.sections.strongest_attack import attack_gain_table, strongest_attack_figure
from synthaudit.reports.sections.tradeoff import tradeoff_figure
from synthaudit.reports.text.i18n import capitalize, pluralize, t, translate
from synthaudit.reports.view.result_view import ResultView
from synthaudit.reports.view.verdicts import gravity, said_of

KEY = "sections.findings_matrix"
IN_FULL = 16  # findings beyond which those that were met stand in the matrix alone
WIDE = 5  # systems beyond which each has a row and not a column
ORDER = ("control", "membership", "attribute", "reidentification", "privacy", "fidelity")


def section(view: ResultView) -> Section:
    """Return the findings matrix with the two pictures that belong beside it."""
    blocks: list[Block] = [Text(t(f"{KEY}.none"))]
    if table := _matrix(view):
        blocks = [Text(t(f"{KEY}.lead"), "lead"), table, Text(t(f"{KEY}.legend"), "note")]
    sections = []
    if figure := strongest_attack_figure(view):
        lead = Text(t("sections.yardstick.lead"))
        gain = attack_gain_table(view)
        beside: list[Block] = [lead, figure, *([gain] if gain else [])]
        sections.append(Section("yardstick", t("sections.yardstick.title"), tuple(beside)))
    if figure := tradeoff_figure(view):
        lead = Text(t("sections.tradeoff.lead"))
        sections.append(Section("tradeoff", t("sections.tradeoff.title"), (lead, figure), screen_only=True))
    if view.findings:
        in_full = _in_full(view)
        on_paper = any(isinstance(block, Terms) for block in in_full)
        sections.append(Section("findings", t(f"{KEY}.whole"), in_full, screen_only=not on_paper))
    return Section("findings-matrix", t(f"{KEY}.title"), tuple(blocks), tuple(sections))


def _in_full(view: ResultView) -> tuple[Block, ...]:
    """Return every finding with the policy's own reason, then where the limits come from."""
    met = [one for one in view.findings if said_of(one) == "pass" and not one.caveat]
    short = len(view.findings) > IN_FULL and len(met) > 0
    pairs = []
    for finding in sorted(view.findings, key=gravity):
        if short and said_of(finding) == "pass" and not finding.caveat:
            continue
        verdict = t(f"verdicts.{said_of(finding)}.short")
        term = f"{finding.id}, {view.system_title(finding.system)}: {verdict}"
        pairs.append((term, capitalize(reason_with_titles(view, finding))))
    blocks: list[Block] = [Terms(tuple(pairs))] if pairs else []
    if short:
        blocks.append(Text(t(f"{KEY}.met_elsewhere", count=pluralize(len(met), "finding"))))
    cited = dict.fromkeys((one.id, one.citation) for one in view.findings if one.citation)
    if cited:
        sources = tuple(t(f"{KEY}.source", id=id, citation=citation) for id, citation in cited)
        blocks += [Text(t(f"{KEY}.sources"), screen_only=True), Items(sources, screen_only=True)]
    return tuple(blocks)


def _matrix(view: ResultView) -> Table | None:
    """Return criteria against systems, or None where nothing was judged."""
    if not view.findings:
        return None
    criteria = {id: _usual(view, id) for id in dict.fromkeys(one.id for one in view.findings)}
    systems = list(dict.fromkeys((*(card.key for card in view.systems), *(one.system for one in view.findings))))
    if len(systems) > WIDE:
        return _one_row_per_system(view, criteria, systems)
    rows = []
    for id, finding in sorted(criteria.items(), key=lambda item: ORDER.index(item[1].section)):
        title = f"{t(f'section_names.{finding.section}')}: {translate(finding.title)} ({id})"
        cells = (_finding_cell(view, key, finding) for key in systems)
        rows.append((TableCell(title), TableCell(limit_text(finding)), *cells))
    head = (t(f"{KEY}.head_criterion"), t(f"{KEY}.head_limit"), *(view.system_title(key) for key in systems))
    widths = (3.0, 1.4, *(2.2 for _ in systems))
    return Table("findings-matrix-table", t(f"{KEY}.caption"), head, tuple(rows), (False,) * len(head), widths)


def _one_row_per_system(view: ResultView, criteria: dict[str, Finding], systems: list[str]) -> Table:
    """Return systems against criteria, for audits of many systems."""
    rows = tuple(
        (TableCell(view.system_title(key)), *(_finding_cell(view, key, usual) for usual in criteria.values()))
        for key in systems
    )
    titles = (f"{translate(one.title)} ({one.id}): {limit_text(one)}" for one in criteria.values())
    head = (t("sections.dataset.head_system"), *titles)
    widths = (1.6, *(2.2 for _ in criteria))
    return Table("findings-matrix-table", t(f"{KEY}.caption"), head, rows, (False,) * len(head), widths)


def _usual(view: ResultView, criterion: str) -> Finding:
    """Return a finding of a criterion with the limit that most of them have; where it fails another may count."""
    findings = [one for one in view.findings if one.id == criterion]
    limits = Counter(one.threshold for one in findings)
    return max(findings, key=lambda one: limits[one.threshold])


def _finding_cell(view: ResultView, system: str, usual: Finding) -> TableCell:
    """Return the gravest verdict of a criterion on a system, with the number it rests on and a limit of its own."""
    findings = sorted((one for one in view.findings_of(system) if one.id == usual.id), key=gravity)
    if not findings:
        return TableCell(t(f"{KEY}.no_finding"), "not judged")
    finding = findings[0]
    said = said_of(finding)
    label = t(f"verdicts.{said}.short")
    if not isinstance(finding.number, Estimated):
        return TableCell(label, said)
    decided = decided_text(finding)
    if finding.threshold != usual.threshold:
        decided = t(f"{KEY}.own_limit", decided=decided, limit=limit_text(finding))
    return TableCell(label, said, t(f"{KEY}.with_caveat", decided=decided) if finding.caveat else decided)
