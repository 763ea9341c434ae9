"""A plan is checked before anything runs, and what is wrong is said by name."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from synthaudit.attacks.attribute import ATTRIBUTE
from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.attacks.reidentification import REIDENTIFICATION
from synthaudit.audit.errors import PlanError
from synthaudit.audit.renamed import ATTACK_OPTIONS, ATTACKS, GENERATOR_OPTIONS, PLAN, plan_with_new_names
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.task import TableSizes, seed_of
from synthaudit.audit.suite.plan import PRESETS, Plan, make_plan, options_of, read_plan, rows_of
from synthaudit.audit.suite.tasks.listing import DEPENDENT, list_tasks
from synthaudit.generators import GENERATORS
from synthaudit.generators.dp.options import Privacy
from synthaudit.generators.external import Adapter, Program

SIDES = TableSizes(members=1000, holdout=800, reference=500, columns=50, fingerprint="f", files={})


def plan(**tables: object) -> Plan:
    raw = {"data": {"reader": "simulated"}, "generators": {"marginal": {}}, **tables}
    return make_plan(raw)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"preset": "quik"}, "unknown preset 'quik'; did you mean 'quick'"),
        ({"generatrs": {}}, "unknown key 'generatrs'; did you mean 'generators'"),
        ({"sweep": {"releses": 3}}, "unknown key 'releses'; did you mean 'releases'"),
        ({"sweep": {"synthetic_rows": ["2y"]}}, "a multiple of the members such as '0.5x', got '2y'"),
        ({"sweep": {"synthetic_rows": [-5]}}, "at least 0"),
        ({"sweep": {"releases": 0}}, "sweep.releases"),
        ({"targets": {"members": "many"}}, "targets.members"),
        ({"seed": -1}, "seed"),
    ],
)
def test_a_mistake_is_named(raw: dict, message: str) -> None:
    with pytest.raises(PlanError, match=message.replace("(", r"\(")):
        plan(**raw)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"budget": 3.0}, "plan: budget: this option is now called 'max_minutes'"),
        ({"sweep": {"noise": [0.1]}}, r"\[sweep\] noise: this option is now called 'error_rate'"),
        ({"secrets": {"rarest": 3}}, r"\[secrets\] rarest: this option is now called 'rarest_codes'"),
        (
            {"mechanism": {"law": "typical"}},
            r"\[mechanism\]: this table is now called \[dp_audit\]; \[mechanism\] law: ",
        ),
        ({"dp_audit": {"own_columns": 3}}, r"\[dp_audit\] own_columns: .* 'unique_code_canaries'"),
        (
            {"dp_audit": {"insertion": "coins"}},
            r"\[dp_audit\] insertion: the value 'coins' is now called 'independent'",
        ),
        ({"sweep": {"noise": [0], "copies": [1]}}, "'error_rate'; .* 'combined_releases'$"),
    ],
)
def test_an_old_name_is_refused_with_the_new_one(raw: dict, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        plan(**raw)


def test_every_new_name_is_a_field_and_no_old_one_is() -> None:
    for table, names in PLAN.items():
        fields = Plan.model_fields[table].annotation.model_fields if table else Plan.model_fields
        assert set(names.values()) <= set(fields)
        assert not set(names) & set(fields)


def test_a_plan_of_old_names_is_the_same_plan_under_new_ones() -> None:
    old = {"budget": 3.0, "sweep": {"known": [2]}, "mechanism": {"repeats": 2, "target": "own column"}}
    new = {
        "max_minutes": 3.0,
        "sweep": {"known_columns": [2]},
        "dp_audit": {"target_copies": 2, "target": "unique code"},
    }
    assert plan_with_new_names(old) == new
    assert plan_with_new_names(new) == new
    plan(**new)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"vae": {"draw": "bernoulli"}}, r"\[generators.vae\] draw: this option is now called 'sampling'"),
        ({"vae": {"privacy": {"noise": 1.0}}}, r"privacy.noise: this option is now called 'privacy.noise_multiplier'"),
        ({"mine": {"use": "corgan", "draw": "round", "critic": [8]}}, "'critic_widths'; .* 'sampling'"),
        ({"vae": {"clip": 0.1}}, "unknown option 'clip'"),
    ],
)
def test_an_old_option_of_a_generator_is_refused_with_the_new_one(raw: dict, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        Components(plan(generators=raw))


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"presence": {"h": [0]}}, r"\[attacks.presence\] h: this option is now called 'max_differences'"),
        ({"mine": {"use": "inversion", "prior": 1.0}}, r"\[attacks.mine\] prior: .* 'prior_weight'"),
        ({"domias_tree": {"prior": 1.0}}, "'pseudocount'"),
        ({"nearest": {"h": [0]}}, "unknown option 'h'"),
    ],
)
def test_an_old_option_of_an_attack_is_refused_with_the_new_one(raw: dict, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        Components(plan(attacks=raw))


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"attacks": {"share": {}}}, r"\[attacks.share\]: the attack 'share' is now called 'dpi'"),
        ({"attacks": {"mine": {"use": "blend"}}}, "'blend' is now called 'shadow_ensemble'"),
        ({"controls": {"attacks": ["density"]}}, r"\[controls\] attacks: 'density' is now called 'domias_kde'"),
    ],
)
def test_an_old_name_of_an_attack_is_refused_with_the_new_one(tables: dict, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        plan(**tables)


def test_a_users_own_name_for_an_attack_may_be_an_old_one() -> None:
    own = plan(attacks={"share": {"use": "nearest"}}, controls={"attacks": ["share"]})
    assert list(Components(own).membership) == ["share"]


def test_every_new_name_of_an_attack_is_one_and_no_old_one_is() -> None:
    attacks = {**MEMBERSHIP, **ATTRIBUTE, **REIDENTIFICATION}
    assert set(ATTACKS.values()) <= set(attacks)
    assert not set(ATTACKS) & set(attacks)


def test_every_new_option_is_one_and_no_old_one_is() -> None:
    generators = {
        field.name
        for cls in (*GENERATORS.values(), Adapter, Program)
        for field in dataclasses.fields(cls)  # type: ignore[arg-type]
    } | {f"privacy.{field.name}" for field in dataclasses.fields(Privacy)}
    assert set(GENERATOR_OPTIONS.values()) <= generators
    assert not set(GENERATOR_OPTIONS) & generators
    attacks = {**MEMBERSHIP, **ATTRIBUTE, **REIDENTIFICATION}
    for name, names in ATTACK_OPTIONS.items():
        fields = {field.name for field in dataclasses.fields(attacks[name])}  # type: ignore[arg-type]
        assert set(names.values()) <= fields
        assert not set(names) & fields


# The order of attacks is the order of rows and of the matrices that attacks are judged together on.
QUICK = """
    nearest presence calibrated local_distance domias_product tracing rare_cells value_reuse donors singling_one
    singling_many replay linking
"""
STANDARD = """
    nearest presence calibrated local_distance domias_kde domias_product cliques tracing rare_cells value_reuse
    classifier donors singling_one singling_many replay linking identity
"""
THOROUGH = """
    nearest nearest_mean presence exact calibrated local_distance nndr cosine mc_ball dpi domias_kde domias_product
    cliques tracing rare_cells value_reuse gen_lra classifier fresh_samples lira rmia shadow_ensemble critic
    reconstruction elbo inversion free_energy donors cap learned linear singling_one singling_many replay linking
    identity
"""
METRICS = """
    dimension_probability dimension_prediction cooccurrence record_length rare_codes marginals coverage
    adversarial_accuracy discriminator column_distributions correlation_map projection closest_record
"""
QUICK_METRICS = """
    dimension_probability dimension_prediction column_distributions correlation_map projection closest_record
"""


@pytest.mark.parametrize(
    ("name", "attacks", "metrics", "power"),
    [
        ("quick", QUICK, QUICK_METRICS, "nearest presence rare_cells"),
        ("standard", STANDARD, METRICS, "nearest presence rare_cells"),
        ("thorough", THOROUGH, METRICS, "nearest presence rare_cells"),
    ],
)
def test_a_preset_runs_what_it_always_ran_in_the_same_order(name: str, attacks: str, metrics: str, power: str) -> None:
    assert PRESETS[name].attacks == tuple(attacks.split())
    assert PRESETS[name].metrics == tuple(metrics.split())
    assert PRESETS[name].power_attacks == tuple(power.split())
    assert set(PRESETS[name].power_attacks) <= set(PRESETS[name].attacks)
    assert plan(preset=name).controls.attacks == PRESETS[name].power_attacks


def test_the_plan_is_read_without_torch() -> None:
    code = "import sys, synthaudit.audit.suite.plan; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"generators": {"medgam": {}}}, "unknown generator 'medgam'; did you mean 'medgan'"),
        ({"generators": {"vae": {"epoch": 1}}}, "unknown option 'epoch'; did you mean 'epochs'"),
        ({"generators": {"vae": {"epochs": "ten"}}}, "epochs"),
        ({"attacks": {"nearst": {}}}, "unknown attack 'nearst'; did you mean 'nearest'"),
        ({"metrics": {"dimension_probabilty": {}}}, "did you mean 'dimension_probability'"),
        ({"generators": {}}, "at least one"),
        ({"synthetic": {"marginal": {"path": "x.csv"}}}, "a generator is called 'marginal' too"),
        ({"synthetic": {"vendor": {"path": "x.csv"}}}, "Part the patients with 'synthaudit split'"),
        ({"generators": {"data": {"use": "marginal"}}}, "stands for the real patients"),
        ({"controls": {"attacks": ["nothing"]}}, "unknown membership attack 'nothing'"),
    ],
)
def test_a_name_outside_the_catalogues_is_named(raw: dict, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        Components(plan(**raw))


@pytest.mark.parametrize(
    "changes",
    [
        {"synthetic": {"vendor": {"path": "x.csv", "made_from_split": True}}},
        {"synthetic": {"vendor": {"path": "x.csv"}}, "data": {"members": "m.csv", "holdout": "h.csv"}},
    ],
)
def test_a_finished_table_is_audited_against_the_members_it_was_made_from(changes: dict) -> None:
    assert set(Components(plan(**changes)).plan.synthetic) == {"vendor"}


def test_a_preset_fills_in_what_the_plan_leaves_out_and_nothing_else() -> None:
    quick = plan(preset="quick", sweep={"releases": 7})
    assert quick.sweep.releases == 7
    assert quick.sweep.synthetic_rows == ("1x",)
    assert set(quick.attacks) >= {"nearest", "presence", "donors"}
    assert set(plan(attacks={"exact": {}}).attacks) == {"exact"}


def test_every_example_plan_is_valid(request: pytest.FixtureRequest) -> None:
    root = Path(__file__).resolve().parents[2]
    for path in [*root.glob("examples/*.toml"), root / "audit/suite/plan/example.toml"]:
        if "schema" not in path.stem and "policy" not in path.stem:
            Components(read_plan(path))


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"[data\n", "expected TOML"), (b"\xff\xfe", "UTF-8"), (None, "could not open")],
)
def test_a_file_that_is_no_plan_is_said_to_be_none(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "plan.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PlanError, match=message) as caught:
        read_plan(path)
    assert str(tmp_path) not in str(caught.value)


def test_sizes_are_rows_or_multiples_of_the_members() -> None:
    assert [rows_of(size, 3000) for size in (700, "1x", "0.5x", "0.0001x")] == [700, 3000, 1500, 1]


def test_the_plan_survives_its_canonical_form() -> None:
    once = plan(generators={"mine": {"use": "vae", "epochs": 3}}, data={"reader": "table", "schema": "s.toml"})
    again = make_plan(once.canonical())
    assert again == once
    assert again.sha256() == once.sha256()


def test_options_are_plain_and_never_a_path() -> None:
    @dataclasses.dataclass(frozen=True)
    class Thing:
        file: Path = Path("/home/dr-who/patients.csv")
        sizes: tuple[int, ...] = (1, 2)

    assert options_of(Thing()) == {"file": "patients.csv", "sizes": [1, 2]}


def test_seeds_depend_on_labels_only() -> None:
    assert seed_of(1, "fit", "vae", 0) == seed_of(1, "fit", "vae", 0)
    assert len({seed_of(r, "fit", g, k) for r in (0, 1) for g in ("vae", "medgan") for k in (0, 1)}) == 8
    assert 0 <= seed_of(0) < 2**63


def test_an_added_attack_moves_no_other_cell() -> None:
    few = list_tasks(Components(plan(attacks={"nearest": {}}, metrics={})), SIDES)
    more = list_tasks(Components(plan(attacks={"nearest": {}, "exact": {}}, metrics={})), SIDES)
    judged = {task for task in few if task.kind in DEPENDENT - {"planted"}}  # leaks are planted for each attack alone
    assert judged, "all attacks are judged together, so one more is another judgement"
    assert not judged & set(more)
    assert set(few) - judged < set(more)


def test_an_address_changes_with_what_the_numbers_depend_on() -> None:
    def addresses(sides: TableSizes = SIDES, **tables: object) -> dict[str, str]:
        attacks = {"attacks": {"nearest": {}}, "metrics": {}, **tables}
        return {task.label: task.key for task in list_tasks(Components(plan(**attacks)), sides)}

    before = addresses()
    for changed in (
        addresses(seed=5),
        addresses(dataclasses.replace(SIDES, fingerprint="g")),
        addresses(generators={"marginal": {"smoothing": 3.0}})
        if "smoothing" in _fields("marginal")
        else addresses(seed=6),
        addresses(targets={"members": 10}),
    ):
        assert not set(before.values()) & set(changed.values())
    assert addresses(title="another title") == before


def _fields(name: str) -> set[str]:
    from synthaudit.generators import GENERATORS

    return {field.name for field in dataclasses.fields(GENERATORS[name])}  # type: ignore[arg-type]


def test_a_file_is_never_asked_for_more_rows_than_it_has() -> None:
    sides = dataclasses.replace(SIDES, files={"mine": 120})
    chosen = plan(
        generators={},
        synthetic={"mine": {"path": "mine.csv", "made_from_split": True}},
        sweep={"synthetic_rows": ["0.05x", "1x", "9x"]},
    )
    sizes = {task.synthetic for task in list_tasks(Components(chosen), sides) if task.kind == "membership"}
    assert sizes == {50, 120}


@pytest.mark.parametrize("table", ["generators", "synthetic", "attacks", "metrics"])
@pytest.mark.parametrize("name", ["../../../x", "a/b", "a\\b", ".hidden", "", "a\x1bb", "a\nb", " a", "a ", "x" * 65])
def test_a_name_that_could_be_a_path_is_no_name(table: str, name: str) -> None:
    value = {"path": "x.csv"} if table == "synthetic" else {"use": "vae"}
    with pytest.raises(PlanError, match=f"plan: {table}.*expected a name of at most 64 letters"):
        make_plan({"data": {"reader": "simulated"}, table: {name: value}})


@pytest.mark.parametrize("name", ["vae", "VAE 2 (old)", "Größe_1.5", "患者", "a" * 64])
def test_names_are_in_the_users_own_words(name: str) -> None:
    assert name in make_plan({"data": {"reader": "simulated"}, "generators": {name: {"use": "vae"}}}).generators


@pytest.mark.parametrize("text", ["an \x1b[31maudit", "two\nlines", "nul\0", "\u2028"])
def test_a_title_that_no_page_can_show_is_refused_before_anything_runs(text: str) -> None:
    with pytest.raises(PlanError, match="plan: title: expected a title of one line"):
        make_plan({"data": {"reader": "simulated"}, "title": text})


def test_a_result_names_files_without_their_folders() -> None:
    raw = {
        "data": {"members": "/home/maria/m.csv", "holdout": "C:\\Users\\maria\\h.csv", "schema": "schemas/s.toml"},
        "synthetic": {"x": {"path": "/mnt/maria/x.csv"}},
        "generators": {"p": {"use": "synthaudit.generators.external:Program", "command": ["/maria/gen", "{out}"]}},
    }
    plan = make_plan(raw)
    published = plan.published()
    assert "maria" not in str(published)
    assert [published["data"][key] for key in ("members", "holdout", "schema")] == ["m.csv", "h.csv", "schemas/s.toml"]
    assert published["generators"]["p"]["command"] == ["gen", "{out}"]
    assert plan.canonical()["data"]["members"] == "/home/maria/m.csv"
    elsewhere = make_plan({**raw, "synthetic": {"x": {"path": "/srv/x.csv"}}})
    assert plan.sha256() == elsewhere.sha256()
