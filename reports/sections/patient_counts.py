"""Counts of patients as text: a small one only as being small."""

from synthaudit.reports.text.i18n import format_integer, t
from synthaudit.reports.view.people import PatientCount


def shown_count(one: PatientCount, small_count: int) -> str:
    """Return a count of patients; a small one only as being small, one of all but few as the least it may be."""
    if one.count is None or 0 < one.count < small_count:
        return t("answers.copies.fewer", count=format_integer(small_count))
    return t("at_least", number=format_integer(one.count)) if one.at_least else format_integer(one.count)


def shown_of(one: PatientCount, small_count: int) -> str:
    """Return a count of patients out of how many."""
    return t("answers.copies.of", count=shown_count(one, small_count), all=format_integer(one.of))
