"""Counts of patients as text: a small one only as being small."""

from synthaudit.reports.text.i18n import format_integer, t
from synthaudit.reports.view.people import PatientCount


def shown_count(count: int | None, small_count: int) -> str:
    """Return a count of patients; a small one, or one that the result suppresses, only as being small."""
    if count is None or 0 < count < small_count:
        return t("answers.copies.fewer", count=format_integer(small_count))
    return format_integer(count)


def shown_of(one: PatientCount, small_count: int) -> str:
    """Return a count of patients out of how many."""
    return t("answers.copies.of", count=shown_count(one.count, small_count), all=format_integer(one.of))
