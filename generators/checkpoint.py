"""Fitted generators on disk: weights in safetensors, the recipe beside them as JSON in the same file. Never pickle.

A file names the generator, its options, the schema and a checksum of every array; loading one gives the same samples.
A checkpoint of a control that holds its members holds them on disk too, so every file is its owner's alone (0600).
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from pydantic import TypeAdapter
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_bytes

from synthaudit.audit.errors import AuditError, InputError
from synthaudit.audit.files import write_atomically
from synthaudit.audit.protocols import Fitted, Training
from synthaudit.audit.records import Schema

FORMAT = "synthaudit generator 2"


class Saveable(Protocol):
    """A recipe whose fitted form can be taken apart and put together."""

    def restore(self, schema: Schema, state: Mapping[str, np.ndarray], training: Training) -> Fitted:
        """Put a fitted generator together. Raises ``KeyError``, ``ValueError`` or ``RuntimeError`` if it cannot."""
        ...


def save(fitted: Any, path: Path) -> None:
    """Write a fitted generator of the catalogue to ``path``, whole or not at all.

    Raises:
        InputError: The folder is missing or not writable.
        ValueError: The generator is not of the catalogue.
    """
    state = {name: np.ascontiguousarray(array) for name, array in fitted.state().items()}
    about = {
        "format": FORMAT,
        "generator": _name_of(type(fitted.recipe)),
        "options": dataclasses.asdict(fitted.recipe),
        "schema": fitted.schema.to_json(),
        "training": dataclasses.asdict(fitted.training),
        "checksum": _checksum(state),
    }
    # An empty table has no bytes to keep, and safetensors wants at least one array.
    blocks = {**state, "_": np.zeros(1, dtype=np.uint8)}
    write_atomically(path, to_bytes(blocks, metadata={"synthaudit": json.dumps(about)}), mode=0o600)


def load(path: Path) -> Fitted:
    """Read what ``save`` wrote.

    Raises:
        InputError: There is no such file, it is damaged, or something else wrote it.
    """
    if not path.is_file():
        raise InputError("no such file", file=path)
    try:
        with safe_open(path, framework="numpy") as blocks:
            about = json.loads((blocks.metadata() or {})["synthaudit"])
            state = {name: blocks.get_tensor(name) for name in blocks.keys() if name != "_"}  # noqa: SIM118
        if about["format"] != FORMAT:
            raise InputError("was written by another version", file=path, cure="Fit the generator again.")
        if about["checksum"] != _checksum(state):
            raise InputError("is damaged: its contents do not match its checksum", file=path, cure="Fit it again.")
        return _revive(about, state)
    except AuditError:
        raise
    except (SafetensorError, OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError) as problem:
        raise InputError(
            "expected a generator saved by this tool, found a damaged or foreign file",
            file=path,
            cure="Fit the generator again.",
        ) from problem


def _revive(about: Mapping[str, Any], state: Mapping[str, np.ndarray]) -> Fitted:
    from synthaudit.generators import GENERATORS

    recipe = cast(Saveable, TypeAdapter(GENERATORS[about["generator"]]).validate_python(about["options"]))
    training = TypeAdapter(Training).validate_python(about["training"])
    return recipe.restore(Schema.from_json(about["schema"]), state, training)


def _name_of(recipe: type) -> str:
    from synthaudit.generators import GENERATORS

    for name, known in GENERATORS.items():
        if known is recipe:
            return name
    raise ValueError(f"expected a generator of the catalogue, got {recipe.__name__}")


def _checksum(state: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(f"{name}{state[name].dtype}{state[name].shape}".encode())
        digest.update(state[name].tobytes())
    return digest.hexdigest()
