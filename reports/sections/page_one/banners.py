"""What a reader must know before any number: simulated patients, a quick look, parts not attacked, no reference."""

from collections.abc import Iterator

from synthaudit.reports.blocks.document import Banner
from synthaudit.reports.text.i18n import format_integer, pluralize, t
from synthaudit.reports.view.result_view import ResultView

KEY = "banners"
SIMULATED = "simulated"  # the reader of invented patients


def banners(view: ResultView) -> tuple[Banner, ...]:
    """Return what holds of this audit, the gravest first."""
    return tuple(Banner(t(f"{KEY}.{key}.label"), t(f"{KEY}.{key}.text", **blanks)) for key, blanks in _holding(view))


def _holding(view: ResultView) -> Iterator[tuple[str, dict[str, str]]]:
    result = view.result
    if result.data.reader == SIMULATED:
        yield "simulated", {}
    if result.preset == "quick":
        yield "quick", {}
    if blanks := _not_attacked(view):
        yield "not_all_rows", blanks
    if result.split.reference.patients == 0:
        yield "no_reference", {}
    elif _is_set_aside(view):
        yield "reference_set_aside", {"reference": pluralize(result.split.reference.patients, "patient")}


def _not_attacked(view: ResultView) -> dict[str, str]:
    """Return how many patients or rows were attacked, where that is not all of them."""
    split = view.result.split
    sides = ((split.target_members, split.members.patients), (split.target_holdout, split.holdout.patients))
    if any(targets < patients for targets, patients in sides):
        (members, of_members), (holdout, of_holdout) = ((format_integer(a), format_integer(b)) for a, b in sides)
        return {"what": t(f"{KEY}.targets", members=members, of_members=of_members, holdout=holdout,
                          of_holdout=of_holdout)}  # fmt: skip
    for card in view.systems:
        sizes = [row.knowledge.synthetic_rows for row in view.rows("membership", "auc", system=card.key)
                 if row.knowledge is not None]  # fmt: skip
        if card.rows and sizes and max(sizes) < card.rows:
            attacked, rows = format_integer(max(sizes)), format_integer(card.rows)
            return {"what": t(f"{KEY}.rows", attacked=attacked, rows=rows, system=card.title)}
    return {}


def _is_set_aside(view: ResultView) -> bool:
    """Return whether the reference was drawn from the holdout for want of one."""
    data = view.result.plan.get("data", {})
    return bool(data.get("members")) and not data.get("reference")
