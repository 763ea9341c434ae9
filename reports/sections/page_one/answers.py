"""A reviewer's questions on page one, and what the audit can say to each."""

from collections.abc import Sequence

from synthaudit.audit.suite.result import Estimated
from synthaudit.reports.blocks.document import Answer
from synthaudit.reports.sections.finding_wording import abridge
from synthaudit.reports.sections.page_one import dp_claims
from synthaudit.reports.sections.page_one.at_risk import at_risk
from synthaudit.reports.sections.page_one.closest import ATTACKED, closest
from synthaudit.reports.sections.page_one.next_steps import next_steps
from synthaudit.reports.sections.planted_leaks import unnoticed_sentences
from synthaudit.reports.text import numbers, threat_model
from synthaudit.reports.text.i18n import pluralize, t
from synthaudit.reports.view.result_view import ResultView

SHOWN = 4  # lines on what was not tested


def answers(view: ResultView) -> tuple[Answer, ...]:
    """Return a reviewer's questions and what the audit can say to each."""
    lines = {
        "next": next_steps(view),
        "unnoticed": power_lines(view),
        "closest": closest(view),
        "whom": at_risk(view),
        "dp_claims": dp_claims.answer(view),
        "sure": certainty(view),
        "assumptions": assumptions(view),
        "untested": untested(view),
    }
    return tuple(Answer(t(f"answers.{key}.question"), tuple(text)) for key, text in lines.items() if text)


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


def certainty(view: ResultView) -> list[str]:
    """Return the sample and the number of releases behind the verdict."""
    split = view.result.split
    releases = max((card.releases for card in view.systems), default=0)
    sample = t(
        "answers.sure.sample",
        confidence=numbers.percent(view.confidence),
        members=pluralize(split.target_members, "member"),
        holdout=pluralize(split.target_holdout, "holdout"),
    )
    trainings = t("answers.sure.releases", releases=releases) if releases > 1 else t("answers.sure.one_release")
    limited = [f"{one.id}, {view.system_title(one.system)}" for one in view.findings if one.caveat]
    return [sample, trainings, *([t("answers.sure.caveat", findings="; ".join(limited))] if limited else [])]


def power_lines(view: ResultView) -> list[str]:
    """Return how large a leak could have gone unnoticed."""
    return unnoticed_sentences(view) or [smallest_leak(view)]


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
