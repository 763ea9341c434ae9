"""How tests of readers write files and look at messages."""

from collections.abc import Callable
from pathlib import Path

import pytest

from synthaudit.audit.errors import InputError

SECRET = "77313"
"""A cell that no message may quote; a number and a text at once."""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Return a function that writes a file into a fresh folder."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def refusal() -> Callable[[Callable[[], object]], InputError]:
    """Return a function that expects an ``InputError`` which quotes neither the secret cell nor a folder."""

    def refusal(call: Callable[[], object]) -> InputError:
        with pytest.raises(InputError) as caught:
            call()
        assert SECRET not in str(caught.value)
        assert "/" not in str(caught.value)
        return caught.value

    return refusal
