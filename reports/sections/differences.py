"""What differs between two audits besides the risk, and what is the same."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from synthaudit.audit.suite.result import Result
from synthaudit.reports.blocks.content import Block, Table, TableCell, Text
from synthaudit.reports.blocks.document import Section
from synthaudit.reports.sections.claim_wording import claimed_text, lower_bound_text
from synthaudit.reports.text.i18n import format_integer, join_list, pluralize, t
from synthaudit.reports.view.dp_claims import dp_claims
from synthaudit.reports.view.result_view import ResultView

KEY: Final = "comparison"
SETTINGS: Final = 8  # named at most
DIGEST: Final = re.compile(r"[0-9a-f]{64}")


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


def settings_that_differ(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, str]:
    """Return the settings of two plans that are not alike, as each plan has them; empty where all are."""
    old, new = (dict(_settings(plan)) for plan in (before, after))
    names = [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]
    sides = []
    for settings in (old, new):
        texts = [f"{name} = {settings.get(name, t(f'{KEY}.no_setting'))}" for name in names[:SETTINGS]]
        if len(names) > SETTINGS:
            texts.append(t(f"{KEY}.more_settings", count=format_integer(len(names) - SETTINGS)))
        sides.append("; ".join(texts))
    return sides[0], sides[1]


def _settings(plan: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield every setting of a plan by its dotted name; digests of files, which nobody can read, are left out."""
    for name, value in plan.items():
        if isinstance(value, Mapping):
            yield from _settings(value, f"{above}{name}.")
        elif not DIGEST.fullmatch(str(value)):
            yield f"{above}{name}", str(value)


def differences_section(before: Result, after: Result) -> Section:
    """Return what differs between the two audits, and what is the same."""
    old, new = _facts(before), _facts(after)
    old["plan"], new["plan"] = settings_that_differ(before.plan, after.plan)
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
