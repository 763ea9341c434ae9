"""A dask scheduler, reached so that nobody else on the machine or the network can speak in the auditor's name.

Whoever can send a scheduler a task has its workers run code of his choice as their user; a clear-text scheduler takes
tasks from every process that reaches its port. So both sides show certificates (mutual TLS) unless told otherwise.
"""

import contextlib
import logging
import stat
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from synthaudit.audit.errors import InputError, PlanError

CA, CERTIFICATE, KEY = "ca.pem", "cert.pem", "key.pem"
"""Files of ``--scheduler-keys``: who is trusted, and what this side shows."""


@contextlib.contextmanager
def cluster(address: str, *, keys: Path | None = None, clear_text: bool = False) -> Iterator[Executor]:
    """Yield an executor of a dask scheduler's workers.

    Args:
        address: Where the scheduler listens, such as ``tls://host:8786``.
        keys: Folder with ``ca.pem``, ``cert.pem`` and ``key.pem``; dask's own configuration where left out.
        clear_text: Whether an address that is not encrypted is taken all the same.

    Raises:
        PlanError: The extra ``cluster`` is missing, the address is not encrypted, or nobody answers.
        InputError: A key is missing, or others may read it.
    """
    scheme = urlsplit(address if "://" in address else f"tcp://{address}").scheme
    if scheme != "tls" and not clear_text:
        raise PlanError(
            "--scheduler: expected a tls:// address: a clear-text scheduler, also one on this machine, runs anybody's "
            "code as the auditor. Start it with TLS and name its --scheduler-keys, or accept that by "
            "--clear-text-scheduler"
        )
    try:
        from distributed import Client
    except ImportError:
        raise PlanError(
            "--scheduler: expected the extra 'cluster'. Install it with: pip install 'synthaudit[cluster]'"
        ) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # it would print calls and paths; we say what happened
    security = _security(keys) if keys is not None else None
    try:
        client = Client(address, timeout="10s", set_as_default=False, security=security)
    except (OSError, TimeoutError, TypeError, ValueError):  # TypeError: tls:// without certificates anywhere
        raise PlanError(
            "--scheduler: expected a dask scheduler at this address, with certificates of the same authority; none "
            "answered"
        ) from None
    try:
        yield client.get_executor(pure=False)
    finally:
        with contextlib.suppress(OSError, TimeoutError):
            client.close(timeout=5)


def is_gone(pool: Executor) -> bool:
    """Whether an executor's scheduler can no longer be reached; never so for processes on this machine."""
    client = getattr(pool, "_client", None)
    return client is not None and getattr(client, "status", "running") != "running"


def _security(keys: Path) -> Any:
    """Return dask's security settings from a folder of PEM files."""
    from distributed.security import Security

    for name in (CA, CERTIFICATE, KEY):
        if not (keys / name).is_file():
            raise InputError(f"expected {CA}, {CERTIFICATE} and {KEY}, found no {name}", file=keys)
    if stat.S_IMODE((keys / KEY).stat().st_mode) & 0o077:
        raise InputError("expected a key that its owner alone may read", file=keys / KEY, cure="Try: chmod 600 key.pem")
    files = {"tls_ca_file": str(keys / CA), "tls_client_cert": str(keys / CERTIFICATE)}
    return Security(require_encryption=True, tls_client_key=str(keys / KEY), **files)
