"""Private steps: each record's gradient is clipped, Gaussian noise is added to their sum (Abadi et al., 2016).

A single model, which a user may release, trains through opacus: its ghost clipping, its noise, its accountant. Shadow
models and audits of many trainings train side by side by the same closed forms and the same draws of noise.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from opacus.accountants import IAccountant
from opacus.grad_sample import GradSampleHooksFastGradientClipping
from opacus.optimizers.optimizer import _generate_noise
from opacus.optimizers.optimizer_fast_gradient_clipping import DPOptimizerFastGradientClipping
from opacus.utils.fast_gradient_clipping_utils import DPTensorFastGradientClipping
from torch import Tensor, nn

from synthaudit.generators.dp.accounting import GaussianPhase
from synthaudit.generators.dp.per_sample_norms import per_record_layers, register_with_opacus
from synthaudit.generators.nets.layers import Layer
from synthaudit.generators.stacking.ensemble_data import EnsembleData
from synthaudit.generators.stacking.streams import PoissonBatches, generators


class DPStep:
    """What both kinds of private steps share: Poisson batches, weights of padding, and no log of losses.

    Args:
        data: Its ``finite`` is updated from the weights, which are private.
        optimiser: Moves the weights by the noisy gradient.
        networks: Networks that see real records.
        batches: Who joins each step.
        phase: What the accountant is given of each step.
        accountant: One for all phases.
        max_grad_norm: Norm to which each record's gradient is clipped.
        size: Expected records per step.
        per_pass: Steps per pass.
    """

    private = True

    def __init__(
        self,
        data: EnsembleData,
        optimiser: torch.optim.Optimizer,
        networks: Sequence[nn.Module],
        batches: PoissonBatches,
        *,
        phase: GaussianPhase,
        accountant: IAccountant,
        max_grad_norm: float,
        size: int,
        per_pass: int,
    ) -> None:
        self.data, self.phase, self.accountant, self.optimiser = data, phase, accountant, optimiser
        self.batches, self.max_grad_norm, self.size, self.per_pass = batches, max_grad_norm, size, per_pass
        self.networks = nn.ModuleList(networks)
        self.layers = per_record_layers(networks)
        self.parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
        self.steps = 0
        self.weight = torch.ones(())
        self.noise_sources = []
        for rng in generators(data.seeds, f"noise of {phase.name}"):
            source = torch.Generator(device=data.device)
            source.manual_seed(int(rng.integers(2**62)))
            self.noise_sources.append(source)

    @property
    def noise_multiplier(self) -> float:
        """Standard deviation of the noise over the clipping norm; any but the phase's own breaks the guarantee."""
        return self.phase.noise_multiplier

    def take(self) -> Tensor:
        rows, self.weight = self.batches.take()
        return rows

    def step(self, losses: Tensor) -> None:
        generated = losses.shape[1] - self.weight.shape[1]
        weight = torch.cat([self.weight, self.weight.new_ones(len(losses), generated)], dim=1)
        self.clip_and_accumulate(losses, weight)
        self.add_noise_and_step()
        self.steps += 1

    def clip_and_accumulate(self, losses: Tensor, weight: Tensor) -> None:
        """Leave each parameter's sum of clipped gradients in ``.grad``."""
        raise NotImplementedError

    def add_noise_and_step(self) -> None:
        """Add noise to the sums, tell the accountant, and move the weights."""
        raise NotImplementedError

    def log(self, name: str, losses: Tensor) -> None:
        del name, losses  # a loss of real records is a fact about them
        finite = torch.stack([value.detach().isfinite().flatten(1).all(dim=1) for value in self.parameters]).all(dim=0)
        self.data.finite &= finite.cpu().numpy()

    @contextmanager
    def suspended(self) -> Iterator[None]:
        yield

    def close(self) -> None:
        """Release the networks."""


class OpacusStep(DPStep):
    """One model, through opacus."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        register_with_opacus(self.layers)
        self.hooks = GradSampleHooksFastGradientClipping(
            self.networks, batch_first=False, loss_reduction="sum", strict=False, max_grad_norm=self.max_grad_norm
        )
        self.dp_optimiser = DPOptimizerFastGradientClipping(
            self.optimiser,
            noise_multiplier=self.phase.noise_multiplier,
            max_grad_norm=self.max_grad_norm,
            expected_batch_size=self.size,
            generator=self.noise_sources[0],
        )
        self.dp_optimiser._adjusted_noise_multiplier = self.noise_multiplier
        self.dp_optimiser.attach_step_hook(self.accountant.get_optimizer_hook_fn(sample_rate=self.phase.sample_rate))

    def clip_and_accumulate(self, losses: Tensor, weight: Tensor) -> None:
        with warnings.catch_warnings():  # that the first layer's input needs no gradient: it is a record
            warnings.simplefilter("ignore", UserWarning)
            DPTensorFastGradientClipping(self.hooks, self.dp_optimiser, (losses * weight)[0], "sum").backward()

    def add_noise_and_step(self) -> None:
        self.dp_optimiser.step()

    @contextmanager
    def suspended(self) -> Iterator[None]:
        self.hooks.disable_hooks()
        yield
        self.hooks.enable_hooks()

    def close(self) -> None:
        self.hooks.cleanup()


class StackedDPStep(DPStep):
    """K models side by side, by closed forms."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._captured: list[tuple[Layer, Tensor, Tensor]] = []
        self._capturing = True
        self._handles = [layer.register_forward_hook(self._capture) for layer in self.layers]

    def _capture(self, layer: Layer, inputs: tuple[Tensor, ...], out: Tensor) -> None:
        if self._capturing and torch.is_grad_enabled():
            self._captured.append((layer, inputs[0], out))

    def clip_and_accumulate(self, losses: Tensor, weight: Tensor) -> None:
        captured, self._captured = self._captured, []
        grads = torch.autograd.grad((losses * weight).sum(), [out for _, _, out in captured], retain_graph=True)
        with torch.no_grad():
            squared = torch.zeros_like(weight)
            for (layer, x, _), grad in zip(captured, grads, strict=True):
                squared += torch.stack(list(layer.squared_norms(x, grad).values())).sum(dim=0)
            factor = weight * (self.max_grad_norm / (squared.sqrt() + 1e-6)).clamp_max(1.0)
            for (layer, x, out), grad in zip(captured, grads, strict=True):
                by_record = factor.view(*factor.shape, 1) if grad.dim() == 3 else factor[:, None, :, None]
                layer.write_weighted_grads(x, out, grad * by_record)

    def add_noise_and_step(self) -> None:
        with torch.no_grad():
            for parameter in self.parameters:
                if parameter.grad is None:
                    raise ValueError("expected a gradient of every parameter")
                for at, source in enumerate(self.noise_sources):  # a model's own noise, as opacus would draw it alone
                    own = parameter.grad[at : at + 1]
                    own += _generate_noise(self.noise_multiplier * self.max_grad_norm, own, generator=source)
                parameter.grad /= self.size
        self.accountant.step(noise_multiplier=self.phase.noise_multiplier, sample_rate=self.phase.sample_rate)
        self.optimiser.step()

    @contextmanager
    def suspended(self) -> Iterator[None]:
        self._capturing = False
        yield
        self._capturing = True

    def close(self) -> None:
        for handle in self._handles:
            handle.remove()
