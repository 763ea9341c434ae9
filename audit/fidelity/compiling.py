"""How this folder compiles its loops: without the lock, with fused multiply-add, kept on disk where possible."""

from typing import Any

from numba import njit


def compiled(function: Any) -> Any:
    """Return the function compiled at its first call.

    Numba refuses to keep the result where no folder can be written (a read-only container): then it is compiled once a
    process.
    """
    options: dict[str, Any] = {"nogil": True, "fastmath": {"contract", "nsz", "arcp"}, "error_model": "numpy"}
    try:
        kernel = njit(cache=True, **options)(function)
    except RuntimeError:
        kernel = njit(**options)(function)
    return kernel
