"""The bundled example."""

from pathlib import Path

EXAMPLE = Path(__file__).with_name("example.toml")
