"""Membership inference by the generator's own networks: how each scores a patient.

The four attacks differ in the network that is read, named by ``signal``; see ``GeneratorWeights.signals``.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.audit.knowledge import InsufficientKnowledge, Knowledge, Need, require_weights
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class NetworkScore:
    """What one of the generator's networks says of the target."""

    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.WEIGHTS})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and the generator's weights, and reads off what its networks say "
        "of each target."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()
    signal: ClassVar[str]

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the network's score, shape ``(n,)``.

        Raises:
            InsufficientKnowledge: The generator has no such network.
        """
        del rng  # nothing is drawn: noise inside a signal is the same for every target
        signals = require_weights(knowledge).signals(targets)
        if self.signal not in signals:
            has = ", ".join(sorted(signals)) or "nothing"
            raise InsufficientKnowledge(f"the generator's weights give no {self.signal}; they give {has}")
        scores = np.asarray(signals[self.signal], dtype=np.float64)
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
class CriticScore(NetworkScore):
    """Output of the discriminator or critic, before any sigmoid (Hayes et al., LOGAN white box, 2019).

    Score: ``D(x)``. A critic that learned its members by heart takes them for real and other patients for synthetic.
    """

    title: ClassVar[str] = "Critic's score"
    question: ClassVar[str] = "Does the generator's own critic recognise patients it was trained on?"
    source: ClassVar[str] = "Hayes et al., LOGAN, PoPETs 2019"
    signal: ClassVar[str] = "critic"


@dataclass(frozen=True)
class ReconstructionScore(NetworkScore):
    """How well the autoencoder reconstructs the target (Hilprecht et al., 2019; Chen et al., GAN-Leaks, 2020).

    Score: ``log p(x | z)`` at the mean code z of x, minus the cross-entropy. The autoencoder of medGAN, CorGAN and a
    VAE is trained on real records only, so that it leaks whatever the rest does.
    """

    title: ClassVar[str] = "Autoencoder's reconstruction"
    question: ClassVar[str] = (
        "Does the generator's autoencoder give back patients it was trained on better than others?"
    )
    source: ClassVar[str] = "Hilprecht et al., PoPETs 2019; Chen et al., GAN-Leaks, CCS 2020"
    signal: ClassVar[str] = "reconstruction"


@dataclass(frozen=True)
class ELBOScore(NetworkScore):
    """The VAE's evidence lower bound of the target, averaged over the same noise for every target (Hilprecht et al.).

    Score: ``E log p(x | z) - KL(q(z | x) | p(z))``.
    """

    title: ClassVar[str] = "VAE's evidence lower bound"
    question: ClassVar[str] = "Does the variational autoencoder find patients it was trained on more likely?"
    source: ClassVar[str] = "Hilprecht et al., PoPETs 2019"
    signal: ClassVar[str] = "bound"


@dataclass(frozen=True)
class FreeEnergyScore(NetworkScore):
    """A Boltzmann machine's unnormalised log likelihood of the target: its lowest layer's negative free energy.

    Score: ``b x + sum_j softplus(c_j + W_j x)``. The constant that would normalise it is the same for every target.
    """

    title: ClassVar[str] = "Boltzmann machine's free energy"
    question: ClassVar[str] = "Does the Boltzmann machine find patients it was trained on more likely?"
    source: ClassVar[str] = "Salakhutdinov and Hinton, AISTATS 2009; Chen et al., GAN-Leaks, CCS 2020"
    signal: ClassVar[str] = "free energy"
