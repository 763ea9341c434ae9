"""Where the packages lie: the four folders at the top of the repository install under the one name ``synthaudit``.

A wheel keeps the modes of files. They are set here, so that whoever builds it at one date gets the same bytes.
"""

import os
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

ROOMS = ("audit", "attacks", "generators", "reports")

os.umask(0o022)


class PackagesOfOneMode(build_py):
    """Copies the packages with one mode for all files, whatever the checkout's are."""

    def run(self) -> None:
        """Copy, then set the modes."""
        super().run()
        for path in map(Path, self.get_outputs()):
            if path.is_file():
                path.chmod(0o644)


class WheelOfOneMode(bdist_wheel):
    """Does the same for what describes the package, such as the licence."""

    def egg2dist(self, egginfo_path: str, distinfo_path: str) -> None:
        """Write the description, then set the modes."""
        super().egg2dist(egginfo_path, distinfo_path)
        for path in Path(distinfo_path).rglob("*"):
            if path.is_file():
                path.chmod(0o644)


setup(
    cmdclass={"build_py": PackagesOfOneMode, "bdist_wheel": WheelOfOneMode},
    packages=[
        "synthaudit",
        *(f"synthaudit.{package}" for package in find_packages("synthaudit")),
        *(f"synthaudit.{room}" for room in ROOMS),
        *(f"synthaudit.{room}.{package}" for room in ROOMS for package in find_packages(room)),
    ],
    package_dir={f"synthaudit.{room}": room for room in ROOMS},
)
