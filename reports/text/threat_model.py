"""A threat model in words: what the attacker held, and what was unlike the default attack."""

from synthaudit.audit.suite.result import ThreatModel
from synthaudit.reports.text.i18n import format_integer, look_up, t
from synthaudit.reports.text.numbers import percent


def describe_threat_model(knows: ThreatModel | None) -> str:
    """Return what the attacker held, and what else was unlike the default attack, in words."""
    if knows is None:
        return t("knowledge.none")
    rows = format_integer(knows.synthetic_rows)
    parts = [
        t("knowledge.synthetic", rows=rows)
        if knows.combined_releases == 1
        else t("knowledge.copies", rows=rows, copies=format_integer(knows.combined_releases))
    ]
    if knows.reference_rows:
        shifted = "" if knows.reference_population == "same population" else "_shifted"
        parts.append(t(f"knowledge.reference{shifted}", rows=format_integer(knows.reference_rows)))
    if knows.known_columns is not None:
        parts.append(describe_known_columns(knows))
    parts += generator_access(knows)
    return "; ".join((", ".join(parts), *departures(knows)))


def generator_access(knows: ThreatModel) -> list[str]:
    """Return what an attacker held of the generator itself."""
    access = (
        [] if knows.access == "synthetic rows only" else knows.access.removeprefix("synthetic rows and ").split(" and ")
    )
    parts = [str(look_up("knowledge.accesses").get(part, part)) for part in access]
    if knows.fresh_rows is not None:
        parts.append(t("knowledge.fresh", rows=format_integer(knows.fresh_rows)))
    if knows.shadow_models is not None:
        records = format_integer(knows.shadow_rows or 0)
        parts.append(t("knowledge.shadows", models=format_integer(knows.shadow_models), records=records))
    return parts


def describe_known_columns(knows: ThreatModel) -> str:
    """Return which columns of the patient an attacker knew, and how many of the known cells were wrong."""
    kinds = look_up("knowledge.kinds")
    sentence = kinds.get(knows.known_choice, t("knowledge.columns", columns="{columns}"))
    columns: str = sentence.format_map({"columns": format_integer(knows.known_columns or 0)})
    return t("knowledge.wrong", columns=columns, share=percent(knows.error_rate)) if knows.error_rate else columns


def departures(knows: ThreatModel) -> list[str]:
    """Return what was unlike the default attack: one secret, chosen or few targets, a prior other than one half."""
    parts = []
    if knows.secret is not None:
        parts.append(t("knowledge.secret", secret=knows.secret))
    if knows.target_choice != "random":
        parts.append(look_up("knowledge.choices").get(knows.target_choice, knows.target_choice))
    if knows.targets_per_side is not None:
        parts.append(t("knowledge.targets", targets=format_integer(knows.targets_per_side)))
    if knows.prior != 0.5:
        parts.append(t("knowledge.prior", share=percent(knows.prior)))
    return parts
