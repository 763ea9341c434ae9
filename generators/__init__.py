"""Systems under test. The name in this dict is a generator's name in plans and reports; its fields are its options."""

from generators.bootstrap import Bootstrap
from generators.marginal import Marginal
from generators.medgan import MedGAN
from generators.noise import Noise
from generators.null import Null
from generators.republish import Republish
from generators.vae import VAE

GENERATORS: dict[str, type] = {
    "medgan": MedGAN,
    "vae": VAE,
    "marginal": Marginal,
    "noise": Noise,
    "bootstrap": Bootstrap,
    "republish": Republish,
    "null": Null,
}
