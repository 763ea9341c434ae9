"""Where the packages lie: the four folders at the top of the repository install under the one name ``synthaudit``."""

from setuptools import find_packages, setup

ROOMS = ("audit", "attacks", "generators", "reports")

setup(
    packages=[
        "synthaudit",
        *(f"synthaudit.{package}" for package in find_packages("synthaudit")),
        *(f"synthaudit.{room}" for room in ROOMS),
        *(f"synthaudit.{room}.{package}" for room in ROOMS for package in find_packages(room)),
    ],
    package_dir={f"synthaudit.{room}": room for room in ROOMS},
)
