"""Names of statistics and slices in words: what a number is called, what it means and in which form it is written."""

from typing import Any

from synthaudit.audit.suite.result import Row
from synthaudit.reports.text.i18n import look_up, t
from synthaudit.reports.text.numbers import Form, compact, percent


def wording(statistic: str, section: str, field: str) -> Any:
    """Return a field of a statistic in the catalogue: the section's own before the common one, None without either."""
    own = look_up(f"statistics_of.{section}.{statistic}.{field}") if section else None
    return own if own is not None else look_up(f"statistics.{statistic}.{field}")


def form_of(statistic: str, section: str = "") -> Form:
    """Return how values of a statistic are written: a share as percent, a ratio with three decimals."""
    form = wording(statistic, section, "form")
    if form is None:
        prefix, _, rest = statistic.partition("_")
        return form_of(rest) if prefix in ("leakage", "imputation") and rest else "number"
    forms: dict[str, Form] = {"share": "share", "ratio": "ratio", "count": "count", "p": "p", "excess": "excess"}
    return forms.get(form, "number")


def statistic(name: str, section: str = "") -> str:
    """Return a statistic's title."""
    title = wording(name, section, "title")
    if title is not None:
        return str(title)
    prefix, _, rest = name.partition("_")
    if prefix in ("leakage", "imputation") and rest:
        return t(f"derived.{prefix}", statistic=statistic(rest))
    return name.replace("_", " ")


def meaning(name: str, section: str) -> str:
    """Return what a statistic says, in a sentence; empty where the catalogue has none."""
    return str(wording(name, section, "meaning") or "")


def slice_name(slice: str) -> str:
    """Return a slice in words: ``fpr 0.01`` is a false positive rate, ``within 2`` a distance."""
    if slice.startswith("group: "):
        return t("slices.group", name=slice.removeprefix("group: "))
    for prefix, key in (("value of ", "value"), ("unique number of ", "unique_number")):
        if slice.startswith(prefix):
            return t(f"slices.{key}", name=slice.removeprefix(prefix))
    head, _, rest = slice.partition(" ")
    rest, comma, which = rest.partition(", ")
    try:
        if head == "fpr":
            return t("slices.fpr", rate=percent(float(rest)))
        if head == "within":
            return t("slices.within", distance=compact(float(rest))) + comma + which
        if head == "similarity":
            return t("slices.similarity", similarity=compact(float(rest))) + comma + which
    except ValueError:
        return slice
    return str(look_up(f"slices.{slice}") or slice)


def measurement(row: Row) -> str:
    """Return what a row measures: statistic and slice."""
    name = statistic(row.statistic, row.section)
    if row.slice == "all":
        return name
    # "true positive rate at 1% false positive rate" reads on; other slices are set apart.
    return f"{name}{' ' if row.slice.startswith(('fpr ', 'within ')) else ', '}{slice_name(row.slice)}"
