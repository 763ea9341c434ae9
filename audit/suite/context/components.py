"""A plan's names looked up in the catalogues: recipes, attacks and metrics with their options set."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from synthaudit.attacks.attribute import ATTRIBUTE
from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.attacks.reidentification import REIDENTIFICATION
from synthaudit.audit.errors import PlanError, unknown_name
from synthaudit.audit.fidelity import METRICS
from synthaudit.audit.knowledge import Need
from synthaudit.audit.plugins import attack_kind
from synthaudit.audit.protocols import (
    AttributeAttack,
    Generator,
    MembershipAttack,
    Metric,
    PrivateGenerator,
    ReidentificationAttack,
    SamplingAttack,
)
from synthaudit.audit.suite.context.task import EVERYBODY
from synthaudit.audit.suite.plan import Plan, build_component
from synthaudit.audit.suite.result import Section
from synthaudit.generators import GENERATORS

Method = MembershipAttack | AttributeAttack | ReidentificationAttack | Metric
"""An attack or a fidelity metric."""

FAST_ATTACKS = ("tracing", "calibrated", "domias_product", "nearest")
"""Attacks that score thousands of canaries in a second; a domain is judged on the first that can run."""

BLACK_BOX = frozenset({Need.SYNTHETIC, Need.REFERENCE})
"""What an attack that knows nothing of the generator may need."""


class Components:
    """The plan's names looked up in the catalogues: recipes, attacks and metrics with their options set.

    Raises:
        PlanError: If a name or an option is not known, or a table's members would not be those it was made from.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.recipes: dict[str, Generator] = {
            key: build_component("generator", GENERATORS, key, use) for key, use in plan.generators.items()
        }
        self.membership: dict[str, MembershipAttack] = {}
        self.attribute: dict[str, AttributeAttack] = {}
        self.reidentification: dict[str, ReidentificationAttack] = {}
        rooms: dict[str, dict[str, Any]] = {
            "membership": self.membership,
            "attribute": self.attribute,
            "reidentification": self.reidentification,
        }
        attacks = {**MEMBERSHIP, **ATTRIBUTE, **REIDENTIFICATION}
        for key, choice in plan.attacks.items():
            attack = build_component("attack", attacks, key, choice)
            rooms[attack_kind(attack)][key] = attack
        self.metrics: dict[str, Metric] = {
            key: build_component("metric", METRICS, key, choice) for key, choice in plan.metrics.items()
        }
        twice = sorted(set(plan.attacks) & set(plan.metrics))
        if twice:
            raise PlanError(f"[metrics.{twice[0]}]: expected another name, an attack is called '{twice[0]}' too")
        both = sorted(set(plan.generators) & set(plan.synthetic))
        if both:
            raise PlanError(f"[synthetic.{both[0]}]: expected another name, a generator is called '{both[0]}' too")
        _require_known_members(plan)
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
        self.canary_attacks = canary_attacks(plan.dp_audit.attacks, self.membership)
        for name in plan.controls.attacks:
            if name not in self.membership:
                raise PlanError(f"[controls]: {unknown_name('membership attack', name, self.membership)}")

    @property
    def by_section(self) -> Iterator[tuple[Section, str, Method]]:
        """The section, key and object of every attack and metric, in the result's order."""
        yield from (("membership", key, attack) for key, attack in self.membership.items())
        yield from (("attribute", key, attack) for key, attack in self.attribute.items())
        yield from (("reidentification", key, attack) for key, attack in self.reidentification.items())
        yield from (("fidelity", key, metric) for key, metric in self.metrics.items())

    @property
    def methods(self) -> dict[str, Method]:
        """Every attack and metric by its key; no two share one."""
        return {key: method for _, key, method in self.by_section}

    def needs(self, key: str) -> frozenset[Need]:
        """Return what an attack cannot do without; metrics need nothing."""
        attacks = {**self.membership, **self.attribute, **self.reidentification}
        return attacks[key].needs if key in attacks else frozenset()

    def is_control(self, key: str) -> bool:
        """Whether a generator is one whose leak is known beforehand."""
        return key in self.recipes and self.recipes[key].control

    def claims(self, key: str) -> bool:
        """Whether a system's differential privacy is audited: it claims some, or the plan asks for it."""
        if not self.plan.dp_audit.enabled:
            return False
        file, recipe = self.plan.synthetic.get(key), self.recipes.get(key)
        private = isinstance(recipe, PrivateGenerator) and recipe.privacy is not None
        claimed = file.claim is not None if file is not None else private
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
        attacks = self.membership.values()
        return max((attack.sample_factor for attack in attacks if isinstance(attack, SamplingAttack)), default=0)

    def power_attacks(self) -> tuple[str, ...]:
        """Membership attacks whose power the planted leaks measure; those that read no synthetic row have none."""
        planted = (key for key, attack in self.membership.items() if attack.needs <= BLACK_BOX)
        return self.plan.controls.attacks or tuple(planted)


def _require_known_members(plan: Plan) -> None:
    """Refuse a finished table beside a split that the audit draws, unless the plan states that they belong together."""
    if plan.data.members is not None or plan.data.holdout is not None:
        return
    for key, file in plan.synthetic.items():
        if not file.made_from_split:
            raise PlanError(
                f"[synthetic.{key}]: expected the members that it was made from, got a table that this audit splits "
                "itself: its members would be others. Part the patients with 'synthaudit split' before the table is "
                "made, and name the files 'members' and 'holdout' under [data]; or set "
                f"made_from_split = true under [synthetic.{key}] if it was made from exactly the members of [split]"
            )


def canary_attacks(names: Sequence[str], chosen: Mapping[str, MembershipAttack]) -> dict[str, MembershipAttack]:
    """Return the attacks on canaries by name, with the plan's options where it has them.

    Raises:
        PlanError: If a name is not known, or the attack needs more than synthetic rows and a reference.
    """
    attacks: dict[str, MembershipAttack] = {}
    for name in names or FAST_ATTACKS:
        if name not in chosen and name not in MEMBERSHIP:
            raise PlanError(f"[dp_audit]: {unknown_name('membership attack', name, {*MEMBERSHIP, *chosen})}")
        attack = chosen[name] if name in chosen else MEMBERSHIP[name]()
        if not attack.needs <= BLACK_BOX:
            raise PlanError(f"[dp_audit]: expected attacks that read synthetic rows and a reference, got '{name}'")
        attacks[name] = attack
    return attacks
