"""Systems under test. The name in this dict is a generator's name in plans and reports; its fields are its options."""

from audit.errors import PlanError, unknown_name
from generators.bootstrap import Bootstrap
from generators.corgan import CorGAN
from generators.dbm import DBM
from generators.emrwgan import EMRWGAN
from generators.gan import GAN
from generators.marginal import Marginal
from generators.medbgan import MedBGAN
from generators.medgan import MedGAN
from generators.medwgan import MedWGAN
from generators.noise import Noise
from generators.null import Null
from generators.republish import Republish
from generators.vae import VAE

GENERATORS: dict[str, type] = {
    "medgan": MedGAN,
    "medwgan": MedWGAN,
    "medbgan": MedBGAN,
    "corgan": CorGAN,
    "vae": VAE,
    "emrwgan": EMRWGAN,
    "gan": GAN,
    "dbm": DBM,
    "marginal": Marginal,
    "noise": Noise,
    "bootstrap": Bootstrap,
    "republish": Republish,
    "null": Null,
}


def find(name: str) -> type:
    """Return a generator of the catalogue, or a user's own class by ``package.module:Class``.

    Raises:
        PlanError: There is none of that name, or the class is no generator.
    """
    if ":" in name:
        from generators.external import generator

        return generator(name)
    if name not in GENERATORS:
        raise PlanError(unknown_name("generator", name, GENERATORS))
    return GENERATORS[name]
