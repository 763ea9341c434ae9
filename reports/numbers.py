"""Numbers become text here and nowhere else, so that two documents cannot round one number in two ways."""

from decimal import Decimal
from typing import Any, Literal

from synthaudit.audit.suite.result import Estimated, Row, ThreatModel, Unmeasured
from synthaudit.reports.i18n import grouped, look_up, say, written
from synthaudit.reports.i18n import percent as in_hundred

Form = Literal["ratio", "share", "count", "p", "excess", "plain"]
LEAST_P = 0.001  # below, "less than" says enough


def words_of(statistic: str, section: str, what: str) -> Any:
    """Return what the catalogue says of a statistic: the section's own word for it before the common one."""
    own = look_up(f"statistics_of.{section}.{statistic}.{what}") if section else None
    return own if own is not None else look_up(f"statistics.{statistic}.{what}")


def form_of(statistic: str, section: str = "") -> Form:
    """Return how values of a statistic are written: a share as percent, a ratio with three decimals."""
    found = words_of(statistic, section, "form")
    if found is None:
        prefix, _, rest = statistic.partition("_")
        return form_of(rest) if prefix in ("leakage", "imputation") and rest else "plain"
    forms: dict[str, Form] = {"share": "share", "ratio": "ratio", "count": "count", "p": "p", "excess": "excess"}
    return forms.get(found, "plain")


def value(number: float, form: Form = "plain") -> str:
    """Return a bare number as text.

    >>> value(0.0312, "share"), value(0.5, "ratio"), value(12345.678)
    ('3.1%', '0.500', '12,346')
    """
    if form == "share":
        percent = number * 100
        digits = 1 if abs(percent) >= 0.95 or percent == 0 else 2
        return in_hundred(f"{percent:z.{digits}f}")
    if form == "ratio":
        return written(f"{number:z.3f}")
    if form == "p":
        return say("below", number=written(f"{LEAST_P:g}")) if number < LEAST_P else written(f"{number:.2g}")
    return plain(number)


def plain(number: float) -> str:
    """Return a number with about three significant digits and no exponent where one can be avoided."""
    if number == int(number) and abs(number) < 1e15:
        text = f"{int(number):,}"
    elif abs(number) >= 1000:
        text = f"{number:,.0f}"
    elif abs(number) >= 0.001:
        text = f"{number:.3g}"
    elif abs(number) >= 1e-7:
        text = f"{Decimal(f'{number:.2g}'):f}"
    else:
        text = f"{number:.1e}"
    return written(text)


def interval(number: Estimated, form: Form) -> str:
    """Return the interval alone, such as ``0.512 to 0.549``."""
    high = say("no_upper_limit") if number.high is None else value(number.high, form)
    return f"{value(number.low, form)} {say('to')} {high}"


def text(number: Estimated | Unmeasured, form: Form = "plain") -> str:
    """Return a number with its interval, or the reason why there is none."""
    if isinstance(number, Unmeasured):
        return say("not_measured_because", reason=number.reason)
    if form == "count" and number.low == number.high:
        return value(number.value, form)  # what was counted has no interval
    if form == "excess":
        key = "beyond_promise" if number.value > 0 else "short_of_promise"
        return say(key, number=plain(abs(number.value)))
    if number.high is None and number.low == number.value:
        return say("at_least", number=value(number.value, form))
    return f"{value(number.value, form)} ({interval(number, form)})"


def short(number: Estimated | Unmeasured, form: Form = "plain") -> str:
    """Return a number with its interval, or two words."""
    return say("verdicts.not measured.short") if isinstance(number, Unmeasured) else text(number, form)


def percent(fraction: float) -> str:
    """Return a fraction as a percentage without needless decimals.

    >>> percent(0.01), percent(0.95), percent(0.001)
    ('1%', '95%', '0.1%')
    """
    return in_hundred(f"{fraction * 100:.6g}")


def statistic(name: str, section: str = "") -> str:
    """Return a statistic's title."""
    title = words_of(name, section, "title")
    if title is not None:
        return str(title)
    prefix, _, rest = name.partition("_")
    if prefix in ("leakage", "imputation") and rest:
        return say(f"derived.{prefix}", statistic=statistic(rest))
    return name.replace("_", " ")


def meaning(name: str, section: str) -> str:
    """Return what a statistic says, in a sentence; empty where the catalogue has none."""
    return str(words_of(name, section, "meaning") or "")


def part(slice: str) -> str:
    """Return a slice in words: ``fpr 0.01`` is a false-alarm rate, ``within 2`` a distance."""
    if slice.startswith("group: "):
        return say("slices.group", name=slice.removeprefix("group: "))
    head, _, rest = slice.partition(" ")
    rest, comma, which = rest.partition(", ")
    try:
        if head == "fpr":
            return say("slices.fpr", rate=percent(float(rest)))
        if head == "within":
            return say("slices.within", distance=plain(float(rest))) + comma + which
        if head == "similarity":
            return say("slices.similarity", similarity=plain(float(rest))) + comma + which
    except ValueError:
        return slice
    return str(look_up(f"slices.{slice}") or slice)


def measured(row: Row) -> str:
    """Return what a row measures: statistic and slice."""
    name = statistic(row.statistic, row.section)
    if row.slice == "all":
        return name
    # "members recognised at 1% false alarms" reads on; other slices are set apart.
    return f"{name}{' ' if row.slice.startswith(('fpr ', 'within ')) else ', '}{part(row.slice)}"


def knowledge(knows: ThreatModel | None) -> str:
    """Return what the attacker held, and what else was unlike the usual attack, in words."""
    if knows is None:
        return say("knowledge.none")
    rows = grouped(knows.synthetic_rows)
    held = [
        say("knowledge.synthetic", rows=rows)
        if knows.combined_releases == 1
        else say("knowledge.copies", rows=rows, copies=grouped(knows.combined_releases))
    ]
    if knows.reference_rows:
        shifted = "" if knows.reference_population == "same population" else "_shifted"
        held.append(say(f"knowledge.reference{shifted}", rows=grouped(knows.reference_rows)))
    if knows.known_columns is not None:
        held.append(columns_known(knows))
    held += beyond_rows(knows)
    return "; ".join((", ".join(held), *circumstances(knows)))


def beyond_rows(knows: ThreatModel) -> list[str]:
    """Return what an attacker held of the generator itself."""
    parts = (
        [] if knows.access == "synthetic rows only" else knows.access.removeprefix("synthetic rows and ").split(" and ")
    )
    held = [str(look_up("knowledge.accesses").get(part, part)) for part in parts]
    if knows.fresh_rows is not None:
        held.append(say("knowledge.fresh", rows=grouped(knows.fresh_rows)))
    if knows.shadow_models is not None:
        records = grouped(knows.shadow_rows or 0)
        held.append(say("knowledge.shadows", models=grouped(knows.shadow_models), records=records))
    return held


def columns_known(knows: ThreatModel) -> str:
    """Return which columns of the patient an attacker knew, and how much of that was wrong."""
    kinds = look_up("knowledge.kinds")
    sentence = kinds.get(knows.known_choice, say("knowledge.columns", columns="{columns}"))
    known: str = sentence.format_map({"columns": grouped(knows.known_columns or 0)})
    return say("knowledge.wrong", columns=known, share=percent(knows.error_rate)) if knows.error_rate else known


def circumstances(knows: ThreatModel) -> list[str]:
    """Return what was unlike the usual attack: one secret, chosen or few targets, members rare among the suspects."""
    told = []
    if knows.secret is not None:
        told.append(say("knowledge.secret", secret=knows.secret))
    if knows.target_choice != "random":
        told.append(look_up("knowledge.choices").get(knows.target_choice, knows.target_choice))
    if knows.targets_per_side is not None:
        told.append(say("knowledge.targets", targets=grouped(knows.targets_per_side)))
    if knows.prior != 0.5:
        told.append(say("knowledge.prior", share=percent(knows.prior)))
    return told


def seconds(duration: float) -> str:
    """Return a duration in the largest unit that leaves a number above 1."""
    for size, unit in ((3600, "hours"), (60, "minutes")):
        if duration >= size:
            return say(unit, number=written(f"{duration / size:.1f}"))
    return say("seconds", number=written(f"{duration:.1f}"))
