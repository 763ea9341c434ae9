"""A run folder can be held against what the audit left, and against a signature."""

import json
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from typer.testing import CliRunner

from synthaudit.audit.cli import app
from synthaudit.audit.errors import InputError, ResultError
from synthaudit.audit.suite.result import Result
from synthaudit.audit.suite.result.manifest import changes, read_manifest, sign, signed_by, write_manifest


@pytest.fixture
def folder(finished: tuple[Result, Path], tmp_path: Path) -> Path:
    """Return a copy of the finished audit's folder, with its manifest."""
    run = tmp_path / "run"
    shutil.copytree(finished[1], run)
    write_manifest(run)
    return run


def keys(folder: Path) -> tuple[Path, Path]:
    """Write a new pair of keys and return the paths of the private and the public one."""
    private = ed25519.Ed25519PrivateKey.generate()
    pem, raw = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "private.pem").write_bytes(private.private_bytes(pem, raw, serialization.NoEncryption()))
    public = private.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "public.pem").write_bytes(public)
    return folder / "private.pem", folder / "public.pem"


def exit_code(*words: object) -> int:
    return CliRunner().invoke(app, [str(word) for word in words]).exit_code


def test_a_manifest_lists_what_may_be_shown_and_nothing_restricted(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert manifest is not None
    assert {"result.json", "synthetic/vae-0.parquet"} <= manifest.files.keys()
    assert not any(name.startswith("restricted") for name in manifest.files)
    assert changes(folder, manifest) == []
    before = (folder / "manifest.json").read_bytes()
    write_manifest(folder)
    assert (folder / "manifest.json").read_bytes() == before
    assert exit_code("verify", folder) == 0


def test_every_kind_of_change_is_named(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert manifest is not None
    with (folder / "synthetic" / "vae-0.parquet").open("r+b") as file:
        file.seek(100)
        file.write(b"\xff")
    cell = next(iter((folder / "cells").iterdir()))
    cell.unlink()
    (folder / "report.html").write_text("another page")
    (folder / "restricted" / "risk.csv").unlink()
    assert changes(folder, manifest) == [
        f"cells/{cell.name}: is missing",
        "report.html: is not in the manifest",
        "synthetic/vae-0.parquet: is not what was written",
    ]
    assert exit_code("verify", folder) == 1


def test_an_edited_result_is_not_judged(folder: Path) -> None:
    judged = exit_code("gate", folder)
    assert judged in (0, 1, 3)
    path = folder / "result.json"
    raw = json.loads(path.read_text())
    raw["rows"] = raw["rows"][: len(raw["rows"]) // 2]
    path.write_text(json.dumps(raw))
    for target in (folder, path):
        assert exit_code("gate", target) == 2
        assert exit_code("report", target, "--format", "md") == 2
        assert exit_code("gate", target, "--unsigned") in (0, 1, 3)
    (folder / "manifest.json").write_text("{half")
    assert exit_code("gate", folder) == exit_code("verify", folder) == 2
    (folder / "manifest.json").unlink()
    assert exit_code("gate", folder) in (0, 1, 3), "results of earlier versions have no manifest"


def test_a_signature_stops_who_rewrites_the_manifest_too(folder: Path, tmp_path: Path) -> None:
    private, public = keys(tmp_path)
    assert exit_code("verify", folder, "--key", public) == 1
    assert exit_code("gate", folder, "--key", public) == 2
    assert exit_code("sign", folder, "--key", private) == 0
    assert exit_code("verify", folder, "--key", public) == 0
    assert exit_code("gate", folder, "--key", public) in (0, 1, 3)
    (tmp_path / "other").mkdir()
    assert exit_code("verify", folder, "--key", keys(tmp_path / "other")[1]) == 1

    shutil.copy(folder / "manifest.sig", tmp_path / "kept.sig")
    (folder / "findings.md").write_text("all is well")
    assert exit_code("gate", folder, "--key", public) == 2
    write_manifest(folder)
    assert not (folder / "manifest.sig").exists(), "a signature of another manifest is worth nothing"
    shutil.copy(tmp_path / "kept.sig", folder / "manifest.sig")
    assert exit_code("verify", folder) == 0
    assert exit_code("verify", folder, "--key", public) == 1
    assert exit_code("gate", folder, "--key", public) == 2
    (folder / "manifest.sig").write_text("not base64!")
    assert not signed_by(folder, public)


def test_a_changed_folder_and_a_foreign_key_are_not_signed(folder: Path, tmp_path: Path) -> None:
    private, public = keys(tmp_path)
    with pytest.raises(InputError, match="expected an Ed25519 private key"):
        sign(folder, public)
    with pytest.raises(InputError, match=r"nowhere.pem: expected a key"):
        sign(folder, tmp_path / "nowhere.pem")
    (folder / "report.html").write_text("another page")
    with pytest.raises(ResultError, match=r"report.html: is not in the manifest"):
        sign(folder, private)


def test_the_digest_on_the_pages_is_that_of_the_file(folder: Path) -> None:
    assert exit_code("report", folder, "--format", "md") == 0
    manifest = read_manifest(folder)
    assert manifest is not None
    assert manifest.files["result.json"].sha256[:16] in (folder / "findings.md").read_text()
    assert exit_code("verify", folder) == 0
