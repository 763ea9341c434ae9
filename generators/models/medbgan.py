"""medBGAN: medGAN whose generator seeks the critic's boundary.

Baowaly, Lin, Liu & Chen (2019), "Synthesizing electronic health records using improved generative adversarial
networks", JAMIA 26(3); Hjelm et al. (2018), "Boundary-seeking generative adversarial networks", ICLR.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from synthaudit.generators.models.medgan import MedGAN
from synthaudit.generators.training.gan_config import Objective


@dataclass(frozen=True)
class MedBGAN(MedGAN):
    """medGAN with another aim: the generator is done where the critic is undecided. Options are medGAN's."""

    title: ClassVar[str] = "medBGAN"
    summary: ClassVar[str] = "medGAN's networks with a generator that seeks the critic's decision boundary."
    source: ClassVar[str] = "Baowaly et al. (2019), JAMIA 26"
    objective: ClassVar[Objective] = "boundary"
