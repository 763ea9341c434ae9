"""Page one: what a reviewer asks, answered from findings and rows, without a statistics degree."""

from collections.abc import Sequence

from audit.suite.finding import Finding
from audit.suite.result import Estimated, Row, SubjectCard, Unmeasured
from reports import numbers
from reports.document import Answer, SystemVerdict, Verdict
from reports.evidence import Evidence, largest, reference_rows, speaking, strongest, synthetic_rows
from reports.words import count, listed, say

GRAVEST: tuple[Verdict, ...] = ("invalid", "fail", "inconclusive", "not measured", "pass", "not judged")
SEVERITY = {"high": 0, "medium": 1, "low": 2}
PRIVACY = ("membership", "attribute", "reidentification", "privacy", "control")
SHOWN = 3  # lines of an answer on page one
REASONS = {1: 4, 2: 3, 3: 2, 4: 1}  # by the number of systems, so that page one stays one page


def gravest(verdicts: list[Verdict]) -> Verdict:
    """Return the verdict that settles the matter; with none, nothing was judged."""
    return min(verdicts, key=GRAVEST.index, default="not judged")


def judged(evidence: Evidence) -> tuple[tuple[SubjectCard, Verdict], ...]:
    """Return each system with the gravest of its findings."""
    return tuple(
        (card, gravest([finding.verdict for finding in evidence.findings_of(card.key)])) for card in evidence.systems
    )


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
    likeness = verdict == "fail" and not any(leaks(evidence.findings_of(card.key)) for card in worst)
    names = listed(
        [card.title for card in worst if likeness or verdict != "fail" or leaks(evidence.findings_of(card.key))]
    )
    return verdict, say(f"verdicts.{verdict}.headline{'_likeness' if likeness else ''}", systems=names)


def leaks(findings: Sequence[Finding]) -> bool:
    """Return whether a limit of privacy, not of likeness, was broken."""
    return any(finding.verdict == "fail" and finding.section != "fidelity" for finding in findings)


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
    likeness = verdict == "fail" and not leaks(findings)
    return say(f"verdicts.{verdict}.sentence{'_likeness' if likeness else ''}", **blanks)


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
    form = numbers.form_of(finding.statistic)
    if isinstance(finding.number, Unmeasured):
        return say("verdict.reason_unmeasured", id=finding.id, title=finding.title, why=why)
    return say(
        "verdict.reason",
        id=finding.id,
        title=finding.title,
        verdict=say(f"verdicts.{finding.verdict}.short"),
        statistic=capital(numbers.statistic(finding.statistic)),
        number=numbers.text(finding.number, form),
        level=say(f"level_in.{finding.level}"),
        worst=say("verdict.worst", count=finding.considered) if finding.considered > 1 else "",
        threshold=limit(finding),
    )


def brief(text: str, length: int = 130) -> str:
    """Return a text that fits page one, cut at a word; the whole stands under the risk map."""
    return text if len(text) <= length else f"{text[:length].rsplit(' ', 1)[0].rstrip(';,')} …"


def capital(text: str) -> str:
    """Return a text with a capital at its start."""
    return text[:1].upper() + text[1:]


def limit(finding: Finding) -> str:
    """Return the policy's limit in words."""
    threshold = numbers.value(finding.threshold, numbers.form_of(finding.statistic))
    key = "at_most" if finding.worse == "higher" else "at_least"
    return say(f"sections.riskmap.{key}", threshold=threshold)


def answers(evidence: Evidence) -> tuple[Answer, ...]:
    """Return a reviewer's questions and what the audit can say to each."""
    asked = {
        "assumptions": assumptions(evidence),
        "closest": closest(evidence),
        "sure": how_sure(evidence),
        "whom": at_risk(evidence),
        "untested": untested(evidence),
        "todo": to_do(evidence),
    }
    return tuple(Answer(say(f"answers.{key}.question"), tuple(lines)) for key, lines in asked.items() if lines)


def to_do(evidence: Evidence) -> list[str]:
    """Return what follows from the verdicts, systems with the same verdict together."""
    alike: dict[str, list[str]] = {}
    for card, verdict in sorted(judged(evidence), key=lambda pair: GRAVEST.index(pair[1])):
        likeness = verdict == "fail" and not leaks(evidence.findings_of(card.key))
        alike.setdefault(f"{verdict}{'_likeness' if likeness else ''}", []).append(card.title)
    return [say(f"answers.todo.{key}", system=listed(names)) for key, names in alike.items()]


def assumptions(evidence: Evidence) -> list[str]:
    """Return what the verdict takes for granted."""
    split = evidence.result.split
    held = [row.knowledge for row in evidence.result.rows if row.knowledge and row.section in PRIVACY[:3]]
    lines = []
    if held:
        lead = max(held, key=lambda knows: (knows.synthetic_rows, knows.reference_rows, knows.known_columns or 0))
        lines.append(say("answers.assumptions.knowledge", knowledge=numbers.knowledge(lead)))
        known = max(knows.known_columns or 0 for knows in held)
        if known and lead.known_columns is None:
            lines[-1] += " " + say("answers.assumptions.columns", columns=count(known, "column"))
    people = {side: count(getattr(split, side).patients, "patient") for side in ("members", "holdout")}
    lines.append(say("answers.assumptions.split", **people))
    lines.append(say("answers.assumptions.policy" if evidence.findings else "answers.assumptions.no_policy"))
    return lines


def closest(evidence: Evidence) -> list[str]:
    """Return, for each system, the attack behind its gravest finding, or the one with the highest AUC."""
    lines = []
    # The gravest two; the risk map and the sections have the others.
    for card, _ in sorted(judged(evidence), key=lambda pair: GRAVEST.index(pair[1]))[:2]:
        row = nearest(evidence, card.key)
        if row is None:
            continue
        form = numbers.form_of(row.statistic)
        chance = row.chance
        told = (
            say("answers.closest.no_chance")
            if chance is None
            else say("answers.closest.chance", chance=numbers.value(chance, form))
        )
        lines.append(
            say(
                "answers.closest.line",
                system=card.title,
                method=evidence.method(row.method),
                knowledge=numbers.knowledge(row.knowledge),
                level=say(f"level_in.{row.level}"),
                measured=numbers.measured(row),
                number=numbers.text(row.number, form),
                chance=told,
                plain=in_plain_words(row),
            )
        )
    return lines or [say("answers.closest.none")]


def nearest(evidence: Evidence, subject: str) -> Row | None:
    """Return the row that comes closest to giving a patient away."""
    findings = [one for one in evidence.findings_of(subject) if one.section in PRIVACY and one.worse == "higher"]
    for finding in sorted(findings, key=weight):
        row = evidence.by_id.get(finding.rows[0]) if finding.rows else None
        if row is not None and row.section != "control" and isinstance(row.number, Estimated):
            return row
    return strongest(row for row in evidence.rows("membership", "auc", subject=subject) if row.slice == "all")


def in_plain_words(row: Row) -> str:
    """Return what a number means for a person, where the catalogue has words for it."""
    if not isinstance(row.number, Estimated) or row.statistic not in ("auc", "tpr_at_fpr"):
        return ""
    return say(
        f"statistics.{row.statistic}.plain",
        per_hundred=f"{row.number.value * 100:.0f}",
        per_thousand=f"{row.number.value * 1000:.0f}",
        chance_per_thousand=numbers.plain((row.chance or 0) * 1000),
    )


def how_sure(evidence: Evidence) -> list[str]:
    """Return the sample, the number of releases and the power behind the verdict."""
    split = evidence.result.split
    releases = max((card.releases for card in evidence.systems), default=0)
    lines = [
        say(
            "answers.sure.sample",
            confidence=numbers.percent(evidence.confidence),
            members=f"{split.target_members:,} members",
            holdout=f"{split.target_holdout:,} strangers",
        ),
        say("answers.sure.releases", releases=releases) if releases > 1 else say("answers.sure.one_release"),
    ]
    found = dict.fromkeys(finding.detectable for finding in evidence.findings if finding.detectable)
    small = [row for row in evidence.rows("control", "smallest_leak") if isinstance(row.number, Estimated)]
    least = min(small, key=lambda row: row.number.value if isinstance(row.number, Estimated) else 1, default=None)
    if found:
        lines.append(say("answers.sure.detectable", detectable="; ".join(found)))
    elif least is not None and isinstance(least.number, Estimated):
        share = f"{numbers.value(least.number.value, 'share')} ({planted(evidence, least.slice)})"
        lines.append(say("answers.sure.detectable", detectable=share))
    else:
        lines.append(say("answers.sure.no_power"))
    return lines


def planted(evidence: Evidence, slice: str) -> str:
    """Return a planted leak's slice with its attack's title in place of its key."""
    attack, _, kind = slice.partition(": ")
    return f"{evidence.method(attack)}, {kind}" if kind else evidence.method(attack)


def at_risk(evidence: Evidence) -> list[str]:
    """Return the groups of patients easiest to find, or how many stand out at a low rate of false alarms."""
    lines = []
    for card in evidence.systems[:SHOWN]:
        rows = [row for row in evidence.rows("membership", "auc", subject=card.key) if row.slice != "all"]
        row = strongest(rows)
        if row is not None:
            told = {
                "group": row.slice,
                "measured": numbers.statistic("auc"),
                "number": numbers.text(row.number, "ratio"),
            }
            lines.append(say("answers.whom.group", system=card.title, **told))
    if lines:
        return lines
    lines.append(say("answers.whom.none"))
    for card in evidence.systems[:SHOWN]:
        rows = evidence.rows("membership", "tpr_at_fpr", subject=card.key)
        rates = {row.chance for row in rows if row.chance and isinstance(row.number, Estimated)}
        rate = 0.01 if 0.01 in rates else max(rates, default=None)
        rows = [row for row in rows if row.chance == rate is not None]
        by_method: dict[str, list[Row]] = {}
        for one in rows:
            by_method.setdefault(one.method, []).append(one)
        spoken = (speaking(largest(largest(own, synthetic_rows), reference_rows)) for own in by_method.values())
        row = strongest(one for one in spoken if one is not None)
        if row is not None and row.chance is not None:
            chance = numbers.percent(row.chance)
            told = {"number": numbers.text(row.number, "share"), "rate": chance, "chance": chance}
            lines.append(say("answers.whom.tail", system=card.title, **told))
    return lines


def untested(evidence: Evidence) -> list[str]:
    """Return what lay outside the audit: what it names itself, then findings without a number."""
    lines = list(evidence.result.untested)
    for finding in evidence.findings:
        if finding.verdict == "not measured":
            lines.append(say("answers.untested.finding", title=finding.title, system=evidence.title(finding.subject)))
    if not lines:
        return [say("answers.untested.none")]
    shown = [brief(line) for line in lines[: SHOWN + 1]]
    if len(lines) > len(shown):
        shown.append(say("answers.untested.more", count=len(lines) - len(shown)))
    return shown
