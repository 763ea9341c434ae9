"""Page one: the verdict on each system and the reasons for it, in plain words."""

from collections.abc import Sequence

from synthaudit.audit.suite.result import Finding, Unmeasured
from synthaudit.reports.blocks.content import Verdict
from synthaudit.reports.blocks.document import SystemVerdict
from synthaudit.reports.sections.finding_wording import abridge, decided_text, limit_text
from synthaudit.reports.text import labels
from synthaudit.reports.text.i18n import capitalize, pluralize, t, translate
from synthaudit.reports.view.result_view import ResultView
from synthaudit.reports.view.verdicts import GRAVEST_FIRST, gravest, gravity, judged_systems, kind_of_failure, said_of

REASONS = {1: 4, 2: 3, 3: 2, 4: 1}  # by the number of systems, so that page one stays one page


def headline(view: ResultView) -> tuple[Verdict, str]:
    """Return the whole audit's verdict and its sentence."""
    systems = judged_systems(view)
    if not systems:
        return "not judged", t("verdict.no_systems")
    verdict = gravest([one for _, one in systems])
    worst = [card for card, one in systems if one == verdict]
    kind = ""
    if verdict == "fail":
        kinds = {card.key: kind_of_failure(view.findings_of(card.key)) for card in worst}
        kind = next(one for one in ("", "_dp_claim", "_fidelity") if one in kinds.values())
        worst = [card for card in worst if kinds[card.key] == kind]
    return verdict, t(f"verdicts.{verdict}.headline{kind}", systems=view.join_titles(card.title for card in worst))


def system_verdicts(view: ResultView) -> tuple[SystemVerdict, ...]:
    """Return what page one says of each system."""
    verdicts = []
    for card, verdict in judged_systems(view):
        findings = sorted(view.findings_of(card.key), key=gravity)
        shown = findings[: REASONS.get(len(view.systems), 0)]
        rest = len(findings) - len(shown)
        verdicts.append(
            SystemVerdict(
                title=card.title,
                verdict=verdict,
                label=t(f"verdicts.{verdict}.label"),
                sentence=verdict_sentence(findings, verdict),
                reasons=tuple(reason(finding) for finding in shown),
                more=t("verdict.more", count=pluralize(rest, "finding")) if rest else "",
            )
        )
    return tuple(verdicts)


def verdict_sentence(findings: Sequence[Finding], verdict: Verdict) -> str:
    """Return the answer to "may this be released?"."""
    tally = {name: sum(finding.verdict == name for finding in findings) for name in GRAVEST_FIRST}
    blanks = {
        "all": pluralize(len(findings), "criterion"),
        "passed": tally["pass"],
        "failed": tally["fail"],
        "open": tally["inconclusive"],
        "missing": tally["not measured"],
        "proven": sum(said_of(finding) == "leak proven" for finding in findings),
    }
    partly = "_partly" if verdict == "pass" and tally["not measured"] > 0 else ""
    kind = kind_of_failure(findings) if verdict == "fail" else partly
    return t(f"verdicts.{verdict}.sentence{kind}", **blanks)


def reason(finding: Finding) -> str:
    """Return a finding in one sentence, with its number and its limit."""
    title = translate(finding.title)
    if isinstance(finding.number, Unmeasured):
        why = abridge(capitalize(finding.reason.strip().rstrip(".")))
        why = why if why.endswith("…") else f"{why}."
        return t("verdict.reason_unmeasured", id=finding.id, title=title, why=why)
    return t(
        "verdict.reason",
        id=finding.id,
        title=title,
        verdict=t(f"verdicts.{said_of(finding)}.short"),
        statistic=capitalize(labels.statistic(finding.statistic, finding.section)),
        number=decided_text(finding),
        level=t(f"level_in.{finding.level}"),
        worst=t("verdict.worst", count=finding.considered) if finding.considered > 1 else "",
        threshold=limit_text(finding),
    )
