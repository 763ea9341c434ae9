"""How many patients stand in the synthetic table, word for word or but for one value: said whatever the verdict."""

from synthaudit.audit.suite.result import SystemCard
from synthaudit.reports.sections.patient_counts import shown_count
from synthaudit.reports.text import numbers
from synthaudit.reports.text.i18n import pluralize, t
from synthaudit.reports.view.people import copied_patients
from synthaudit.reports.view.result_view import ResultView

KEY = "answers.copies"


def copy_sentences(view: ResultView) -> list[str]:
    """Return one sentence per system with copies, the most first, and one on all systems without any."""
    found = [(card, copied_patients(view, card)) for card in view.systems]
    some = [(card, one.members.count or 0) for card, one in found if one is not None and one.members.count != 0]
    lines = [copy_sentence(view, card) for card, _ in sorted(some, key=lambda pair: -pair[1])]
    none = [card.title for card, one in found if one is not None and one.members.count == 0]
    if none:
        everybody = pluralize(view.result.split.members.patients, "member")
        lines.append(t(f"{KEY}.none", systems=view.join_titles(none), all_members=everybody))
    return lines


def copy_sentence(view: ResultView, card: SystemCard) -> str:
    """Return how many members and holdout patients are copied; empty where copies were not looked for."""
    one = copied_patients(view, card)
    if one is None:
        return ""
    small = view.result.split.small_count
    counted = one.members.count is not None and one.members.count >= small
    share = numbers.percent(round((one.members.count or 0) / max(one.members.of, 1), 3)) if counted else ""
    return t(
        f"{KEY}.line",
        system=card.title,
        members=shown_count(one.members, small),
        share=t(f"{KEY}.share", share=share) if share else "",
        holdout=shown_count(one.holdout, small),
        all_members=pluralize(one.members.of, "member"),
        all_holdout=pluralize(one.holdout.of, "holdout"),
    )
