"""Known leaks in six real tables: which are caught, which tables that leak nothing fail, and how often.

    python benchmarks/leak_zoo.py --out zoo --seeds 3              # prints the Markdown of RESULTS.md
    python benchmarks/leak_zoo.py --out zoo --nulls 20             # level: audits of other real patients only

Codes are 250 ICD-9 codes of CMS DE-SynPUF, mixed and numeric tables are SUPPORT2, demographics DE-SynPUF's
beneficiaries, claims its inpatient claims, admissions are Diabetes 130-US. Finished runs in OUT are read again, not
computed again. Nothing is asserted.
"""

import argparse
import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from synthaudit.audit.files import write_atomically
from synthaudit.audit.policy import read_policy
from synthaudit.audit.records import Records
from synthaudit.audit.records.readers import TableFile
from synthaudit.audit.selftest.cases import CASES
from synthaudit.audit.selftest.known_table import KnownTable, PlantedCase, Truth
from synthaudit.audit.selftest.planted_audits import AuditSettings
from synthaudit.audit.selftest.population import Population
from synthaudit.audit.selftest.verdict_table import as_values
from synthaudit.audit.selftest.verdicts import run_selftest
from synthaudit.audit.suite.execution.schedule import ExecutionOptions

DATA = Path(os.environ.get("SYNTHAUDIT_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
LABS = ["age", "charges", "totcst", "avtisst", "sps", "aps", "meanbp", "wblc", "hrt", "resp", "temp", "crea", "sod"]
MIXED = [
    *["age", "sex", "race", "income", "edu", "dzgroup", "dzclass", "num.co", "diabetes", "dementia", "ca", "dnr"],
    *["meanbp", "wblc", "hrt", "resp", "temp", "crea", "sod", "alb", "bili", "charges", "sfdm2"],
]


def codes() -> pd.DataFrame:
    """Return the 250 commonest three-character ICD-9 codes of samples 1 to 3 of DE-SynPUF, one row per patient."""
    parts = []
    for number in (1, 2, 3):
        file = f"DE1_0_2008_to_2010_Inpatient_Claims_Sample_{number}.csv.gz"
        claims = pd.read_csv(DATA / "desynpuf" / file, dtype=str)
        long = claims.melt("DESYNPUF_ID", [c for c in claims if c.startswith("ICD9_DGNS_CD")]).dropna()
        parts.append(long.assign(code=long["value"].str[:3])[["DESYNPUF_ID", "code"]])
    pairs = pd.concat(parts).drop_duplicates()
    pairs = pairs[pairs["code"].isin(pairs["code"].value_counts().index[:250])]
    table = pd.crosstab(pairs["DESYNPUF_ID"], pairs["code"]).clip(upper=1).reset_index(drop=True)
    return table.add_prefix("c")


def mixed() -> pd.DataFrame:
    """Return levels, counts and numbers of SUPPORT2, with gaps."""
    return pd.read_csv(DATA / "support2" / "support2.csv.gz")[MIXED]


def numeric() -> pd.DataFrame:
    """Return 13 numbers of SUPPORT2 without gaps."""
    return pd.read_csv(DATA / "support2" / "support2.csv.gz")[LABS].dropna()


def demographics() -> pd.DataFrame:
    """Return year of birth, sex, race, state and county group of DE-SynPUF's beneficiaries, sample 1."""
    file = DATA / "desynpuf" / "DE1_0_2008_Beneficiary_Summary_File_Sample_1.csv.gz"
    whole = pd.read_csv(file, dtype=str)
    return pd.DataFrame(
        {
            "birth_year": whole["BENE_BIRTH_DT"].str[:4],
            "birth_month": whole["BENE_BIRTH_DT"].str[4:6].astype(int),
            "sex": whole["BENE_SEX_IDENT_CD"].map({"1": "male", "2": "female"}),
            "race": "race " + whole["BENE_RACE_CD"],
            "state": "state " + whole["SP_STATE_CODE"],
            "county_tens": whole["BENE_COUNTY_CD"].astype(int) // 10,
        }
    )


def admissions() -> pd.DataFrame:
    """Return the first admission of each patient of Diabetes 130-US: levels and small whole numbers, with gaps."""
    whole = pd.read_csv(
        DATA / "diabetes130" / "diabetic_data.csv.gz", dtype={"admission_type_id": str}, na_values="?", low_memory=False
    )
    whole = whole.sort_values("encounter_id").drop_duplicates("patient_nbr")
    whole["admission"] = "type " + whole["admission_type_id"]
    kept = ["race", "gender", "age", "admission", "time_in_hospital", "num_lab_procedures", "num_procedures"]
    kept += ["num_medications", "number_inpatient", "number_emergency", "number_diagnoses", "A1Cresult", "insulin"]
    return whole[[*kept, "change", "diabetesMed", "readmitted"]].reset_index(drop=True)


def claims() -> pd.DataFrame:
    """Return one inpatient claim per beneficiary of DE-SynPUF, samples 1 to 4: amounts, days, dates and groups."""
    files = [
        DATA / "desynpuf" / f"DE1_0_2008_to_2010_Inpatient_Claims_Sample_{number}.csv.gz" for number in (1, 2, 3, 4)
    ]
    whole = pd.concat([pd.read_csv(file, dtype=str) for file in files]).drop_duplicates("DESYNPUF_ID")
    return pd.DataFrame(
        {
            "admitted": pd.to_datetime(whole["CLM_ADMSN_DT"], format="%Y%m%d").dt.strftime("%Y-%m-%d"),
            "days": pd.to_numeric(whole["CLM_UTLZTN_DAY_CNT"]),
            "paid": pd.to_numeric(whole["CLM_PMT_AMT"]).astype(int),
            "per_diem": pd.to_numeric(whole["CLM_PASS_THRU_PER_DIEM_AMT"]).astype(int),
            "deductible": pd.to_numeric(whole["NCH_BENE_IP_DDCTBL_AMT"]),
            "chapter": "dx " + whole["ICD9_DGNS_CD_1"].str[:2],
            "group": "drg " + whole["CLM_DRG_CD"].str[:1],
            "diagnoses": whole[[name for name in whole if name.startswith("ICD9_DGNS_CD")]].notna().sum(axis=1),
        }
    ).reset_index(drop=True)


TABLES: dict[str, Callable[[], pd.DataFrame]] = {
    "codes": codes,
    "mixed": mixed,
    "numeric": numeric,
    "demographics": demographics,
    "admissions": admissions,
    "claims": claims,
}


@dataclass(frozen=True)
class OtherRealPatients:
    """A null audit's table: real patients on no side, drawn without replacement."""

    truth: ClassVar[Truth] = "no leak"
    sentence: ClassVar[str] = "other real patients"

    def make(self, people: Population, rng: np.random.Generator) -> KnownTable:
        """Return the table."""
        rows = people.others[rng.permutation(len(people.others))[: len(people.members)]]
        return KnownTable(people, rows)


def records_of(name: str, out: Path) -> Records:
    """Return a real table as a user's file would be read."""
    path = out / "restricted" / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    TABLES[name]().to_csv(path, index=False)
    records = TableFile(str(path)).read().records
    path.unlink()
    return records


def tested(records: Records, cases: Mapping[str, PlantedCase], folder: Path, arguments: argparse.Namespace, seed: int):  # type: ignore[no-untyped-def]
    """Return the verdicts of one self-test as plain values; those of an earlier run where it is finished."""
    file = folder / "selftest.json"
    if not file.exists():
        options = ExecutionOptions(workers=arguments.workers)
        settings = AuditSettings(arguments.preset, seed, read_policy(arguments.policy), options)
        verdicts = run_selftest(records, cases, folder, settings)
        write_atomically(file, (json.dumps(as_values(verdicts), indent=1) + "\n").encode())
    return json.loads(file.read_text())


def zoo(arguments: argparse.Namespace) -> None:
    """Print a table of all cases: the verdicts per real table, over seeds."""
    found: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for name in arguments.tables:
        records = records_of(name, arguments.out)
        for seed in range(arguments.first, arguments.first + arguments.seeds):
            folder = arguments.out / f"{name}-{arguments.preset}-{seed}"
            for case in tested(records, CASES, folder, arguments, seed):
                found[case["case"]][name].append(case)
    print(f"| case | what it is | {' | '.join(arguments.tables)} |")
    print(f"|---|---|{'---|' * len(arguments.tables)}")
    for case, by_table in found.items():
        sentence = CASES[case].sentence
        cells = [_cell(by_table[name]) for name in arguments.tables]
        print(f"| {case} | {sentence} | {' | '.join(cells)} |")
    _sums(found)


def _cell(runs: list[Any]) -> str:
    said = [run for run in runs if run["verdict"] is not None]
    if not said:
        return "-"
    verdicts = Counter(run["verdict"] + ("" if run["right"] else " (wrong)") for run in said)
    text = ", ".join(verdict if count == len(said) > 0 else f"{verdict} {count}" for verdict, count in verdicts.items())
    caught = sorted({finding["id"] for run in said for finding in run["findings"] if finding["verdict"] == "fail"})
    strength = said[0]["strength"].replace(" (not beyond the limit)", " (weak)")
    return "; ".join(part for part in (strength, f"**{text}**", " ".join(caught)) if part)


def _sums(found: Mapping[str, Mapping[str, list[Any]]]) -> None:
    runs = [run for by_table in found.values() for runs in by_table.values() for run in runs if run["verdict"]]
    leaks = [run for run in runs if run["truth"] == "leak" and "pass" not in run["expected"]]
    honest = [run for run in runs if run["truth"] == "no leak"]
    for what, some in (("leaks beyond a limit", leaks), ("tables without a leak", honest)):
        print(f"\n{len(some)} {what}: {dict(Counter(run['verdict'] for run in some))}", end="")
    wrong = [run for run in runs if not run["right"]]
    print(f"\n{len(wrong)} of {len(runs)} verdicts are wrong")


def nulls(arguments: argparse.Namespace) -> None:
    """Print how often audits of other real patients fail, or end without a conclusion, by table."""
    print("| table | members + holdout | null audits | fail | inconclusive or not measured | by | seconds each |")
    print("|---|---|---|---|---|---|---|")
    for name in arguments.tables:
        records, runs, sizes = records_of(name, arguments.out), [], set()
        started = time.perf_counter()
        for seed in range(arguments.first, arguments.first + arguments.seeds):
            folder = arguments.out / f"nulls-{name}-{arguments.preset}-{seed}"
            cases = {f"null_{at}": OtherRealPatients() for at in range(arguments.nulls)}
            runs += tested(records, cases, folder, arguments, seed)
            people = Population.of(records, seed=seed)
            sizes.add(f"{len(people.members):,} + {len(people.holdout):,}")
        seconds = (time.perf_counter() - started) / len(runs)
        verdicts = Counter(run["verdict"] for run in runs)
        unsettled = verdicts["inconclusive"] + verdicts["not measured"]
        why = Counter(f["id"] for run in runs for f in run["findings"] if f["verdict"] != "pass")
        by = ", ".join(f"{criterion} {count}" for criterion, count in why.items())
        print(
            f"| {name} | {', '.join(sizes)} | {len(runs)} | {verdicts['fail']} | {unsettled} | {by} | {seconds:.1f} |"
        )


def main() -> None:
    """Run the zoo, or null audits."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("zoo"))
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--policy", default="default")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--nulls", type=int, default=0, help="null audits per table and seed, instead of the zoo")
    chosen = parser.parse_args()
    (nulls if chosen.nulls else zoo)(chosen)


if __name__ == "__main__":
    main()
