"""``synthaudit verify`` and ``synthaudit sign``: is a run folder as the audit left it?"""

from pathlib import Path
from typing import Annotated

import typer

CHANGED = 1
"""Exit code of a folder that is not as its manifest says, or not signed by the key."""


def verify(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    key: Annotated[
        Path | None, typer.Option(help="Ed25519 public key (PEM): the manifest must be signed by its owner.")
    ] = None,
) -> None:
    """Hold every file of RUN that may be shown against its manifest: exit 0 unchanged, 1 changed, 2 bad input.

    The digest that it prints is the one on page one of the report. Without --key, somebody who rewrites the manifest
    too is not found out.
    """
    from synthaudit.audit.errors import ResultError
    from synthaudit.audit.suite.result.manifest import MANIFEST, changes, read_manifest, signed_by

    manifest = read_manifest(run)
    if manifest is None:
        raise ResultError(f"expected a run folder with {MANIFEST}, found none")
    problems = changes(run, manifest)
    if key is not None and not signed_by(run, key):
        problems.append(f"{MANIFEST}: is not signed with this key")
    for problem in problems:
        print(problem)
    if problems:
        raise typer.Exit(CHANGED)
    signed = "signed with this key" if key is not None else "not checked for a signature"
    print(f"{len(manifest.files):,} files are as the audit left them; {signed}")
    if "result.json" in manifest.files:
        print(f"result {manifest.files['result.json'].sha256}")


def sign(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    key: Annotated[Path, typer.Option(help="Ed25519 private key (PEM).")],
) -> None:
    """Sign the manifest of RUN, after holding every file against it; needs the extra 'sign'.

    Make a key with 'openssl genpkey -algorithm ed25519 -out private.pem', and what others need to check it with
    'openssl pkey -in private.pem -pubout -out public.pem'.
    """
    from synthaudit.audit.suite.result.manifest import sign as sign_manifest

    print(sign_manifest(run, key))
