"""A checkpoint that is not one is refused by its name."""

import dataclasses
import json

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from synthaudit.audit.errors import InputError
from synthaudit.audit.records import Records
from synthaudit.generators import checkpoint
from synthaudit.generators.baselines.independent_columns import IndependentColumns
from synthaudit.generators.models.vae import VAE


@pytest.fixture
def saved(tmp_path):
    members = Records.binary(["a", "b", "c"], np.eye(3))
    path = tmp_path / "model.safetensors"
    checkpoint.save(VAE(epochs=1, hidden=(4,), latent=2).fit(members, seed=1), path)
    return path


def parts(path):
    with safe_open(path, framework="numpy") as blocks:
        return {name: blocks.get_tensor(name) for name in blocks.keys()}, blocks.metadata()  # noqa: SIM118


def assert_refused(path, match):
    with pytest.raises(InputError, match=match) as caught:
        checkpoint.load(path)
    assert caught.value.file == path.name
    assert str(path.parent) not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    assert_refused(tmp_path / "none.safetensors", "no such file")


def test_a_foreign_file(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_text("patient,code\n1,250\n")
    assert_refused(path, "damaged or foreign")
    save_file({"weight": np.zeros(3)}, path)
    assert_refused(path, "damaged or foreign")


def test_half_a_file(saved):
    saved.write_bytes(saved.read_bytes()[:-100])
    assert_refused(saved, "damaged or foreign")


def test_one_flipped_bit(saved):
    content = bytearray(saved.read_bytes())
    content[-9] ^= 1
    saved.write_bytes(bytes(content))
    assert_refused(saved, "does not match|do not match its checksum")


@pytest.mark.parametrize(
    ("key", "value", "match"),
    [
        ("format", "synthaudit generator 0", "another version"),
        ("generator", "hoover", "damaged or foreign"),
        ("options", {"latent": -1}, "damaged or foreign"),
        ("options", {"latent": 3}, "damaged or foreign"),
        ("options", {"colour": 3}, "damaged or foreign"),
        ("schema", "{}", "damaged or foreign"),
    ],
)
def test_a_tampered_card(saved, key, value, match):
    arrays, metadata = parts(saved)
    card = json.loads(metadata["synthaudit"]) | {key: value}
    save_file(arrays, saved, metadata={"synthaudit": json.dumps(card)})
    assert_refused(saved, match)


def test_an_unwritable_folder(tmp_path):
    fitted = IndependentColumns().fit(Records.binary(["a"], np.eye(1)), seed=0)
    with pytest.raises(InputError, match="could not be written"):
        checkpoint.save(fitted, tmp_path / "none" / "model.safetensors")


def test_only_the_catalogue_is_saved(tmp_path):
    @dataclasses.dataclass(frozen=True)
    class Mine(IndependentColumns):
        pass

    with pytest.raises(ValueError, match="expected a generator of the catalogue, got Mine"):
        checkpoint.save(Mine().fit(Records.binary(["a"], np.eye(1)), seed=0), tmp_path / "m.safetensors")
