"""medWGAN: medGAN's networks under the Wasserstein game with a gradient penalty.

Baowaly, Lin, Liu & Chen (2019), "Synthesizing electronic health records using improved generative adversarial
networks", JAMIA 26(3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from synthaudit.generators.models.medgan import MedGAN
from synthaudit.generators.training.gan_config import Objective


@dataclass(frozen=True)
class MedWGAN(MedGAN):
    """medGAN with a critic of bounded slope. Options are medGAN's.

    As published the critic still sees its batch's mean and the penalty mixes a whole batch with one weight, so it is
    not the penalty a record of Gulrajani et al. (2017).
    """

    title: ClassVar[str] = "medWGAN"
    summary: ClassVar[str] = "medGAN's networks trained by the Wasserstein distance with a gradient penalty."
    source: ClassVar[str] = "Baowaly et al. (2019), JAMIA 26"
    objective: ClassVar[Objective] = "wasserstein-penalty"
