"""Results of version 1 under the names of version 2: every number, interval and key stays what it was."""

from collections.abc import Mapping
from typing import Any

from synthaudit.audit.renamed import (
    ATTACK_OPTIONS,
    DATA_ACCESS,
    GENERATOR_OPTIONS,
    THREAT_MODEL,
    is_ours,
    options_with_new_names,
    plan_with_new_names,
    with_new_names,
)


def upgrade_v1(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result of version 1 as one of version 2; what is not known is left for the strict reader to refuse.

    Raises:
        KeyError, TypeError, AttributeError: If it is not built as a result of version 1.
    """
    upgraded = with_new_names(raw, {"subjects": "systems"})
    return {
        **upgraded,
        "version": 2,
        "plan": plan_with_new_names(raw["plan"]),
        "systems": [_system(system, raw["plan"]) for system in raw["subjects"]],
        "methods": [
            {**card, "options": options_with_new_names(card["options"], ATTACK_OPTIONS)} for card in raw["methods"]
        ],
        "rows": [_measured(row) for row in raw["rows"]],
        "series": [_measured(series) for series in raw["series"]],
        "run": with_new_names(raw["run"], {"cells": "tasks"}),
    }


def _system(system: Mapping[str, Any], plan: Mapping[str, Any]) -> dict[str, Any]:
    if is_ours(plan["generators"].get(system["key"], {}).get("use")):
        system = {**system, "options": options_with_new_names(system["options"], GENERATOR_OPTIONS)}
    ledger = system["ledger"]
    if ledger is None:
        return dict(system)
    accesses = [
        {
            **with_new_names(access, DATA_ACCESS),
            "status": "accounted" if access["status"] == "paid" else access["status"],
        }
        for access in ledger["touches"]
    ]
    return {**system, "ledger": {**with_new_names(ledger, {"touches": "accesses"}), "accesses": accesses}}


def _measured(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row or a series of a figure."""
    renewed = with_new_names(fields, {"subject": "system"})
    if renewed["knowledge"] is not None:
        renewed["knowledge"] = with_new_names(renewed["knowledge"], THREAT_MODEL)
    return renewed
