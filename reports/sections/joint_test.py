"""All membership attacks together: does the best beat chance after correction for their number (max-T permutation)?"""

from synthaudit.audit.suite.result import Estimated, Row
from synthaudit.reports.blocks.content import Text
from synthaudit.reports.text import numbers
from synthaudit.reports.text.i18n import join_list, pluralize, t
from synthaudit.reports.view.curve import at_largest, representative, synthetic_rows
from synthaudit.reports.view.result_view import ResultView

KEY = "sections.joint_test"
SIGNIFICANT = 0.05
NAMED = 3  # attacks named


def joint_test_paragraph(view: ResultView) -> Text | None:
    """Return one sentence per system: whether any attack beats chance after correction, and which ones do."""
    rows = view.rows("membership", "max_t_p")
    sentences = []
    for card in view.systems:
        own = at_largest([row for row in rows if row.system == card.key], synthetic_rows)
        row = representative([one for one in own if one.slice == "all"])
        if row is None or not isinstance(row.number, Estimated):
            continue
        p = numbers.value(row.number.value, "p")
        if row.number.value > SIGNIFICANT:
            sentences.append(t(f"{KEY}.none", system=card.title, p=p))
            continue
        significant = _significant_attacks(
            [one for one in own if one.slice == "adjusted" and one.release == row.release]
        )
        attacks = join_list([f"“{view.method_title(key)}”" for key in significant[:NAMED]])
        if len(significant) > NAMED:
            more = pluralize(len(significant) - NAMED, "attack")
            attacks = t(f"{KEY}.more", attacks=attacks, more=more)
        sentences.append(t(f"{KEY}.some", system=card.title, p=p, attacks=attacks or t(f"{KEY}.no_single")))
    return Text(" ".join([t(f"{KEY}.lead"), *sentences])) if sentences else None


def _significant_attacks(rows: list[Row]) -> list[str]:
    """Return the attacks whose adjusted p-value is small: the smallest first, each once."""
    values = [(row.number.value, row.method) for row in rows if isinstance(row.number, Estimated)]
    return list(dict.fromkeys(method for p, method in sorted(values) if p <= SIGNIFICANT))
