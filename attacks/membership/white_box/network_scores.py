"""Membership inference by the generator's own weights: what its networks say of a patient."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.audit.knowledge import InsufficientKnowledge, Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class CriticScore:
    """What the discriminator or critic makes of the target, before any sigmoid (Hayes et al., LOGAN white box, 2019).

    A critic that learned its members by heart takes them for real and strangers for made. Threat model: the
    generator's weights. Score: the critic's raw output.
    """

    title: ClassVar[str] = "Critic's score"
    question: ClassVar[str] = "Does the generator's own critic recognise patients it was trained on?"
    source: ClassVar[str] = "Hayes et al., LOGAN, PoPETs 2019"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.WEIGHTS})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and the generator's weights, and reads off what its networks say "
        "of each target."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()
    signal: ClassVar[str] = "critic"

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return what the weights say, shape ``(n,)``.

        Raises:
            InsufficientKnowledge: The generator has no such part.
        """
        del rng  # nothing is drawn: noise inside a signal is the same for every target
        if knowledge.weights is None:
            raise ValueError(f"expected weights: {knowledge.lacks(frozenset({Need.WEIGHTS}))}")
        found = knowledge.weights.signals(targets)
        if self.signal not in found:
            has = ", ".join(sorted(found)) or "nothing"
            raise InsufficientKnowledge(f"the generator's weights give no {self.signal}; they give {has}")
        scores = np.asarray(found[self.signal], dtype=np.float64)
        # A record far outside the training range can overflow a network; it is then as badly known as any.
        scores = np.where(np.isnan(scores), -np.inf, scores)
        finite = scores[np.isfinite(scores)]
        low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
        clipped: np.ndarray = np.clip(scores, low, high)
        return clipped

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


@dataclass(frozen=True)
class ReconstructionScore(CriticScore):
    """How well the autoencoder gives the target back (Hilprecht et al., 2019; Chen et al., GAN-Leaks white box, 2020).

    The autoencoder of medGAN, corGAN and a VAE sees real records only, so that it leaks whatever the rest does. Threat
    model: the generator's weights. Score: minus the cross-entropy of the record given its mean code.
    """

    title: ClassVar[str] = "Autoencoder's reconstruction"
    question: ClassVar[str] = (
        "Does the generator's autoencoder give back patients it was trained on better than others?"
    )
    source: ClassVar[str] = "Hilprecht et al., PoPETs 2019; Chen et al., GAN-Leaks, CCS 2020"
    signal: ClassVar[str] = "reconstruction"


@dataclass(frozen=True)
class ELBOScore(CriticScore):
    """The VAE's evidence bound of the target, averaged over the same noise for every target (Hilprecht et al., 2019).

    Threat model: the generator's weights. Score: ``E log p(x | z) - KL(q(z | x) | p(z))``.
    """

    title: ClassVar[str] = "VAE's evidence bound"
    question: ClassVar[str] = "Does the variational autoencoder find patients it was trained on more likely?"
    source: ClassVar[str] = "Hilprecht et al., PoPETs 2019"
    signal: ClassVar[str] = "bound"


@dataclass(frozen=True)
class FreeEnergyScore(CriticScore):
    """A Boltzmann machine's unnormalised log likelihood of the target: its lowest layer's negative free energy.

    The constant that would normalise it is the same for every target. Threat model: the generator's weights. Score:
    ``b x + sum_j softplus(c_j + W_j x)``.
    """

    title: ClassVar[str] = "Boltzmann machine's free energy"
    question: ClassVar[str] = "Does the Boltzmann machine find patients it was trained on more likely?"
    source: ClassVar[str] = "Salakhutdinov and Hinton, AISTATS 2009; Chen et al., GAN-Leaks, CCS 2020"
    signal: ClassVar[str] = "free energy"
