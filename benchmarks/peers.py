"""Is any published membership attack stronger than ours? Plain peers and the catalogue, side by side on known leaks.

    OMP_NUM_THREADS=1 python benchmarks/peers.py --data ../shared/data [--seeds 0 1] [--tables T...] [--leaks L...]
    OMP_NUM_THREADS=1 python benchmarks/peers.py --cost [ATTACK...]

Peers are written from their papers, with scikit-learn and numpy alone; they share no code with the catalogue. Both
score the same members and holdout patients from the same synthetic table and 1,000 reference records. An attack's AUC
is compared with DeLong's paired standard error, its rate at 1 % false positives with that of a paired bootstrap. The
last list names the cells where some peer is more than two standard errors above the best of ours in the preset.
"""

import argparse
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from peer_attacks import Frame, peers
from peer_tables import LEAKS, TABLES, schema_of

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.audit.knowledge import InsufficientKnowledge, Knowledge, Need
from synthaudit.audit.records import Cohort, Records
from synthaudit.audit.records.frame import from_frame

SIDES = {"members": 2_000, "holdout": 2_000, "reference": 1_000}


def placements(scores: np.ndarray, members: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each member's and each holdout patient's share of the other side that it ranks right against."""
    first, second = scores[:members], scores[members:]
    a, b = np.sort(first), np.sort(second)
    of_members = (np.searchsorted(b, first, "left") + np.searchsorted(b, first, "right")) / (2 * len(b))
    of_holdout = 1 - (np.searchsorted(a, second, "left") + np.searchsorted(a, second, "right")) / (2 * len(a))
    return of_members, of_holdout


def auc(scores: np.ndarray, members: int) -> tuple[float, float]:
    """Return the AUC and DeLong's standard error."""
    return difference(scores, np.zeros(len(scores)), members, 0.5)


def difference(scores: np.ndarray, others: np.ndarray, members: int, add: float = 0.0) -> tuple[float, float]:
    """Return by how much the first AUC exceeds the second, and DeLong's paired standard error."""
    one, two = placements(scores, members), placements(others, members)
    apart = [x - y for x, y in zip(one, two, strict=True)]
    error = np.sqrt(sum(x.var(ddof=1) / len(x) for x in apart))
    return float(apart[0].mean() + add), float(error)


def tpr(scores: np.ndarray, members: int) -> float:
    """Return the share of members above the threshold that at most 1 % of the holdout exceeds."""
    holdout = np.sort(scores[members:])
    return float((scores[:members] > holdout[-1 - int(0.01 * len(holdout))]).mean())


def tpr_error(members: int, *scores: np.ndarray, repeats: int = 200) -> float:
    """Return the bootstrap's standard error of a rate at 1 %, or of the difference of two."""
    rng, found = np.random.default_rng(0), []
    holdout = len(scores[0]) - members
    for _ in range(repeats):
        drawn = np.concatenate([rng.integers(members, size=members), members + rng.integers(holdout, size=holdout)])
        rates = [tpr(one[drawn], members) for one in scores]
        found.append(rates[0] - (rates[1] if len(rates) > 1 else 0.0))
    return float(np.std(found))


def ours(
    preset: str, targets: Records, knowledge: Knowledge, seconds: dict[str, float]
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each of our attacks on rows and its scores; ``*`` marks those outside the preset."""
    for name, kind in MEMBERSHIP.items():
        if not kind.needs <= {Need.SYNTHETIC, Need.REFERENCE}:
            continue
        started = time.process_time()
        try:
            scores = kind().score(targets, knowledge, rng=np.random.default_rng(0))
        except InsufficientKnowledge:
            continue
        seconds[name] = seconds.get(name, 0.0) + time.process_time() - started
        yield name + ("" if preset in kind.presets else "*"), scores


def parted(table: Frame, rng: np.random.Generator) -> list[Frame]:
    """Return members, holdout, reference, and everybody else."""
    order, parts, at = rng.permutation(len(table)), [], 0
    for size in (*SIDES.values(), len(table) - sum(SIDES.values())):
        parts.append(table.iloc[order[at : at + size]].reset_index(drop=True))
        at += size
    return parts


def compare(title: str, leak: str, parts: list[Frame], seed: int, preset: str, seconds: dict[str, float]) -> list[str]:
    """Print one cell of the side-by-side and return the peers that beat our best there."""
    members, holdout, reference, others = parts
    rng = np.random.default_rng([seed, list(LEAKS).index(leak)])
    synthetic, used = LEAKS[leak](members, others, rng)
    both = pd.concat([members[:used], holdout], ignore_index=True)
    schema = schema_of(both, reference, synthetic)
    records = [from_frame(table, schema) for table in (both, synthetic, reference)]
    started = time.process_time()
    theirs = dict(peers(both, synthetic, reference))
    seconds["peers"] = seconds.get("peers", 0.0) + time.process_time() - started
    mine = dict(ours(preset, records[0], Knowledge(records[1], records[2]), seconds))
    inside = {name: scores for name, scores in mine.items() if not name.endswith("*")}
    best = max(inside, key=lambda name: auc(inside[name], used)[0])
    sharp = max(inside, key=lambda name: tpr(inside[name], used))
    top = max(theirs, key=lambda name: auc(theirs[name], used)[0])
    keen = max(theirs, key=lambda name: tpr(theirs[name], used))
    texts = []
    for group, of_auc, of_tpr in ((mine, best, sharp), (theirs, top, keen)):
        value, error = auc(group[of_auc], used)
        rate, loose = tpr(group[of_tpr], used), tpr_error(used, group[of_tpr])
        texts.append(f"{of_auc} {value:.3f} ({error:.3f}) | {of_tpr} {rate:.3f} ({loose:.3f})")
    print(f"| {title} | {leak} | {seed} | {' | '.join(texts)} |", flush=True)
    for group in (mine, theirs):
        row = sorted(group, key=lambda name: -auc(group[name], used)[0])
        print(
            "    " + "  ".join(f"{n} {auc(group[n], used)[0]:.3f}/{tpr(group[n], used):.3f}" for n in row), flush=True
        )
    beaten = []
    for name, scores in theirs.items():
        above, error = difference(scores, inside[best], used)
        if above > 2 * error:
            beaten.append(f"{title}, {leak}, seed {seed}: {name} AUC +{above:.3f} ({error:.3f}) over {best}")
        above = tpr(scores, used) - tpr(inside[sharp], used)
        if above > 0 and above > 2 * (error := tpr_error(used, scores, inside[sharp])):
            beaten.append(f"{title}, {leak}, seed {seed}: {name} TPR +{above:.3f} ({error:.3f}) over {sharp}")
    return beaten


def print_costs(names: list[str]) -> None:
    """Print the CPU seconds of our attacks on 5,000 targets x 30 columns against 20,000 rows."""
    cohort = Cohort(codes=15, labs=12, demographics=True, missing=0.1)
    targets, synthetic, reference = (cohort.draw(n, seed=s) for s, n in enumerate((5_000, 20_000, 5_000)))
    print(f"\n| attack | CPU s, 5,000 x {len(targets.schema)} against 20,000 + 5,000 rows |\n|---|---|")
    for name in names or [name for name, kind in MEMBERSHIP.items() if kind.needs <= {Need.SYNTHETIC, Need.REFERENCE}]:
        knowledge = Knowledge(synthetic, reference)
        MEMBERSHIP[name]().score(targets.take(slice(0, 50)), knowledge, rng=np.random.default_rng(0))  # compiles
        started = time.process_time()
        MEMBERSHIP[name]().score(targets, knowledge, rng=np.random.default_rng(0))
        print(f"| {name} | {time.process_time() - started:.1f} |", flush=True)


def main() -> None:
    """Print every cell, the cells where a peer is better, and what each attack cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[1].parent / "shared" / "data")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--tables", nargs="+", default=list(TABLES), choices=list(TABLES))
    parser.add_argument("--leaks", nargs="+", default=list(LEAKS), choices=list(LEAKS))
    parser.add_argument("--preset", default="standard")
    parser.add_argument("--cost", nargs="*", help="only print seconds, of these attacks or of all")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    if asked.cost is not None:
        print_costs(asked.cost)
        return
    print("| table | leak | seed | ours AUC (SE) | ours TPR at 1 % (SE) | peer AUC (SE) | peer TPR at 1 % (SE) |")
    print("|---|---|---|---|---|---|---|")
    beaten, seconds = [], {}
    for title in asked.tables:
        table = TABLES[title](asked.data).reset_index(drop=True)
        for seed in asked.seeds:
            parts = parted(table, np.random.default_rng([seed, 2026]))
            for leak in asked.leaks:
                beaten += compare(title, leak, parts, seed, asked.preset, seconds)
    print("\nbeaten:", *(beaten or ["nowhere"]), sep="\n- ")
    print("\nCPU seconds in all:", ", ".join(f"{name} {value:.0f}" for name, value in seconds.items()))


if __name__ == "__main__":
    main()
