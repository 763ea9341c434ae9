"""What attackers fixed beforehand say of canaries: from the synthetic rows alone, and from the weights."""

from collections.abc import Mapping

import numpy as np
from scipy.stats import rankdata

from synthaudit.audit.knowledge import Access, GeneratorWeights, InsufficientKnowledge, Knowledge
from synthaudit.audit.protocols import Fitted, MembershipAttack
from synthaudit.audit.records import NumericScale, Records


def black_box(
    attacks: Mapping[str, MembershipAttack],
    targets: Records,
    own: np.ndarray,
    synthetic: Records,
    reference: Records | None,
    *,
    scale: NumericScale | None = None,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Return what each attack that can run says of the targets: a name to one finite number per target, shape ``(n,)``.

    ``own code`` counts the synthetic rows with a target's own code, half a row less, and says 0 of the others: seen at
    all points to members, not seen to others, and who has no such code lies between.
    """
    knowledge = Knowledge(synthetic=synthetic, reference=reference, access=Access.SYNTHETIC, scale=scale)
    found = {}
    for name, attack in attacks.items():
        if knowledge.lacks(attack.needs) is not None:
            continue
        try:
            found[name] = np.asarray(attack.score(targets, knowledge, rng=rng), dtype=np.float64)
        except InsufficientKnowledge:
            continue
    if (own >= 0).any():
        seen = (synthetic.codes > 0).sum(axis=0)
        found["own code"] = np.where(own >= 0, seen[own] - 0.5, 0.0)
    return {name: np.nan_to_num(scores) for name, scores in found.items()}


def white_box(
    fitted: Fitted, targets: Records, without_unique_code: Records, features: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Return what the weights say of the targets, and two ways of taking away what is theirs by law.

    A record with many rare codes is badly known to any network. A regression of the signal on what the law says of
    each canary, blind to the coins, takes that away (``beyond its law``); so does the signal of the same record
    without its own code (``own code``), and who has none lies in the middle of the others.

    Args:
        fitted: The generator; without signals there is nothing to read.
        targets: Canaries as the network reads them, shape ``(m, p)``.
        twins: The same without their own codes.
        features: What the law says of each canary, shape ``(m, f)``; None to leave it aside.
    """
    if not isinstance(fitted, GeneratorWeights):
        return {}
    found = {}
    own = (targets.codes != without_unique_code.codes).any(axis=1)
    bare = fitted.signals(without_unique_code) if own.any() else {}
    for name, signal in fitted.signals(targets).items():
        found[name] = values = _finite(signal)
        if features is not None and len(values) > 2 * features.shape[1]:
            predicted = features @ np.linalg.lstsq(features, values, rcond=None)[0]
            found[f"{name}, beyond its law"] = values - predicted
        if name in bare:
            apart = values - _finite(bare[name])
            found[f"{name}, own code"] = np.where(own, apart, np.median(apart[own]))
    return found


def _finite(signal: np.ndarray) -> np.ndarray:
    return np.nan_to_num(np.asarray(signal, dtype=np.float64), nan=0.0, posinf=1e30, neginf=-1e30)


def with_domain(scores: Mapping[str, np.ndarray], outside: np.ndarray, alone: np.ndarray) -> dict[str, np.ndarray]:
    """Return scores to which a domain taken from the data adds what it shows by itself.

    Who does not fit into it comes last, the worse the later; who alone can have brought a column into it comes first.
    Both are 0 under a public domain, where scores keep their order.

    Args:
        scores: A name to one number a canary.
        outside: Cells of each canary that the domain cannot hold, shape ``(m,)``.
        alone: Whether the domain holds a column that nobody else can have brought, shape ``(m,)``, bool.
    """
    return {name: rankdata(values) / (len(values) + 1) - outside + alone for name, values in scores.items()}
