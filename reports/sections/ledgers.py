"""Ledgers: what each epsilon rests on, and every access to real records during training."""

from dataclasses import replace

from synthaudit.audit.ledger import DataAccess, Ledger
from synthaudit.audit.suite.result import SystemCard
from synthaudit.reports.blocks.content import Block, Table, TableCell, Text
from synthaudit.reports.text import numbers
from synthaudit.reports.text.i18n import format_integer, join_list, look_up, t, translate
from synthaudit.reports.view.result_view import ResultView

KEY = "sections.ledger"
Ledgers = list[tuple[SystemCard, Ledger]]


def blocks(view: ResultView) -> tuple[Block, ...]:
    """Return the ledgers of all systems: what each epsilon rests on, then every access to real records."""
    ledgers = [(card, card.ledger) for card in view.systems_and_controls if card.ledger is not None]
    if not ledgers:
        return ()
    found: list[Block] = [Text(t(f"{KEY}.lead")), terms_table(view, ledgers), *noise_sources(view, ledgers)]
    partial: dict[str, list[str]] = {}
    for card, ledger in ledgers:
        if ledger.not_covered:
            partial.setdefault(join_list([one.phase for one in ledger.not_covered]), []).append(card.title)
    for phases, titles in partial.items():
        found.append(Text(t(f"{KEY}.training_only", systems=join_list(titles), phases=phases), "warning"))
    unverified = [view.system_title(card.key) for card, ledger in ledgers if not kept_by_audit(card, ledger)]
    if unverified:
        found.append(Text(t(f"{KEY}.unverified", systems=join_list(unverified)), "warning"))
    if accounted := accounted_table(view, ledgers):
        found.append(replace(accounted, screen_only=True))
    if unaccounted := unaccounted_table(view, ledgers):
        found.append(unaccounted)
    return tuple(found)


def terms_table(view: ResultView, ledgers: Ledgers) -> Table:
    """Return everything without which an epsilon has no meaning, one line per system."""
    rows = []
    for card, ledger in ledgers:
        clips = sorted({one.max_grad_norm for one in ledger.accesses if one.max_grad_norm is not None})
        texts = (
            view.system_title(card.key), epsilon_text(ledger.epsilon), numbers.compact(ledger.delta),
            scope(card, ledger), translate(ledger.unit), translate(ledger.adjacency),
            join_list([numbers.compact(clip) for clip in clips]) or "–",
        )  # fmt: skip
        accountant = TableCell(translate(ledger.accountant) or t(f"{KEY}.not_stated"), note=cross_check(ledger))
        rows.append((*(TableCell(text) for text in texts), accountant))
    head = tuple(look_up(f"{KEY}.terms_head"))
    numeric = (False, True, True, False, False, False, True, False)
    widths = (2.2, 1.0, 1.0, 1.3, 0.9, 1.9, 0.8, 2.2)
    return Table("ledger-terms", t(f"{KEY}.terms"), head, tuple(rows), numeric, widths)


def noise_sources(view: ResultView, ledgers: Ledgers) -> list[Text]:
    """Return where the noise of each system came from, written once for all that share it."""
    systems: dict[str, list[str]] = {}
    for card, ledger in ledgers:
        source = translate(ledger.randomness) or t(f"{KEY}.not_stated")
        systems.setdefault(source, []).append(view.system_title(card.key))
    return [
        Text(t(f"{KEY}.noise", systems=titles_or_all(titles, len(ledgers)), source=source))
        for source, titles in systems.items()
    ]


def accounted_table(view: ResultView, ledgers: Ledgers) -> Table | None:
    """Return the accesses that the accountant composes, what protected each and what it would cost alone."""
    rows, groups = [], []
    for card, ledger in ledgers:
        total = t(
            f"{KEY}.total", system=view.system_title(card.key), epsilon=epsilon_text(ledger.epsilon),
            delta=numbers.compact(ledger.delta), scope=scope(card, ledger),
        )  # fmt: skip
        lines = [line(one) for one in ledger.accesses if one.status == "accounted" and kept_by_audit(card, ledger)]
        rows += lines
        groups += [total] * len(lines)
    if not rows:
        return None
    numeric, widths = (False, False, True, True, True, True, True), (2.4, 2.2, 1.0, 0.9, 0.7, 0.9, 1.1)
    head = tuple(look_up(f"{KEY}.head"))
    return Table("ledger-accounted", t(f"{KEY}.accounted"), head, tuple(rows), numeric, widths, tuple(groups))


def unaccounted_table(view: ResultView, ledgers: Ledgers) -> Table | None:
    """Return the accesses outside every epsilon, those not covered first, with their systems."""
    systems: dict[tuple[str, str, str], list[str]] = {}
    for card, ledger in ledgers:
        for one in ledger.accesses:
            if one.status != "accounted":
                systems.setdefault((one.status, one.phase, one.reason), []).append(view.system_title(card.key))
    rows = []
    for (status, phase, reason), titles in sorted(systems.items(), key=lambda item: item[0][0] != "not covered"):
        status_text = t(f"{KEY}.status_{status.replace(' ', '_')}")
        texts = (translate(phase), status_text, translate(reason) or "–", titles_or_all(titles, len(ledgers)))
        rows.append(tuple(TableCell(text) for text in texts))
    if not rows:
        return None
    head, widths = tuple(look_up(f"{KEY}.unaccounted_head")), (1.6, 1.0, 3.4, 2.0)
    return Table("ledger-unaccounted", t(f"{KEY}.unaccounted"), head, tuple(rows), (False,) * 4, widths)


def titles_or_all(titles: list[str], of: int) -> str:
    """Return titles as running text, or that it is all of them."""
    return t("all_of_them") if len(titles) == of > 2 else join_list(list(dict.fromkeys(titles)))


def line(access: DataAccess) -> tuple[TableCell, ...]:
    """Return one access that is accounted for as cells."""
    rate = "–" if access.sampling_rate is None else numbers.value(access.sampling_rate, "share")
    noise = (access.noise_multiplier, access.max_grad_norm)
    texts = (
        translate(access.phase), translate(access.mechanism) or "–", rate,
        *("–" if number is None else numbers.compact(number) for number in noise),
        "–" if access.steps is None else format_integer(access.steps), epsilon_text(access.epsilon),
    )  # fmt: skip
    return tuple(TableCell(text) for text in texts)


def kept_by_audit(card: SystemCard, ledger: Ledger) -> bool:
    """Return whether the audit kept the ledger itself: an epsilon that came with a file is an unverified claim."""
    return card.role != "file" and bool(ledger.accesses)


def epsilon_text(value: float | None) -> str:
    """Return an epsilon, or that none is finite."""
    return t("sections.dp_claims.no_epsilon") if value is None else numbers.compact(value)


def scope(card: SystemCard, ledger: Ledger) -> str:
    """Return what a claim covers: everything, or the training only; without a ledger it is not known."""
    known = kept_by_audit(card, ledger) or ledger.not_covered
    return t(f"{KEY}.scope_{ledger.scope.replace(' ', '_')}" if known else f"{KEY}.scope_unknown")


def cross_check(ledger: Ledger) -> str:
    """Return the epsilon of a second accountant."""
    if ledger.epsilon_cross_check is None:
        return t(f"{KEY}.no_cross_check")
    return t(f"{KEY}.cross_check", epsilon=numbers.compact(ledger.epsilon_cross_check))
