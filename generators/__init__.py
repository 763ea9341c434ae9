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

RENAMED_OPTIONS: dict[str, str] = {
    "begin_at_odds": "init_output_bias",
    "body": "architecture",
    "burn_in": "recalibration_batches",
    "clip": "weight_clip",
    "critic": "critic_widths",
    "draw": "sampling",
    "how": "perturbation",
    "minibatch": "minibatch_mode",
    "object": "factory",
    "order": "column_order",
    "penalty": "gradient_penalty",
    "pretrain_batch": "pretrain_batch_size",
    "privacy.autoencoder": "privacy.autoencoder_noise_scale",
    "privacy.clip": "privacy.max_grad_norm",
    "privacy.count_clip": "privacy.bias_max_norm",
    "privacy.counts": "privacy.bias_noise_scale",
    "privacy.noise": "privacy.noise_multiplier",
    "privacy.rows": "privacy.num_patients",
    "stderr": "stderr_file",
}
"""Options of the catalogue's generators under earlier names, for an error that names the new one."""
