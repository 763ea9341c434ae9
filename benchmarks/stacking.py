"""Training many models at once: stacked against a plain loop and against processes, in model-steps a second.

    python benchmarks/stacking.py                        # small: two minutes; --full has every width
    python benchmarks/stacking.py --epoch                # one pass over 46,520 x 1,071 against plain torch

The plain loop is the same network in ordinary torch (``nn.Linear``, ``Adam``), one model after the other. Contestants
take turns and the best of their rounds counts, since other work can only slow a round down. Read the ratios: they hold
on a busy machine too, where rates do not. The last columns are the width that ``generators.training.autotune`` picks,
and processes of one thread that each train a stack of that width, which is how an audit trains.
"""

import argparse
import multiprocessing
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from synthaudit.audit.records import Records
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.models.corgan import CorGAN
from synthaudit.generators.models.medgan import MedGAN
from synthaudit.generators.models.recipe import Recipe
from synthaudit.generators.models.vae import VAE
from synthaudit.generators.training.autotune import TimedRun, best_stack_width
from synthaudit.generators.training.fit import prepare_training
from synthaudit.generators.training.gan import pretrain_autoencoder

MEMBERS = 1000


def members(columns: int, rows: int = MEMBERS) -> Records:
    """Return rows as sparse as diagnosis codes: 11 a patient."""
    codes = np.random.default_rng(0).random((rows, columns), dtype=np.float32) < 11.3 / columns
    return Records.binary([f"c{at}" for at in range(columns)], codes)


# The plain contestants: what one writes in torch without thinking of stacks.


def plain_vae(x: torch.Tensor, batch: int) -> Callable[[], None]:
    """Return one training step of a plain VAE."""
    p = x.shape[1]
    encoder = nn.Sequential(nn.Linear(p, 256), nn.ReLU(), nn.Linear(256, 256))
    decoder = nn.Sequential(nn.Linear(128, 256), nn.ReLU(), nn.Linear(256, p))
    parts = nn.ModuleList([encoder, decoder]).to(x.device)
    optimiser = torch.optim.Adam(parts.parameters())

    def step() -> None:
        rows = x[torch.randint(len(x), (batch,), device=x.device)].float()
        mean, logvar = encoder(rows).chunk(2, dim=1)
        raw = decoder(mean + (0.5 * logvar).exp() * torch.randn_like(mean))
        loss = F.binary_cross_entropy_with_logits(raw, rows, reduction="sum")
        loss = loss + 0.5 * (mean.square() + logvar.exp() - 1 - logvar).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return step


class PlainGenerator(nn.Module):
    """Residual layers with batch normalisation."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.linear = nn.ModuleList(nn.Linear(128, 128, bias=False) for _ in range(layers))
        self.norm = nn.ModuleList(nn.BatchNorm1d(128, eps=1e-3, momentum=0.01) for _ in range(layers))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        for at, (linear, norm) in enumerate(zip(self.linear, self.norm, strict=True)):
            made = norm(linear(z))
            z = z + (torch.tanh(made) if at == len(self.linear) - 1 else F.relu(made))
        return z


def plain_medgan(x: torch.Tensor, batch: int) -> Callable[[], None]:
    """Return one generator step of a plain medGAN, with its two critic steps."""
    p, device = x.shape[1], x.device
    maker, decoder = PlainGenerator(3).to(device), nn.Linear(128, p).to(device)
    critic = nn.Sequential(nn.Linear(2 * p, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 1))
    critic.to(device)
    for_maker = torch.optim.Adam([*maker.parameters(), *decoder.parameters()], weight_decay=1e-3)
    for_critic = torch.optim.Adam(critic.parameters(), weight_decay=1e-3)

    def logits(rows: torch.Tensor) -> torch.Tensor:
        return critic(torch.cat([rows, rows.mean(dim=0).expand_as(rows)], dim=1))

    def fake() -> torch.Tensor:
        return torch.sigmoid(decoder(maker(torch.randn(batch, 128, device=device))))

    def step() -> None:
        for _ in range(2):
            rows = x[torch.randint(len(x), (batch,), device=device)].float()
            loss = (F.softplus(-logits(rows)) + F.softplus(logits(fake().detach()))).mean()
            for_critic.zero_grad()
            loss.backward()
            for_critic.step()
        for_maker.zero_grad()
        F.softplus(-logits(fake())).mean().backward()
        for_maker.step()

    return step


def plain_corgan(x: torch.Tensor, batch: int) -> Callable[[], None]:
    """Return one generator step of a plain corGAN with a perceptron body and decoder, with its five critic steps."""
    p, device = x.shape[1], x.device
    maker, decoder = PlainGenerator(2).to(device), nn.Linear(128, p).to(device)
    critic = nn.Sequential(
        *(part for a, b in ((p, 256), (256, 256), (256, 256)) for part in (nn.Linear(a, b), nn.ReLU())),
        nn.Linear(256, 1),
    ).to(device)
    for_maker = torch.optim.Adam([*maker.parameters(), *decoder.parameters()], weight_decay=1e-4)
    for_critic = torch.optim.Adam(critic.parameters(), weight_decay=1e-4)

    def fake() -> torch.Tensor:
        return torch.sigmoid(decoder(maker(torch.randn(batch, 128, device=device))))

    def step() -> None:
        for _ in range(5):
            rows = x[torch.randint(len(x), (batch,), device=device)].float()
            loss = critic(fake().detach()).mean() - critic(rows).mean()
            for_critic.zero_grad()
            loss.backward()
            for_critic.step()
            with torch.no_grad():
                for weight in critic.parameters():
                    weight.clamp_(-0.01, 0.01)
        for_maker.zero_grad()
        (-critic(fake()).mean()).backward()
        for_maker.step()

    return step


def plain_convolution(x: torch.Tensor, batch: int) -> Callable[[], None]:
    """Return one training step of corGAN's convolutional autoencoder at 1,071 columns, its published width."""
    down = [(1, 4, 5, 2), (4, 8, 5, 2), (8, 16, 5, 3), (16, 32, 5, 3), (32, 64, 5, 3), (64, 128, 8, 1)]
    up = [(128, 64, 5, 1), (64, 32, 5, 4), (32, 16, 7, 4), (16, 8, 7, 3), (8, 4, 7, 2), (4, 1, 3, 2)]
    parts: list[nn.Module] = []
    for at, shape in enumerate(down):
        parts += [nn.Conv1d(*shape)] + ([nn.BatchNorm1d(shape[1])] if 0 < at < len(down) - 1 else [])
        parts.append(nn.Tanh() if at == len(down) - 1 else nn.LeakyReLU(0.2))
    for at, shape in enumerate(up):
        parts += [nn.ConvTranspose1d(*shape)] + ([nn.BatchNorm1d(shape[1])] if 0 < at < len(up) - 1 else [])
        parts += [nn.ReLU()] if at < len(up) - 1 else []
    network = nn.Sequential(*parts).to(x.device)
    optimiser = torch.optim.Adam(network.parameters(), weight_decay=1e-4)

    def step() -> None:
        rows = x[torch.randint(len(x), (batch,), device=x.device)].float()
        loss = F.binary_cross_entropy_with_logits(network(rows[:, None])[:, 0], rows, reduction="sum") / batch
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return step


PLAIN = {"vae": plain_vae, "medgan": plain_medgan, "corgan": plain_corgan}
RECIPES: dict[str, Recipe] = {
    "vae": VAE(),
    "medgan": MedGAN(pretrain=False, recalibration_batches=0),
    "corgan": CorGAN(autoencoder="mlp"),
}


def stacked(name: str, pool: Records, batch: int, stack: int, device: str) -> Callable[[int], float]:
    """Return a function that trains for some steps and returns the seconds it took, without preparation."""
    layout = Layout.of(pool.schema)
    inclusion = np.ones((stack, len(pool)), dtype=bool)
    per_pass = len(pool) // batch

    def round_of(steps: int) -> float:
        recipe = RECIPES[name]
        if isinstance(recipe, VAE):
            recipe = replace(recipe, batch_size=batch, epochs=-(-steps // per_pass))
        elif isinstance(recipe, CorGAN):
            recipe = replace(recipe, batch_size=batch, pretrain_epochs=1, pretrain_batch_size=len(pool), steps=steps)
        elif isinstance(recipe, MedGAN):
            recipe = replace(recipe, batch_size=batch, steps=steps)
        marks: list[tuple[str, int, float]] = []

        def tick(phase: str, done: int, _: int) -> None:
            if device == "cuda":
                torch.cuda.synchronize()
            marks.append((phase, done, time.perf_counter()))

        network, data, _ = prepare_training(recipe, layout, pool, inclusion, range(stack), device=device, progress=tick)
        data.samples = 4  # four samples of a loss are enough here
        recipe.train(network, data)
        last = marks[-1][0]
        seen = [mark for mark in marks if mark[0] == last]
        return (seen[-1][2] - seen[0][2]) / (seen[-1][1] - seen[0][1])

    return round_of


def loop(name: str, pool: Records, batch: int, device: str) -> Callable[[int], float]:
    """Return a function that runs the plain step and returns seconds a step."""
    return timed(PLAIN[name](torch.tensor(pool.codes, device=device), batch), device)


def timed(step: Callable[[], None], device: str) -> Callable[[int], float]:
    """Return a function that repeats a step and returns the seconds it took, without the first."""

    def round_of(steps: int) -> float:
        step()
        if device == "cuda":
            torch.cuda.synchronize()
        begun = time.perf_counter()
        for _ in range(steps):
            step()
        if device == "cuda":
            torch.cuda.synchronize()
        return (time.perf_counter() - begun) / steps

    return round_of


def _process(  # type: ignore[no-untyped-def]
    name: str, columns: int, batch: int, steps: int, stack: int | None, ready, answers
) -> None:
    torch.set_num_threads(1)
    pool = members(columns)
    run = loop(name, pool, batch, "cpu") if stack is None else stacked(name, pool, batch, stack, "cpu")
    run(8)
    ready.wait()
    answers.put(min(run(steps) for _ in range(2)) / (stack or 1))


def processes(name: str, columns: int, batch: int, steps: int, count: int, stack: int | None = None) -> float:
    """Return model-steps a second of ``count`` processes of one thread: a plain loop each, or a stack each."""
    context = multiprocessing.get_context("spawn")
    ready, answers = context.Barrier(count), context.Queue()
    options = (name, columns, batch, steps, stack, ready, answers)
    work = [context.Process(target=_process, args=options) for _ in range(count)]
    for process in work:
        process.start()
    seconds = [answers.get() for _ in work]
    for process in work:
        process.join()
    return sum(1 / each for each in seconds)


def table(options: argparse.Namespace) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    heads = [f"K = {stack}" for stack in options.stacks]
    yield f"{MEMBERS:,} members a model, {options.device}, {torch.get_num_threads()} threads; ratios of rates.\n"
    yield (
        f"| model | columns | batch | plain loop, steps a second | {options.cores} processes / loop | "
        + " | ".join(f"{head} / loop" for head in heads)
        + f" | width picked | {options.cores} processes of that width / loop |"
    )
    yield "|---" * (7 + len(heads)) + "|"
    for name in options.models:
        for columns in options.columns:
            pool = members(columns)
            for batch in options.batches:
                steps = max(6, int(options.steps * 100 / batch))
                plain = loop(name, pool, batch, options.device)
                rounds = {stack: stacked(name, pool, batch, stack, options.device) for stack in options.stacks}
                best = dict.fromkeys(rounds, np.inf)
                slowest, alone = np.inf, 0.0
                for _ in range(options.rounds):
                    slowest = min(slowest, plain(steps))
                    for stack, run in rounds.items():
                        best[stack] = min(best[stack], run(max(8, steps // stack)) / stack)
                if options.device == "cpu" and options.cores > 1:
                    alone = processes(name, columns, batch, steps, options.cores)
                cells = [name, columns, batch, f"{1 / slowest:.0f}", f"{alone * slowest:.1f}" if alone else "-"]
                cells += [f"{slowest / best[stack]:.1f}" for stack in options.stacks]
                recipe = replace(RECIPES[name], batch_size=batch)
                picked = best_stack_width(
                    recipe, pool, max(options.stacks), widths=options.stacks, device=options.device
                )
                side_by_side = 0.0
                if alone:
                    side_by_side = processes(name, columns, batch, max(8, steps // picked), options.cores, picked)
                cells += [picked, f"{side_by_side * slowest:.1f}" if alone else "-"]
                yield "| " + " | ".join(map(str, cells)) + " |"


def epoch(device: str, rounds: int) -> Iterator[str]:
    """Yield a table of one pass over 46,520 x 1,071, one model, against plain torch."""
    pool = members(1071, rows=46_520)
    yield "| model | batch | plain torch, s | synthaudit, s |"
    yield "|---|---|---|---|"
    for name, batch in (("vae", 500), ("medgan", 1000)):
        steps = len(pool) // batch
        plain, ours = loop(name, pool, batch, device), stacked(name, pool, batch, 1, device)
        one = two = np.inf
        for _ in range(rounds):
            one, two = min(one, plain(steps // 4)), min(two, ours(steps // 4))
        yield f"| {name} | {batch} | {one * steps:.1f} | {two * steps:.1f} |"
    one, two = np.inf, np.inf
    plain, ours = timed(plain_convolution(torch.tensor(pool.codes, device=device), 500), device), autoencoder(pool, 500)
    for _ in range(rounds):
        one, two = min(one, plain(8)), min(two, ours(device))
    steps = len(pool) // 500
    yield f"| corGAN's convolutional autoencoder | 500 | {one * steps:.1f} | {two * steps:.1f} |"


def autoencoder(pool: Records, batch: int) -> Callable[[str], float]:
    """Return a function that tells the seconds a step of corGAN's autoencoder takes, by a timed run of its training."""
    layout = Layout.of(pool.schema)
    few = pool.take(slice(0, 8 * batch))
    recipe = CorGAN(pretrain_epochs=1, pretrain_batch_size=batch)

    def round_of(device: str) -> float:
        run, everyone = TimedRun(1, device), np.ones((1, len(few)), dtype=bool)
        network, data, _ = prepare_training(
            recipe, layout, few, everyone, [0], device=device, schedule=run.training_steps
        )
        pretrain_autoencoder(network, data, recipe)
        return run.seconds / 8

    return round_of


def main() -> None:
    """Parse the options and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--models", nargs="+", default=["vae", "medgan"], choices=sorted(PLAIN))
    parser.add_argument("--columns", nargs="+", type=int, default=[100, 1071])
    parser.add_argument("--batches", nargs="+", type=int, default=[100])
    parser.add_argument("--stacks", nargs="+", type=int, default=[1, 4, 16])
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--full", action="store_true", help="every width, batch and model")
    parser.add_argument("--epoch", action="store_true", help="one pass over 46,520 x 1,071")
    options = parser.parse_args()
    if options.full:
        options.models, options.columns, options.batches = sorted(PLAIN), [100, 500, 930], [100, 500]
        options.stacks = [1, 4, 16, 64, 256]
    for line in epoch(options.device, options.rounds) if options.epoch else table(options):
        print(line, flush=True)


if __name__ == "__main__":
    main()
