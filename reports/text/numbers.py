"""Numbers as text, formatted here and nowhere else, so that two documents cannot round one number in two ways."""

from decimal import Decimal
from typing import Literal

from synthaudit.audit.suite.result import Estimated, Unmeasured
from synthaudit.audit.suite.result.small_counts import told_coarsely
from synthaudit.reports.text.i18n import format_percent, localize_number, t

Form = Literal["ratio", "share", "count", "p", "excess", "number"]
LEAST_P = 0.001  # a smaller p-value is written "below 0.001"


def value(number: float, form: Form = "number") -> str:
    """Return a bare number as text.

    >>> value(0.0312, "share"), value(0.5, "ratio"), value(12345.678)
    ('3.1%', '0.500', '12,346')
    """
    if form == "share":
        hundredths = number * 100
        digits = 1 if abs(hundredths) >= 0.95 or hundredths == 0 else 2
        return format_percent(f"{hundredths:z.{digits}f}")
    if form == "ratio":
        return localize_number(f"{number:z.3f}")
    if form == "p":
        return t("below", number=localize_number(f"{LEAST_P:g}")) if number < LEAST_P else _two_digits(number)
    return compact(number)


def difference_text(number: float, form: Form) -> str:
    """Return a difference of two numbers as bare text; of two shares in percentage points, whose name is left out.

    >>> difference_text(0.0312, "share"), difference_text(-0.0004, "share"), difference_text(0.01, "ratio")
    ('3.1', '−0.04', '0.010')
    """
    if form != "share":
        return value(number, form)
    points = number * 100
    return localize_number(f"{points:z.{1 if abs(points) >= 0.95 or points == 0 else 2}f}")


def _two_digits(number: float) -> str:
    return localize_number(f"{number:.2g}")


def compact(number: float) -> str:
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
    return localize_number(text)


def percent(fraction: float) -> str:
    """Return a fraction as a percentage without needless decimals.

    >>> percent(0.01), percent(0.95), percent(0.001)
    ('1%', '95%', '0.1%')
    """
    return format_percent(f"{fraction * 100:.6g}")


def interval(number: Estimated, form: Form) -> str:
    """Return the interval alone, such as ``0.512 to 0.549``."""
    high = t("no_upper_limit") if number.high is None else value(number.high, form)
    return f"{value(number.low, form)} {t('to')} {high}"


def with_interval(number: Estimated | Unmeasured, form: Form = "number") -> str:
    """Return a number with its interval, or the reason why there is none."""
    if isinstance(number, Unmeasured):
        return t("not_measured_because", reason=number.reason)
    if form == "count" and number.low == number.high:
        return value(number.value, form)  # what was counted has no interval
    if form == "excess":
        return t("above_claim" if number.value > 0 else "below_claim", number=compact(abs(number.value)))
    if number.high is None and number.low == number.value:
        return t("at_least", number=value(number.value, form))
    text = value(number.value, form)
    if told_coarsely(number):  # a bound on it: 1 to 9 of n are told as 10, all but 1 to 9 as n - 10
        text = t("at_most" if number.value < 0.5 else "at_least", number=text)
    return f"{text} ({interval(number, form)})"


def short(number: Estimated | Unmeasured, form: Form = "number") -> str:
    """Return a number with its interval, or "not measured" without the reason."""
    return t("verdicts.not measured.short") if isinstance(number, Unmeasured) else with_interval(number, form)


def duration(seconds: float) -> str:
    """Return a duration in the largest unit that leaves a number above 1."""
    for size, unit in ((3600, "hours"), (60, "minutes")):
        if seconds >= size:
            return t(unit, number=localize_number(f"{seconds / size:.1f}"))
    return t("seconds", number=localize_number(f"{seconds:.1f}"))
