"""How often the gate is wrong: simulated audits of a sealed and of a leaking table, judged by a shipped policy.

    python benchmarks/gate_level.py --audits 200

Each audit draws members, holdout and a synthetic table afresh from one simulated population, attacks the table as an
audit would, and asks the default policy. The sealed table is fresh patients; the leaking one has a share of its rows
replaced by members' rows. Prints a Markdown table; nothing is asserted.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.audit.knowledge import Knowledge
from synthaudit.audit.policy import Policy, judge, overall_verdict, read_policy
from synthaudit.audit.protocols import ClaimingAttack
from synthaudit.audit.records import Cohort, Records
from synthaudit.audit.suite.context.distinctive import distinctive
from synthaudit.audit.suite.result import (
    DataCard,
    Finding,
    Result,
    Row,
    RunCard,
    Section,
    Series,
    SplitCard,
    SplitPart,
    SystemCard,
    ThreatModel,
)
from synthaudit.audit.suite.tasks.blind import blind_aucs
from synthaudit.audit.suite.tasks.copies import METHOD, find_copies, grade_copies
from synthaudit.audit.suite.tasks.membership_rows import grade_membership
from synthaudit.audit.suite.tasks.planting.copies import plant_copies
from synthaudit.audit.suite.tasks.planting.membership import AttackedTable, plant_for_attack
from synthaudit.audit.suite.tasks.planting.trials import Trials
from synthaudit.audit.suite.tasks.rows import RowTemplate

ATTACKS = ("nearest", "presence", "calibrated", "exact")


class Simulation:
    """Audits of one population, one table each; the policy is asked about membership.

    Attributes:
        patients: Members, holdout patients and synthetic rows, each.
        planted: Measurements of planted leaks, made once: they depend on sizes and attacks, not on the table judged.
    """

    def __init__(self, *, patients: int = 2000, codes: int = 150, repeats: int = 17) -> None:
        self.cohort = Cohort(codes=codes)
        self.patients = patients
        self.attacks = {name: MEMBERSHIP[name]() for name in ATTACKS}
        sides = self._sides(10**6)
        self.planted = tuple(self._power(sides, repeats))

    def _sides(self, seed: int) -> tuple[Records, Records, Records, Records]:
        """Return members, holdout, reference and fresh patients, all of one draw."""
        n = self.patients
        drawn = self.cohort.draw(4 * n, seed=seed)
        return (*(drawn.take(slice(at * n, (at + 1) * n)) for at in range(3)), drawn.take(slice(3 * n, 4 * n)))  # type: ignore[return-value]

    def _label(self, name: str, section: Section) -> RowTemplate:
        knows = ThreatModel(access="synthetic rows only", synthetic_rows=self.patients, reference_rows=self.patients)
        return RowTemplate(f"{section}/{name}", section, "file", 0, name, knows, self.patients, self.patients)

    def _scores(self, name: str, sides: tuple[Records, ...], synthetic: Records) -> tuple[np.ndarray, np.ndarray]:
        knowledge = Knowledge(synthetic=synthetic, reference=sides[2])
        targets = Records.concat([sides[0], sides[1]])
        scores = self.attacks[name].score(targets, knowledge, rng=np.random.default_rng(1))
        return scores[: self.patients], scores[self.patients :]

    def _claims(self, name: str) -> dict[str, float]:
        attack = self.attacks[name]
        return dict(attack.claims()) if isinstance(attack, ClaimingAttack) else {}

    def _power(self, sides: tuple[Records, Records, Records, Records], repeats: int) -> Iterator[Series]:
        seeds = range(repeats)
        for name in ("nearest", "presence"):

            def score(table: Records, rng: np.random.Generator, name: str = name) -> tuple[np.ndarray, np.ndarray]:
                return self._scores(name, sides, table)

            trials, before = Trials(), self._scores(name, sides, sides[3])
            plant_for_attack(AttackedTable(sides[0], sides[3], score, self._claims(name), before), trials, seeds)
            yield from trials.series(self._label(name, "control"), name)
        trials, found = Trials(), find_copies(sides[0], sides[1], sides[3], {})
        plant_copies(found, sides[:2], sides[3], {}, trials, seeds)
        yield from trials.series(self._label(METHOD, "control"), METHOD)

    def audit(self, seed: int, leak: float) -> Result:
        """Return the result of one audit of a table in which a share ``leak`` of the rows is copied from members."""
        sides = self._sides(seed)
        rng = np.random.default_rng([seed, 1])
        fresh = sides[3].take(rng.permutation(self.patients)[round(leak * self.patients) :])
        synthetic = Records.concat([fresh, sides[0].take(slice(0, self.patients - len(fresh)))])
        apart = distinctive(Records.concat([sides[0], sides[1]]), sides[0], sides[1])
        rows: list[Row] = []
        for name in ATTACKS:
            members, holdout = self._scores(name, sides, synthetic)
            label = self._label(name, "membership")
            rows += grade_membership(label, members, holdout, self._claims(name), apart)[0]
        rows += grade_copies(self._label(METHOD, "membership"), find_copies(sides[0], sides[1], synthetic, {}))
        blind = replace(self._label("blind", "control"), system="data", release=None, knowledge=None)
        aucs = blind_aucs(sides[0], sides[1], rng=rng)
        rows += [blind.row("auc", measured, part=key, chance=0.5) for key, measured in aucs.items()]
        return self._result(tuple(rows))

    def _result(self, rows: tuple[Row, ...]) -> Result:
        part = SplitPart(rows=self.patients, patients=self.patients)
        card = SystemCard(
            key="file", title="file", summary="", source="", role="file", options={}, releases=1, seconds=0.0
        )
        return Result(
            title="simulated",
            seed=0,
            preset="standard",
            plan={},
            plan_sha256="",
            data=DataCard(
                reader="simulated",
                rows=0,
                patients=0,
                columns=0,
                kinds={},
                schema_inferred=False,
                schema_sha256="",
                ones_per_row=None,
                density=None,
            ),
            split=SplitCard(
                members=part,
                holdout=part,
                reference=part,
                target_members=self.patients,
                target_holdout=self.patients,
                seed=0,
                small_count=10,
                identical=0.0,
                near_identical=0.0,
                identical_among_members=0.0,
            ),
            systems=(card,),
            methods=(),
            rows=rows,
            series=self.planted,
            run=RunCard(started="", seconds=0.0, tasks=0, workers=1, device="cpu", hardware="", versions={}),
        )


def judged(simulation: Simulation, policy: Policy, *, audits: int, leak: float, first: int = 0) -> list[list[Finding]]:
    """Return the membership findings of many audits."""
    membership = policy.model_copy(update={"criteria": tuple(c for c in policy.criteria if c.section == "membership")})
    return [list(judge(simulation.audit(first + seed, leak), membership)) for seed in range(audits)]


def main() -> None:
    """Print how the gate decides on sealed and leaking tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--audits", type=int, default=200)
    parser.add_argument("--patients", type=int, default=2000)
    parser.add_argument("--policy", default="default")
    chosen = parser.parse_args()
    simulation = Simulation(patients=chosen.patients)
    policy = read_policy(chosen.policy)
    print(
        f"{chosen.audits} audits a row, {chosen.patients:,} members, holdout patients and synthetic rows, 150 codes\n"
    )
    print("| table | pass | fail | inconclusive | other | seconds an audit |\n|---|---|---|---|---|---|")
    for leak in (0.0, 0.003, 0.01, 0.03):
        started = time.perf_counter()
        found = judged(simulation, policy, audits=chosen.audits, leak=leak)
        seconds = (time.perf_counter() - started) / chosen.audits
        counts = Counter(overall_verdict(tuple(findings)) for findings in found)
        other = chosen.audits - sum(counts[name] for name in ("pass", "fail", "inconclusive"))
        table = f"{leak:.1%} of the rows copied" if leak else "sealed"
        print(f"| {table} | {counts['pass']} | {counts['fail']} | {counts['inconclusive']} | {other} | {seconds:.2f} |")
        why = Counter(
            finding.id for findings in found for finding in findings if finding.verdict not in ("pass", "fail")
        )
        if why:
            print(f"| not settled by | {', '.join(f'{name} {count}' for name, count in why.items())} | | | | |")


if __name__ == "__main__":
    main()
