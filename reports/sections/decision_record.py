"""The decision record: a page to sign, filled from the plan's ``[record]`` and blank where it is silent."""

from collections.abc import Mapping, Sequence
from typing import Any

from synthaudit.reports.blocks.content import Table, TableCell, Text
from synthaudit.reports.blocks.document import Section, start_time
from synthaudit.reports.text.i18n import look_up, t
from synthaudit.reports.view.result_view import ResultView
from synthaudit.reports.view.verdicts import judged_systems

KEY = "sections.decision_record"
ID_LENGTH = 12
FILES = 4  # input files named by their hashes
MODES = ("public", "contract", "enclave")
LINES = 3  # people to sign where the plan names nobody
TICKED, EMPTY = "☒", "☐"


def section(view: ResultView, policy: str) -> Section:
    """Return the page."""
    record = view.result.plan.get("record") or {}
    blocks = (Text(t(f"{KEY}.lead"), "lead"), _entries(view, record, policy), _signatures(record))
    return Section("decision-record", t(f"{KEY}.title"), blocks, new_page=True)


def audit_id(view: ResultView) -> str:
    """Return a short name of the audit: its date and the beginning of its result's digest."""
    return f"{start_time(view.result.run.started):%Y-%m-%d}-{view.result.sha256()[:ID_LENGTH]}"


def _entries(view: ResultView, record: Mapping[str, Any], policy: str) -> Table:
    result = view.result
    version, date = result.run.versions.get("synthaudit", ""), start_time(result.run.started).strftime("%Y-%m-%d")
    facts = {
        "audit": t(f"{KEY}.audit_of", title=result.title, date=date, version=version),
        "id": audit_id(view),
        "result": result.sha256(),
        "manifest": "",
        "data": _data(view, record),
        "policy": policy,
        "systems": "; ".join(
            f"{card.title}: {t(f'verdicts.{verdict}.label')}" for card, verdict in judged_systems(view)
        ),
        "purpose": record.get("purpose", ""),
        "recipient": record.get("recipient", ""),
        "mode": _modes(record.get("release_mode", "")),
        "conditions": "; ".join(record.get("conditions", ())),
        "decision": t(f"{KEY}.decisions"),
        "review": record.get("review_date", ""),
    }
    rows = tuple((TableCell(t(f"{KEY}.{key}")), TableCell(str(text))) for key, text in facts.items())
    return Table("decision-record-table", t(f"{KEY}.caption"), tuple(look_up(f"{KEY}.head")), rows, widths=(1.4, 4.0))


def _data(view: ResultView, record: Mapping[str, Any]) -> str:
    """Return the version of the data as the plan names it, and the hashes of its files."""
    version = record.get("data_version", "")
    hashes = ", ".join(f"{one.name} {one.sha256}" for one in view.result.data.sources[:FILES])
    if not hashes:
        return str(version)
    return t(f"{KEY}.data_hashes", version=f"{version}; " if version else "", hashes=hashes)


def _modes(chosen: str) -> str:
    """Return the release modes with a box each, the chosen one ticked."""
    boxes = zip(MODES, look_up(f"{KEY}.mode_titles"), strict=True)
    return "   ".join(f"{TICKED if mode == chosen else EMPTY} {title}" for mode, title in boxes)


def _signatures(record: Mapping[str, Any]) -> Table:
    """Return a line for each responsible person, or for those who usually are."""
    people: Sequence[tuple[str, str]] = list(dict(record.get("responsible") or {}).items())
    people = people or [(role, "") for role in look_up(f"{KEY}.roles")[:LINES]]
    rows = tuple(tuple(TableCell(text) for text in (role, name, "", "")) for role, name in people)
    head = tuple(look_up(f"{KEY}.signature_head"))
    return Table("signatures", t(f"{KEY}.signatures"), head, rows, widths=(1.6, 1.8, 1.0, 2.4))
