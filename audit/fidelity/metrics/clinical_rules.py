"""Share of records that break a clinical rule, such as one sex per diagnosis, or the user's own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal

import numpy as np

from synthaudit.audit.errors import check_choice
from synthaudit.audit.fidelity.clinical_rule import Condition, Rule
from synthaudit.audit.fidelity.patient_intervals import CONFIDENCE, exact_count, patient_index
from synthaudit.audit.protocols import Better, MetricResult
from synthaudit.audit.records import Records, Schema
from synthaudit.audit.records.sex_codes import Sex, coding_of, sex_of
from synthaudit.audit.statistics import Estimate, Measurement, NotMeasured, differences, intervals
from synthaudit.audit.workload import Workload

SEX_NAMES = ("sex", "gender")
SEX_LEVELS: Mapping[Sex, tuple[str, ...]] = {"female": ("f", "female"), "male": ("m", "male")}


@dataclass(frozen=True)
class ClinicalRules:
    """Share of rows that break a rule.

    Built in are the diagnosis codes of ``sex_codes`` that only one sex can have; they are applied where the table says
    the sex. ``rules`` are the user's own, in the grammar of ``clinical_rule``. Real tables break rules too (a mother's
    code on her child's record): ``excess`` is the synthetic share less the real one, and the yardstick tells what other
    patients show. A name for every rule: choose this metric several times in a plan (``use = "clinical_rules"``).

    A missing value breaks no rule. Shares that rest on 1 to ``small_count - 1`` patients, or on all but so many, are
    given as for ``small_count``. Intervals are over patients and synthetic rows.

    Attributes:
        rules: Rules such as ``183 implies sex = F``, ``not 650 implies V27 = 0`` or ``age >= 0``.
        sex: The column that tells the sex; None looks for one called sex or gender.
        female: Its level for women; None looks for f or female, in any case.
        male: Its level for men; None looks for m or male, in any case.
        coding: ``icd9``, ``icd10``, ``auto`` (by the look of the column names), or ``none`` for no sex rules. Names
            with a prefix, as in ``9:650`` and ``10:O80``, are read by it.
    """

    title: ClassVar[str] = "Clinical rules"
    question: ClassVar[str] = "Do synthetic patients break rules that real patients keep, such as men with pregnancies?"
    source: ClassVar[str] = "Yan et al., A multifaceted benchmarking of synthetic EHR generation, Nat. Commun. 2022"
    better: ClassVar[Mapping[str, Better]] = {
        "violations": "lower",
        "excess": "lower",
        "violations_sex": "lower",
        "violations_own": "lower",
        "sex_codes_checked": "higher",
    }
    presets: ClassVar[frozenset[str]] = frozenset()

    rules: tuple[str, ...] = ()
    sex: str | None = None
    female: str | None = None
    male: str | None = None
    coding: Literal["auto", "icd9", "icd10", "none"] = "auto"

    def __post_init__(self) -> None:
        check_choice(("auto", "icd9", "icd10", "none"), coding=self.coding)
        for rule in self.rules:
            Rule.parse(rule)

    def measure(
        self,
        real: Records,
        synthetic: Records,
        test: Records,
        *,
        rng: np.random.Generator,
        small_count: int = 10,
    ) -> MetricResult:
        """Check every row of both tables; there are no points, since a rule has no place on an axis.

        Raises:
            InputError: A rule, or an option, names a column or a level that the table does not have.
        """
        del test, rng  # nothing is fitted or drawn
        rules = [Rule.parse(rule) for rule in self.rules]
        for rule in rules:
            for condition in (*rule.when, rule.then):
                condition.check(real.schema)
        guards = self._guards(real.schema)
        checked = 0 if isinstance(guards, NotMeasured) else sum(len(columns) for _, columns in guards)
        evaluations: dict[str, Callable[[Records], np.ndarray] | NotMeasured] = {
            "violations_sex": guards if isinstance(guards, NotMeasured) else partial(_on_other_sex, guards=guards),
            "violations_own": partial(_any, rules=rules) if rules else NotMeasured("the plan gives no rules"),
        }
        statistics: dict[str, Measurement] = {"sex_codes_checked": exact_count(checked, len(real.schema.codes))}
        real_broken, synthetic_broken = np.zeros(len(real), dtype=bool), np.zeros(len(synthetic), dtype=bool)
        for name, evaluate in evaluations.items():
            if isinstance(evaluate, NotMeasured):
                statistics[name] = evaluate
                continue
            own = evaluate(synthetic)
            statistics[name] = _share(own, synthetic, small_count)
            real_broken, synthetic_broken = real_broken | evaluate(real), synthetic_broken | own
        if all(isinstance(evaluate, NotMeasured) for evaluate in evaluations.values()):
            reason = NotMeasured("there is no rule to check: the plan gives none, and the sex rules do not apply")
            return MetricResult({**statistics, "violations": reason, "excess": reason})
        violations = _share(synthetic_broken, synthetic, small_count)
        excess = _excess(violations, _share(real_broken, real, small_count))
        return MetricResult({**statistics, "violations": violations, "excess": excess})

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds

    def _guards(self, schema: Schema) -> list[tuple[Condition, np.ndarray]] | NotMeasured:
        """Return, for either sex, the condition of being of the other and the codes that it rules out.

        Codes are positions in the integer block.
        """
        named = (column.name for column in schema.columns if column.original_name.casefold() in SEX_NAMES)
        column = schema[self.sex].name if self.sex is not None else next(named, None)
        if self.coding == "none":
            return NotMeasured("the plan turns the sex rules off")
        names = [schema.columns[position].original_name for position in schema.codes]
        coding = coding_of(names) if self.coding == "auto" else self.coding
        only = [sex_of(name, coding) for name in names]
        if not any(only):
            return NotMeasured("no column looks like an ICD-9 or ICD-10 code of one sex only; the option coding tells")
        if column is None:
            return NotMeasured("the table has no column called sex or gender; the option sex names it")
        guards = []
        sides: tuple[tuple[Sex, Sex, str | None], ...] = (
            ("female", "male", self.male),
            ("male", "female", self.female),
        )
        for sex, other, given in sides:
            levels = schema[column].original_levels
            level = given or next((one for one in levels if one.casefold() in SEX_LEVELS[other]), None)
            if level is None:
                return NotMeasured("the levels of the sex column are not recognised; the options female and male tell")
            guard = Condition(column, "=", level)
            guard.check(schema)
            guards.append((guard, np.flatnonzero([own == sex for own in only])))
        return guards


def _on_other_sex(records: Records, guards: list[tuple[Condition, np.ndarray]]) -> np.ndarray:
    """Return which rows have a code of the other sex, shape ``(n,)``."""
    broken = np.zeros(len(records), dtype=bool)
    for guard, columns in guards:
        barred = np.flatnonzero(guard.evaluate(records)[0])
        broken[barred] |= records.codes[np.ix_(barred, columns)].any(axis=1)
    return broken


def _any(records: Records, rules: list[Rule]) -> np.ndarray:
    broken: np.ndarray = np.logical_or.reduce([rule.broken(records) for rule in rules])
    return broken


def _share(broken: np.ndarray, records: Records, small_count: int) -> Measurement:
    """Return the share of rows that break a rule, given for ``small_count`` patients where fewer do or do not."""
    position, patients = patient_index(records)
    share = intervals.clustered_rate(
        np.bincount(position, weights=broken, minlength=patients), np.bincount(position, minlength=patients)
    )
    if isinstance(share, NotMeasured):
        return share
    breaking, keeping = (len(np.unique(position[rows])) for rows in (broken, ~broken))
    if breaking == 0 or min(breaking, keeping or patients) >= small_count:
        return share
    if min(patients, max(breaking, keeping)) < small_count:
        return NotMeasured(f"the share would rest on fewer than {small_count} patients")
    tail = (1 - CONFIDENCE) / 2
    few = small_count / patients
    _, high = intervals.exact_bounds(small_count, patients, lower_error=tail, upper_error=tail)
    method = f"exact binomial; 1 to {small_count - 1} patients are told as {small_count}"
    if breaking < small_count:
        return Estimate(few, 0.0, high, CONFIDENCE, patients, method)
    return Estimate(1 - few, 1 - high, 1.0, CONFIDENCE, patients, method)


def _excess(synthetic: Measurement, real: Measurement) -> Measurement:
    if isinstance(synthetic, NotMeasured) or isinstance(real, NotMeasured):
        return synthetic if isinstance(synthetic, NotMeasured) else real
    return differences.difference(synthetic, real)
