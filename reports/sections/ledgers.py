"""What a training with a privacy claim did with real records, line by line, and what its epsilon rests on."""

from synthaudit.audit.ledger import DataAccess, Ledger
from synthaudit.audit.suite.result import SystemCard
from synthaudit.reports import numbers
from synthaudit.reports.document import Block, Table, Task, Text
from synthaudit.reports.i18n import grouped, heard, listed, look_up, say
from synthaudit.reports.result_view import Evidence

AT = "sections.ledger"


def blocks(evidence: Evidence) -> tuple[Block, ...]:
    """Return the ledgers of all systems: what each epsilon rests on, then every access to real records."""
    held = [(card, card.ledger) for card in evidence.systems_and_controls if card.ledger is not None]
    if not held:
        return ()
    told: list[Block] = [Text(say(f"{AT}.lead")), terms(evidence, held), *sources(evidence, held)]
    partly: dict[str, list[str]] = {}
    for card, ledger in held:
        if ledger.not_covered:
            partly.setdefault(listed([access.phase for access in ledger.not_covered]), []).append(card.title)
    for phases, names in partly.items():
        told.append(Text(say(f"{AT}.training_only", systems=listed(names), phases=phases), "warning"))
    unkept = [evidence.title(card.key) for card, ledger in held if not kept(card, ledger)]
    if unkept:
        told.append(Text(say(f"{AT}.unverified", systems=listed(unkept)), "warning"))
    told += [table for table in (paid(evidence, held), unpaid(evidence, held)) if table]
    return tuple(told)


def terms(evidence: Evidence, held: list[tuple[SystemCard, Ledger]]) -> Table:
    """Return everything without which an epsilon is no number, one line a system."""
    rows = []
    for card, ledger in held:
        clips = sorted({access.max_grad_norm for access in ledger.accesses if access.max_grad_norm is not None})
        texts = (
            evidence.title(card.key), epsilon(ledger.epsilon), numbers.plain(ledger.delta), scope(card, ledger),
            heard(ledger.unit), heard(ledger.adjacency),
            listed([numbers.plain(clip) for clip in clips]) or "–",
        )  # fmt: skip
        accountant = Task(heard(ledger.accountant) or say(f"{AT}.not_said"), note=checked(ledger))
        rows.append((*(Task(text) for text in texts), accountant))
    head = tuple(look_up(f"{AT}.terms_head"))
    numeric = (False, True, True, False, False, False, True, False)
    widths = (2.2, 1.0, 1.0, 1.3, 0.9, 1.9, 0.8, 2.2)
    return Table("ledger-terms", say(f"{AT}.terms"), head, tuple(rows), numeric, widths)


def sources(evidence: Evidence, held: list[tuple[SystemCard, Ledger]]) -> list[Text]:
    """Return where the noise of each system came from, said once for all that share it."""
    drawn: dict[str, list[str]] = {}
    for card, ledger in held:
        drawn.setdefault(heard(ledger.randomness) or say(f"{AT}.not_said"), []).append(evidence.title(card.key))
    return [Text(say(f"{AT}.noise", systems=every_one(own, len(held)), source=how)) for how, own in drawn.items()]


def paid(evidence: Evidence, held: list[tuple[SystemCard, Ledger]]) -> Table | None:
    """Return the touches that the accountant pays for, what protected each and what it would cost alone."""
    rows, groups = [], []
    for card, ledger in held:
        total = say(
            f"{AT}.total", system=evidence.title(card.key), epsilon=epsilon(ledger.epsilon),
            delta=numbers.plain(ledger.delta), scope=scope(card, ledger),
        )  # fmt: skip
        lines = [line(access) for access in ledger.accesses if access.status == "accounted" and kept(card, ledger)]
        rows += lines
        groups += [total] * len(lines)
    numeric, widths = (False, False, True, True, True, True, True), (2.4, 2.2, 1.0, 0.9, 0.7, 0.9, 1.1)
    head = tuple(look_up(f"{AT}.head"))
    return Table("ledger", say(f"{AT}.paid"), head, tuple(rows), numeric, widths, tuple(groups)) if rows else None


def unpaid(evidence: Evidence, held: list[tuple[SystemCard, Ledger]]) -> Table | None:
    """Return the touches that no epsilon pays for, those not covered first, and whose they are."""
    whose: dict[tuple[str, str, str], list[str]] = {}
    for card, ledger in held:
        for access in ledger.accesses:
            if access.status != "accounted":
                own = whose.setdefault((access.status, access.phase, access.reason), [])
                own.append(evidence.title(card.key))
    rows = []
    for (status, phase, why), names in sorted(whose.items(), key=lambda item: item[0][0] != "not covered"):
        told = say(f"{AT}.status_{status.replace(' ', '_')}")
        texts = (heard(phase), told, heard(why) or "–", every_one(names, len(held)))
        rows.append(tuple(Task(text) for text in texts))
    head, widths = tuple(look_up(f"{AT}.unpaid_head")), (1.6, 1.0, 3.4, 2.0)
    return Table("ledger-unpaid", say(f"{AT}.unpaid"), head, tuple(rows), (False,) * 4, widths) if rows else None


def every_one(names: list[str], of: int) -> str:
    """Return names, or that it is all of them."""
    return say("all_of_them") if len(names) == of > 2 else listed(list(dict.fromkeys(names)))


def line(access: DataAccess) -> tuple[Task, ...]:
    """Return one accounted access as cells."""
    noise = (access.noise_multiplier, access.max_grad_norm)
    rate = "–" if access.sampling_rate is None else numbers.value(access.sampling_rate, "share")
    texts = (
        heard(access.phase), heard(access.mechanism) or "–", rate,
        *("–" if number is None else numbers.plain(number) for number in noise),
        "–" if access.steps is None else grouped(access.steps), epsilon(access.epsilon),
    )  # fmt: skip
    return tuple(Task(text) for text in texts)


def kept(card: SystemCard, ledger: Ledger) -> bool:
    """Return whether the audit kept the ledger itself: an epsilon that came with a file is somebody's word."""
    return card.role != "file" and bool(ledger.accesses)


def epsilon(value: float | None) -> str:
    """Return an epsilon, or that none is finite."""
    return say("sections.privacy.no_epsilon") if value is None else numbers.plain(value)


def scope(card: SystemCard, ledger: Ledger) -> str:
    """Return what a claim covers: everything, or the training only; without a ledger nobody knows."""
    known = kept(card, ledger) or ledger.not_covered
    return say(f"{AT}.scope_{ledger.scope.replace(' ', '_')}" if known else f"{AT}.scope_unknown")


def checked(ledger: Ledger) -> str:
    """Return what another accountant says."""
    if ledger.epsilon_cross_check is None:
        return say(f"{AT}.no_cross_check")
    return say(f"{AT}.cross_check", epsilon=numbers.plain(ledger.epsilon_cross_check))
