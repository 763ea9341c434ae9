"""The manifest of a run folder: a digest of every file that may be shown, so that later changes are found.

A manifest finds accidents and edits by people who do not know of it. Only a signature, checked with a key that was
received some other way, stops somebody who rewrites the manifest too.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from pydantic import ValidationError

from synthaudit.audit.errors import InputError, ResultError
from synthaudit.audit.files import read_file, write_atomically
from synthaudit.audit.suite.result.model import StrictModel

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"

LISTED: Final = (
    "result.json",
    "plan.toml",
    "report.*",
    "summary.pdf",
    "findings.md",
    "card.md",
    "export.md",
    "rows.*",
    "cells/*",
    "figures/*",
    "synthetic/*",
)
"""Files of a run folder that a manifest lists; ``restricted/`` never leaves and is not among them."""


class FileDigest(StrictModel):
    """Size and SHA-256 of one file."""

    size: int
    sha256: str


class Manifest(StrictModel):
    """Digests of the files of a run folder, by path relative to it."""

    format: Literal["synthaudit-manifest"] = "synthaudit-manifest"
    version: Literal[1] = 1
    files: dict[str, FileDigest]


def write_manifest(folder: Path) -> Manifest:
    """Write ``manifest.json`` over the files that a run folder holds now; an older signature no longer fits and goes.

    Raises:
        InputError: A file cannot be read, or the manifest cannot be written.
    """
    manifest = Manifest(files={name: _digest(folder / name) for name in sorted(_listed(folder))})
    content = (json.dumps(manifest.model_dump(mode="json"), indent=1) + "\n").encode()
    path = folder / MANIFEST
    if not path.exists() or path.read_bytes() != content:
        (folder / SIGNATURE).unlink(missing_ok=True)
        write_atomically(path, content)
    return manifest


def read_manifest(folder: Path) -> Manifest | None:
    """Return a run folder's manifest; None where it has none.

    Raises:
        ResultError: It is damaged.
    """
    path = folder / MANIFEST
    if not path.exists():
        return None
    try:
        return Manifest.model_validate_json(read_file(path))
    except (OSError, ValidationError, RecursionError):
        raise ResultError(f"{MANIFEST}: expected a manifest, found a damaged or foreign file") from None


def changes(folder: Path, manifest: Manifest) -> list[str]:
    """Return, in sentences, which files are not as the manifest says: changed, missing, or not listed in it."""
    present = set(_listed(folder))
    found = [f"{name}: is missing" for name in sorted(manifest.files.keys() - present)]
    found += [f"{name}: is not in the manifest" for name in sorted(present - manifest.files.keys())]
    for name in sorted(present & manifest.files.keys()):
        if _digest(folder / name) != manifest.files[name]:
            found.append(f"{name}: is not what was written")
    return found


def require_unchanged_result(path: Path) -> bool:
    """Return whether a result has a manifest beside it.

    Raises:
        ResultError: The result is not the one that the manifest lists.
    """
    folder = path if path.is_dir() else path.parent
    manifest = read_manifest(folder)
    if manifest is None or (not path.is_dir() and path.name not in manifest.files):
        return False
    name = "result.json" if path.is_dir() else path.name
    if manifest.files.get(name) != _digest(folder / name):
        raise ResultError(
            f"{name}: expected the file that {MANIFEST} lists, found another: it was changed after the audit. Run the "
            "audit's command again, or judge it as it stands with --unsigned"
        )
    return True


def sign(folder: Path, key: Path) -> Path:
    """Sign a run folder's manifest with an Ed25519 private key (PEM) and return the signature's file.

    Raises:
        InputError: The key cannot be read or is of another kind; the extra ``sign`` is missing.
        ResultError: There is no manifest, or a file is not as it says.
    """
    from synthaudit.audit.suite.result import signature

    manifest = read_manifest(folder)
    if manifest is None:
        raise ResultError(f"expected {MANIFEST}, found none. Run the audit's command again")
    if problems := changes(folder, manifest):
        raise ResultError(f"expected files as {MANIFEST} says: {'; '.join(problems)}")
    signed = signature.signature_of((folder / MANIFEST).read_bytes(), _key(key))
    write_atomically(folder / SIGNATURE, base64.b64encode(signed) + b"\n")
    return folder / SIGNATURE


def signed_by(folder: Path, key: Path) -> bool:
    """Return whether a run folder's manifest bears a valid signature of an Ed25519 public key (PEM)."""
    from synthaudit.audit.suite.result import signature

    try:
        signed = base64.b64decode(read_file(folder / SIGNATURE), validate=False)
    except (OSError, ValueError):
        return False
    return signature.is_valid(signed, read_file(folder / MANIFEST), _key(key))


def require_signature(path: Path, key: Path) -> None:
    """Raise ``ResultError`` unless a result lies in a run folder that is signed with a key and unchanged since."""
    folder = path if path.is_dir() else path.parent
    manifest = read_manifest(folder)
    if manifest is None or not signed_by(folder, key):
        raise ResultError("expected a run folder signed with this key, found another or none")
    if problems := changes(folder, manifest):
        raise ResultError(f"expected files as {MANIFEST} says: {'; '.join(problems)}")


def _key(path: Path) -> bytes:
    try:
        return read_file(path, most=2**16)
    except OSError as error:
        raise InputError(f"expected a key, could not read it ({error.strerror})", file=path) from None


def _listed(folder: Path) -> Iterator[str]:
    for pattern in LISTED:
        for path in folder.glob(pattern):
            if path.is_file() and not path.name.startswith("."):
                yield path.relative_to(folder).as_posix()


def _digest(path: Path) -> FileDigest:
    try:
        with path.open("rb") as file:
            return FileDigest(sha256=hashlib.file_digest(file, "sha256").hexdigest(), size=path.stat().st_size)
    except OSError as error:
        raise InputError(f"could not be read ({error.strerror})", file=path) from None
