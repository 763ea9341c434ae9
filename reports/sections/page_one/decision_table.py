"""Page one's table: each system with its verdict, and what it gives away in people and in numbers."""

from synthaudit.audit.suite.result import Estimated, Finding, SystemCard
from synthaudit.reports.blocks.content import Table, TableCell
from synthaudit.reports.sections.finding_wording import decisive_bound, limit_text
from synthaudit.reports.sections.patient_counts import shown_count, shown_of
from synthaudit.reports.text import labels, numbers
from synthaudit.reports.text.i18n import join_list, look_up, t
from synthaudit.reports.view.curve import strongest
from synthaudit.reports.view.dp_claims import DPClaim, dp_claims
from synthaudit.reports.view.people import PatientCount, copied_patients, singled_out
from synthaudit.reports.view.result_view import ResultView
from synthaudit.reports.view.verdicts import gravity, judged_systems, said_of

KEY = "decision"
WIDTHS = (1.5, 2.0, 1.4, 1.5, 1.5, 1.6, 1.2)


def decision_table(view: ResultView) -> Table | None:
    """Return the table, the gravest verdicts first; None where there is no system."""
    claims = {one.card.key: one for one in dp_claims(view)}
    rows = tuple(
        (
            TableCell(card.title),
            TableCell(t(f"verdicts.{verdict}.label"), verdict, _tally(view, card)),
            _copied_cell(view, card),
            _singled_out_cell(view, card),
            _auc_cell(view, card),
            _inferred_cell(view, card),
            _claim_cell(claims.get(card.key)),
        )
        for card, verdict in judged_systems(view, gravest_first=True)
    )
    head = tuple(look_up(f"{KEY}.head"))
    return Table("decision", t(f"{KEY}.caption"), head, rows, (False,) * len(head), WIDTHS) if rows else None


def _tally(view: ResultView, card: SystemCard) -> str:
    """Return which criteria settled the verdict, by their ids."""
    findings = view.findings_of(card.key)
    if not findings:
        return ""
    worst = said_of(min(findings, key=gravity))
    ids = dict.fromkeys(one.id for one in findings if said_of(one) == worst)
    if worst == "pass":
        return t(f"{KEY}.all_met", count=len(findings))
    return t(f"{KEY}.settled_by", ids=join_list(list(ids)), all=len(findings))


def _copied_cell(view: ResultView, card: SystemCard) -> TableCell:
    one = copied_patients(view, card)
    return _people_cell(view, one.members, one.holdout) if one is not None else TableCell(t(f"{KEY}.not_tested"))


def _singled_out_cell(view: ResultView, card: SystemCard) -> TableCell:
    one = singled_out(view, card)
    return _people_cell(view, one.members, one.holdout) if one is not None else TableCell(t(f"{KEY}.not_tested"))


def _people_cell(view: ResultView, members: PatientCount, holdout: PatientCount) -> TableCell:
    small = view.result.split.small_count
    note = t(f"{KEY}.holdout", count=shown_count(holdout, small))
    return TableCell(shown_of(members, small), note=note)


def _auc_cell(view: ResultView, card: SystemCard) -> TableCell:
    """Return the membership AUC that decided, with its bound and limit; without a criterion the strongest attack's."""
    if finding := _gravest(view, card, "membership", "auc"):
        return _finding_cell(finding)
    row = strongest(one for one in view.rows("membership", "auc", system=card.key) if one.slice == "all")
    if row is None or not isinstance(row.number, Estimated):
        return TableCell(t(f"{KEY}.not_tested"))
    return TableCell(numbers.value(row.number.value, "ratio"), note=t(f"{KEY}.no_limit"))


def _inferred_cell(view: ResultView, card: SystemCard) -> TableCell:
    """Return by how much guesses about members beat those about holdout patients, as the criterion found it."""
    if finding := _gravest(view, card, "attribute", ""):
        return _finding_cell(finding)
    rows = [row for name in view.statistics("attribute") if name.startswith("leakage_")
            for row in view.rows("attribute", name, system=card.key, slice="all")]  # fmt: skip
    row = strongest(rows)
    if row is None or not isinstance(row.number, Estimated):
        return TableCell(t(f"{KEY}.not_tested"))
    return TableCell(numbers.value(row.number.value, "share"), note=t(f"{KEY}.no_limit"))


def _gravest(view: ResultView, card: SystemCard, section: str, statistic: str) -> Finding | None:
    """Return the gravest finding with a number on a section, and on one statistic where it is named."""
    own = [one for one in view.findings_of(card.key) if one.section == section and isinstance(one.number, Estimated)]
    own = [one for one in own if statistic in ("", one.statistic)]
    return min(own, key=gravity, default=None)


def _finding_cell(finding: Finding) -> TableCell:
    form = labels.form_of(finding.statistic, finding.section)
    number = numbers.value(finding.number.value, form) if isinstance(finding.number, Estimated) else "–"
    parts = [part for part in (decisive_bound(finding), t(f"{KEY}.limit", limit=limit_text(finding))) if part]
    return TableCell(number, note="; ".join(parts))


def _claim_cell(claim: DPClaim | None) -> TableCell:
    if claim is None or claim.status == "nothing claimed":
        return TableCell(t(f"{KEY}.claims.nothing_claimed"))
    return TableCell(t(f"{KEY}.claims.{claim.status.replace(' ', '_')}"))
