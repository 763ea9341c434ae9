"""Generators made elsewhere: a Python class, or a program in any language."""

from synthaudit.generators.external.adapter import Adapter as Adapter
from synthaudit.generators.external.adapter import Program as Program
