"""Private steps: each record's gradient is clipped, the sum is blurred by Gaussian noise (Abadi et al., 2016).

A single model, which a user may release, trains through opacus: its ghost clipping, its noise, its accountant. Shadow
models and audits of many trainings train side by side by the same closed forms and the same draws of noise.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from opacus.accountants import IAccountant
from opacus.grad_sample import GradSampleHooksFastGradientClipping
from opacus.optimizers.optimizer import _generate_noise
from opacus.optimizers.optimizer_fast_gradient_clipping import DPOptimizerFastGradientClipping
from opacus.utils.fast_gradient_clipping_utils import DPTensorFastGradientClipping
from torch import Tensor, nn

from synthaudit.generators.dp.accounting import GaussianPhase
from synthaudit.generators.dp.per_sample_norms import fill, layers_of, squares
from synthaudit.generators.stacking.ensemble_data import EnsembleData
from synthaudit.generators.stacking.streams import PoissonBatches, generators


class DPStep:
    """What both ways share: Poisson batches, weights of padding, and silence on losses.

    Args:
        stack: Told whether weights are still finite numbers, which is all that may be known.
        spend: What the accountant will be told of each step.
        accountant: One for all phases.
        optimiser: Moves the weights by what is released.
        parts: Networks that see real records.
        batches: Who joins each step.
        clip: Norm to which each record's gradient is clipped.
        size: Records expected a step.
        per_pass: Steps a pass.
    """

    private = True

    def __init__(
        self,
        stack: EnsembleData,
        spend: GaussianPhase,
        accountant: IAccountant,
        optimiser: torch.optim.Optimizer,
        parts: Sequence[nn.Module],
        batches: PoissonBatches,
        clip: float,
        size: int,
        per_pass: int,
    ) -> None:
        self.stack, self.spend, self.accountant, self.optimiser = stack, spend, accountant, optimiser
        self.batches, self.clip, self.size, self.per_pass = batches, clip, size, per_pass
        self.parts = nn.ModuleList(parts)
        self.layers = layers_of(list(parts))
        self.parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
        self.steps = 0
        self.weight = torch.ones(())
        self.sources = []
        for rng in generators(stack.seeds, f"noise of {spend.phase}"):
            source = torch.Generator(device=stack.device)
            source.manual_seed(int(rng.integers(2**62)))
            self.sources.append(source)

    def added(self) -> float:
        """Return the noise that is added, over the clipping norm. Anything but ``spend.noise`` breaks the promise."""
        return self.spend.noise

    def take(self) -> Tensor:
        rows, self.weight = self.batches.take()
        return rows

    def descend(self, losses: Tensor) -> None:
        made = losses.shape[1] - self.weight.shape[1]
        weight = torch.cat([self.weight, self.weight.new_ones(len(losses), made)], dim=1)
        self.sum_clipped(losses, weight)
        self.release()
        self.steps += 1

    def sum_clipped(self, losses: Tensor, weight: Tensor) -> None:
        """Leave each parameter's sum of clipped gradients in ``.grad``."""
        raise NotImplementedError

    def release(self) -> None:
        """Blur the sums, tell the accountant, and move the weights."""
        raise NotImplementedError

    def tell(self, name: str, losses: Tensor) -> None:
        del name, losses  # a loss of real records is a fact about them
        finite = torch.stack([value.detach().isfinite().flatten(1).all(dim=1) for value in self.parameters]).all(dim=0)
        self.stack.finite &= finite.cpu().numpy()

    @contextmanager
    def paused(self) -> Iterator[None]:
        yield

    def close(self) -> None:
        """Let go of the parts."""


class OpacusStep(DPStep):
    """One model, through opacus."""

    def __init__(self, *args, **named) -> None:  # type: ignore[no-untyped-def]
        super().__init__(*args, **named)
        self.hooks = GradSampleHooksFastGradientClipping(
            self.parts, batch_first=False, loss_reduction="sum", strict=False, max_grad_norm=self.clip
        )
        self.noisy = DPOptimizerFastGradientClipping(
            self.optimiser,
            noise_multiplier=self.spend.noise,
            max_grad_norm=self.clip,
            expected_batch_size=self.size,
            generator=self.sources[0],
        )
        self.noisy._adjusted_noise_multiplier = self.added()
        self.noisy.attach_step_hook(self.accountant.get_optimizer_hook_fn(sample_rate=self.spend.rate))

    def sum_clipped(self, losses: Tensor, weight: Tensor) -> None:
        with warnings.catch_warnings():  # that the first layer's input needs no gradient: it is a record
            warnings.simplefilter("ignore", UserWarning)
            DPTensorFastGradientClipping(self.hooks, self.noisy, (losses * weight)[0], "sum").backward()

    def release(self) -> None:
        self.noisy.step()

    @contextmanager
    def paused(self) -> Iterator[None]:
        self.hooks.disable_hooks()
        yield
        self.hooks.enable_hooks()

    def close(self) -> None:
        self.hooks.cleanup()


class StackedDPStep(DPStep):
    """K models side by side, by closed forms."""

    def __init__(self, *args, **named) -> None:  # type: ignore[no-untyped-def]
        super().__init__(*args, **named)
        self._seen: list[tuple[nn.Module, Tensor, Tensor]] = []
        self._watching = True
        self._handles = [layer.register_forward_hook(self._see) for layer in self.layers]

    def _see(self, layer: nn.Module, inputs: tuple[Tensor, ...], out: Tensor) -> None:
        if self._watching and torch.is_grad_enabled():
            self._seen.append((layer, inputs[0], out))

    def sum_clipped(self, losses: Tensor, weight: Tensor) -> None:
        seen, self._seen = self._seen, []
        slopes = torch.autograd.grad((losses * weight).sum(), [out for _, _, out in seen], retain_graph=True)
        with torch.no_grad():
            squared = torch.zeros_like(weight)
            for (layer, x, _), slope in zip(seen, slopes, strict=True):
                squared += torch.stack(list(squares(layer, x, slope).values())).sum(dim=0)
            factor = weight * (self.clip / (squared.sqrt() + 1e-6)).clamp_max(1.0)
            for (layer, x, out), slope in zip(seen, slopes, strict=True):
                by_record = factor.view(*factor.shape, 1) if slope.dim() == 3 else factor[:, None, :, None]
                fill(layer, x, out, slope * by_record)

    def release(self) -> None:
        with torch.no_grad():
            for parameter in self.parameters:
                if parameter.grad is None:
                    raise ValueError("expected a gradient of every parameter")
                for at, source in enumerate(self.sources):  # a model's own noise, as opacus would draw it alone
                    own = parameter.grad[at : at + 1]
                    own += _generate_noise(self.added() * self.clip, own, generator=source)
                parameter.grad /= self.size
        self.accountant.step(noise_multiplier=self.spend.noise, sample_rate=self.spend.rate)
        self.optimiser.step()

    @contextmanager
    def paused(self) -> Iterator[None]:
        self._watching = False
        yield
        self._watching = True

    def close(self) -> None:
        for handle in self._handles:
            handle.remove()
