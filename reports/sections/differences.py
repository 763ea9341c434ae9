"""What differs between two audits besides the risk, and what is the same."""

from synthaudit.audit.suite.result import Result
from synthaudit.reports.blocks.content import Block, Table, TableCell, Text
from synthaudit.reports.blocks.document import Section
from synthaudit.reports.sections.claim_wording import claimed_text, lower_bound_text
from synthaudit.reports.text.i18n import format_integer, join_list, pluralize, t
from synthaudit.reports.view.dp_claims import dp_claims
from synthaudit.reports.view.result_view import ResultView

KEY = "comparison"


def _facts(result: Result) -> dict[str, str]:
    """Return what may differ between two audits."""
    run, split, data = result.run, result.split, result.data
    sides = " / ".join(format_integer(getattr(split, side).patients) for side in ("members", "holdout", "reference"))
    systems = [f"{card.title} ({pluralize(card.releases, 'release')})" for card in result.systems]
    return {
        "title": result.title,
        "started": run.started,
        "version": run.versions.get("synthaudit", ""),
        "preset": result.preset,
        "plan": result.plan_sha256,
        "data": ", ".join(
            (pluralize(data.patients, "patient"), pluralize(data.rows, "row"), pluralize(data.columns, "column"))
        ),
        "sides": sides,
        "targets": f"{format_integer(split.target_members)} / {format_integer(split.target_holdout)}",
        "systems": join_list(systems),
        "options": "; ".join(
            f"{card.title}: " + ", ".join(f"{name} = {value}" for name, value in card.options.items())
            for card in result.systems
            if card.options
        ),
        "dp_claims": "; ".join(_claims(ResultView(result, ()))),
        "attacks": join_list([card.title for card in result.methods if card.section != "fidelity"]),
        "rows": format_integer(len(result.rows)),
    }


def _claims(view: ResultView) -> list[str]:
    """Return each system's claim of differential privacy, and its lower bound."""
    texts = []
    for one in dp_claims(view):
        audit = one.strongest
        bound = t(f"{KEY}.not_attacked") if audit is None else lower_bound_text(audit)
        if one.status != "nothing claimed" or audit is not None:
            texts.append(t(f"{KEY}.dp_claim", system=one.card.title, claimed=claimed_text(one), lower=bound))
    return texts


def differences_section(before: Result, after: Result) -> Section:
    """Return what differs between the two audits, and what is the same."""
    old, new = _facts(before), _facts(after)
    rows = tuple(
        (TableCell(t(f"{KEY}.fact_{key}")), TableCell(old[key] or "–"), TableCell(new[key] or "–"))
        for key in old
        if old[key] != new[key]
    )
    same = [t(f"{KEY}.fact_{key}") for key in old if old[key] == new[key]]
    head = (t("sections.provenance.head_what"), t(f"{KEY}.before"), t(f"{KEY}.after"))
    blocks: list[Block] = [Text(t(f"{KEY}.differs"), "lead")]
    if rows:
        blocks.append(
            Table("differences", t(f"{KEY}.differs_table"), head, rows, (False, False, False), (1.4, 3.0, 3.0))
        )
    if same:
        blocks.append(Text(t(f"{KEY}.same", names=join_list(same)), "note"))
    return Section("differences", t(f"{KEY}.differs_title"), tuple(blocks))
