"""Probabilistic record linkage of targets and synthetic rows that share some columns and not others."""

from synthaudit.attacks.attribute.record_linkage.cells import LinkedCells
from synthaudit.attacks.attribute.record_linkage.donors import guess_each_column
from synthaudit.attacks.attribute.record_linkage.fellegi_sunter import copy_probabilities

__all__ = ["LinkedCells", "copy_probabilities", "guess_each_column"]
