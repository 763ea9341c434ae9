"""Differential privacy: claimed epsilon, lower bounds by attack and fidelity; then each ledger and each audit."""

import math

from synthaudit.audit.suite.result import Estimated, Guarantee
from synthaudit.reports.blocks.content import Block, Figure, Table, TableCell, Text
from synthaudit.reports.blocks.document import Section
from synthaudit.reports.figures.claimed_epsilon import AuditBar, plot_claimed_epsilon
from synthaudit.reports.sections import ledgers
from synthaudit.reports.sections.claim_wording import (
    KEY,
    attacker_text,
    audit_title,
    claimed_text,
    compact_or_dash,
    lower_bound_text,
)
from synthaudit.reports.sections.fidelity import overall_fidelity
from synthaudit.reports.text import labels, numbers
from synthaudit.reports.text.i18n import capitalize, look_up, t, translate
from synthaudit.reports.view.curve import at_largest, representative, synthetic_rows
from synthaudit.reports.view.dp_claims import ClaimAudit, DPClaim, dp_claims
from synthaudit.reports.view.result_view import ResultView

UTILITY = ("auroc_loss_boosting", "auroc_loss_logistic", "auc_loss", "f1_loss", "f1_correlation")
"""What stands for utility beside fidelity, the first that was measured."""


def section(view: ResultView) -> Section | None:
    """Return all that was claimed and measured of differential privacy, or None where nothing was."""
    claims = dp_claims(view)
    if not claims:
        return None
    overview: list[Block] = [claims_table(view, claims)]
    if figure := epsilon_figure(view, claims):
        overview.insert(0, figure)
    notes = [t(f"{KEY}.reading")]
    if len(adjacencies(claims)) > 1:
        notes.append(t(f"{KEY}.adjacency"))
    notes += beyond_coverage(claims)
    overview.append(Text(" ".join(notes)))
    inner = []
    if ledger_blocks := ledgers.blocks(view):
        inner.append(Section("ledgers", t("sections.ledger.title"), ledger_blocks))
    if table := audits_table(view, claims):
        leak = metadata_leak(view, claims)
        blocks: list[Block] = [Text(t(f"{KEY}.audits_lead")), table, *([Text(leak)] if leak else [])]
        inner.append(Section("claim-audits", t(f"{KEY}.audits"), tuple(blocks)))
    lead = Text(t(f"{KEY}.threat"), "lead")
    return Section("dp-claims", t(f"{KEY}.title"), (lead, *overview), tuple(inner), new_page=True)


def beyond_coverage(claims: tuple[DPClaim, ...]) -> list[str]:
    """Return the bounds of attacks that claims do not cover, such as with a domain from the data."""
    lines = []
    for one in claims:
        if (audit := one.beyond_coverage) is not None and one.claim is not None:
            lower = numbers.compact(audit.epsilon_lower or 0.0)
            lines.append(
                t(f"{KEY}.beyond_coverage", system=one.card.title, what=labels.slice_name(audit.slice), lower=lower)
            )
    return lines


def adjacencies(claims: tuple[DPClaim, ...]) -> set[str]:
    """Return the notions of neighbouring tables that claims and audits speak of."""
    guarantees = (audit.lower_bound.guarantee for one in claims for audit in one.audits)
    kinds = {one.card.ledger.adjacency for one in claims if one.card.ledger is not None}
    return kinds | {guarantee.adjacency for guarantee in guarantees if guarantee is not None}


def claims_table(view: ResultView, claims: tuple[DPClaim, ...]) -> Table:
    """Return one line per system: how useful, epsilon claimed, its lower bound, the largest bound attainable."""
    measures = utility_measures(view)
    rows = []
    for one in claims:
        ledger, best = one.card.ledger, one.strongest
        if best is None:
            reasons = [lower_bound_text(audit) for audit in one.audits]
            bound = TableCell(reasons[0] if reasons else t(f"{KEY}.not_attacked"))
        else:
            bound = TableCell(lower_bound_text(best), note=attacker_note(one, best))
        rows.append((
            TableCell(one.card.title, note="" if one.verified or ledger is None else t(f"{KEY}.unverified")),
            *(utility_cell(view, one.card.key, *measure) for measure in measures),
            TableCell(claimed_text(one), note=claim_terms(one)),
            bound,
            TableCell(compact_or_dash(one.max_detectable)),
            TableCell(t(f"{KEY}.status.{one.status.replace(' ', '_')}")),
        ))  # fmt: skip
    system, *others = look_up(f"{KEY}.head")
    titles = [capitalize(labels.statistic(statistic, "fidelity")) for _, statistic in measures]
    numeric = (False, *(True for _ in measures), True, True, True, False)
    widths = (1.6, *(1.35 for _ in measures), 1.75, 1.5, 1.3, 2.4)
    return Table("dp-claims-table", t(f"{KEY}.table"), (system, *titles, *others), tuple(rows), numeric, widths)


def attacker_note(one: DPClaim, best: ClaimAudit) -> str:
    """Return what kind of attacker it was, and the claim in its adjacency where that is another number."""
    attacker = attacker_text(best)
    claimed = one.card.ledger.epsilon if one.card.ledger is not None else None
    if best.epsilon_claimed is None or claimed is None or math.isclose(best.epsilon_claimed, claimed, rel_tol=1e-6):
        return attacker
    return t(f"{KEY}.claim_here", attacker=attacker, claimed=numbers.compact(best.epsilon_claimed))


def claim_terms(one: DPClaim) -> str:
    """Return delta and scope of a claim."""
    ledger = one.card.ledger
    if ledger is None:
        return ""
    return t(f"{KEY}.terms", delta=numbers.compact(ledger.delta), scope=ledgers.scope(one.card, ledger))


def utility_measures(view: ResultView) -> list[tuple[str, str]]:
    """Return method and statistic of what says how useful a table is: fidelity, and the loss of learning from it."""
    measures = dict.fromkeys((row.method, row.statistic) for row in view.result.rows if row.section == "fidelity")
    first = overall_fidelity(view)
    second = next((key for name in UTILITY for key in measures if key[1] == name and key != first), None)
    return [key for key in (first, second) if key is not None]


def utility_cell(view: ResultView, system: str, method: str, statistic: str) -> TableCell:
    """Return a system's fidelity or loss at its largest table."""
    rows = view.rows("fidelity", statistic, method=method, system=system, slice="synthetic")
    row = representative(at_largest(rows, synthetic_rows))
    if row is None or not isinstance(row.number, Estimated):
        return TableCell("–")
    form = labels.form_of(statistic, "fidelity")
    return TableCell(numbers.value(row.number.value, form), note=numbers.interval(row.number, form))


def epsilon_figure(view: ResultView, claims: tuple[DPClaim, ...]) -> Figure | None:
    """Return claimed epsilons, lower bounds and largest bounds on one axis, or None where nothing was attacked."""
    bars, sentences, table = [], [], []
    for one in claims:
        for audit in one.strongest_by_attacker:
            title, bound = audit_title(view, audit), audit.epsilon_lower or 0.0
            texts = {
                "claimed": compact_or_dash(audit.epsilon_claimed),
                "lower": numbers.compact(bound),
                "maximum": compact_or_dash(audit.max_detectable),
            }
            sentence = t(f"{KEY}.line", system=one.card.title, audit=title, **texts)
            bars.append(
                AuditBar(
                    system=one.card.title, attacker=audit.attacker, legend=attacker_text(audit),
                    epsilon_claimed=audit.epsilon_claimed, epsilon_lower=bound, max_detectable=audit.max_detectable,
                    exceeds=audit.exceeds, tooltip=sentence,
                )
            )  # fmt: skip
            sentences.append(sentence)
            table.append(tuple(TableCell(text) for text in (one.card.title, title, *texts.values())))
    if not bars:
        return None
    svg = plot_claimed_epsilon(
        "epsilon", bars, x=t(f"{KEY}.epsilon"), claim=t(f"{KEY}.claim"), maximum=t(f"{KEY}.maximum"),
        beyond=t(f"{KEY}.beyond", claimed="{claimed}"),
    )  # fmt: skip
    head = (look_up(f"{KEY}.head")[0], *(t(f"{KEY}.{key}") for key in ("audit", "claim", "lower", "maximum")))
    caption = t(f"{KEY}.epsilon_caption")
    data = Table("epsilon-table", caption, head, tuple(table), (False, False, True, True, True))
    return Figure("epsilon", svg, " ".join(sentences), caption, data)


def audits_table(view: ResultView, claims: tuple[DPClaim, ...]) -> Table | None:
    """Return every audit with the claim in its own adjacency."""
    rows: list[tuple[TableCell, ...]] = []
    groups: list[str] = []
    paper: list[int] = []
    for one in claims:
        for audit in one.audits:
            if audit in one.strongest_by_attacker:
                paper.append(len(rows))
            rows.append(audit_row(view, audit))
            groups.append(one.card.title)
    if not rows:
        return None
    numeric, widths = (False, True, True, True, True, True), (4.2, 1.0, 1.3, 1.1, 0.9, 1.2)
    note = t(f"{KEY}.audits_paper") if len(paper) < len(rows) else ""
    head = tuple(look_up(f"{KEY}.audits_head"))
    caption = t(f"{KEY}.audits_table")
    return Table("claim-audits-table", caption, head, tuple(rows), numeric, widths, tuple(groups), tuple(paper), note)


def audit_row(view: ResultView, audit: ClaimAudit) -> tuple[TableCell, ...]:
    """Return one audit as cells."""
    p = audit.excess.number.p_value if audit.excess and isinstance(audit.excess.number, Estimated) else None
    mu = audit.mu_lower.number.low if audit.mu_lower and isinstance(audit.mu_lower.number, Estimated) else None
    return (
        TableCell(audit_title(view, audit), note=guarantee_note(audit.lower_bound.guarantee, covered=audit.covered)),
        TableCell(compact_or_dash(audit.epsilon_claimed)),
        TableCell(lower_bound_text(audit), note=confidence_note(audit.lower_bound.number)),
        TableCell(compact_or_dash(audit.max_detectable)),
        TableCell(compact_or_dash(mu)),
        TableCell("–" if p is None else numbers.value(p, "p")),
    )


def guarantee_note(guarantee: Guarantee | None, *, covered: bool) -> str:
    """Return the terms in which a claim is compared with an audit, and what else the number rests on."""
    if guarantee is None:
        return ""
    adjacency, delta = translate(guarantee.adjacency), numbers.compact(guarantee.delta)
    notes = [t(f"{KEY}.compared", adjacency=adjacency, delta=delta)]
    if guarantee.group > 1:
        notes.append(t(f"{KEY}.group", group=guarantee.group, unit=translate(guarantee.unit)))
    if not covered:
        notes.append(t(f"{KEY}.not_judged"))
    return "; ".join([*notes, *([translate(guarantee.note)] if guarantee.note else [])])


def confidence_note(number: object) -> str:
    """Return the confidence of a lower bound and the guesses or trainings behind it."""
    if not isinstance(number, Estimated):
        return ""
    confidence = numbers.percent(number.confidence)
    return t(f"{KEY}.confidence", confidence=confidence, trials=numbers.compact(number.trials))


def metadata_leak(view: ResultView, claims: tuple[DPClaim, ...]) -> str:
    """Return how much attacks gain where the domain is taken from the data instead of a public schema."""
    texts = []
    for one in claims:
        row = next(iter(view.rows("privacy", "metadata_leak", system=one.card.key)), None)
        if row is not None and isinstance(row.number, Estimated):
            texts.append(f"{one.card.title} {numbers.with_interval(row.number, 'ratio')}")
    return t(f"{KEY}.metadata", numbers="; ".join(texts)) if texts else ""
