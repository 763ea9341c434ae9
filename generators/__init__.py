"""Systems under test. The name in this dict is a generator's name in plans and reports; its fields are its options."""

from synthaudit.generators.baselines.bootstrap import Bootstrap
from synthaudit.generators.baselines.fresh_cohort import FreshCohort
from synthaudit.generators.baselines.independent_columns import IndependentColumns
from synthaudit.generators.baselines.noisy_rows import NoisyRows
from synthaudit.generators.baselines.republish import Republish
from synthaudit.generators.models.corgan import CorGAN
from synthaudit.generators.models.dbm import DBM
from synthaudit.generators.models.emrwgan import EMRWGAN
from synthaudit.generators.models.gan import GAN
from synthaudit.generators.models.medbgan import MedBGAN
from synthaudit.generators.models.medgan import MedGAN
from synthaudit.generators.models.medwgan import MedWGAN
from synthaudit.generators.models.vae import VAE

GENERATORS: dict[str, type] = {
    "medgan": MedGAN,
    "medwgan": MedWGAN,
    "medbgan": MedBGAN,
    "corgan": CorGAN,
    "vae": VAE,
    "emrwgan": EMRWGAN,
    "gan": GAN,
    "dbm": DBM,
    "marginal": IndependentColumns,
    "noise": NoisyRows,
    "bootstrap": Bootstrap,
    "republish": Republish,
    "null": FreshCohort,
}
