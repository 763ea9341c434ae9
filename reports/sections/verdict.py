"""Page one: the verdict on each system and the reasons for it, without a statistics degree."""

from collections.abc import Sequence

from synthaudit.audit.suite.result import Finding, SystemCard, Unmeasured
from synthaudit.reports import numbers
from synthaudit.reports.document import SystemVerdict, Verdict
from synthaudit.reports.i18n import count, heard, say
from synthaudit.reports.result_view import Evidence

GRAVEST: tuple[Verdict, ...] = ("invalid", "fail", "inconclusive", "not measured", "pass", "not judged")
SEVERITY = {"high": 0, "medium": 1, "low": 2}
REASONS = {1: 4, 2: 3, 3: 2, 4: 1}  # by the number of systems, so that page one stays one page


def gravest(verdicts: list[Verdict]) -> Verdict:
    """Return the verdict that settles the matter; with none, nothing was judged."""
    return min(verdicts, key=GRAVEST.index, default="not judged")


def judged(evidence: Evidence) -> tuple[tuple[SystemCard, Verdict], ...]:
    """Return each system with the gravest of its findings."""
    return tuple(
        (card, gravest([finding.verdict for finding in counted(evidence.findings_of(card.key))]))
        for card in evidence.systems
    )


def counted(findings: Sequence[Finding]) -> Sequence[Finding]:
    """Return the findings that bear on a verdict: what the policy cares little about may stay unmeasured."""
    return [one for one in findings if one.severity != "low" or one.verdict != "not measured"] or findings


def weight(finding: Finding) -> tuple[int, int]:
    """Return the place of a finding among reasons: gravest first, then what the policy cares about most."""
    return GRAVEST.index(finding.verdict), SEVERITY[finding.severity]


def headline(evidence: Evidence) -> tuple[Verdict, str]:
    """Return the whole audit's verdict and its sentence."""
    systems = judged(evidence)
    if not systems:
        return "not judged", say("verdict.no_systems")
    verdict = gravest([one for _, one in systems])
    worst = [card for card, one in systems if one == verdict]
    kinds = {kind_of_failure(evidence.findings_of(card.key)) for card in worst} if verdict == "fail" else {""}
    kind = next(one for one in ("", "_promise", "_likeness") if one in kinds)
    named = [card for card in worst if verdict != "fail" or kind_of_failure(evidence.findings_of(card.key)) == kind]
    names = evidence.names(card.title for card in named)
    return verdict, say(f"verdicts.{verdict}.headline{kind}", systems=names)


def kind_of_failure(findings: Sequence[Finding]) -> str:
    """Return what was broken: a limit of privacy, else a promise of it, else only likeness."""
    broken = {finding.section for finding in findings if finding.verdict == "fail"}
    if broken - {"fidelity", "privacy"}:
        return ""
    return "_promise" if "privacy" in broken else "_likeness"


def sentence(findings: tuple[Finding, ...], verdict: Verdict) -> str:
    """Return the answer to "may this be released?"."""
    tally = {name: sum(finding.verdict == name for finding in findings) for name in GRAVEST}
    blanks = {
        "all": count(len(findings), "criterion"),
        "passed": tally["pass"],
        "failed": tally["fail"],
        "open": tally["inconclusive"],
        "missing": tally["not measured"],
    }
    partly = "_partly" if verdict == "pass" and tally["not measured"] > 0 else ""
    kind = kind_of_failure(findings) if verdict == "fail" else partly
    return say(f"verdicts.{verdict}.sentence{kind}", **blanks)


def systems(evidence: Evidence) -> tuple[SystemVerdict, ...]:
    """Return what page one says of each system."""
    told = []
    for card, verdict in judged(evidence):
        findings = sorted(evidence.findings_of(card.key), key=weight)
        shown = findings[: REASONS.get(len(evidence.systems), 0)]
        rest = len(findings) - len(shown)
        told.append(
            SystemVerdict(
                title=card.title,
                verdict=verdict,
                label=say(f"verdicts.{verdict}.label"),
                sentence=sentence(tuple(findings), verdict),
                reasons=tuple(reason(finding) for finding in shown),
                more=say("verdict.more", count=count(rest, "finding")) if rest else "",
            )
        )
    return tuple(told)


def reason(finding: Finding) -> str:
    """Return a finding in one sentence, with its number and its limit."""
    why = finding.reason.strip()
    why = brief(capital(why.rstrip(".")))
    why = why if why.endswith("…") else f"{why}."
    form = numbers.form_of(finding.statistic, finding.section)
    if isinstance(finding.number, Unmeasured):
        return say("verdict.reason_unmeasured", id=finding.id, title=heard(finding.title), why=why)
    return say(
        "verdict.reason",
        id=finding.id,
        title=heard(finding.title),
        verdict=say(f"verdicts.{finding.verdict}.short"),
        statistic=capital(numbers.statistic(finding.statistic, finding.section)),
        number=numbers.text(finding.number, form),
        level=say(f"level_in.{finding.level}"),
        worst=say("verdict.worst", count=finding.considered) if finding.considered > 1 else "",
        threshold=limit(finding),
    )


def in_words(evidence: Evidence, finding: Finding) -> str:
    """Return the policy's own reason, with titles for the keys of attacks and statistics."""
    row = evidence.by_id.get(finding.rows[0]) if finding.rows else None
    reason = evidence.named(finding.reason)
    if row is not None:
        part = "" if row.slice == "all" else f" {row.slice}"
        reason = reason.replace(f"{row.statistic}{part} of ", say("verdict.by", measured=numbers.measured(row)))
    return reason


def brief(text: str, length: int = 130) -> str:
    """Return a text that fits page one, cut at a word; the whole stands under the risk map."""
    return text if len(text) <= length else f"{text[:length].rsplit(' ', 1)[0].rstrip(';,')} …"


def capital(text: str) -> str:
    """Return a text with a capital at its start."""
    return text[:1].upper() + text[1:]


def limit(finding: Finding) -> str:
    """Return the policy's limit in words."""
    if finding.statistic == "claim_excess" and finding.threshold == 0:
        return say("sections.riskmap.as_promised")
    threshold = numbers.value(finding.threshold, numbers.form_of(finding.statistic, finding.section))
    key = "at_most" if finding.worse == "higher" else "at_least"
    return say(f"sections.riskmap.{key}", threshold=threshold)
