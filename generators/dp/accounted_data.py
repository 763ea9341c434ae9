"""Training data of a private run: every access is accounted for and logged in the ledger; any other raises."""

import math
from collections.abc import Sequence

import numpy as np
import opacus
import torch
from opacus.accountants import PRVAccountant
from torch import Tensor, nn

from synthaudit.audit.errors import TrainingError
from synthaudit.audit.ledger import DataAccess, Ledger
from synthaudit.audit.protocols import Progress
from synthaudit.audit.records import Records
from synthaudit.generators.dp.accounting import GaussianPhase, calibrate_noise_multiplier, epsilon_of
from synthaudit.generators.dp.options import Privacy, TrainingPhase
from synthaudit.generators.dp.step import DPStep
from synthaudit.generators.dp.unaccounted import unaccounted_accesses
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.encoding.table_encoder import TableEncoder
from synthaudit.generators.stacking.ensemble_data import BLOCK, EnsembleData, Schedule
from synthaudit.generators.stacking.streams import PoissonBatches, ShuffledBatches, generators
from synthaudit.generators.stacking.train_step import TrainStep

BIASES = "first biases"
NEVER = -1e4  # log odds of a unit that may never be on


class AccountedData(EnsembleData):
    """The members of K models, read by accounted steps only.

    Args:
        layout: Which unit means what.
        pool: Records, of which each model has some.
        inclusion: Members of each model, shape ``(K, n)``, bool.
        encoders: One per model.
        seeds: One per model.
        privacy: The parameters of the guarantee.
        phases: The phases of training that see real records.
        init_output_bias: Whether first biases come from noisy counts, which is a phase of its own.
        step_class: How private steps are taken.
        device: Where training runs.
        progress: Called with (phase, steps done, steps in all).
        schedule: Which steps of each phase are taken; None for all.

    Raises:
        TrainingError: Delta is not below one in the number of patients, or no noise suffices.
    """

    def __init__(
        self,
        layout: Layout,
        pool: Records,
        inclusion: np.ndarray,
        encoders: Sequence[TableEncoder],
        seeds: Sequence[int],
        *,
        privacy: Privacy,
        phases: Sequence[TrainingPhase],
        init_output_bias: bool,
        step_class: type[DPStep],
        device: str = "cpu",
        progress: Progress | None = None,
        schedule: Schedule | None = None,
    ) -> None:
        super().__init__(layout, pool, inclusion, encoders, seeds, device=device, progress=progress, schedule=schedule)
        self._privacy, self._layout, self._step_class = privacy, layout, step_class
        self.patients = privacy.num_patients or max(self.counts)
        if privacy.delta >= 1 / self.patients and self.patients > 1:
            raise TrainingError(
                f"Delta {privacy.delta} is not below 1 / {self.patients} patients: publishing one of them outright "
                "would satisfy such a guarantee. Set a smaller delta."
            )
        ids = [pool.patients[row] for row in inclusion]
        self._one_row_each = all(len(np.unique(own)) == len(own) for own in ids)
        self.phases = calibrate_noise(privacy, phases, self.patients, init_output_bias=init_output_bias)
        self.accountant = PRVAccountant()
        largest = math.sqrt(max(1, len(layout.binary) + len(layout.groups)))  # the norm of a record with every value
        self._bias_max_norm = min(privacy.bias_max_norm, largest)
        self._reads = 0
        self._dp_steps: list[DPStep] = []

    def make_step(
        self,
        phase: str,
        optimiser: torch.optim.Optimizer,
        networks: Sequence[nn.Module],
        *,
        size: int,
        purpose: str,
        first: int | None = None,
    ) -> TrainStep:
        if first is not None:
            raise ValueError("expected all members in a private phase")
        accounted = self.phases[phase]
        size = min(size, self.patients)
        step = self._step_class(
            self,
            optimiser,
            networks,
            PoissonBatches(self._members, self.counts, accounted.sample_rate, self.seeds, purpose),
            phase=accounted,
            accountant=self.accountant,
            max_grad_norm=self._privacy.max_grad_norm,
            size=size,
            per_pass=self.patients // size,
        )
        self._dp_steps.append(step)
        return step

    def batches(self, size: int, purpose: str, *, first: int | None = None) -> ShuffledBatches:
        raise ValueError("the accountant assumes Poisson samples, not shuffled batches of fixed size: use make_step")

    def records(self, rows: Tensor) -> Tensor:
        self._reads += 1
        return super().records(rows)

    def rates(self) -> np.ndarray | None:
        return None

    def log_odds(self) -> Tensor:
        """Return log odds from counts with Gaussian noise, each record scaled down to norm ``bias_max_norm``."""
        noise_multiplier, norm = self.phases[BIASES].noise_multiplier, self._bias_max_norm
        counts = []
        for rng, row, count in zip(generators(self.seeds, BIASES), self._members, self.counts, strict=True):
            total = torch.zeros(self._layout.width, device=self.device)
            for start in range(0, count, BLOCK):
                units = self._data.units(row[start : min(start + BLOCK, count)])
                total += (norm / units.sum(dim=1).sqrt().clamp_min(1e-6)).clamp_max(1.0) @ units
            source = torch.Generator().manual_seed(int(rng.integers(2**62)))
            noise = torch.randn(len(total), generator=source).to(total) * noise_multiplier * norm
            counts.append(_nearest_counts(total + noise).clamp_max(self.patients - 0.5))
        self.accountant.step(noise_multiplier=noise_multiplier, sample_rate=1.0)
        on = torch.stack(counts)
        log_odds = torch.log(on + 0.5) - torch.log((self.patients - on).clamp_min(0.0) + 0.5)
        log_odds[:, torch.from_numpy(self._layout.numeric)] = 0.0
        return log_odds[:, None]

    def means(self, of: object) -> Tensor:
        raise ValueError("means over members are not accounted for")

    def finalize(self, output_bias: nn.Parameter | None) -> None:
        """Close units that no member has, where the domain comes from them; check that every access was accounted."""
        if self._privacy.domain == "data" and output_bias is not None:
            unseen = super().log_odds() <= math.log(0.5 / (max(self.counts) + 0.5)) + 1e-6
            unseen[..., torch.from_numpy(self._layout.numeric)] = False
            with torch.no_grad():
                output_bias.masked_fill_(unseen.to(output_bias.device), NEVER)
        accounted = sum(steps for _, _, steps in self.accountant.history)
        steps = sum(step.steps for step in self._dp_steps)
        if self._reads != steps or accounted != steps + (BIASES in self.phases):
            raise TrainingError(
                f"Members were read in {self._reads} steps, noise was added in {steps}, and {accounted} are accounted "
                "for. What is read outside of a private step is not covered: no epsilon is claimed."
            )
        if any(step.batches.taken != step.steps for step in self._dp_steps):
            raise TrainingError(
                "A step's batch was no Poisson sample, which the accountant assumes. No epsilon is claimed."
            )

    def ledger(self) -> Ledger:
        """Return every access to the members and the epsilon of all of them together."""
        delta, steps = self._privacy.delta, {step.phase.name: step.steps for step in self._dp_steps} | {BIASES: 1}
        phases = [
            GaussianPhase(name, phase.noise_multiplier, phase.sample_rate, steps.get(name, 0))
            for name, phase in self.phases.items()
        ]
        epsilon, by_rdp = epsilon_of(phases, delta)
        accesses = [
            DataAccess(
                phase.name,
                "accounted",
                "Gaussian" if phase.name == BIASES else "Poisson-subsampled Gaussian",
                phase.sample_rate,
                phase.noise_multiplier,
                self._bias_max_norm if phase.name == BIASES else self._privacy.max_grad_norm,
                phase.steps,
                epsilon_of([phase], delta)[0],
            )
            for phase in phases
        ]
        return Ledger(
            epsilon,
            delta,
            (*unaccounted_accesses(self._privacy, self._layout.schema, one_row_each=self._one_row_each), *accesses),
            f"PRV (opacus {opacus.__version__})" if epsilon != by_rdp else f"RDP (opacus {opacus.__version__})",
            by_rdp,
            unit="patient" if self._one_row_each else "row",
            randomness="noise from torch's generator and batches from a counter, both by the training's seed: the "
            "guarantee holds against those who do not know it",
        )


def calibrate_noise(
    privacy: Privacy, phases: Sequence[TrainingPhase], patients: int, *, init_output_bias: bool
) -> dict[str, GaussianPhase]:
    """Return the accounted phases by name, with noise that costs the claimed epsilon over all of them, or as given.

    Raises ``TrainingError`` where no noise suffices.
    """
    relative = [GaussianPhase(BIASES, privacy.bias_noise_scale, 1.0, 1)] if init_output_bias else []
    for phase in phases:
        scale = privacy.autoencoder_noise_scale if phase.name == "autoencoder" else 1.0
        relative.append(GaussianPhase(phase.name, scale, _sample_rate(phase.batch_size, patients), phase.steps))
    noise = privacy.noise_multiplier
    if noise is None:
        noise = calibrate_noise_multiplier(float(privacy.epsilon or 0.0), privacy.delta, tuple(relative))
    return {
        one.name: GaussianPhase(one.name, noise * one.noise_multiplier, one.sample_rate, one.steps) for one in relative
    }


def _sample_rate(size: int, patients: int) -> float:
    """Return the chance to join a batch, as the multiple of 2**-24 above it that the coins meet exactly."""
    return min(1.0, math.ceil(min(size, patients) / patients * 2**24) / 2**24)


def _nearest_counts(noisy: Tensor) -> Tensor:
    """Return the counts of least distance that are not negative and have the same sum: noise makes no rare code."""
    total = noisy.sum().clamp_min(1.0)
    ordered = noisy.sort(descending=True).values
    excess = (ordered.cumsum(dim=0) - total) / torch.arange(1, len(noisy) + 1, device=noisy.device)
    last = int((ordered > excess).nonzero().max()) if bool((ordered > excess).any()) else 0
    return (noisy - excess[last]).clamp_min(0.0)
