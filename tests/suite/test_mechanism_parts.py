"""The parts of a claim's audit: promises converted, canaries drawn by their law, domains taken from data."""

import math
from dataclasses import replace

import numpy as np
import pytest

from synthaudit.audit.errors import PlanError
from synthaudit.audit.ledger import DataAccess, Ledger
from synthaudit.audit.records import Cohort, Column, Records, Schema
from synthaudit.audit.statistics import NotMeasured
from synthaudit.audit.statistics.best_attack_bound import EpsilonBound
from synthaudit.audit.statistics.epsilon import gdp_epsilon, lower_bound
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.plan import make_plan
from synthaudit.audit.suite.result import Estimated, Unmeasured
from synthaudit.audit.suite.tasks.dp.canary_design import draw_canaries, widened, with_more_codes
from synthaudit.audit.suite.tasks.dp.canary_scores import black_box, white_box, with_domain
from synthaudit.audit.suite.tasks.dp.claim import claim_of, claim_rows, group_delta, is_gaussian, mu_of
from synthaudit.audit.suite.tasks.dp.domain import Domain
from synthaudit.audit.suite.tasks.dp.trainings import for_patients, score_matrix, weaker_claim
from synthaudit.audit.suite.tasks.rows import RowTemplate
from synthaudit.generators.dp.options import Privacy
from synthaudit.generators.models.vae import VAE

ADD, REPLACE = "add or remove one", "replace one"


def ledger(epsilon: float | None, delta: float = 1e-5, **more: object) -> Ledger:
    access = DataAccess("critic", "accounted", "subsampled Gaussian", 0.1, 1.0, 1.0, 100, epsilon)
    return Ledger(epsilon, delta, (access,), "PRV", **more)  # type: ignore[arg-type]


def test_replacing_one_is_a_group_of_two() -> None:
    claim = claim_of(ledger(1.0), adjacency=REPLACE, delta=1e-5)
    assert claim.guarantee.claimed == 2.0
    assert claim.guarantee.delta == pytest.approx(1e-5 * (1 + math.e))
    assert claim_of(ledger(1.0), adjacency=ADD, delta=1e-5).guarantee.claimed == 1.0


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_the_delta_of_a_group_is_a_geometric_sum(steps: int) -> None:
    closed = 1e-6 * (math.exp(steps * 0.7) - 1) / (math.exp(0.7) - 1)
    assert group_delta(0.7, 1e-6, steps) == pytest.approx(closed)


def test_a_claim_about_replacing_says_nothing_of_adding() -> None:
    claim = claim_of(ledger(1.0, adjacency=REPLACE), adjacency=ADD, delta=1e-5)
    assert claim.guarantee.claimed is None
    assert claim.missing is not None
    assert "says nothing of adding" in claim.missing
    assert claim_of(ledger(1.0, adjacency=REPLACE), adjacency=REPLACE, delta=1e-5).guarantee.claimed == 1.0


def test_a_claim_that_a_group_makes_void_is_not_compared_with() -> None:
    claim = claim_of(ledger(3.0), adjacency=ADD, delta=1e-5, group=8)
    assert claim.guarantee.claimed is None
    assert "delta reaches 1" in (claim.missing or "")


def test_no_noise_is_no_finite_claim() -> None:
    claim = claim_of(ledger(None), adjacency=ADD, delta=1e-5)
    assert claim.claimed
    rows = claim_rows(label(), EpsilonBound(lower_bound(1.0, 0.05, 100, "x", 3.0), None), claim, part="black box")
    assert [row.statistic for row in rows] == ["epsilon_claimed", "epsilon_lower", "claim_excess"]
    assert isinstance(rows[0].number, Unmeasured)
    assert "no noise" in rows[0].number.reason
    assert isinstance(rows[2].number, Unmeasured)


def test_only_full_batches_of_gaussian_noise_are_gaussian() -> None:
    assert not is_gaussian(ledger(1.0).accesses)
    assert is_gaussian((DataAccess("sum", "accounted", "Gaussian", None, 2.0), DataAccess("columns", "public")))
    assert is_gaussian((DataAccess("steps", "accounted", "Gaussian", 1.0, 2.0, 1.0, 10),))
    assert not is_gaussian(
        (DataAccess("sum", "accounted", "Gaussian", None, 2.0), DataAccess("count", "accounted", "Laplace"))
    )
    assert not is_gaussian(())


@pytest.mark.parametrize("mu", [0.1, 1.0, 4.0])
def test_mu_and_epsilon_are_each_other_s_inverse(mu: float) -> None:
    assert mu_of(gdp_epsilon(mu, delta=1e-5), 1e-5) == pytest.approx(mu, rel=1e-6)


def label() -> RowTemplate:
    return RowTemplate("canaries/x", "privacy", "x", None, "canaries", None, 10, 10, "mechanism")


def test_rows_hold_what_was_refuted_against_the_claim() -> None:
    claim = claim_of(ledger(1.0), adjacency=ADD, delta=1e-5)
    rows = claim_rows(label(), EpsilonBound(lower_bound(2.5, 0.05, 100, "x", 3.0), 1e-4), claim, part="white box")
    excess = rows[-1].number
    assert isinstance(excess, Estimated)
    assert (excess.value, excess.low, excess.high, excess.p_value, excess.ceiling) == (1.5, 1.5, None, 1e-4, 2.0)
    assert {row.level for row in rows} == {"mechanism"}
    assert {row.section for row in rows} == {"privacy"}
    guarantee = rows[0].guarantee
    assert guarantee is not None
    assert (guarantee.scope, guarantee.verified, guarantee.claimed) == ("end to end", True, 1.0)
    silent = claim_rows(label(), NotMeasured("no attack"), claim, part="white box")
    assert [isinstance(row.number, Unmeasured) for row in silent] == [False, True, True]


def test_what_is_not_covered_is_said_beside_every_number() -> None:
    partly = replace(
        ledger(1.0), accesses=(*ledger(1.0).accesses, DataAccess("vocabulary", "not covered", reason="from data"))
    )
    assert claim_of(partly, adjacency=ADD, delta=1e-5).guarantee.scope == "training only"


def test_the_larger_epsilon_of_two_trainings_is_the_claim() -> None:
    assert weaker_claim(None, None) is None
    assert weaker_claim(ledger(1.0), ledger(2.0)) == ledger(2.0)
    assert weaker_claim(ledger(3.0), ledger(2.0)) == ledger(3.0)
    assert weaker_claim(ledger(3.0), ledger(None)) == ledger(None)


def people(size: int = 400) -> Records:
    return Cohort(codes=40, labs=2, demographics=True).draw(size, seed=1)


@pytest.mark.parametrize("law", ["uniform", "typical"])
def test_canaries_follow_their_law(law: str) -> None:
    like = people(3000)
    made = draw_canaries(like, 4000, own_columns=50, law=law, patients=10_000, rng=np.random.default_rng(2))
    assert made.rows.codes.shape == (4000, like.codes.shape[1] + 50)
    assert made.rows.patients.min() == 10_000
    real, drawn = (like.codes > 0).sum(1), made.rows.codes[50:, : like.codes.shape[1]].sum(1)
    assert abs(drawn.mean() - real.clip(1).mean()) < 4 * real.std() * np.sqrt(1 / 3000 + 1 / 3950)
    rates = made.rows.codes[50:, : like.codes.shape[1]].mean(0)
    spread = rates.std() / rates.mean()
    assert spread < 0.15 if law == "uniform" else spread > 0.3
    unique_code = made.rows.codes[:, like.codes.shape[1] :]
    assert np.array_equal(unique_code.sum(0), np.ones(50))
    assert np.array_equal(made.rows.codes[:50].sum(1), np.ones(50))
    assert np.array_equal(np.flatnonzero(made.unique_code >= 0), np.arange(50))
    assert not made.without_unique_code.codes[:, like.codes.shape[1] :].any()
    assert np.isfinite(made.rows.rest).all()


def test_canaries_are_drawn_for_every_kind_of_column() -> None:
    schema = Schema(
        (
            Column("weight", "continuous", low=1.0, high=2.0),
            Column("visits", "count", missing=True, low=0, high=9),
            Column("ward", "categorical", levels=("a", "b", "c")),
            Column("dead", "binary", missing=True),
        )
    )
    rng = np.random.default_rng(0)
    columns = {"weight": np.full(20, np.nan), "visits": np.arange(20.0) % 5, "ward": np.zeros(20), "dead": np.ones(20)}
    made = draw_canaries(Records.of(schema, columns), 300, own_columns=3, law="uniform", patients=20, rng=rng).rows
    assert 1 <= made.column("weight").min() < made.column("weight").max() <= 2
    assert set(np.unique(made.column("visits"))) == set(range(10))
    assert set(np.unique(made.column("ward"))) == {0.0, 1.0, 2.0}
    assert set(np.unique(made.column("dead"))) == {0.0, 1.0}


def test_own_columns_take_names_that_nobody_has() -> None:
    schema = Schema.binary(["canary code 1", "x"])
    assert widened(schema, 2).names == ("canary code 1", "x", "canary code 2", "canary code 3")
    assert with_more_codes(Records.binary(schema.names, np.ones((2, 2))), widened(schema, 2)).codes.tolist() == [
        [1, 1, 0, 0],
        [1, 1, 0, 0],
    ]


def test_a_domain_from_data_loses_what_nobody_has_and_gives_the_rest_back() -> None:
    schema = Schema(
        (
            Column("a", "binary"),
            Column("b", "binary"),
            Column("ward", "categorical", levels=("x", "y", "z")),
            Column("age", "continuous", low=0.0, high=120.0, missing=True),
        )
    )
    rows = Records.of(
        schema,
        {
            "a": np.array([1, 0]),
            "b": np.array([0, 0]),
            "ward": np.array([2.0, 0.0]),
            "age": np.array([30.0, np.nan]),
        },
    )
    domain = Domain.of(rows)
    assert domain.seen.names == ("a", "ward", "age")
    assert domain.seen.inferred  # so that a ledger says that the domain is not covered
    assert domain.seen["ward"].levels == ("x", "z")
    assert (domain.seen["age"].low, domain.seen["age"].high) == (30.0, 30.0)
    back = domain.embed(domain.restrict(rows))
    assert np.array_equal(back.codes, rows.codes)
    assert np.array_equal(back.rest, rows.rest, equal_nan=True)
    strangers = Records.of(
        schema,
        {
            "a": np.array([1, 1, 0]),
            "b": np.array([1, 0, 0]),
            "ward": np.array([1.0, 0.0, 2.0]),
            "age": np.array([31.0, 30.0, np.nan]),
        },
    )
    assert domain.count_out_of_domain(strangers).tolist() == [3.0, 0.0, 0.0]
    assert not Domain(schema, schema).count_out_of_domain(strangers).any()


def test_a_public_domain_keeps_the_order_of_scores() -> None:
    raw = {"x": np.array([0.3, -2.0, 7.0])}
    assert with_domain(raw, np.zeros(3), np.zeros(3))["x"].argsort().tolist() == [1, 0, 2]
    shown = with_domain(raw, np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0]))["x"]
    assert shown.argsort().tolist() == [2, 0, 1]


class Weights:
    """A fitted generator whose weights say how many codes a row has, doubled for the second one."""

    def signals(self, targets: Records) -> dict[str, np.ndarray]:
        return {"count": targets.codes.sum(1) * np.array([1.0, 2.0, 1.0, np.nan])[: len(targets)]}


def test_weights_are_read_with_and_without_the_own_code() -> None:
    rows = Records.binary(["a", "b", "c"], np.array([[1, 1, 0], [1, 0, 1], [1, 0, 0], [0, 1, 0]]))
    bare = Records.binary(["a", "b", "c"], np.array([[1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0]]))
    found = white_box(Weights(), rows, bare)  # type: ignore[arg-type]
    assert found["count"].tolist() == [2.0, 4.0, 1.0, 0.0]
    assert found["count, own code"].tolist() == [1.0, 2.0, 1.5, 1.5]
    assert white_box(object(), rows, bare) == {}  # type: ignore[arg-type]


def test_own_codes_are_counted_in_the_release() -> None:
    made = draw_canaries(people(), 6, own_columns=2, law="typical", patients=400, rng=np.random.default_rng(1))
    synthetic = made.rows.take(np.array([0, 0, 3]))
    scores = black_box({}, made.rows, made.unique_code, synthetic, None, rng=np.random.default_rng(0))["own code"]
    assert scores.tolist() == [1.5, -0.5, 0.0, 0.0, 0.0, 0.0]


def test_trainings_that_are_not_trusted_come_last_and_are_not_left_out() -> None:
    table = score_matrix([{"x": 1.0}, {}, {"x": 3.0, "y": 2.0}])
    assert table.tolist() == [[1.0, 0.0, 3.0], [1.0, 1.0, 2.0]]
    assert score_matrix([{}, {}]).shape[0] == 0


def test_small_tables_have_their_own_public_number_of_patients() -> None:
    private = VAE(privacy=Privacy(noise_multiplier=1.0, delta=1e-5, num_patients=5000))
    small = for_patients(private, 100)
    assert isinstance(small, VAE)
    assert small.privacy == Privacy(noise_multiplier=1.0, delta=1e-5, num_patients=100)
    unknown = VAE(privacy=Privacy(noise_multiplier=1.0, delta=1e-5))
    assert for_patients(unknown, 100) is unknown
    plain = VAE()
    assert for_patients(plain, 100) is plain


def plan_with(**mechanism: object) -> Components:
    return Components(make_plan({"data": {"reader": "simulated"}, "generators": {"vae": {}}, "dp_audit": mechanism}))


def test_plans_say_what_they_mean() -> None:
    with pytest.raises(PlanError, match=r"\[dp_audit\].*'vae'"):
        plan_with(generators=["vea"])
    with pytest.raises(PlanError, match=r"\[dp_audit\].*nearest"):
        plan_with(attacks=["neerest"])
    with pytest.raises(PlanError, match="synthetic rows and a reference"):
        plan_with(attacks=["lira"])
    with pytest.raises(PlanError, match="did you mean 'canaries'"):
        plan_with(canarys=3)
    with pytest.raises(PlanError, match="confidence"):
        plan_with(confidence=1.0)
    assert not plan_with().claims("vae")
    assert plan_with(generators=["vae"]).claims("vae")
    assert not plan_with(generators=["vae"], enabled=False).claims("vae")
