"""A plan's names looked up in the catalogues: recipes, attacks and metrics with their options set."""

from typing import Any

from synthaudit.attacks.attribute import ATTRIBUTE
from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.attacks.reidentification import REIDENTIFICATION
from synthaudit.audit.errors import PlanError, unknown_name
from synthaudit.audit.fidelity import METRICS
from synthaudit.audit.knowledge import Need
from synthaudit.audit.plugins import attack_kind
from synthaudit.audit.protocols import SamplingAttack
from synthaudit.audit.suite.context.task import EVERYBODY
from synthaudit.audit.suite.plan import Plan, build_component
from synthaudit.audit.suite.tasks.dp.scores import attacks_named
from synthaudit.generators import GENERATORS


class Components:
    """The plan's names looked up in the catalogues: recipes, attacks and metrics with their options set.

    Raises:
        PlanError: If a name or an option is not known.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.recipes = {key: build_component("generator", GENERATORS, key, use) for key, use in plan.generators.items()}
        self.membership: dict[str, Any] = {}
        self.attribute: dict[str, Any] = {}
        self.reidentification: dict[str, Any] = {}
        rooms = {"membership": self.membership, "attribute": self.attribute, "reidentification": self.reidentification}
        attacks = {**MEMBERSHIP, **ATTRIBUTE, **REIDENTIFICATION}
        for key, choice in plan.attacks.items():
            attack = build_component("attack", attacks, key, choice)
            rooms[attack_kind(attack)][key] = attack
        self.metrics = {key: build_component("metric", METRICS, key, choice) for key, choice in plan.metrics.items()}
        twice = sorted(set(plan.attacks) & set(plan.metrics))
        if twice:
            raise PlanError(f"[metrics.{twice[0]}]: expected another name, an attack is called '{twice[0]}' too")
        both = sorted(set(plan.generators) & set(plan.synthetic))
        if both:
            raise PlanError(f"[synthetic.{both[0]}]: expected another name, a generator is called '{both[0]}' too")
        if not plan.generators and not plan.synthetic:
            raise PlanError("expected at least one [generators.NAME] or [synthetic.NAME] to audit")
        if "all but the secret" in plan.sweep.known_choice and plan.secrets.text is None:
            raise PlanError(
                "[secrets]: expected 'columns' or 'rarest_codes', since 'all but the secret' is to be known"
            )
        if EVERYBODY in {*plan.generators, *plan.synthetic}:
            raise PlanError(f"expected another name than '{EVERYBODY}', which stands for the real patients")
        for name in plan.dp_audit.generators:
            if name not in {*plan.generators, *plan.synthetic}:
                raise PlanError(f"[dp_audit]: {unknown_name('generator', name, [*plan.generators, *plan.synthetic])}")
        self.canary_attacks = attacks_named(plan.dp_audit.attacks, self.membership)
        for name in plan.controls.attacks:
            if name not in self.membership:
                raise PlanError(f"[controls]: {unknown_name('membership attack', name, self.membership)}")

    @property
    def methods(self) -> dict[str, Any]:
        """Every attack and metric by its key; no two share one."""
        return {**self.membership, **self.attribute, **self.reidentification, **self.metrics}

    def is_control(self, key: str) -> bool:
        """Whether a generator is one whose leak is known beforehand."""
        return bool(getattr(type(self.recipes[key]), "control", False)) if key in self.recipes else False

    def claims(self, key: str) -> bool:
        """Whether a system's differential privacy is audited: it claims some, or the plan asks for it."""
        if not self.plan.dp_audit.enabled:
            return False
        file, recipe = self.plan.synthetic.get(key), self.recipes.get(key)
        claimed = file.claim is not None if file is not None else getattr(recipe, "privacy", None) is not None
        return claimed or key in self.plan.dp_audit.generators

    @property
    def systems(self) -> tuple[str, ...]:
        """Keys of the systems under test, in the plan's order."""
        return (*self.plan.generators, *self.plan.synthetic)

    def releases(self, system: str) -> int:
        """How many synthetic tables of a system are audited."""
        return self.plan.sweep.releases if system in self.recipes else 1

    @property
    def fresh_sample_factor(self) -> int:
        """Rows that attackers sample from a generator themselves, as a multiple of the members; 0 where none does."""
        return max((a.sample_factor for a in self.membership.values() if isinstance(a, SamplingAttack)), default=0)

    def power_attacks(self) -> tuple[str, ...]:
        """Membership attacks whose power the planted leaks measure; those that read no synthetic row have none."""
        beyond = {Need.TRAINER, Need.WEIGHTS, Need.SAMPLER}
        planted = (key for key, attack in self.membership.items() if not attack.needs & beyond)
        return self.plan.controls.attacks or tuple(planted)
