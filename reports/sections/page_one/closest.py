"""Which attack came closest to each system, and what its number means for a person."""

from synthaudit.audit.suite.result import Estimated, Row
from synthaudit.reports.text import labels, numbers, threat_model
from synthaudit.reports.text.i18n import t
from synthaudit.reports.view.attack_gain import attack_gain
from synthaudit.reports.view.curve import strongest
from synthaudit.reports.view.result_view import ResultView
from synthaudit.reports.view.verdicts import gravity, judged_systems

ATTACKED = ("membership", "attribute", "reidentification")
IN_FULL = 2  # systems up to which the attacker's knowledge stands on page one too
KEY = "answers.closest"


def closest(view: ResultView) -> list[str]:
    """Return, for every system, the attack behind its gravest finding, or the one with the highest AUC."""
    key = "line" if len(view.systems) <= IN_FULL else "short"
    lines = []
    for card, _ in judged_systems(view, gravest_first=True):
        row = closest_row(view, card.key)
        if row is None:
            continue
        form = labels.form_of(row.statistic, row.section)
        chance = t(f"{KEY}.no_chance")
        if row.chance is not None:
            chance = t(f"{KEY}.chance", chance=numbers.value(row.chance, form))
        lines.append(
            t(
                f"{KEY}.{key}",
                system=card.title,
                method=view.method_title(row.method),
                knowledge=threat_model.describe_threat_model(row.knowledge),
                level=t(f"level_in.{row.level}"),
                measured=labels.measurement(row),
                number=numbers.with_interval(row.number, form),
                chance=chance,
                plain=gain_words(view, row) + (plain_words(row) if key == "line" else ""),
            )
        )
    return lines or [t(f"{KEY}.none")]


def closest_row(view: ResultView, system: str) -> Row | None:
    """Return the row that comes closest to identifying a patient."""
    findings = [one for one in view.findings_of(system) if one.section in ATTACKED and one.worse == "higher"]
    for finding in sorted(findings, key=gravity):
        row = view.by_id.get(finding.rows[0]) if finding.rows else None
        if row is not None and isinstance(row.number, Estimated):
            return row
    return strongest(row for row in view.rows("membership", "auc", system=system) if row.slice == "all")


def gain_words(view: ResultView, row: Row) -> str:
    """Return how much of what the attack could gain it gained; empty where no control says so."""
    gain = attack_gain(view, row)
    if gain.share is None or gain.republished is None or gain.share_range is None:
        return ""
    most = numbers.value(gain.republished.value, labels.form_of(row.statistic, row.section))
    share, low, high = (numbers.percent(round(one, 2)) for one in (gain.share, *gain.share_range))
    return t(f"{KEY}.gain", share=share, low=low, high=high, most=most)


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
