"""Probabilistic record linkage of targets and synthetic rows that share some columns and not others."""

from synthaudit.attacks.attribute.record_linkage.cells import LinkedCells
from synthaudit.attacks.attribute.record_linkage.donors import best_row_without, guess_each_column
from synthaudit.attacks.attribute.record_linkage.fellegi_sunter import copy_probabilities

__all__ = ["LinkedCells", "best_row_without", "copy_probabilities", "guess_each_column"]
