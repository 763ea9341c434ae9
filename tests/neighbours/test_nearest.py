"""The kernels against the formula written out over all pairs."""

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthaudit.audit.errors import InputError
from synthaudit.audit.neighbours import metric_for, nearest
from synthaudit.audit.neighbours.gower_encoding import numeric_ranges
from synthaudit.audit.neighbours.inverted_index import index_codes
from synthaudit.audit.records import Column, Records, Schema

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
RADII = (0.0, 0.25, 0.5, 1.0, 3.0)


@pytest.fixture(params=["lists", "packed"])
def layout(request, monkeypatch):
    """Make the base stand in memory in one way whatever its density."""
    monkeypatch.setattr(
        "synthaudit.audit.neighbours.inverted_index.WORD_COST", 1e9 if request.param == "lists" else -1.0
    )
    return request.param


def by_formula(targets, base, metric, known, ranges=None):
    """Return all pairwise distances, shape ``(n, m)``, one pair of columns at a time."""
    x, y = targets.dense()[:, None, :], base.dense()[None, :, :]
    k = known[:, None, :]
    if metric == "hamming":
        return (np.abs(x - y) * k).sum(axis=2)
    a, b, shared = (x * k).sum(axis=2), (y * k).sum(axis=2), (np.minimum(x, y) * k).sum(axis=2)
    if metric == "cosine":
        return 1 - np.sqrt(shared * shared / np.maximum(a * b, 1))
    if metric == "jaccard":
        return (a + b - 2 * shared) / np.maximum(a + b - shared, 1)
    total = np.zeros(x.shape[:1] + y.shape[1:2])
    for at, column in enumerate(base.schema.columns):
        u, v = x[:, :, at], y[:, :, at]
        spread = ranges[column.name] if column.kind in ("count", "continuous") else len(column.levels) - 1
        if column.kind in ("binary", "categorical") or spread == 0:
            apart = (u != v).astype(float)
        else:
            apart = np.minimum(np.abs(u - v) / spread, 1)
        either = np.isnan(u) | np.isnan(v)
        total += np.where(either, np.isnan(u) != np.isnan(v), apart) * k[:, :, at]
    return total / np.maximum(k.sum(axis=2), 1)


def agree(found, distances, k, radii):
    order = np.argsort(distances, axis=1, kind="stable")[:, :k]
    np.testing.assert_array_equal(found.index, order)
    np.testing.assert_array_equal(found.distance, np.take_along_axis(distances, order, axis=1))
    expected = np.stack([(distances <= r).sum(axis=1) for r in radii], axis=1)
    np.testing.assert_array_equal(found.within, expected)


def binary(matrix):
    matrix = np.asarray(matrix)
    return Records.binary([f"c{at}" for at in range(matrix.shape[1])], matrix)


def counts(matrix):
    matrix = np.asarray(matrix)
    schema = Schema(tuple(Column(f"c{at}", "count") for at in range(matrix.shape[1])))
    return Records.of(schema, {f"c{at}": matrix[:, at] for at in range(matrix.shape[1])})


MIXED = Schema(
    (
        Column("sex", "binary"),
        Column("age", "continuous", low=0, high=64, missing=True),
        Column("visits", "count"),
        Column("stage", "ordinal", levels=tuple("abcde"), missing=True),
        Column("smoker", "binary", missing=True),
        Column("site", "categorical", levels=tuple("xyz")),
        Column("lab", "continuous"),
        Column("dead", "binary"),
        Column("flat", "continuous", low=3, high=3),
    )
)


def mixed(rng, rows, *, lab=4):
    """Return rows whose distances are sums of powers of 2, so that every order of summation gives the same float."""

    def maybe(values):
        return np.where(rng.random(rows) < 0.2, np.nan, values)

    return Records.of(
        MIXED,
        {
            "sex": rng.integers(0, 2, rows),
            "age": maybe(rng.integers(0, 65, rows)),
            "visits": rng.integers(0, 5, rows),
            "stage": maybe(rng.integers(0, 5, rows)),
            "smoker": maybe(rng.integers(0, 2, rows)),
            "site": rng.integers(0, 3, rows),
            "lab": rng.integers(-lab, lab + 1, rows) / 4,
            "dead": rng.integers(0, 2, rows),
            "flat": np.where(rng.random(rows) < 0.5, 3.0, 3.5),
        },
    )


@st.composite
def cases(draw, columns=12):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, m = draw(st.integers(1, 9)), draw(st.integers(1, 30))
    p = draw(st.integers(1, columns))
    masked = draw(st.booleans())
    share = draw(st.sampled_from([0.05, 0.3, 0.5, 0.95]))
    known = rng.random((n, p)) < draw(st.sampled_from([0.0, 0.2, 0.7, 1.0])) if masked else np.ones((n, p), bool)
    return rng, n, m, p, share, masked, known, draw(st.integers(1, m))


@QUICK
@pytest.mark.parametrize("metric", ["hamming", "cosine", "jaccard"])
@given(case=cases())
def test_binary_tables_follow_the_formula(layout, metric, case):
    rng, n, m, p, share, masked, known, k = case
    targets, base = binary(rng.random((n, p)) < share), binary(rng.random((m, p)) < share)
    found = nearest(targets, base, k=k, metric=metric, radii=RADII, known=known if masked else None)
    agree(found, by_formula(targets, base, metric, known), k, RADII)


@QUICK
@pytest.mark.parametrize("metric", ["hamming", "jaccard"])
@given(case=cases(columns=6))
def test_counts_follow_the_formula(layout, metric, case):
    rng, n, m, p, _, masked, known, k = case
    # Targets go beyond the base's largest count.
    targets, base = counts(rng.poisson(2.0, (n, p))), counts(rng.poisson(1.0, (m, p)))
    found = nearest(targets, base, k=k, metric=metric, radii=RADII, known=known if masked else None)
    agree(found, by_formula(targets, base, metric, known), k, RADII)


@QUICK
@given(case=cases())
def test_mixed_tables_follow_gowers_formula(layout, case):
    rng, n, m, _, _, masked, _, k = case
    targets, base = mixed(rng, n, lab=12), mixed(rng, m)
    ranges = {"visits": 4.0, "lab": 2.0}
    known = rng.random((n, len(MIXED))) < 0.6 if masked else np.ones((n, len(MIXED)), bool)
    found = nearest(targets, base, k=k, radii=RADII, known=known if masked else None, ranges=ranges)
    agree(found, by_formula(targets, base, "gower", known, {"age": 64.0, "flat": 0.0} | ranges), k, RADII)


@pytest.mark.parametrize("masked", [False, True])
def test_wide_counts_follow_gowers_formula(masked):
    rng = np.random.default_rng(8)
    rows = rng.poisson(0.08, (150, 200)) * rng.integers(1, 4, 200)  # targets visit few columns, but for the last one
    rows[149] = rng.integers(0, 9, 200)
    targets, base = counts(rows[100:]), counts(rows[:100])
    ranges = {f"c{at}": float(2 ** (at % 4)) for at in range(200)}
    known = rng.random((50, 200)) < 0.5 if masked else np.ones((50, 200), bool)
    radii = (0.01, 0.0625, 0.08, 0.2)
    for k in (1, 100):
        found = nearest(targets, base, k=k, radii=radii, known=known if masked else None, ranges=ranges)
        agree(found, by_formula(targets, base, "gower", known, ranges), k, radii)


def test_gower_takes_ranges_from_the_base_where_nobody_declared_them():
    rng = np.random.default_rng(1)
    targets, base = mixed(rng, 40, lab=40), mixed(rng, 50)
    spans = {"age": 64.0, "flat": 0.0, "visits": 4.0, "lab": float(np.ptp(base.column("lab")))}
    assert numeric_ranges((base,)) == spans
    assert numeric_ranges((base, targets))["lab"] > spans["lab"]
    whole = nearest(targets, base, k=3)
    expected = by_formula(targets, base, "gower", np.ones((40, len(MIXED)), bool), spans)
    np.testing.assert_allclose(whole.distance, np.sort(expected, axis=1)[:, :3], rtol=1e-14)
    for at in range(40):
        alone = nearest(targets.take(slice(at, at + 1)), base, k=3)
        np.testing.assert_array_equal(alone.distance[0], whole.distance[at])
        np.testing.assert_array_equal(alone.index[0], whole.index[at])


def test_gower_tells_apart_what_float32_cannot():
    values = np.array([1e9, 1e9 + 1e-3, 1e9 + 2e-3, 0.0])
    table = Records.of(Schema((Column("t", "continuous"),)), {"t": values})
    found = nearest(table.take(slice(2, 3)), table, k=4, radii=(0.0, 1.5e-12))
    assert found.index.tolist() == [[2, 1, 0, 3]]
    assert found.within.tolist() == [[1, 2]]


@pytest.mark.parametrize("metric", ["hamming", "cosine", "jaccard", "gower"])
def test_own_row_is_left_out(metric):
    rng = np.random.default_rng(2)
    table = mixed(rng, 60) if metric == "gower" else binary(rng.random((60, 5)) < 0.4)
    ranges = {"age": 64.0, "flat": 0.0, "visits": 4.0, "lab": 2.0}
    distances = by_formula(table, table, metric, np.ones((60, len(table.schema)), bool), ranges)
    np.fill_diagonal(distances, np.inf)
    found = nearest(table, table, k=59, metric=metric, radii=RADII, ranges=ranges, exclude_same_row=True)
    agree(found, distances, 59, RADII)


@pytest.mark.parametrize("metric", ["hamming", "cosine", "jaccard", "gower"])
def test_columns_and_known_meet(layout, metric):
    rng = np.random.default_rng(3)
    targets, base = binary(rng.random((20, 40)) < 0.3), binary(rng.random((50, 40)) < 0.3)
    names = [f"c{at}" for at in (30, 2, 7, 19, 4)]
    known = rng.random((20, 40)) < 0.5
    found = nearest(targets, base, k=4, metric=metric, radii=RADII, columns=names, known=known)
    few = known & np.isin(np.arange(40), [30, 2, 7, 19, 4])
    agree(found, by_formula(targets, base, metric, few), 4, RADII)


@pytest.mark.parametrize("heavy", [127, 128, 255, 400])
@pytest.mark.parametrize("metric", ["hamming", "cosine", "jaccard", "gower"])
def test_heavy_rows_do_not_overflow(layout, metric, heavy):
    rng = np.random.default_rng(heavy)
    matrix = rng.random((300, 500)) < 0.01
    matrix[7, :heavy] = True
    matrix[8] = False
    targets, base = binary(matrix[:30]), binary(matrix)
    known = rng.random((30, 500)) < 0.9
    for mask in (None, known):
        full = np.ones((30, 500), bool) if mask is None else mask
        found = nearest(targets, base, k=300, metric=metric, radii=RADII, known=mask)
        agree(found, by_formula(targets, base, metric, full), 300, RADII)


def test_very_heavy_rows_use_wide_accumulators(layout):
    top = 40_000
    exact = nearest(counts([[top, 0], [0, 1]]), counts([[top, 1], [0, 0]]), k=2, metric="hamming", radii=(1.0,))
    assert exact.distance.tolist() == [[1.0, top], [1.0, top]]
    assert exact.index.tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize("density", [0.02, 0.4])
@pytest.mark.parametrize("metric", ["hamming", "cosine", "jaccard", "gower"])
def test_blocks_join_without_a_seam(layout, metric, density):
    rng = np.random.default_rng(5)
    matrix = rng.random((33_000, 60)) < density  # more than two blocks of 16,384; duplicates on both sides of each
    matrix[16_384] = matrix[16_383] = matrix[32_768] = matrix[3]
    base = binary(matrix)
    rows = np.array([3, 16_383, 16_384, 32_768, 32_999, 0])
    targets = base.take(rows)
    found = nearest(targets, base, k=6, metric=metric, radii=(0.0, 0.2))
    agree(found, by_formula(targets, base, metric, np.ones((6, 60), bool)), 6, (0.0, 0.2))


def test_the_layout_follows_the_density():
    rng = np.random.default_rng(4)
    sparse, dense = ((rng.random((3_000, 640)) < share).astype(np.uint8) for share in (0.01, 0.3))
    assert index_codes(sparse).packed.shape == (0, 0)
    assert index_codes(sparse).rows.size == sparse.sum()
    assert index_codes(dense).packed.shape == (10, 3_000)
    # One who knows every second column of sparse rows visits lists for codes that the target lacks, too.
    assert index_codes(sparse, np.full(640, 0.5)).packed.shape == (10, 3_000)


@pytest.mark.parametrize("force", [True, False])
def test_dense_tables_use_smaller_blocks_and_stay_exact(force, monkeypatch):
    if force:
        monkeypatch.setattr("synthaudit.audit.neighbours.inverted_index.WORD_COST", 1e9)
    rng = np.random.default_rng(6)
    base = binary(rng.random((5_000, 700)) < 0.5)
    targets = binary(rng.random((9, 700)) < 0.5)
    for metric in ("hamming", "jaccard"):
        found = nearest(targets, base, k=5, metric=metric, radii=(300.0,))
        agree(found, by_formula(targets, base, metric, np.ones((9, 700), bool)), 5, (300.0,))


def test_ties_go_to_the_lower_row():
    base = binary([[1, 0], [0, 1], [1, 0], [0, 1], [1, 1]])
    found = nearest(binary([[0, 0], [1, 0]]), base, k=5)
    assert found.index.tolist() == [[0, 1, 2, 3, 4], [0, 2, 4, 1, 3]]
    # 1/1 of one code and 2/4, 3/9 of more are the same cosine where the floats of x / sqrt(y) differ.
    wide = np.zeros((3, 12), bool)
    wide[0, :1], wide[1, :2], wide[1, 9:11], wide[2, :3], wide[2, 6:12] = True, True, True, True, True
    target = np.zeros((1, 12), bool)
    target[0, :4] = True
    assert nearest(binary(target), binary(wide), k=3, metric="cosine").index.tolist() == [[0, 1, 2]]


def test_rows_of_zeros():
    base = binary([[0, 0, 0], [1, 0, 0]])
    empty = binary([[0, 0, 0]])
    assert nearest(empty, base, k=2, metric="cosine").distance.tolist() == [[1.0, 1.0]]
    assert nearest(empty, base, k=2, metric="jaccard").distance.tolist() == [[0.0, 1.0]]
    assert nearest(empty, base, k=2).distance.tolist() == [[0.0, 1.0]]


def test_one_row_and_no_targets():
    one = binary([[1, 0, 1]])
    assert nearest(one, one).index.tolist() == [[0]]
    none = nearest(one.take(slice(0, 0)), one, radii=(1.0,))
    assert none.distance.shape == (0, 1)
    assert none.index.shape == (0, 1)
    assert none.within.shape == (0, 1)
    mix = mixed(np.random.default_rng(0), 1)
    assert nearest(mix, mix).distance.tolist() == [[0.0]]
    assert nearest(mix.take(slice(0, 0)), mix).distance.shape == (0, 1)


def test_a_column_that_is_missing_everywhere_counts_as_a_match():
    schema = Schema((Column("lab", "continuous", missing=True), Column("sex", "binary")))
    table = Records.of(schema, {"lab": np.full(3, np.nan), "sex": np.array([0, 1, 1])})
    assert nearest(table, table, k=3).distance.tolist() == [[0, 0.5, 0.5], [0, 0, 0.5], [0, 0, 0.5]]


def same_by_product(device, metric):
    """Compare the kernels with matrix products on a device, bit for bit, over several blocks."""
    rng = np.random.default_rng(11)
    cases = [(binary(rng.random((40, 30)) < 0.2), binary(rng.random((90, 30)) < 0.2))]
    if metric == "gower":
        cases.append((mixed(rng, 40, lab=12), mixed(rng, 90)))
    elif metric != "cosine":
        cases.append((counts(rng.poisson(2.0, (40, 6))), counts(rng.poisson(1.0, (90, 6)))))
    for targets, base in cases:
        known = rng.random((40, len(base.schema))) < 0.6
        for mask in (None, known):
            options = {"k": 7, "metric": metric, "radii": RADII, "known": mask}
            ours, theirs = (nearest(targets, base, device=where, **options) for where in ("cpu", device))
            np.testing.assert_array_equal(ours.index, theirs.index)
            np.testing.assert_array_equal(ours.distance, theirs.distance)
            np.testing.assert_array_equal(ours.within, theirs.within)
        ours, theirs = (
            nearest(base, base, k=89, metric=metric, radii=RADII, exclude_same_row=True, device=where)
            for where in ("cpu", device)
        )
        np.testing.assert_array_equal(ours.index, theirs.index)
        np.testing.assert_array_equal(ours.within, theirs.within)


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr("synthaudit.audit.neighbours.gpu_matmul.PAIRS", 300)
    monkeypatch.setattr("synthaudit.audit.neighbours.gpu_matmul.TILE", 25)


@pytest.mark.parametrize("metric", ["hamming", "cosine", "jaccard", "gower"])
def test_products_give_the_kernels_bits(metric, small_blocks, monkeypatch):
    monkeypatch.setattr("synthaudit.audit.neighbours.DEVICES", ("cpu", "cpu:0"))  # the product on torch's CPU
    same_by_product("cpu:0", metric)


def test_a_gpu_that_is_not_there_is_said_to_be_missing():
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    with pytest.raises(ValueError, match="found none; use device 'cpu'"):
        nearest(binary([[1]]), binary([[1]]), device="cuda")


@pytest.mark.gpu
@pytest.mark.parametrize("metric", ["hamming", "cosine", "jaccard", "gower"])
def test_a_gpu_gives_the_kernels_bits(metric, small_blocks):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    same_by_product("cuda", metric)


@pytest.mark.parametrize("metric", ["hamming", "cosine", "jaccard", "gower"])
def test_the_thread_count_changes_nothing(metric, monkeypatch):
    rng = np.random.default_rng(9)
    table = mixed(rng, 1500) if metric == "gower" else binary(rng.random((1500, 50)) < 0.1)
    answers = []
    for threads in ("1", "2", "7"):
        monkeypatch.setattr("synthaudit.audit.neighbours.threads.thread_count", lambda threads=threads: int(threads))
        found = nearest(table, table, k=4, metric=metric, radii=(0.1, 2.0))
        answers.append((found.distance.tobytes(), found.index.tobytes(), found.within.tobytes()))
    assert answers[0] == answers[1] == answers[2]


def test_metric_for():
    assert metric_for(Schema.binary(["a", "b"])) == "hamming"
    assert metric_for(MIXED) == "gower"
    assert metric_for(Schema((Column("a", "count"),))) == "gower"
    assert metric_for(Schema((Column("a", "binary", missing=True),))) == "gower"


def test_what_cannot_be_answered_is_refused():
    rng = np.random.default_rng(0)
    table, mix = binary(rng.random((5, 3)) < 0.5), mixed(rng, 5)
    with pytest.raises(ValueError, match="expected k between 1 and the 5 rows"):
        nearest(table, table, k=6)
    with pytest.raises(ValueError, match="expected k between 1 and the 4 rows"):
        nearest(table, table, k=5, exclude_same_row=True)
    with pytest.raises(ValueError, match="the 0 rows there are"):
        nearest(table, table.take(slice(0, 0)))
    with pytest.raises(ValueError, match="got 0"):
        nearest(table, table, k=0)
    with pytest.raises(ValueError, match="as many targets as base rows"):
        nearest(table.take(slice(0, 2)), table, exclude_same_row=True)
    with pytest.raises(ValueError, match=r"metric 'cosine' needs binary or count columns.*'age'.*use metric 'gower'"):
        nearest(mix, mix, metric="cosine")
    with pytest.raises(ValueError, match="metric 'cosine' needs binary columns; column 'c0' holds counts"):
        nearest(counts([[1]]), counts([[1]]), metric="cosine")
    with pytest.raises(ValueError, match="expected metric to be one of"):
        nearest(table, table, metric="euclid")
    with pytest.raises(ValueError, match="expected device to be one of"):
        nearest(table, table, device="tpu")
    with pytest.raises(ValueError, match="under the same columns"):
        nearest(table, table.select(["c0", "c1"]))
    with pytest.raises(ValueError, match="known of shape"):
        nearest(table, table, known=np.ones((5, 2), bool))
    with pytest.raises(ValueError, match="known of shape"):
        nearest(table, table, known=np.ones((5, 3)))
    with pytest.raises(ValueError, match="radii"):
        nearest(table, table, radii=(np.nan,))
    with pytest.raises(ValueError, match="finite range"):
        nearest(mix, mix, ranges={"lab": -1.0})
    with pytest.raises(ValueError, match="0 or 1 in binary"):
        nearest(table, binary([[2, 0, 0]]))
    bad = Records.of(Schema((Column("a", "continuous"),)), {"a": np.array([np.inf])})
    with pytest.raises(InputError, match="finite"):
        nearest(bad, bad)
