"""A reviewer's questions on page one, and what the audit can say to each."""

from collections.abc import Sequence

from synthaudit.audit.suite.result import Estimated, Row
from synthaudit.reports.blocks.document import Answer
from synthaudit.reports.sections.finding_wording import abridge
from synthaudit.reports.sections.page_one import dp_claims
from synthaudit.reports.sections.page_one.at_risk import at_risk
from synthaudit.reports.sections.planted_leaks import unnoticed_sentences
from synthaudit.reports.text import labels, numbers, threat_model
from synthaudit.reports.text.i18n import capitalize, pluralize, t
from synthaudit.reports.view.curve import strongest
from synthaudit.reports.view.result_view import ResultView
from synthaudit.reports.view.verdicts import gravity, judged_systems, kind_of_failure

ATTACKED = ("membership", "attribute", "reidentification")
SHOWN = 4  # lines on what was not tested
CLOSEST = 2  # systems whose strongest attack is told; the findings matrix and the sections have the others


def answers(view: ResultView) -> tuple[Answer, ...]:
    """Return a reviewer's questions and what the audit can say to each."""
    lines = {
        "assumptions": assumptions(view),
        "closest": closest(view),
        "dp_claims": dp_claims.answer(view),
        "sure": certainty(view),
        "whom": at_risk(view),
        "untested": untested(view),
        "next": next_steps(view),
    }
    return tuple(Answer(t(f"answers.{key}.question"), tuple(text)) for key, text in lines.items() if text)


def next_steps(view: ResultView) -> list[str]:
    """Return what follows from the verdicts, systems with the same verdict together."""
    systems: dict[str, list[str]] = {}
    for card, verdict in judged_systems(view, gravest_first=True):
        kind = kind_of_failure(view.findings_of(card.key)) if verdict == "fail" else ""
        systems.setdefault(f"{verdict}{kind}", []).append(card.title)
    lines = []
    for key, titles in systems.items():
        line = t(f"answers.next.{key}", system=view.join_titles(titles))
        lines.append(line if line.startswith(titles[0]) else capitalize(line))  # a title keeps its own small letter
    return lines


def assumptions(view: ResultView) -> list[str]:
    """Return what the verdict takes for granted."""
    split = view.result.split
    attackers = [row.knowledge for row in view.result.rows if row.knowledge and row.section in ATTACKED]
    lines = []
    if attackers:
        lead = max(attackers, key=lambda knows: (knows.synthetic_rows, knows.reference_rows, knows.known_columns or 0))
        lines.append(t("answers.assumptions.knowledge", knowledge=threat_model.describe_threat_model(lead)))
        known = max(knows.known_columns or 0 for knows in attackers)
        if known and lead.known_columns is None:
            lines[-1] += " " + t("answers.assumptions.columns", columns=pluralize(known, "column"))
    people = {side: pluralize(getattr(split, side).patients, "patient") for side in ("members", "holdout")}
    lines.append(t("answers.assumptions.split", **people))
    lines.append(t("answers.assumptions.policy" if view.findings else "answers.assumptions.no_policy"))
    return lines


def closest(view: ResultView) -> list[str]:
    """Return, for each system, the attack behind its gravest finding, or the one with the highest AUC."""
    lines = []
    for card, _ in judged_systems(view, gravest_first=True)[:CLOSEST]:
        row = closest_row(view, card.key)
        if row is None:
            continue
        form = labels.form_of(row.statistic, row.section)
        chance = t("answers.closest.no_chance")
        if row.chance is not None:
            chance = t("answers.closest.chance", chance=numbers.value(row.chance, form))
        lines.append(
            t(
                "answers.closest.line",
                system=card.title,
                method=view.method_title(row.method),
                knowledge=threat_model.describe_threat_model(row.knowledge),
                level=t(f"level_in.{row.level}"),
                measured=labels.measurement(row),
                number=numbers.with_interval(row.number, form),
                chance=chance,
                plain=plain_words(row),
            )
        )
    return lines or [t("answers.closest.none")]


def closest_row(view: ResultView, system: str) -> Row | None:
    """Return the row that comes closest to identifying a patient."""
    findings = [one for one in view.findings_of(system) if one.section in ATTACKED and one.worse == "higher"]
    for finding in sorted(findings, key=gravity):
        row = view.by_id.get(finding.rows[0]) if finding.rows else None
        if row is not None and isinstance(row.number, Estimated):
            return row
    return strongest(row for row in view.rows("membership", "auc", system=system) if row.slice == "all")


def plain_words(row: Row) -> str:
    """Return what a number means for a person, where the catalogue has words for it."""
    if not isinstance(row.number, Estimated) or row.statistic not in ("auc", "tpr_at_fpr"):
        return ""
    return t(
        f"statistics.{row.statistic}.plain",
        per_hundred=f"{row.number.value * 100:.0f}",
        per_thousand=f"{row.number.value * 1000:.0f}",
        chance_per_thousand=numbers.compact((row.chance or 0) * 1000),
    )


def certainty(view: ResultView) -> list[str]:
    """Return the sample, the number of releases and the power behind the verdict."""
    split = view.result.split
    releases = max((card.releases for card in view.systems), default=0)
    sample = t(
        "answers.sure.sample",
        confidence=numbers.percent(view.confidence),
        members=pluralize(split.target_members, "member"),
        holdout=pluralize(split.target_holdout, "holdout"),
    )
    trainings = t("answers.sure.releases", releases=releases) if releases > 1 else t("answers.sure.one_release")
    return [sample, trainings, *(unnoticed_sentences(view) or [smallest_leak(view)])]


def smallest_leak(view: ResultView) -> str:
    """Return the smallest planted leak that an audit of an earlier version detected."""
    detectable: dict[str, dict[str, None]] = {}
    for finding in view.findings:
        if finding.detectable:
            leak = view.with_titles(finding.detectable)
            detectable.setdefault(leak, {})[view.system_title(finding.system)] = None
    if detectable:
        return t("answers.sure.detectable", detectable="; ".join(detectable_leaks(view, detectable)))
    measured = [row for row in view.rows("control", "smallest_leak") if isinstance(row.number, Estimated)]
    least = min(measured, key=lambda row: row.number.value if isinstance(row.number, Estimated) else 1, default=None)
    if least is None or not isinstance(least.number, Estimated):
        return t("answers.sure.no_power")
    attack, _, kind = least.slice.partition(": ")
    title = f"{view.method_title(attack)}, {kind}" if kind else view.method_title(attack)
    return t("answers.sure.detectable", detectable=f"{numbers.value(least.number.value, 'share')} ({title})")


def detectable_leaks(view: ResultView, detectable: dict[str, dict[str, None]]) -> Sequence[str]:
    """Return the smallest leaks that were detected, and in which systems, if that differs between them."""
    if len(detectable) == 1:
        return list(detectable)
    return [
        t("answers.sure.detectable_in", detectable=leak, systems=view.join_titles(titles))
        for leak, titles in detectable.items()
    ]


def untested(view: ResultView) -> list[str]:
    """Return what lay outside the audit: what the result names itself, then findings without a number."""
    lines = [*dp_claims.untested_claims(view), *view.result.untested]
    for finding in view.findings:
        if finding.verdict == "not measured":
            lines.append(t("answers.untested.finding", title=finding.title, system=view.system_title(finding.system)))
    if not lines:
        return [t("answers.untested.none")]
    shown = [abridge(line) for line in lines[:SHOWN]]
    if len(lines) > len(shown):
        shown.append(t("answers.untested.more", count=len(lines) - len(shown)))
    return shown
