"""A claim of differential privacy and its audits in words, as several sections write them."""

from synthaudit.audit.suite.result import Estimated, Unmeasured
from synthaudit.reports.text import numbers
from synthaudit.reports.text.i18n import look_up, t
from synthaudit.reports.view.dp_claims import ClaimAudit, DPClaim
from synthaudit.reports.view.result_view import ResultView

KEY = "sections.dp_claims"


def claimed_text(one: DPClaim) -> str:
    """Return the claimed epsilon, or that none is claimed, or none that is finite."""
    ledger = one.card.ledger
    if ledger is None and one.claim is None:
        return t(f"{KEY}.no_claim")
    value = ledger.epsilon if ledger is not None else None
    if ledger is None and one.claim is not None and isinstance(one.claim.number, Estimated):
        value = one.claim.number.value
    return t(f"{KEY}.no_epsilon") if value is None else numbers.compact(value)


def lower_bound_text(audit: ClaimAudit) -> str:
    """Return an audit's empirical lower bound on epsilon, or why there is none."""
    if isinstance(audit.lower_bound.number, Unmeasured):
        return numbers.with_interval(audit.lower_bound.number)
    return t(f"{KEY}.at_least", epsilon=numbers.compact(audit.lower_bound.number.low))


def audit_title(view: ResultView, audit: ClaimAudit) -> str:
    """Return an audit's title with what its attacker saw."""
    seen = str(look_up(f"slices.{audit.slice}") or audit.slice)
    worst = t(f"{KEY}.worst", trainings=audit.trainings) if audit.trainings > 1 else ""
    return f"{view.method_title(audit.method)}, {seen}{worst}"


def attacker_text(audit: ClaimAudit) -> str:
    """Return the kind of attacker."""
    return str(look_up(f"{KEY}.attackers.{audit.attacker}"))


def compact_or_dash(number: float | None) -> str:
    """Return a number, or a dash where there is none."""
    return "–" if number is None else numbers.compact(number)
