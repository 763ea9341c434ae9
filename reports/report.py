"""From a result and its findings to a finished document; the order of the pages is the order here."""

from collections.abc import Sequence

from synthaudit.audit.suite.result import Finding, Result
from synthaudit.reports.blocks.document import Document, start_time
from synthaudit.reports.renderers import card
from synthaudit.reports.sections import (
    appendix,
    attribute,
    controls,
    data_card,
    dataset,
    decision_record,
    dp_claims,
    fidelity,
    findings_matrix,
    frameworks,
    glossary,
    groups,
    limitations,
    membership,
    provenance,
    reidentification,
)
from synthaudit.reports.sections.page_one import answers, banners, decision_table, people, verdict
from synthaudit.reports.text.i18n import look_up, t
from synthaudit.reports.view.result_view import ResultView


def build_report(result: Result, findings: Sequence[Finding] = (), *, policy: str = "") -> Document:
    """Return the report of a result, with every number written out."""
    view = ResultView(result, tuple(findings))
    overall, headline = verdict.headline(view)
    sections = (
        findings_matrix.section(view),
        dataset.section(view),
        membership.section(view),
        attribute.section(view),
        reidentification.section(view),
        groups.section(view),
        dp_claims.section(view),
        controls.section(view),
        fidelity.section(view),
        limitations.section(view),
        frameworks.section(view),
        glossary.section(),
        decision_record.section(view, policy),
        provenance.section(view),
    )
    digest = result.sha256()
    date = start_time(result.run.started).strftime("%Y-%m-%d")
    version = result.run.versions.get("synthaudit", "")
    return Document(
        lang=t("lang"),
        title=result.title,
        subtitle=t("made_by", date=date, version=version, preset=result.preset, digest=digest[:16]),
        started=result.run.started,
        digest=digest,
        date=date,
        headline=headline,
        verdict=overall,
        systems=verdict.system_verdicts(view),
        answers=answers.answers(view),
        sections=tuple(section for section in sections if section is not None),
        appendix=appendix.full_table(view),
        decisive=appendix.decisive_table(view),
        words=_template_words(result.title),
        symbols=dict(look_up("symbols")),
        banners=banners.banners(view),
        people=people.people_lines(view),
        decision=decision_table.decision_table(view),
    )


def build_card(result: Result, findings: Sequence[Finding] = (), *, policy: str = "") -> str:
    """Return the card of the synthetic data as Markdown; ``policy`` is the name and digest of the policy."""
    view = ResultView(result, tuple(findings))
    rows = max((data_card.synthetic_size(view, one) for one in view.systems), default=0)
    sections = data_card.card_sections(view, policy)
    return card.render(data_card.card_title(view), sections, rows=rows, symbols=dict(look_up("symbols")))


def _template_words(title: str) -> dict[str, str]:
    """Return the words of the templates."""
    # A title that says what this is needs no second "privacy audit" before it.
    running = title if "audit" in title.lower() else t("running_title", title=title)
    return {
        **look_up("template"),
        **look_up("format"),
        "kicker": t("title"),
        "running": running,
        "description": t("description"),
    }
