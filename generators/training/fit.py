"""From a recipe and members to fitted networks: one pass for all models of a stack, then each on its own."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from synthaudit.audit.errors import TrainingError
from synthaudit.audit.protocols import Progress, Training
from synthaudit.audit.records import Records
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.encoding.table_encoder import Scaling, TableEncoder
from synthaudit.generators.nets.layers import Layer, extract_model
from synthaudit.generators.stacking.ensemble_data import EnsembleData, Schedule
from synthaudit.generators.training.diagnostics import PROBE, count_unseen_values, diagnose
from synthaudit.generators.training.network import SCALE, FittedNetwork, N, Network, NetworkRecipe, reset_parameters


def fit_stack(
    recipe: NetworkRecipe[N],
    pool: Records,
    inclusion: np.ndarray,
    *,
    seeds: Sequence[int],
    device: str,
    progress: Progress | None,
) -> tuple[FittedNetwork, ...]:
    """Train one model per row of ``inclusion``; models whose batches differ in number are trained in separate passes.

    Raises:
        TrainingError: A model has no members, or the table has a kind of column the recipe cannot learn.
    """
    inclusion = np.asarray(inclusion, dtype=bool)
    if inclusion.ndim != 2 or inclusion.shape != (len(seeds), len(pool)):
        raise ValueError(f"expected inclusion of shape ({len(seeds)}, {len(pool)}), got {inclusion.shape}")
    if not inclusion.any(axis=1).all():
        raise TrainingError(f"{recipe.title} was given no member to train on. Give it at least one row.")
    unknown = sorted({column.kind for column in pool.schema.columns} - recipe.kinds)
    if unknown:
        raise TrainingError(
            f"{recipe.title} learns columns of kind {', '.join(sorted(recipe.kinds))}, not {', '.join(unknown)}. "
            "Choose another generator or leave these columns out."
        )
    layout = Layout.of(pool.schema)
    one_by_one = recipe.privacy is not None and not dp_stackable(recipe, layout)
    passes: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for at, count in enumerate(inclusion.sum(axis=1)):
        passes[(at,) if one_by_one else recipe.stacking_key(int(count))].append(at)
    fitted: dict[int, FittedNetwork] = {}
    for models in passes.values():
        own = [seeds[at] for at in models]
        trained = _train_pass(recipe, layout, pool, inclusion[models], own, device=device, progress=progress)
        fitted |= zip(models, trained, strict=True)
    return tuple(fitted[at] for at in range(len(seeds)))


def _train_pass(
    recipe: NetworkRecipe[N],
    layout: Layout,
    pool: Records,
    inclusion: np.ndarray,
    seeds: Sequence[int],
    *,
    device: str,
    progress: Progress | None,
) -> list[FittedNetwork]:
    """Train models side by side, one per row of ``inclusion``."""
    network, data, encoders = prepare_training(recipe, layout, pool, inclusion, seeds, device=device, progress=progress)
    bias = network.output_bias()
    if bias is not None and recipe.init_output_bias:
        with torch.no_grad():
            bias.copy_(data.log_odds())
    recipe.train(network, data)
    network.eval()
    data.finalize(bias)
    rates = data.rates()
    return [
        _extract_fitted(recipe, network, data, encoder, at=at, rates=None if rates is None else rates[at])
        for at, encoder in enumerate(encoders)
    ]


def prepare_training(
    recipe: NetworkRecipe[N],
    layout: Layout,
    pool: Records,
    inclusion: np.ndarray,
    seeds: Sequence[int],
    *,
    device: str = "cpu",
    progress: Progress | None = None,
    schedule: Schedule | None = None,
) -> tuple[N, EnsembleData, list[TableEncoder]]:
    """Return networks at their first weights, the members of each, and their encoders, one per row of ``inclusion``."""
    privacy = recipe.privacy
    scaling: Scaling = "data" if privacy is None or privacy.domain == "data" else "declared"
    encoders = [
        TableEncoder.of(pool.take(row) if len(layout.numeric) else pool, layout=layout, scaling=scaling)
        for row in inclusion
    ]
    network = recipe.network(layout, len(inclusion))
    reset_parameters(network, seeds)
    network.to(device).train()
    options: dict[str, Any] = {"device": device, "progress": progress, "schedule": schedule}
    if privacy is None:
        return network, EnsembleData(layout, pool, inclusion, encoders, seeds, **options), encoders
    from synthaudit.generators.dp.accounted_data import AccountedData

    data = AccountedData(
        layout,
        pool,
        inclusion,
        encoders,
        seeds,
        privacy=privacy,
        phases=recipe.phases(privacy.num_patients or int(inclusion.sum(axis=1).max())),
        init_output_bias=recipe.init_output_bias and network.output_bias() is not None,
        step_class=recipe.dp_step_class(len(inclusion)),
        **options,
    )
    return network, data, encoders


def dp_stackable(recipe: NetworkRecipe[N], layout: Layout) -> bool:
    """Return whether private models can train side by side: whether the gradients of each layer fit in memory."""
    return all(layer.dp_stackable for layer in recipe.network(layout, 1).modules() if isinstance(layer, Layer))


def restore_network(
    recipe: NetworkRecipe[N], layout: Layout, state: Mapping[str, np.ndarray], training: Training
) -> FittedNetwork:
    """Put a fitted network together from its ``state``.

    Raises ``KeyError`` or ``RuntimeError`` where the arrays are not this recipe's.
    """
    encoder = TableEncoder(layout, **{name: state[f"scale.{name}"] for name in SCALE})
    weights = {name.removeprefix("weights."): array for name, array in state.items() if name.startswith("weights.")}
    network = recipe.network(layout, 1)
    network.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in weights.items()})
    return FittedNetwork(recipe, encoder, network.eval().requires_grad_(False), training)


def _extract_fitted(
    recipe: NetworkRecipe[N],
    network: Network,
    data: EnsembleData,
    encoder: TableEncoder,
    *,
    at: int,
    rates: np.ndarray | None,
) -> FittedNetwork:
    """Take one model out of the stack, and diagnose it."""
    notes = [f"values drawn by {'sampling' if recipe.sampling == 'bernoulli' else 'rounding'}", *recipe.notes()]
    if encoder.bounds_from_data and recipe.privacy is None:
        notes.append(f"bounds of {len(encoder.bounds_from_data)} columns taken from the members")
    curves = {name: tuple(float(sample[at]) for sample in samples) for name, samples in data.curves.items()}
    single = recipe.network(encoder.layout, 1)
    single.load_state_dict(extract_model(network, at))
    single.eval().requires_grad_(False)
    probe = FittedNetwork(recipe, encoder, single).sample(PROBE, seed=0)
    unseen, common = (0, 0) if rates is None else count_unseen_values(encoder.layout, probe, rates)
    if unseen:
        notes.append(f"{unseen} of {common} values that 1 % of the members have were not drawn in {PROBE} rows")
    problem = diagnose(probe, finite=bool(data.finite[at]), members=data.counts[at], unseen=unseen / max(common, 1))
    training = Training(curves, data.steps, problem, tuple(notes), data.ledger())
    return FittedNetwork(recipe, encoder, single, training)
