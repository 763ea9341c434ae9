"""The headline in people: what the gravest verdict means for those whose records they are."""

from synthaudit.audit.suite.result import Estimated, Finding, SystemCard
from synthaudit.reports.sections.page_one.closest import closest_row, plain_words
from synthaudit.reports.sections.patient_counts import shown_count
from synthaudit.reports.text.i18n import pluralize, t
from synthaudit.reports.view.criteria import criterion_kind
from synthaudit.reports.view.people import CopyCounts, copied_patients
from synthaudit.reports.view.result_view import ResultView
from synthaudit.reports.view.verdicts import judged_systems, said_of

SHOWN = 2  # systems told in people
KEY = "people"


def people_lines(view: ResultView) -> tuple[str, ...]:
    """Return how many patients the worst tables give away: copies first, else what the strongest attack achieves."""
    copied = [(card, one) for card in view.systems if (one := proven_copies(view, card))]
    if copied:
        worst = sorted(copied, key=lambda pair: -(pair[1].members.count or 0))
        return tuple(_copied_line(view, card, one) for card, one in worst[:SHOWN])
    for card, verdict in judged_systems(view, gravest_first=True):
        row = closest_row(view, card.key) if verdict in ("fail", "leak proven") else None
        if row is not None and (words := plain_words(row).strip()):
            return (t(f"{KEY}.attack", system=card.title, words=words),)
    return ()


def proven_copies(view: ResultView, card: SystemCard) -> CopyCounts | None:
    """Return a system's copies where they are more than the holdout explains, word for word if those are all."""
    nearly, verbatim = copied_patients(view, card), copied_patients(view, card, verbatim=True)
    one = verbatim if verbatim is not None and nearly is not None and verbatim.members == nearly.members else nearly
    if one is None or one.members.count == 0:
        return None
    judged = [finding for finding in view.findings_of(card.key) if criterion_kind(view, finding) == "copies"]
    proven = any(map(_is_proven, judged)) if judged else (one.beyond_holdout or 0.0) > 0
    return one if proven else None


def _is_proven(finding: Finding) -> bool:
    return isinstance(finding.number, Estimated) and said_of(finding) in ("fail", "leak proven")


def _copied_line(view: ResultView, card: SystemCard, one: CopyCounts) -> str:
    small = view.result.split.small_count
    return t(
        f"{KEY}.copied_verbatim" if one.verbatim else f"{KEY}.copied",
        system=card.title,
        members=shown_count(one.members, small),
        all_members=pluralize(one.members.of, "patient"),
        holdout=shown_count(one.holdout, small),
        all_holdout=pluralize(one.holdout.of, "patient"),
    )
