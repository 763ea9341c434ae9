"""What page one says of privacy promises, and what was not tested of them."""

from synthaudit.reports import numbers
from synthaudit.reports.i18n import listed, say
from synthaudit.reports.result_view import Evidence
from synthaudit.reports.sections.promises import InOutStatistics, Promise, claimed_text, promises

AT = "answers.guarantee"
ORDER: tuple[InOutStatistics, ...] = ("refuted", "exceeded", "stands", "out of reach", "not attacked")


def answer(evidence: Evidence) -> list[str]:
    """Return whether promises hold, in a line each for those refuted, standing, out of reach and untested."""
    found = [one for one in promises(evidence) if one.standing != "nothing claimed"]
    lines = []
    for standing in ORDER:
        alike = [one for one in found if one.standing == standing]
        if alike:
            lines.append(line(evidence, standing, alike))
    for key, kept in (
        ("training_only", [one for one in found if one.card.ledger is not None and one.card.ledger.not_covered]),
        ("their_word", [one for one in found if not one.verified]),
    ):
        if kept:
            lines.append(say(f"{AT}.{key}", systems=evidence.names(one.card.title for one in kept)))
    return lines


def line(evidence: Evidence, standing: InOutStatistics, alike: list[Promise]) -> str:
    """Return what became of promises that fared alike."""
    if standing in ("refuted", "exceeded"):
        told = []
        for one in alike:
            worst = one.strongest
            reached = numbers.plain(worst.reached or 0.0) if worst else "–"
            promised = numbers.plain(worst.claimed) if worst and worst.claimed is not None else claimed_text(one)
            told.append(say(f"{AT}.one", system=one.card.title, reached=reached, promised=promised))
        return say(f"{AT}.{standing}", systems=listed(told))
    best = [one.strongest for one in alike if one.strongest is not None]
    return say(
        f"{AT}.{standing.replace(' ', '_')}",
        systems=evidence.names(one.card.title for one in alike),
        reached=numbers.plain(max((one.reached or 0.0 for one in best), default=0.0)),
        ceiling=numbers.plain(max((one.reach or 0.0 for one in alike), default=0.0)),
    )


def untested(evidence: Evidence) -> list[str]:
    """Return which promises nobody attacked, and from where none was."""
    found = promises(evidence)
    lines = []
    idle = [one.card.title for one in found if one.standing == "not attacked"]
    if idle:
        lines.append(say(f"{AT}.untested", systems=evidence.names(idle)))
    shapes = {trial.shape for one in found for trial in one.trials}
    if shapes == {"black box"}:
        lines.append(say(f"{AT}.black_box_only"))
    return lines
