"""Real tables and generators with known leaks, for the side-by-side in peers.py."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from peer_attacks import Frame, PeerEncoder, is_number, mutual_information, peer_levels

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from synthaudit.audit.records import Schema
from synthaudit.audit.records.frame import from_frame, to_table
from synthaudit.audit.records.infer import infer_schema

ROWS = 2_000
"""Rows of a synthetic table."""
FEW = 300
"""Members that a model of marginals is fitted on: with 2,000 it leaks next to nothing."""
Leak = Callable[[Frame, Frame, np.random.Generator], tuple[Frame, int]]
"""Given members and strangers, returns a synthetic table and how many members it was made from, the first of them."""


def schema_of(*tables: Frame) -> Schema:
    """Return the schema that a user of ``check`` would get."""
    import pyarrow as pa

    text = [
        table.map(lambda v: None if pd.isna(v) else f"{v:.15g}" if isinstance(v, float) else str(v)) for table in tables
    ]
    cells = [pa.Table.from_pandas(table.astype(object), preserve_index=False) for table in text]
    cells = [pa.table({name: one.column(name).cast(pa.string()) for name in one.column_names}) for one in cells]
    return infer_schema({str(at): one for at, one in enumerate(cells)}, list(tables[0]), missing=("", "nan"))


# fmt: off
SUPPORT2_NUMBERS = [
    "age", "charges", "totcst", "avtisst", "sps", "aps", "meanbp", "wblc", "hrt", "resp", "temp", "crea",
    "sod",
]
SUPPORT2_MIXED = [
    "age", "sex", "hospdead", "slos", "dzgroup", "dzclass", "num.co", "edu", "income", "race", "scoma",
    "charges", "avtisst", "sps", "aps", "diabetes", "dementia", "ca", "meanbp", "wblc", "hrt", "resp", "temp",
    "pafi", "alb", "bili", "crea", "sod", "ph",
]
DIABETES = [
    "race", "gender", "age", "admission_type_id", "discharge_disposition_id", "admission_source_id",
    "time_in_hospital", "medical_specialty", "num_lab_procedures", "num_procedures", "num_medications",
    "number_outpatient", "number_emergency", "number_inpatient", "number_diagnoses", "max_glu_serum",
    "A1Cresult", "metformin", "glipizide", "glyburide", "insulin", "change", "diabetesMed", "readmitted",
]
# fmt: on


def support2_numbers(data: Path) -> Frame:
    """SUPPORT2's complete numeric columns."""
    return pd.read_csv(data / "support2" / "support2.csv.gz")[SUPPORT2_NUMBERS].dropna()


def support2_mixed(data: Path) -> Frame:
    """SUPPORT2 with diagnoses, demographics, and labs that are missing for many."""
    return pd.read_csv(data / "support2" / "support2.csv.gz")[SUPPORT2_MIXED]


def diabetes130(data: Path) -> Frame:
    """First encounters of diabetes patients."""
    table = pd.read_csv(data / "diabetes130" / "diabetic_data.csv.gz", dtype=str, na_values="?", keep_default_na=False)
    table = table.drop_duplicates("patient_nbr")[DIABETES]
    names = [name for name in DIABETES if name.startswith(("time", "num"))]
    common = table["medical_specialty"].value_counts().index[:20]
    table["medical_specialty"] = table["medical_specialty"].where(table["medical_specialty"].isin(common))
    return table.assign(**{name: table[name].astype(int) for name in names}).iloc[:15_000]


def desynpuf_codes(data: Path) -> Frame:
    """The 250 commonest three-character codes of DE-SynPUF's inpatients, 0 or 1."""
    parts = []
    for number in (1, 2):
        path = data / "desynpuf" / f"DE1_0_2008_to_2010_Inpatient_Claims_Sample_{number}.csv.gz"
        claims = pd.read_csv(path, dtype=str)
        long = claims.melt("DESYNPUF_ID", [c for c in claims if c.startswith("ICD9_DGNS_CD")]).dropna()
        parts.append(long.assign(code="c" + long["value"].str[:3])[["DESYNPUF_ID", "code"]])
    pairs = pd.concat(parts).drop_duplicates()
    pairs = pairs[pairs["code"].isin(pairs["code"].value_counts().index[:250])]
    return pd.crosstab(pairs["DESYNPUF_ID"], pairs["code"]).clip(upper=1)


def demographics(data: Path) -> Frame:
    """Birth, sex, race, state, months of cover and payments of DE-SynPUF's beneficiaries."""
    table = pd.read_csv(data / "desynpuf" / "DE1_0_2008_Beneficiary_Summary_File_Sample_1.csv.gz", nrows=40_000)
    born = table["BENE_BIRTH_DT"].astype(str)
    return pd.DataFrame(
        {
            "birth_year": born.str[:4].astype(int),
            "birth_month": "m" + born.str[4:6],
            "sex": "s" + table["BENE_SEX_IDENT_CD"].astype(str),
            "race": "r" + table["BENE_RACE_CD"].astype(str),
            "state": "st" + table["SP_STATE_CODE"].astype(str),
            "county": table["BENE_COUNTY_CD"],
            "part_a": table["BENE_HI_CVRAGE_TOT_MONS"],
            "hmo": table["BENE_HMO_CVRAGE_TOT_MONS"],
            "carrier": table["MEDREIMB_CAR"],
            "outpatient": table["MEDREIMB_OP"],
        }
    )


TABLES: dict[str, Callable[[Path], Frame]] = {
    "support2 numbers": support2_numbers,
    "support2 mixed": support2_mixed,
    "diabetes130": diabetes130,
    "desynpuf codes": desynpuf_codes,
    "demographics": demographics,
}


# ----------------------------------------------------------------------------------------------------------- leaks
def among(others: Frame, leaked: Frame, rng: np.random.Generator) -> Frame:
    """Return 2,000 rows: the leaked ones among other patients."""
    rest = others.iloc[rng.integers(len(others), size=ROWS - len(leaked))]
    both = pd.concat([leaked, rest], ignore_index=True)
    return both.iloc[rng.permutation(len(both))].reset_index(drop=True)


def nothing(members: Frame, others: Frame, rng: np.random.Generator) -> tuple[Frame, int]:
    """Other patients: nothing leaks."""
    return among(others, others[:0], rng), len(members)


def jitter(members: Frame, others: Frame, rng: np.random.Generator) -> tuple[Frame, int]:
    """800 members, numbers moved by a fifth of their deviation, one cell in five of the other columns redrawn."""
    moved = members[:800].copy()
    for name in moved:
        if is_number(members[name]):
            noise = 0.2 * members[name].std() * rng.standard_normal(len(moved))
            whole = (members[name].dropna() % 1 == 0).all()
            moved[name] = (moved[name] + noise).round() if whole else moved[name] + noise
        else:
            again = rng.random(len(moved)) < 0.2
            moved[name] = np.where(again, members[name].to_numpy()[rng.integers(len(members), size=800)], moved[name])
    return among(others, moved, rng), 800


def redrawn(members: Frame, others: Frame, rng: np.random.Generator) -> tuple[Frame, int]:
    """Every member, half of the cells redrawn from those of other members."""
    rows = members.copy()
    for name in rows:
        again = rng.random(len(rows)) < 0.5
        rows[name] = np.where(again, rng.permutation(members[name].to_numpy()), members[name])
    return rows, len(members)


def smote(members: Frame, others: Frame, rng: np.random.Generator) -> tuple[Frame, int]:
    """Between a member and one of its five nearest: numbers interpolated, other cells from either."""
    from sklearn.neighbors import NearestNeighbors

    encoded = PeerEncoder(members)(members)
    near = NearestNeighbors(n_neighbors=6).fit(encoded).kneighbors(encoded, return_distance=False)[:, 1:]
    other = members.iloc[near[np.arange(len(members)), rng.integers(5, size=len(members))]].reset_index(drop=True)
    share = rng.random(len(members))
    rows = members.copy()
    for name in rows:
        if is_number(members[name]):
            between = members[name] + share * (other[name] - members[name])
            rows[name] = between.round() if (members[name].dropna() % 1 == 0).all() else between
        else:
            rows[name] = np.where(share < 0.5, members[name], other[name])
    return rows, len(members)


def cart(members: Frame, others: Frame, rng: np.random.Generator) -> tuple[Frame, int]:
    """Sequential trees as in synthpop: a leaf of at least five members, and the value of one of them."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    names = list(members)
    codes = {name: pd.factorize(members[name])[0] for name in names}
    inputs = np.column_stack(
        [members[name].fillna(members[name].median()) if is_number(members[name]) else codes[name] for name in names]
    ).astype(float)
    chosen = np.empty((ROWS, len(names)), int)  # whose cell each cell is
    chosen[:, 0] = rng.integers(len(members), size=ROWS)
    made = np.empty((ROWS, len(names)))
    made[:, 0] = inputs[chosen[:, 0], 0]
    for at in range(1, len(names)):
        kind = DecisionTreeRegressor if is_number(members[names[at]]) else DecisionTreeClassifier
        tree = kind(min_samples_leaf=5, random_state=int(rng.integers(2**31)))
        tree.fit(inputs[:, :at], inputs[:, at] if kind is DecisionTreeRegressor else codes[names[at]])
        leaf, mine = tree.apply(inputs[:, :at]), tree.apply(made[:, :at])
        order = np.argsort(leaf, kind="stable")
        first, last = (np.searchsorted(leaf[order], mine, side=side) for side in ("left", "right"))
        chosen[:, at] = order[first + (rng.random(ROWS) * (last - first)).astype(int)]
        made[:, at] = inputs[chosen[:, at], at]
    return pd.DataFrame({name: members[name].to_numpy()[chosen[:, at]] for at, name in enumerate(names)}), len(members)


def marginals(parents: int, epsilon: float) -> Leak:
    """Return a leak: a network of ``parents`` parents per column on ten levels, fitted on few members, as PrivBayes and
    MST publish; counts get Laplace noise for ``epsilon``.
    """

    def leak(members: Frame, others: Frame, rng: np.random.Generator) -> tuple[Frame, int]:
        fitted = members[:FEW]
        level, values = peer_levels(others, 10)  # cuts and values from strangers: only counts are the members'
        found = level(fitted)
        sizes = [len(v) for v in values]
        names = list(members)
        information = mutual_information(found, sizes)
        order, rows = [int(information.sum(axis=0).argmax())], np.zeros((ROWS, len(names)), int)
        while len(order) < len(names):
            left = [j for j in range(len(names)) if j not in order]
            order.append(max(left, key=lambda j: information[j, order].max()))
        scale = 0.0 if np.isinf(epsilon) else 2 * len(names) / epsilon
        for at, j in enumerate(order):
            given = sorted(order[:at], key=lambda k: -information[j, k])[:parents]
            shape = [sizes[k] for k in (*given, j)]
            key = np.ravel_multi_index([found[:, k] for k in (*given, j)], shape) if given else found[:, j]
            counts = np.bincount(key, minlength=int(np.prod(shape))).reshape(-1, sizes[j]).astype(float)
            counts = np.maximum(counts + rng.laplace(0, scale, counts.shape), 0) if scale else counts
            whole = counts.sum(axis=0) + 1e-9
            chance = np.where(counts.sum(axis=1, keepdims=True) > 0, counts, whole)
            ahead = np.cumsum(chance / chance.sum(axis=1, keepdims=True), axis=1)
            mine = np.ravel_multi_index([rows[:, k] for k in given], shape[:-1]) if given else np.zeros(ROWS, int)
            rows[:, j] = np.minimum((rng.random((ROWS, 1)) > ahead[mine]).sum(axis=1), sizes[j] - 1)
        made = {}
        for j, name in enumerate(names):
            pools = [np.asarray(v) for v in values[j]]
            made[name] = pd.Series([pools[k][rng.integers(len(pools[k]))] for k in rows[:, j]])
        return pd.DataFrame(made), FEW

    leak.__doc__ = f"Marginals of {parents + 1} columns on ten levels, of {FEW} members, epsilon {epsilon:g}."
    return leak


def vae(members: Frame, others: Frame, rng: np.random.Generator) -> tuple[Frame, int]:
    """The bundled autoencoder, trained far too long on 500 members."""
    from synthaudit.generators import GENERATORS

    schema = schema_of(members, others)
    recipe = GENERATORS["vae"](epochs=400, batch_size=100)  # type: ignore[call-arg]
    fitted = recipe.fit(from_frame(members[:500], schema), seed=int(rng.integers(2**31)))
    made = to_table(fitted.sample(ROWS, seed=int(rng.integers(2**31)))).to_pandas()
    for name in made:  # whole numbers written as text where a column holds them
        if not pd.api.types.is_numeric_dtype(members[name]):
            made[name] = made[name].map(lambda v: v if isinstance(v, str) or pd.isna(v) else str(v))
    return made, 500


LEAKS: dict[str, Leak] = {
    "nothing": nothing,
    "jitter": jitter,
    "redrawn": redrawn,
    "smote": smote,
    "cart": cart,
    "tree of pairs": marginals(1, np.inf),
    "triples": marginals(2, np.inf),
    "noisy pairs": marginals(1, 1_000.0),
    "vae": vae,
}
