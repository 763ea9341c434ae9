"""Compiled loops: one guarded decorator, with the liberties that a kernel allows its compiler."""

from collections.abc import Callable, Collection
from typing import Any, Final, Literal, TypeVar

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])

FUSED: Final = frozenset({"contract", "nsz", "arcp"})
"""A product and a sum may be rounded once, a division may become a product: for sums of products."""

WITHOUT_NAN: Final = frozenset({"nnan", "nsz"})
"""The function meets no NaN: a minimum can then be vectorised."""


def compiled(*, fastmath: Collection[str] = (), error_model: Literal["python", "numpy"] = "python") -> Callable[[F], F]:
    """Return a decorator that compiles a function at its first call, without the interpreter's lock.

    The machine code is stored on disk for later processes, beside the source or else in the user's cache folder. Numba
    raises where neither can be written (a read-only container): then the function is compiled once per process. Stored
    code goes by its source file alone: who changes flags in this module deletes ``__pycache__``.

    Args:
        fastmath: LLVM's fast-math flags, each a liberty that may move the last bits; none by default.
        error_model: Whether a division by zero raises (``python``) or gives infinity or NaN (``numpy``).
    """

    def decorate(function: F) -> F:
        options: dict[str, Any] = {"nogil": True, "fastmath": set(fastmath) or False, "error_model": error_model}
        try:
            kernel = njit(cache=True, **options)(function)
        except RuntimeError:
            kernel = njit(**options)(function)
        return kernel  # type: ignore[no-any-return]

    return decorate
