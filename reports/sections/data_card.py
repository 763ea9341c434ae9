"""The card of a synthetic data set, for its repository: what it is, made from whom, what was found, what was not."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from synthaudit.audit.suite.result import SystemCard
from synthaudit.reports.blocks.content import Block, Items, Table, TableCell, Text
from synthaudit.reports.blocks.document import Section
from synthaudit.reports.sections.fidelity import metric_row
from synthaudit.reports.sections.finding_wording import decided_text, limit_text
from synthaudit.reports.sections.page_one.dp_claims import untested_claims
from synthaudit.reports.sections.page_one.verdict import verdict_sentence
from synthaudit.reports.text import labels, numbers
from synthaudit.reports.text.i18n import capitalize, format_integer, join_list, look_up, pluralize, t, translate
from synthaudit.reports.view.result_view import ResultView
from synthaudit.reports.view.verdicts import gravity, judged_systems, said_of

KEY: Final = "card"
ATTACKS: Final = ("membership", "attribute", "reidentification")
HEADLINE: Final = (
    ("dimension_probability", "pearson"),
    ("column_distributions", "columns_differ"),
    ("correlation_map", "map_error_mean"),
    ("projection", "projected_overlap"),
    ("closest_record", "closer_to_members"),
)
"""The metrics that stand for fidelity on a card, by method and statistic."""


def card_sections(view: ResultView, policy: str = "") -> tuple[Section, ...]:
    """Return the card; ``policy`` is the name and digest of the policy that judged, empty where it is not known."""
    record: Mapping[str, Any] = view.result.plan.get("record") or {}
    sections = (
        _section("what", _what(view)),
        _section("use", _use(record)),
        _section("verdict", _verdict(view, policy)),
        _section("tested", _tested(view)),
        _section("untested", _untested(view)),
        _section("fidelity", _fidelity(view)),
        _section("contact", _contact(record)),
    )
    return tuple(section for section in sections if section.blocks)


def rounded_patients(patients: int, small_count: int) -> str:
    """Return a number of patients to two digits and to tens, so that nobody can be counted out of it.

    >>> rounded_patients(4321, 10), rounded_patients(7, 10)
    ('about 4,300 patients', 'fewer than 10 patients')
    """
    if patients < small_count:
        return t(f"{KEY}.few_patients", count=format_integer(small_count))
    step = 10 ** max(len(str(patients)) - 2, 1)
    return t(f"{KEY}.about_patients", patients=pluralize(round(patients / step) * step, "patient"))


def card_title(view: ResultView) -> str:
    """Return the card's title: that of the synthetic data where there is one table, else that of the audit."""
    systems = [translate(card.title) for card in view.systems]
    return t(f"{KEY}.title", title=systems[0] if len(systems) == 1 else view.result.title)


def synthetic_size(view: ResultView, card: SystemCard) -> int:
    """Return the rows of a system's synthetic table; a generator makes as many as it had members."""
    return card.rows or view.result.split.members.rows


def _section(name: str, blocks: Iterable[Block]) -> Section:
    return Section(f"{KEY}-{name}", t(f"{KEY}.{name}"), tuple(blocks))


def _what(view: ResultView) -> Iterator[Block]:
    data, split = view.result.data, view.result.split
    kinds = join_list([f"{format_integer(number)} {kind}" for kind, number in data.kinds.items()])
    members = rounded_patients(split.members.patients, split.small_count)
    yield Text(t(f"{KEY}.summary", columns=pluralize(data.columns, "column"), kinds=kinds, members=members))
    for card in view.systems:
        rows = pluralize(synthetic_size(view, card), "row")
        source = f" ({card.source})" if card.source else ""
        lines = [t(f"{KEY}.generator", title=card.title, rows=rows, summary=translate(card.summary), source=source)]
        if card.options:
            options = ", ".join(f"{name} = {value}" for name, value in card.options.items())
            lines.append(t(f"{KEY}.options", options=options))
        if card.ledger is not None and card.ledger.epsilon is not None:
            epsilon, delta = numbers.compact(card.ledger.epsilon), numbers.compact(card.ledger.delta)
            lines.append(t(f"{KEY}.claim", epsilon=epsilon, delta=delta))
        yield Items(tuple(lines))
    yield Text(t(f"{KEY}.not_anonymous"))


def _use(record: Mapping[str, Any]) -> list[Block]:
    modes = dict(zip(("public", "contract", "enclave"), look_up(f"{KEY}.modes"), strict=True))
    facts = {
        "purpose": record.get("purpose", ""),
        "recipient": record.get("recipient", ""),
        "mode": modes.get(record.get("release_mode", ""), ""),
        "conditions": "; ".join(record.get("conditions", ())),
    }
    return [_facts(facts)]


def _verdict(view: ResultView, policy: str) -> Iterator[Block]:
    run = view.result.run
    systems = judged_systems(view)
    for card, verdict in systems:
        sentence = verdict_sentence(view.findings_of(card.key), verdict)
        yield Text(f"{card.title}: {t(f'verdicts.{verdict}.label')}. {sentence}")
    rows = []
    for card, _ in systems:
        for finding in sorted(view.findings_of(card.key), key=gravity):
            number = capitalize(labels.statistic(finding.statistic, finding.section))
            measured = f"{number}: {decided_text(finding)}"
            texts = (card.title, f"{finding.id} {translate(finding.title)}", limit_text(finding), measured)
            cells = [TableCell(text) for text in texts]
            said = said_of(finding)
            rows.append((cells[0], cells[1], TableCell(t(f"verdicts.{said}.short"), said), *cells[2:]))
    if rows:
        yield Table(f"{KEY}-findings", t(f"{KEY}.findings"), tuple(look_up(f"{KEY}.findings_head")), tuple(rows))
    facts = {
        "audit": t(f"{KEY}.made_by", version=run.versions.get("synthaudit", ""), date=run.started[:10],
                   preset=view.result.preset, seed=view.result.seed),
        "policy": policy,
        "digest": view.result.sha256(),
    }  # fmt: skip
    yield _facts(facts)


def _tested(view: ResultView) -> Iterator[Block]:
    split = view.result.split
    sides = {
        side: rounded_patients(getattr(split, side).patients, split.small_count) for side in ("members", "holdout")
    }
    yield Text(t(f"{KEY}.tested_on", **sides))
    lines = []
    for section in ATTACKS:
        titles = [translate(card.title) for card in view.result.methods if card.section == section]
        if titles:
            lines.append(f"{t(f'section_names.{section}')}: {join_list(titles)}")
    if lines:
        yield Items(tuple(lines))


def _untested(view: ResultView) -> list[Block]:
    unmeasured = [
        t(
            f"{KEY}.not_measured",
            id=finding.id,
            title=translate(finding.title),
            system=view.system_title(finding.system),
        )
        for finding in view.findings
        if finding.verdict == "not measured"
    ]
    lines = [*untested_claims(view), *view.result.untested, *unmeasured]
    return [Items((*lines, *look_up("sections.limitations.of_any_audit")))]


def _fidelity(view: ResultView) -> list[Block]:
    found = (metric_row(view, *measure) for measure in HEADLINE if view.rows("fidelity", measure[1], method=measure[0]))
    rows = tuple(row for row in found if row is not None)
    titles = [view.system_title(card.key) for card in view.systems]
    key = "sections.fidelity"
    head = (t(f"{key}.head_metric"), t(f"{key}.head_better"), *titles, t(f"{key}.head_yardstick"))
    if not rows:
        return []
    return [Text(t(f"{KEY}.fidelity_lead")), Table(f"{KEY}-fidelity", "", head, rows)]


def _contact(record: Mapping[str, Any]) -> list[Block]:
    people = "; ".join(f"{role}: {name}" for role, name in dict(record.get("responsible") or {}).items())
    facts = {
        "responsible": people,
        "data_version": record.get("data_version", ""),
        "review": record.get("review_date", ""),
        "license": "",
        "questions": "",
    }
    return [_facts(facts)]


def _facts(facts: Mapping[str, str]) -> Table:
    """Return facts as a table; whoever publishes fills in what is not known."""
    rows = tuple(
        (TableCell(t(f"{KEY}.fact_{name}")), TableCell(str(value) or t(f"{KEY}.fill_in")))
        for name, value in facts.items()
    )
    return Table(f"{KEY}-{next(iter(facts))}", "", tuple(look_up(f"{KEY}.facts_head")), rows)
