"""What differential privacy costs a VAE: private steps against ordinary ones, ours against opacus on plain layers.

    OMP_NUM_THREADS=1 python benchmarks/dp_training.py [--columns 1000] [--batch 250] [--stacks 1 4 16]

Rows hold 11 codes each. Contestants take turns, and the best of their rounds counts, since other work can only slow a
round down: read the ratios. A step is all that one takes: drawing a batch, clipping, noise, Adam. The epoch that a user
waits for has the same ratio, since it is nothing but steps. "opacus hooks" makes every record's gradient; "opacus
ghost" makes their norms. Both take the same network of ``nn.Linear``; their batches are of fixed size, which favours
them.
"""

import argparse
import importlib.metadata
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from opacus.grad_sample import GradSampleModule
from opacus.grad_sample.grad_sample_module_fast_gradient_clipping import GradSampleModuleFastGradientClipping
from opacus.optimizers import DPOptimizer
from opacus.optimizers.optimizer_fast_gradient_clipping import DPOptimizerFastGradientClipping
from opacus.utils.fast_gradient_clipping_utils import DPTensorFastGradientClipping
from torch import Tensor, nn
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from stacking import members, timed

from synthaudit.audit.records import Records
from synthaudit.generators.dp.options import Privacy
from synthaudit.generators.dp.step import DPStep, StackedDPStep
from synthaudit.generators.models.vae import VAE
from synthaudit.generators.training.autotune import seconds_per_model

NOISE = 1.0


@dataclass(frozen=True)
class Closed(VAE):
    """A VAE whose single model, too, takes its private steps by our closed forms."""

    def dp_step_class(self, models: int) -> type[DPStep]:
        del models
        return StackedDPStep


class PlainVAE(nn.Module):
    """The network of ``VAE`` as one writes it in torch."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(columns, 256), nn.ReLU(), nn.Linear(256, 256))
        self.decoder = nn.Sequential(nn.Linear(128, 256), nn.ReLU(), nn.Linear(256, columns))

    def forward(self, x: Tensor) -> Tensor:
        """Return one loss a record."""
        mean, logvar = self.encoder(x).chunk(2, dim=1)
        raw = self.decoder(mean + (0.5 * logvar).exp() * torch.randn_like(mean))
        miss = F.binary_cross_entropy_with_logits(raw, x, reduction="none").sum(dim=1)
        divergence: Tensor = miss + 0.5 * (mean.square() + logvar.exp() - 1 - logvar).sum(dim=1)
        return divergence


def opacus_step(x: Tensor, batch: int, *, ghost: bool) -> Callable[[], None]:
    """Return one private step of the plain network by opacus, every record's gradient made or only its norm."""
    plain = PlainVAE(x.shape[1])
    named = {"noise_multiplier": NOISE, "max_grad_norm": 1.0, "expected_batch_size": batch}
    adam = torch.optim.Adam(plain.parameters())
    if ghost:
        norms = GradSampleModuleFastGradientClipping(plain, loss_reduction="sum", max_grad_norm=1.0)
        optimiser: DPOptimizer = DPOptimizerFastGradientClipping(adam, **named)
    else:
        norms, optimiser = GradSampleModule(plain, loss_reduction="sum"), DPOptimizer(adam, **named)

    def step() -> None:
        losses = norms(x[torch.randint(len(x), (batch,))])
        optimiser.zero_grad()
        if ghost:
            DPTensorFastGradientClipping(norms, optimiser, losses, "sum").backward()
        else:
            losses.sum().backward()
        optimiser.step()

    return step


def ours(recipe: VAE, pool: Records, stack: int) -> Callable[[int], float]:
    """Return a function that takes the seconds a step and model of a stack, by the trial that picks stack widths."""
    steps = recipe.epochs * (len(pool) // recipe.batch_size)
    return lambda _: seconds_per_model(recipe, pool, widths=[stack])[stack] / steps


def main() -> None:
    """Parse the options and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--columns", type=int, default=1000)
    parser.add_argument("--members", type=int, default=5000)
    parser.add_argument("--batch", type=int, default=250)
    parser.add_argument("--stacks", nargs="+", type=int, default=[1, 4, 16])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    pool = members(options.columns, options.members)
    x = torch.from_numpy(pool.codes).float()
    plain = VAE(batch_size=options.batch)
    private = Privacy(noise_multiplier=NOISE, delta=1e-6, num_patients=options.members)
    contestants = {
        "no privacy": ours(plain, pool, 1),
        "opacus, by the recipe": ours(replace(plain, privacy=private), pool, 1),
        "opacus ghost, plain layers": timed(opacus_step(x, options.batch, ghost=True), "cpu"),
        "opacus hooks, plain layers": timed(opacus_step(x, options.batch, ghost=False), "cpu"),
    }
    for stack in options.stacks:
        closed = Closed(batch_size=options.batch, privacy=private)
        contestants[f"closed forms, {stack} side by side"] = ours(closed, pool, stack)
        if stack > 1:
            contestants[f"no privacy, {stack} side by side"] = ours(plain, pool, stack)
    best = dict.fromkeys(contestants, float("inf"))
    for _ in range(options.rounds):
        for name, seconds in contestants.items():
            best[name] = min(best[name], seconds(6))
    versions = " ".join(f"{name} {importlib.metadata.version(name)}" for name in ("torch", "opacus"))
    print(
        f"VAE {options.columns}-256-128, batch {options.batch}, {torch.get_num_threads()} threads; "
        f"{platform.machine()}, load {os.getloadavg()[0]:.1f}; Python {platform.python_version()}, {versions}\n"
    )
    print("| training | ms a step and model | times no privacy |\n|---|---|---|")
    for name, seconds in best.items():
        print(f"| {name} | {1e3 * seconds:.1f} | {seconds / best['no privacy']:.2f} |")


if __name__ == "__main__":
    main()
