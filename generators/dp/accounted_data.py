"""Members under a promise: every way to read them is a paid step, or is refused, and the ledger lists them all."""

import math
from collections.abc import Sequence

import numpy as np
import opacus
import torch
from opacus.accountants import PRVAccountant
from torch import Tensor, nn

from synthaudit.audit.errors import TrainingError
from synthaudit.audit.ledger import DataAccess, Ledger
from synthaudit.audit.records import Records
from synthaudit.generators.dp.accounting import GaussianPhase, epsilon_of, noise_for
from synthaudit.generators.dp.options import Privacy
from synthaudit.generators.dp.step import DPStep
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.encoding.table_encoder import bounded
from synthaudit.generators.models.recipe import Recipe
from synthaudit.generators.stacking.ensemble_data import BLOCK, EnsembleData
from synthaudit.generators.stacking.streams import PoissonBatches, ShuffledBatches, generators
from synthaudit.generators.stacking.train_step import TrainStep

BIASES = "first biases"
CLOSED = -1e4  # log odds of a unit that may never be on


class AccountedData(EnsembleData):
    """A stack whose members are read through paid steps only."""

    def promise(self, recipe: Recipe, privacy: Privacy, layout: Layout, pool: Records, inclusion: np.ndarray) -> None:
        """Find the noise that keeps the promise over all phases.

        Raises:
            TrainingError: Delta is no smaller than one in the number of patients, or no noise suffices.
        """
        self._recipe, self._privacy, self._layout = recipe, privacy, layout
        self.patients = privacy.num_patients or max(self.counts)
        if privacy.delta >= 1 / self.patients and self.patients > 1:
            raise TrainingError(
                f"Delta {privacy.delta} is no smaller than 1 / {self.patients} patients: publishing one of them "
                "outright would keep that promise. Set a smaller delta."
            )
        ids = [pool.patients[row] for row in inclusion]
        self._one_row_each = all(len(np.unique(own)) == len(own) for own in ids)
        shares = []
        if recipe.init_output_bias:
            shares.append(GaussianPhase(BIASES, privacy.bias_noise_scale, 1.0, 1))
        for phase, size, steps in recipe.phases(self.patients):
            times = privacy.autoencoder_noise_scale if phase == "autoencoder" else 1.0
            shares.append(GaussianPhase(phase, times, _rate(size, self.patients), steps))
        noise = privacy.noise_multiplier
        if noise is None:
            noise = noise_for(float(privacy.epsilon or 0.0), privacy.delta, tuple(shares))
        self.spends = {
            share.phase: GaussianPhase(share.phase, noise * share.noise, share.rate, share.steps) for share in shares
        }
        self.accountant = PRVAccountant()
        most = math.sqrt(max(1, len(layout.alone) + len(layout.groups)))  # the norm of a record with every value
        self._bias_max_norm = min(privacy.bias_max_norm, most)
        self._read = 0
        self._descents: list[DPStep] = []

    def descent(
        self,
        phase: str,
        optimiser: torch.optim.Optimizer,
        parts: Sequence[nn.Module],
        *,
        size: int,
        purpose: str,
        first: int | None = None,
    ) -> TrainStep:
        if first is not None:
            raise ValueError("expected all members in a private phase")
        spend = self.spends[phase]
        batches = PoissonBatches(self._members, self.counts, spend.rate, self.seeds, purpose)
        size = min(size, self.patients)
        kind = self._recipe.private_step(len(self.seeds))
        made = kind(
            self,
            spend,
            self.accountant,
            optimiser,
            parts,
            batches,
            self._privacy.max_grad_norm,
            size,
            self.patients // size,
        )
        self._descents.append(made)
        return made

    def batches(self, size: int, purpose: str, *, first: int | None = None) -> ShuffledBatches:
        raise ValueError("shuffled batches of fixed size are not what the accountant pays for: use a descent")

    def records(self, rows: Tensor) -> Tensor:
        self._read += 1
        return super().records(rows)

    def rates(self) -> np.ndarray | None:
        return None

    def odds(self) -> Tensor:
        """Return log odds from counts blurred by the Gaussian mechanism, each record scaled to ``bias_max_norm``."""
        spend, clip = self.spends[BIASES], self._bias_max_norm
        made = []
        for rng, row, count in zip(generators(self.seeds, BIASES), self._members, self.counts, strict=True):
            total = torch.zeros(self._layout.width, device=self.device)
            for start in range(0, count, BLOCK):
                units = self._data.units(row[start : min(start + BLOCK, count)])
                total += (clip / units.sum(dim=1).sqrt().clamp_min(1e-6)).clamp_max(1.0) @ units
            source = torch.Generator().manual_seed(int(rng.integers(2**62)))
            blur = torch.randn(len(total), generator=source).to(total) * spend.noise * clip
            made.append(_spared(total + blur).clamp_max(self.patients - 0.5))
        self.accountant.step(noise_multiplier=spend.noise, sample_rate=1.0)
        on = torch.stack(made)
        odds = torch.log(on + 0.5) - torch.log((self.patients - on).clamp_min(0.0) + 0.5)
        odds[:, torch.from_numpy(self._layout.reals)] = 0.0
        return odds[:, None]

    def means(self, of: object) -> Tensor:
        raise ValueError("means over members are facts about them that nobody paid for")

    def finish(self, network: nn.Module) -> None:
        """Close the units that no member has, where the domain comes from them; check that every reading was paid."""
        if self._privacy.domain == "data" and (bias := network.output_bias()) is not None:  # type: ignore[operator]
            unseen = super().odds() <= math.log(0.5 / (max(self.counts) + 0.5)) + 1e-6
            unseen[..., torch.from_numpy(self._layout.reals)] = False
            with torch.no_grad():
                bias.masked_fill_(unseen.to(bias.device), CLOSED)
        paid = sum(steps for _, _, steps in self.accountant.history)
        steps = sum(descent.steps for descent in self._descents)
        if self._read != steps or paid != steps + (BIASES in self.spends):
            raise TrainingError(
                f"Members were read in {self._read} steps, noise was added in {steps}, and {paid} are accounted for. "
                "What is read outside of a private step is not covered: no epsilon is claimed."
            )
        if any(descent.batches.taken != descent.steps for descent in self._descents):
            raise TrainingError(
                "A step's batch was no Poisson draw, which the accountant assumes. No epsilon is claimed."
            )

    def ledger(self) -> Ledger:
        """Return every access to the members and what all of them cost."""
        done = {descent.spend.phase: descent.steps for descent in self._descents} | {BIASES: 1}
        spends = [GaussianPhase(s.phase, s.noise, s.rate, done.get(s.phase, 0)) for s in self.spends.values()]
        epsilon, loose = epsilon_of(spends, self._privacy.delta)
        clips = {BIASES: self._bias_max_norm}
        paid = [
            DataAccess(
                spend.phase,
                "accounted",
                "Gaussian" if spend.phase == BIASES else "Poisson-subsampled Gaussian",
                spend.rate,
                spend.noise,
                clips.get(spend.phase, self._privacy.max_grad_norm),
                spend.steps,
                epsilon_of([spend], self._privacy.delta)[0],
            )
            for spend in spends
        ]
        return Ledger(
            epsilon,
            self._privacy.delta,
            (*self._free(), *paid),
            f"PRV (opacus {opacus.__version__})" if epsilon != loose else f"RDP (opacus {opacus.__version__})",
            loose,
            unit="patient" if self._one_row_each else "row",
            randomness="noise from torch's generator and batches from a counter, both by the training's seed: the "
            "promise holds against those who do not know it",
        )

    def _free(self) -> list[DataAccess]:
        """Return the touches that no accountant pays for: public, or not covered."""
        privacy, schema = self._privacy, self._layout.schema
        own = privacy.domain == "data"
        free = [c.name for c in schema.columns if c.kind in ("count", "continuous") and (own or not bounded(c))]

        def touch(phase: str, covered: bool, public: str, open_: str) -> DataAccess:
            return DataAccess(phase, "public" if covered else "not covered", reason=public if covered else open_)

        lines = [
            touch(
                "columns and levels",
                not schema.inferred and not own,
                "a declared schema",
                "inferred from records: declare a schema, and leave domain at 'schema'",
            ),
            touch(
                "row count",
                privacy.num_patients is not None,
                "declared by privacy.num_patients",
                "sampling rate and steps follow from the number of members: set privacy.num_patients",
            ),
            touch(
                "options",
                not privacy.tuned,
                "declared as chosen without these members",
                "chosen by results on these members (privacy.tuned)",
            ),
        ]
        if any(c.kind in ("count", "continuous") for c in schema.columns):
            why = f"scale and bounds of {len(free)} columns taken from the members: declare low and high in the schema"
            lines.insert(1, touch("scale of numbers", not free, "bounds declared in the schema", why))
        if not self._one_row_each:
            why = "some patients have several rows: the promise hides one row, not one patient"
            lines.append(touch("unit", False, "", why))
        return lines


def _rate(size: int, patients: int) -> float:
    """Return the chance to join a batch, as the multiple of 2**-24 above it that the coins meet exactly."""
    return min(1.0, math.ceil(min(size, patients) / patients * 2**24) / 2**24)


def _spared(noisy: Tensor) -> Tensor:
    """Return the counts of least distance that are not negative and have the same sum: noise makes no rare code."""
    total = noisy.sum().clamp_min(1.0)
    ordered = noisy.sort(descending=True).values
    excess = (ordered.cumsum(dim=0) - total) / torch.arange(1, len(noisy) + 1, device=noisy.device)
    last = int((ordered > excess).nonzero().max()) if bool((ordered > excess).any()) else 0
    return (noisy - excess[last]).clamp_min(0.0)
