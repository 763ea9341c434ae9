"""Prints the licence of every installed package, as its own metadata states it, in Markdown.

.venv/bin/python packaging/licences.py > packaging/LICENCES.md
"""

from importlib import metadata


def licence(about: metadata.PackageMetadata) -> str:
    """Return the licence that a package states: its SPDX expression, else its classifiers, else its own words."""
    if expression := about.get("License-Expression"):
        return str(expression)
    prefix = "License :: "
    classified = [one.rpartition(" :: ")[2] for one in about.get_all("Classifier", []) if one.startswith(prefix)]
    own = str(about.get("License") or "").strip().splitlines()
    return "; ".join(one for one in classified if one != "OSI Approved") or (own[0][:80] if own else "not stated")


def main() -> None:
    """Print one row per package."""
    print("# Licences of what synthaudit installs\n")
    print("As each package's own metadata states it; written by `packaging/licences.py`.\n")
    print("| package | version | licence |\n|---|---|---|")
    for package in sorted(metadata.distributions(), key=lambda one: one.metadata["Name"].lower()):
        if package.metadata["Name"] not in ("pip", "synthaudit"):
            print(f"| {package.metadata['Name']} | {package.version} | {licence(package.metadata)} |")


if __name__ == "__main__":
    main()
