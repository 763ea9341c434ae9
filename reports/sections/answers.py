"""A reviewer's questions on page one, and what the audit can say to each."""

from synthaudit.audit.suite.result import Estimated, Row
from synthaudit.reports import numbers
from synthaudit.reports.document import Answer
from synthaudit.reports.i18n import count, say
from synthaudit.reports.result_view import Evidence, largest, reference_rows, speaking, strongest, synthetic_rows
from synthaudit.reports.sections import groups, page_one_promises
from synthaudit.reports.sections.verdict import GRAVEST, brief, capital, judged, kind_of_failure, weight

ATTACKED = ("membership", "attribute", "reidentification")
SHOWN = 3  # lines of an answer on page one


def answers(evidence: Evidence) -> tuple[Answer, ...]:
    """Return a reviewer's questions and what the audit can say to each."""
    asked = {
        "assumptions": assumptions(evidence),
        "closest": closest(evidence),
        "guarantee": page_one_promises.answer(evidence),
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
        kind = kind_of_failure(evidence.findings_of(card.key)) if verdict == "fail" else ""
        alike.setdefault(f"{verdict}{kind}", []).append(card.title)
    told = []
    for key, names in alike.items():
        line = say(f"answers.todo.{key}", system=evidence.names(names))
        told.append(line if line.startswith(names[0]) else capital(line))  # a name keeps its own small letter
    return told


def assumptions(evidence: Evidence) -> list[str]:
    """Return what the verdict takes for granted."""
    split = evidence.result.split
    held = [row.knowledge for row in evidence.result.rows if row.knowledge and row.section in ATTACKED]
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
        form = numbers.form_of(row.statistic, row.section)
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


def nearest(evidence: Evidence, system: str) -> Row | None:
    """Return the row that comes closest to giving a patient away."""
    findings = [one for one in evidence.findings_of(system) if one.section in ATTACKED and one.worse == "higher"]
    for finding in sorted(findings, key=weight):
        row = evidence.by_id.get(finding.rows[0]) if finding.rows else None
        if row is not None and isinstance(row.number, Estimated):
            return row
    return strongest(row for row in evidence.rows("membership", "auc", system=system) if row.slice == "all")


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
            members=count(split.target_members, "member"),
            holdout=count(split.target_holdout, "stranger"),
        ),
        say("answers.sure.releases", releases=releases) if releases > 1 else say("answers.sure.one_release"),
    ]
    found: dict[str, dict[str, None]] = {}
    for finding in evidence.findings:
        if finding.detectable:
            found.setdefault(evidence.named(finding.detectable), {})[evidence.title(finding.system)] = None
    small = [row for row in evidence.rows("control", "smallest_leak") if isinstance(row.number, Estimated)]
    least = min(small, key=lambda row: row.number.value if isinstance(row.number, Estimated) else 1, default=None)
    if found:
        lines.append(say("answers.sure.detectable", detectable="; ".join(caught(evidence, found))))
    elif least is not None and isinstance(least.number, Estimated):
        share = f"{numbers.value(least.number.value, 'share')} ({planted(evidence, least.slice)})"
        lines.append(say("answers.sure.detectable", detectable=share))
    else:
        lines.append(say("answers.sure.no_power"))
    return lines


def caught(evidence: Evidence, found: dict[str, dict[str, None]]) -> list[str]:
    """Return the smallest leaks that were caught, and where, if that differs between systems."""
    if len(found) == 1:
        return list(found)
    return [
        say("answers.sure.detectable_in", detectable=leak, systems=evidence.names(names))
        for leak, names in found.items()
    ]


def planted(evidence: Evidence, slice: str) -> str:
    """Return a planted leak's slice with its attack's title in place of its key."""
    attack, _, kind = slice.partition(": ")
    return f"{evidence.method(attack)}, {kind}" if kind else evidence.method(attack)


def at_risk(evidence: Evidence) -> list[str]:
    """Return the group easiest to find where one stands out, and how many stand out at a low rate of false alarms."""
    if lines := grouped(evidence):
        return lines
    lines = [say("answers.whom.none")]
    for card in evidence.systems[:SHOWN]:
        rows = evidence.rows("membership", "tpr_at_fpr", system=card.key)
        rows = [row for row in rows if row.slice.startswith("fpr ")]
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


def grouped(evidence: Evidence) -> list[str]:
    """Return what the groups of patients say: those that stand out by system, then the systems where none does."""
    found = [one for one in groups.breakdowns(evidence) if one.groups]
    lines = [line for one in found if one.outstanding for line in groups.verdict(evidence, one)][:SHOWN]
    quiet = [one for one in found if not one.outstanding]
    if quiet:
        looked = count(max(len(one.groups) for one in quiet), "group")
        lines.append(say("answers.whom.nobody", systems=evidence.names(one.card.title for one in quiet), groups=looked))
    hidden = {name for one in groups.breakdowns(evidence) for name, _ in one.hidden}
    if hidden:
        told = count(len(hidden), "group")
        lines.append(say("answers.whom.hidden", groups=told, title=say("sections.groups.title")))
    return lines


def untested(evidence: Evidence) -> list[str]:
    """Return what lay outside the audit: what it names itself, then findings without a number."""
    lines = [*page_one_promises.untested(evidence), *evidence.result.untested]
    for finding in evidence.findings:
        if finding.verdict == "not measured":
            lines.append(say("answers.untested.finding", title=finding.title, system=evidence.title(finding.system)))
    if not lines:
        return [say("answers.untested.none")]
    shown = [brief(line) for line in lines[: SHOWN + 1]]
    if len(lines) > len(shown):
        shown.append(say("answers.untested.more", count=len(lines) - len(shown)))
    return shown
