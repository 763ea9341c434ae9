"""Writes a requirements file with the hash of every wheel in a folder, for ``pip install --require-hashes``.

    python packaging/lock.py wheels > wheels/requirements.txt

Run it where the wheels were fetched, and carry both. pip then installs these very files, and nothing else.
"""

import hashlib
import sys
from collections import defaultdict
from pathlib import Path


def requirements(folder: Path) -> list[str]:
    """Return one requirement per package, with the hashes of all its wheels."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for wheel in sorted(folder.glob("*.whl")):
        name, version = wheel.name.split("-")[:2]
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        found[name.lower().replace("_", "-"), version.replace("_", ".")].append(digest)
    names = [name for name, _ in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SystemExit(f"expected one version of each package, found several of: {', '.join(twice)}")
    return [
        " \\\n    ".join([f"{name}=={version}", *(f"--hash=sha256:{digest}" for digest in digests)])
        for (name, version), digests in sorted(found.items())
    ]


if __name__ == "__main__":
    if len(sys.argv) != 2 or not (lines := requirements(Path(sys.argv[1]))):
        raise SystemExit("expected a folder of wheels")
    print("\n".join(lines))
