"""Names that options and fields had in the first version of plans, policies and results, and what they became.

A plan or a policy that uses an old name is refused with the new one; a result that uses old names is read.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

PLAN_TABLES: Final = {"mechanism": "dp_audit"}
"""Tables of a plan."""

PLAN: Final[Mapping[str, Mapping[str, str]]] = {
    "": {"budget": "max_minutes"},
    "secrets": {"rarest": "rarest_codes"},
    "sweep": {
        "synthetic": "synthetic_rows",
        "reference": "reference_rows",
        "population": "reference_population",
        "targets": "targets_per_side",
        "known": "known_columns",
        "known_kind": "known_choice",
        "noise": "error_rate",
        "copies": "combined_releases",
        "fidelity": "fidelity_rows",
    },
    "dp_audit": {
        "pairs": "member_pairs",
        "drawn_at_random": "random_split",
        "own_columns": "unique_code_canaries",
        "law": "canary_distribution",
        "domain": "data_dependent_domain",
        "patients": "patients_per_training",
        "repeats": "target_copies",
    },
}
"""Keys of each table of a plan; those at the top stand under the empty name."""

PLAN_VALUES: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    ("dp_audit", "insertion"): {"coins": "independent", "pairs": "paired"},
    ("dp_audit", "target"): {"own column": "unique code"},
}
"""Values of single keys of a plan."""

GENERATOR_OPTIONS: Final[Mapping[str, str]] = {
    "begin_at_odds": "init_output_bias",
    "body": "architecture",
    "burn_in": "recalibration_batches",
    "clip": "weight_clip",
    "critic": "critic_widths",
    "draw": "sampling",
    "how": "perturbation",
    "minibatch": "minibatch_mode",
    "object": "factory",
    "order": "column_order",
    "penalty": "gradient_penalty",
    "pretrain_batch": "pretrain_batch_size",
    "privacy.autoencoder": "privacy.autoencoder_noise_scale",
    "privacy.clip": "privacy.max_grad_norm",
    "privacy.count_clip": "privacy.bias_max_norm",
    "privacy.counts": "privacy.bias_noise_scale",
    "privacy.noise": "privacy.noise_multiplier",
    "privacy.rows": "privacy.num_patients",
    "stderr": "stderr_file",
}
"""Options of generators; those of the nested table ``privacy`` with its name before them."""

ATTACKS: Final[Mapping[str, str]] = {
    "share": "dpi",
    "ratio": "nndr",
    "ball": "mc_ball",
    "influence": "gen_lra",
    "density": "domias_kde",
    "density_product": "domias_product",
    "density_tree": "domias_tree",
    "bound": "elbo",
    "blend": "shadow_ensemble",
    "sampled": "fresh_samples",
    "attribution": "cap",
}
"""Attacks of the catalogue."""

ATTACK_OPTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "presence": {"h": "max_differences"},
    "exact": {"counted": "count_copies"},
    "calibrated": {"cuts": "repeats", "floor": "min_distance"},
    "dpi": {"cuts": "repeats"},
    "mc_ball": {"quantile": "radius_quantile"},
    "domias_product": {"prior": "pseudocount"},
    "domias_tree": {"prior": "pseudocount"},
    "classifier": {"rows": "max_rows", "strength": "inverse_penalty"},
    "fresh_samples": {"times": "sample_factor"},
    "lira": {"form": "mode"},
    "lira_synthetic": {"form": "mode"},
    "shadow_ensemble": {"pairs": "max_pairs"},
    "queries": {"pairs": "max_pairs"},
    "inversion": {"starts": "random_starts", "rate": "lr", "prior": "prior_weight"},
    "cap": {"most": "max_donors"},
    "learned": {"most": "max_secrets", "patterns": "max_patterns", "rows": "max_rows"},
    "singling_one": {"tries": "max_attempts"},
    "singling_many": {"tries": "max_attempts"},
    "replay": {"tries": "max_attempts"},
    "linking": {"tries": "max_attempts"},
    "identity": {
        "common": "common_codes",
        "population": "population_size",
        "verified": "verification_rate",
        "error": "error_rate",
        "share": "learned_share",
        "generalisations": "max_generalisations",
    },
}
"""Options of the catalogue's attacks, by the attack's name."""

POLICY: Final = {"detection": "detection_rate"}
"""Keys of a policy."""

CRITERION: Final = {"planted": "detectable_leak"}
"""Keys of a policy's criterion."""

THREAT_MODEL: Final = {
    "known_kind": "known_choice",
    "noise": "error_rate",
    "reference_kind": "reference_population",
    "targets": "targets_per_side",
    "copies": "combined_releases",
}
"""Fields of a threat model in a result."""

DATA_ACCESS: Final = {"noise": "noise_multiplier", "clip": "max_grad_norm", "why": "reason"}
"""Fields of an access to real records in a ledger."""


def with_new_names(fields: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields under their new names, in the same order."""
    return {names.get(name, name): value for name, value in fields.items()}


def options_with_new_names(options: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the options of a generator or an attack under their new names, nested tables included."""
    nested = {
        table: {
            old.rpartition(".")[2]: new.rpartition(".")[2] for old, new in names.items() if old.startswith(f"{table}.")
        }
        for table in {old.partition(".")[0] for old in names if "." in old}
    }
    inside = {
        name: with_new_names(value, nested[name]) if name in nested and isinstance(value, Mapping) else value
        for name, value in options.items()
    }
    return with_new_names(inside, names)


def renamed_options(kind: str, name: str) -> Mapping[str, str]:
    """Return what options of ``generators`` or ``attacks`` became; ``name`` is what a plan's ``use`` names."""
    if kind == "generators":
        return GENERATOR_OPTIONS if ":" not in name or "generators.external:" in name else {}
    return ATTACK_OPTIONS.get(name, {})


def plan_with_new_names(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plan of the first version under the names of this one."""
    renewed = with_new_names(plan, {**PLAN[""], **PLAN_TABLES})
    for table, names in PLAN.items():
        if isinstance(renewed.get(table), Mapping):
            renewed[table] = with_new_names(renewed[table], names)
    for (table, key), values in PLAN_VALUES.items():
        if isinstance(renewed.get(table), Mapping) and key in renewed[table]:
            renewed[table][key] = values.get(renewed[table][key], renewed[table][key])
    attacks = renamed_attacks(plan)
    for table in ("controls", "dp_audit"):
        if isinstance(renewed.get(table), Mapping) and "attacks" in renewed[table]:
            renewed[table]["attacks"] = [attacks.get(name, name) for name in renewed[table]["attacks"]]
    if "attacks" in renewed:
        tables = with_new_names(renewed["attacks"], attacks)
        uses = {key: table.get("use") for key, table in tables.items()}
        renewed["attacks"] = {
            key: {**table, "use": ATTACKS[str(uses[key])]} if uses[key] in ATTACKS else table
            for key, table in tables.items()
        }
    for kind in ("generators", "attacks"):
        if kind in renewed:
            renewed[kind] = {
                key: options_with_new_names(table, renamed_options(kind, table.get("use") or key))
                for key, table in renewed[kind].items()
            }
    return renewed


def renamed_attacks(plan: Mapping[str, Any]) -> dict[str, str]:
    """Return what attacks of a plan of the first version became; a name of the user's own choice stays."""
    own = {key for key, table in plan.get("attacks", {}).items() if isinstance(table, Mapping) and table.get("use")}
    return {old: new for old, new in ATTACKS.items() if old not in own}


def old_plan_names(plan: Mapping[str, Any]) -> Iterator[str]:
    """Yield one sentence for each old name that a plan uses, which says the new one."""
    yield from old_names(plan, PLAN[""])
    for old, new in PLAN_TABLES.items():
        if old in plan:
            yield f"[{old}]: this table is now called [{new}]"
    former = {new: old for old, new in PLAN_TABLES.items()}
    for table, names in PLAN.items():
        for title in filter(None, (table, former.get(table))):
            if isinstance(plan.get(title), Mapping):
                yield from old_names(plan[title], names, where=f"[{title}] ")
    for (table, key), values in PLAN_VALUES.items():
        for title in filter(None, (table, former.get(table))):
            value = plan[title].get(key) if isinstance(plan.get(title), Mapping) else None
            if isinstance(value, str) and value in values:
                yield f"[{title}] {key}: the value '{value}' is now called '{values[value]}'"
    yield from _old_attacks(plan)


def _old_attacks(plan: Mapping[str, Any]) -> Iterator[str]:
    tables = plan.get("attacks")
    for key, table in tables.items() if isinstance(tables, Mapping) else ():
        use = table.get("use") if isinstance(table, Mapping) else None
        if (use or key) in ATTACKS:
            yield f"[attacks.{key}]: the attack '{use or key}' is now called '{ATTACKS[use or key]}'"
    names = renamed_attacks(plan if isinstance(tables, Mapping) else {})
    for title in ("controls", "dp_audit", "mechanism"):
        listed = plan[title].get("attacks") if isinstance(plan.get(title), Mapping) else None
        for name in listed if isinstance(listed, list) else ():
            if name in names:
                yield f"[{title}] attacks: '{name}' is now called '{names[name]}'"


def old_names(options: Mapping[str, Any], names: Mapping[str, str], *, where: str = "") -> Iterator[str]:
    """Yield one sentence for each option that stands under its old name."""
    for old, new in names.items():
        if old in options:
            yield f"{where}{old}: this option is now called '{new}'"
