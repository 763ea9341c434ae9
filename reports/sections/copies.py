"""How many patients stand in the synthetic table, word for word or but for one value: said whatever the verdict."""

from synthaudit.audit.suite.result import Estimated, SystemCard
from synthaudit.reports.text.i18n import format_integer, pluralize, t
from synthaudit.reports.view.result_view import ResultView

KEY = "answers.copies"
SLICES = ("verbatim or nearly, distinctive records", "verbatim, distinctive records")


def copy_sentences(view: ResultView) -> list[str]:
    """Return one sentence per system, on its release with the most copied members."""
    return [line for card in view.systems if (line := copy_sentence(view, card))]


def copy_sentence(view: ResultView, card: SystemCard) -> str:
    """Return how many members and holdout patients are copied; empty where copies were not looked for."""
    sides: dict[tuple[int | None, str], list[int]] = {}
    for statistic in ("sensitivity", "false_positive_rate"):
        for row in view.rows("membership", statistic, method="copies", system=card.key):
            if isinstance(row.number, Estimated) and row.level == "release" and row.slice in SLICES:
                count = round(row.number.value * row.number.trials)
                sides.setdefault((row.release, row.slice), []).append(count)
    counted = [counts for counts in sides.values() if len(counts) == 2]
    if not counted:
        return ""
    (members, holdout), split = max(counted), view.result.split
    return t(
        f"{KEY}.line",
        system=card.title,
        members=shown_count(members, split.small_count),
        holdout=shown_count(holdout, split.small_count),
        all_members=pluralize(split.members.patients, "member"),
        all_holdout=pluralize(split.holdout.patients, "holdout"),
    )


def shown_count(count: int, small_count: int) -> str:
    """Return a count of patients; a small one only as being small."""
    if 0 < count < small_count:
        return t(f"{KEY}.fewer", count=format_integer(small_count))
    return format_integer(count)
