"""What page one says of claims of differential privacy, and what was not tested of them."""

from synthaudit.reports.sections.claim_wording import claimed_text
from synthaudit.reports.text import numbers
from synthaudit.reports.text.i18n import join_list, t
from synthaudit.reports.view.dp_claims import ClaimStatus, DPClaim, dp_claims
from synthaudit.reports.view.result_view import ResultView

KEY = "answers.dp_claims"
ORDER: tuple[ClaimStatus, ...] = ("refuted", "exceeded", "not refuted", "out of reach", "not attacked")


def answer(view: ResultView) -> list[str]:
    """Return whether claims hold: one line each for those refuted, not refuted, out of reach and not attacked."""
    claims = [one for one in dp_claims(view) if one.status != "nothing claimed"]
    lines = []
    for status in ORDER:
        if same := [one for one in claims if one.status == status]:
            lines.append(status_line(view, status, same))
    partial = [one for one in claims if one.card.ledger is not None and one.card.ledger.not_covered]
    unverified = [one for one in claims if not one.verified]
    for key, concerned in (("training_only", partial), ("unverified", unverified)):
        if concerned:
            lines.append(t(f"{KEY}.{key}", systems=view.join_titles(one.card.title for one in concerned)))
    return lines


def status_line(view: ResultView, status: ClaimStatus, claims: list[DPClaim]) -> str:
    """Return what became of claims with the same status."""
    if status in ("refuted", "exceeded"):
        return t(f"{KEY}.{status}", systems=join_list([exceeded_claim(one) for one in claims]))
    best = [one.strongest for one in claims if one.strongest is not None]
    return t(
        f"{KEY}.{status.replace(' ', '_')}",
        systems=view.join_titles(one.card.title for one in claims),
        lower=numbers.compact(max((one.epsilon_lower or 0.0 for one in best), default=0.0)),
        maximum=numbers.compact(max((one.max_detectable or 0.0 for one in claims), default=0.0)),
    )


def exceeded_claim(one: DPClaim) -> str:
    """Return a system with its lower bound and its claim."""
    audit = one.strongest
    lower = numbers.compact(audit.epsilon_lower or 0.0) if audit else "–"
    claimed = claimed_text(one)
    if audit and audit.epsilon_claimed is not None:
        claimed = numbers.compact(audit.epsilon_claimed)
    return t(f"{KEY}.one", system=one.card.title, lower=lower, claimed=claimed)


def untested_claims(view: ResultView) -> list[str]:
    """Return which claims no audit attacked, and whether all attackers were black-box."""
    claims = dp_claims(view)
    lines = []
    if idle := [one.card.title for one in claims if one.status == "not attacked"]:
        lines.append(t(f"{KEY}.untested", systems=view.join_titles(idle)))
    if {audit.attacker for one in claims for audit in one.audits} == {"black box"}:
        lines.append(t(f"{KEY}.black_box_only"))
    return lines
