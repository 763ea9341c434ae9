"""From a result and its findings to a finished document; the order of the story is the order here."""

from collections.abc import Sequence
from datetime import UTC, datetime

from synthaudit.audit.suite.result import Finding, Result
from synthaudit.reports.document import Document, Figure
from synthaudit.reports.i18n import look_up, say
from synthaudit.reports.result_view import Evidence
from synthaudit.reports.sections import (
    answers,
    appendix,
    attribute,
    controls,
    fidelity,
    frameworks,
    groups,
    guarantees,
    membership,
    reidentification,
    risk,
    verdict,
)
from synthaudit.reports.sections import dataset as audited
from synthaudit.reports.sections import limitations as closing


def build(result: Result, findings: Sequence[Finding] = ()) -> Document:
    """Return the report of a result, with every number written out."""
    evidence = Evidence(result, tuple(findings))
    told, headline = verdict.headline(evidence)
    sections = (
        risk.section(evidence),
        audited.section(evidence),
        membership.section(evidence),
        attribute.section(evidence),
        reidentification.section(evidence),
        groups.section(evidence),
        guarantees.section(evidence),
        controls.section(evidence),
        fidelity.section(evidence),
        closing.limits(evidence),
        frameworks.section(evidence),
        closing.glossary(),
        closing.provenance(evidence),
    )
    date = started(result).strftime("%Y-%m-%d")
    version = result.run.versions.get("synthaudit", "")
    return Document(
        lang=say("lang"),
        title=result.title,
        subtitle=say("made_by", date=date, version=version, preset=result.preset),
        started=result.run.started,
        date=date,
        headline=headline,
        verdict=told,
        systems=verdict.systems(evidence),
        answers=answers.answers(evidence),
        sections=tuple(section for section in sections if section is not None),
        appendix=appendix.everything(evidence),
        decisive=appendix.decisive(evidence),
        words={
            **look_up("template"),
            **look_up("format"),
            "kicker": say("title"),
            # A title that says what this is needs no second "privacy audit" before it.
            "running": result.title if "audit" in result.title.lower() else say("running_title", title=result.title),
            "description": say("description"),
        },
        symbols=dict(look_up("symbols")),
    )


def started(result: Result) -> datetime:
    """Return when the audit started; a date that cannot be read becomes the epoch, so that bytes stay the same."""
    try:
        found = datetime.fromisoformat(result.run.started)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def figures(document: Document) -> tuple[Figure, ...]:
    """Return every figure in the order of the story."""
    every = [one for section in document.sections for one in (section, *section.sections)]
    return tuple(block for section in every for block in section.blocks if isinstance(block, Figure))
