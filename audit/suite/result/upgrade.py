"""Results of version 1 under the names of version 2: every number and interval stays what it was.

Attacks take their new names too, so that audits of either version can be compared; the id of a row stays.
"""

from collections.abc import Mapping
from typing import Any

from synthaudit.audit.renamed import (
    DATA_ACCESS,
    THREAT_MODEL,
    options_with_new_names,
    plan_with_new_names,
    renamed_attacks,
    renamed_options,
    with_new_names,
)


def upgrade_v1(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result of version 1 as one of version 2; what is not known is left for the strict reader to refuse.

    Raises:
        KeyError, TypeError, AttributeError: If it is not built as a result of version 1.
    """
    plan, attacks = raw["plan"], renamed_attacks(raw["plan"])
    renewed_plan = plan_with_new_names(plan)
    methods = [{**card, "key": attacks.get(card["key"], card["key"])} for card in raw["methods"]]
    return {
        **with_new_names(raw, {"subjects": "systems"}),
        "version": 2,
        "plan": renewed_plan,
        "systems": [_system(card, plan["generators"]) for card in raw["subjects"]],
        "methods": [_with_new_options(card, "attacks", renewed_plan["attacks"]) for card in methods],
        "rows": [_measured(row, attacks) for row in raw["rows"]],
        "series": [_measured(series, attacks) for series in raw["series"]],
        "run": with_new_names(raw["run"], {"cells": "tasks"}),
    }


def _system(card: Mapping[str, Any], generators: Mapping[str, Any]) -> dict[str, Any]:
    ledger = card["ledger"]
    if ledger is not None:
        accesses = [
            {**with_new_names(access, DATA_ACCESS), "status": _status(access["status"])} for access in ledger["touches"]
        ]
        ledger = {**with_new_names(ledger, {"touches": "accesses"}), "accesses": accesses}
    return {**_with_new_options(card, "generators", generators), "ledger": ledger}


def _status(status: str) -> str:
    return "accounted" if status == "paid" else status


def _with_new_options(card: Mapping[str, Any], kind: str, tables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the card of a system or a method; ``tables`` are those of the plan that say which class it is of."""
    name = tables.get(card["key"], {}).get("use") or card["key"]
    return {**card, "options": options_with_new_names(card["options"], renamed_options(kind, name))}


def _measured(fields: Mapping[str, Any], attacks: Mapping[str, str]) -> dict[str, Any]:
    """Return a row or a series of a figure; the slice of a planted leak is the attack that looked for it."""
    renewed = with_new_names(fields, {"subject": "system"})
    renewed["method"] = attacks.get(renewed["method"], renewed["method"])
    if "slice" in renewed:  # "density_product: verbatim", say
        attack, colon, kind = renewed["slice"].partition(": ")
        renewed["slice"] = f"{attacks.get(attack, attack)}{colon}{kind}"
    if renewed["knowledge"] is not None:
        renewed["knowledge"] = with_new_names(renewed["knowledge"], THREAT_MODEL)
    return renewed
