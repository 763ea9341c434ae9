"""A user's mistake becomes one line on stderr and exit code 2."""

import contextlib
import sys
from collections.abc import Iterator

import typer

from synthaudit.audit.errors import AuditError


@contextlib.contextmanager
def user_errors() -> Iterator[None]:
    """Turn an ``AuditError`` into its message on stderr and exit code 2."""
    try:
        yield
    except AuditError as error:
        print(f"synthaudit: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
